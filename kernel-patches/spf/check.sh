#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In a guest: faults speculate when they should and only then, the counters add up, memory holds its content.
. "$(dirname "$0")/checks.sh"
switch=/sys/module/page_fault/parameters/lock
stat=/proc/vmstat

began=$(cat $switch)
echo vma > $switch
attempts=$(counter $stat spf_attempt)
expect_success "threads fault with vma" ebizzy -mT -t 2 -S 2
expect "nothing is tried then" "$(counter $stat spf_attempt)" -eq "$attempts"

echo spf > $switch
expect "the switch takes spf" "$(cat $switch)" = spf
successes=$(counter $stat spf_success)
expect_success "threads fault with spf" ebizzy -mT -t 2 -S 2
expect "and do so speculatively" $(($(counter $stat spf_success) - successes)) -gt 200

expect_success "memory holds its content" spf-torture --seconds=20 --threads=3 --oom=8M --leaks
(while :; do echo vma > $switch; echo spf > $switch; echo mmap > $switch; done) &
thrower=$!
expect_success "and while the switch is thrown" spf-torture --seconds=20 --threads=3
kill $thrower
wait $thrower 2> /dev/null

echo vma > $switch
sum=$(counter $stat spf_success)
for reason in no_vma vma_changed not_supported access no_anon_vma no_memory no_table pte_lock pmd_changed pte_changed unstable; do
  sum=$((sum + $(counter $stat spf_abort_$reason)))
done
expect "successes and refusals are all attempts" "$(counter $stat spf_attempt)" -eq "$sum"
echo "$began" > $switch
finish
