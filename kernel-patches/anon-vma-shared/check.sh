#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In a guest: both sides of the switch do what they say, mixed as well, and nothing is left behind.
. "$(dirname "$0")/checks.sh"
switch=/sys/module/rmap/parameters/fork_share
counters=/sys/kernel/debug/rmap_counters

# The yes and no of a bool parameter.
case $(parameter rmap.fork_share 0) in 1) asked=Y ;; *) asked=N ;; esac
expect "the command line decides at first" "$(cat $switch)" = $asked

objects() {
  while read -r name active rest; do
    [ "$name" != anon_vma ] || echo "$active"
  done < /proc/slabinfo
}

# walk: 16 children with 16 pages each; sets walks and vmas to what that added.
walk() {
  walks=$(counter $counters anon_walks)
  vmas=$(counter $counters anon_vmas)
  expect_success "16 children are walked" rmap-walk --children=16 --pages=16 --scope=own
  walks=$(($(counter $counters anon_walks) - walks))
  vmas=$(($(counter $counters anon_vmas) - vmas))
  expect "each page of each child is walked" $walks -ge 256
}

before=$(objects)
echo 0 > $switch
walk
expect "with an anon_vma of its own a page of a child is looked for in the child" $vmas -lt $((2 * walks))
echo 1 > $switch
walk
expect "with a shared one it is looked for in the whole family" $vmas -gt $((12 * walks))

# Forks of both kinds among each other.
(while :; do echo 1 > $switch; echo 0 > $switch; done) &
toggling=$!
expect_success "memory holds its content under forks of both kinds" \
  mm-stress --workers=2 --threads=2 --chunks=4 --operations=400 --depth=3 --swap=32M
kill $toggling
sleep 1
expect "no anon_vma stays behind" "$(objects)" -lt $((before + 1000))
finish
