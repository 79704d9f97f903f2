#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In a guest of two nodes: the counts are those that the limit on sharing implies.
. "$(dirname "$0")/checks.sh"
counters=/sys/kernel/debug/ksm_counters
ksm=/sys/kernel/mm/ksm

# move LIMIT: 1024 equal pages, one of which moves; sets walks, items and vmas to what that added.
move() {
  for name in walks items vmas; do eval "$name=$(counter $counters $name)"; done
  expect_success "a page with limit $1 is moved" ksm-migrate --pages=1024 --moves=4 --max-page-sharing="$1"
  for name in walks items vmas; do eval "$name=\$((\$(counter $counters $name) - $name))"; done
  # shellcheck disable=SC2154  # set by eval
  expect "a move walks at least twice" "$walks" -ge 8
}

move 256
# shellcheck disable=SC2154  # set by eval
expect "a walk visits no more than twice the limit" "$items" -le $((2 * 256 * walks))
expect "each item has a VMA" "$vmas" -ge "$items"
move 2147483647
expect "without a limit it visits all" "$items" -ge $((1000 * walks))
expect "each item has a VMA" "$vmas" -ge "$items"

echo 0 > $ksm/sleep_millisecs
echo 1 > $ksm/run
before=$(counter $counters walks)
expect_success "memory holds its content while pages are merged" \
  mm-stress --workers=3 --threads=2 --chunks=4 --operations=600 --swap=32M
expect "merged pages were walked" "$(counter $counters walks)" -gt "$before"
echo 2 > $ksm/run
expect "all pages are split again" "$(cat $ksm/pages_shared)" -eq 0
finish
