#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: merge_test.sh PROGRAM
here=$(dirname "$0")
. "$here/../tests/check.sh"
program=$1

ksm=/sys/kernel/mm/ksm
if [ ! -w $ksm/run ]; then
  skip "$ksm/run is not writable here (CONFIG_KSM, root)"
fi
# The scanner takes whatever any process offers, such as the memory of virtual machines: it would be merged and
# split again, and counted. Only an idle KSM is ours to try.
if [ "$(cat $ksm/run)" != 0 ] || [ "$(cat $ksm/pages_shared)" != 0 ]; then
  skip "this machine is using KSM"
fi

offering=$(grep -lE '^VmFlags:.* mg( |$)' /proc/[0-9]*/smaps 2> /dev/null | head -n 1)
[ -z "$offering" ] || skip "another process offers memory to KSM ($offering has VmFlags mg)"

knobs() {
  for knob in run sleep_millisecs pages_to_scan smart_scan merge_across_nodes max_page_sharing; do
    [ ! -e $ksm/$knob ] || echo "$knob $(cat $ksm/$knob)"
  done
}

before=$(knobs)
# limit, then pages_shared, pages_sharing, chains, dups for 1024 mappings
while read -r limit shared sharing chains dups; do
  output=$("$program" --pages=1024 --batch=512 --moves=0 --max-page-sharing="$limit") ||
    not_so "merging with a limit of $limit succeeds"
  seen="$(metric "$output" pages_shared) $(metric "$output" pages_sharing)"
  seen="$seen $(metric "$output" stable_node_chains) $(metric "$output" stable_node_dups)"
  [ "$seen" = "$shared $sharing $chains $dups" ] ||
    not_so "limit $limit: shared, sharing, chains, dups are $shared $sharing $chains $dups, not $seen"
  [ "$(metric "$output" max_page_sharing)" = "$limit" ] || not_so "the limit was $limit"
done <<END
2 512 512 1 512
256 4 1020 1 4
2147483647 1 1023 0 0
END
# 257 = 256 + 1: the last page has no partner, and that must not be waited for.
output=$("$program" --pages=257 --moves=0 --max-page-sharing=256) || not_so "a lone page is left alone"
[ "$(metric "$output" pages_sharing)" = 255 ] || not_so "256 of 257 pages are merged"
# The same with a page in each of 64 processes.
output=$("$program" --form=processes --pages=64 --moves=0 --max-page-sharing=16) ||
  not_so "merging the pages of 64 processes succeeds"
seen="$(metric "$output" pages_shared) $(metric "$output" pages_sharing)"
seen="$seen $(metric "$output" stable_node_chains) $(metric "$output" stable_node_dups)"
[ "$seen" = "4 60 1 4" ] || not_so "64 processes, limit 16: 4 60 1 4, not $seen"
after=$(knobs)
[ "$before" = "$after" ] || not_so "the knobs are as before: $before; but now: $after"
[ "$(cat $ksm/pages_shared)" = 0 ] || not_so "no page is shared any more"

case $(cat /sys/devices/system/node/has_memory 2>/dev/null) in
  0-[1-9]*)
    output=$("$program" --pages=512 --moves=4) || not_so "moving a page succeeds"
    expect_metrics "$here/workload.yaml" "$output"
    output=$("$program" --form=processes --pages=16 --moves=4) || not_so "moving one of 16 processes succeeds"
    expect_metrics "$here/workload.yaml" "$output"
    ;;
  *)
    expect_exit 3 "moving a page needs a topology of two nodes" "$program"
    echo "no page was moved: this machine has one node"
    ;;
esac
finish
