#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In a guest: there are as many nodes as were asked for, and allocations take the way that this implies.
. "$(dirname "$0")/checks.sh"
counters=/sys/kernel/debug/vmap_counters

# "0-3" or "0".
possible=$(cat /sys/devices/system/cpu/possible)
expected=$((${possible##*-} + 1))
asked=$(parameter vmalloc.nodes 0)
[ "$asked" -eq 0 ] || [ "$asked" -gt "$expected" ] || expected=$asked
nodes=$(cat /sys/module/vmalloc/parameters/nodes)
expect "the number of nodes is that of the processors, or the limit" "$nodes" -eq "$expected"
expect "the areas can be listed" "$(wc -l < /proc/vmallocinfo)" -gt 10

for name in alloc_pool alloc_tree purge_pool purge_tree; do
  eval "$name=$(counter $counters $name)"
done
# The module runs its tests while it is loaded, and then refuses to stay; insmod tries twice.
# 1: areas of one size, 2: 15,000 areas in use, 4: no hole is large enough.
dmesg -c > /dev/null
insmod /modules/test_vmalloc.ko run_test_mask=7 nr_threads=2 test_loop_count=500 2> /dev/null
summary=$(dmesg | grep 'Summary: ')
echo "$summary"
expect "three tests of two workers are summed up" "$(echo "$summary" | grep -c 'passed: ')" -ge 6
expect "none fails" "$(echo "$summary" | grep -vc 'failed: 0 ')" -eq 0
for name in alloc_pool alloc_tree purge_pool purge_tree; do
  eval "$name=\$((\$(counter $counters $name) - $name))"
done

# shellcheck disable=SC2154  # set by eval
if [ "$nodes" -eq 1 ]; then
  expect "no allocation is served by a pool" "$alloc_pool" -eq 0
  expect "all search the tree" "$alloc_tree" -ge 3000
  expect "no area goes to a pool" "$purge_pool" -eq 0
  expect "areas go back to the tree" "$purge_tree" -gt 1000
else
  expect "pools serve allocations" "$alloc_pool" -gt 500
  expect "areas go to pools" "$purge_pool" -gt 500
fi
expect_success "memory holds its content" mm-stress --workers=2 --operations=300 --swap=32M
finish
