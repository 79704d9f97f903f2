#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In a guest: the switch takes what it should, faults go where it says, and the counters add up.
. "$(dirname "$0")/checks.sh"
switch=/sys/module/page_fault/parameters/lock
stat=/proc/vmstat

began=$(cat $switch)
expect "the switch has the value of the command line" "$began" = "$(parameter page_fault.lock vma)"
for value in mmap vma; do
  expect_success "it can be $value" sh -c "echo $value > $switch"
  expect "it is $value" "$(cat $switch)" = $value
done
expect "it cannot be anything else" "$(echo all > $switch 2> /dev/null && echo taken)" = ""
expect "it stays what it was then" "$(cat $switch)" = vma

# run_with VALUE: a program of two threads, with what it added to the counters in $vma, $mmap and $refused.
run_with() {
  echo "$1" > $switch
  vma=$(counter $stat vma_lock_success)
  mmap=$(counter $stat fault_mmap_lock)
  expect_success "threads fault with $1" ebizzy -mTRp -t 2 -S 2
  vma=$(($(counter $stat vma_lock_success) - vma))
  mmap=$(($(counter $stat fault_mmap_lock) - mmap))
}
run_with mmap
expect "with mmap, faults take the mmap lock" "$mmap" -gt 200
expect "and hardly any that of a VMA" "$vma" -lt 20
run_with vma
expect "with vma, faults take the lock of a VMA" "$vma" -gt 200

expect "the reasons of refusals add up" "$(counter $stat vma_lock_abort)" -eq \
  $(($(counter $stat fault_vma_lock_no_vma) + $(counter $stat fault_vma_lock_writer) + $(counter $stat fault_vma_lock_moved)))

# Under the switch, thrown back and forth, memory holds its content.
(while :; do echo mmap > $switch; echo vma > $switch; done) &
thrower=$!
expect_success "memory holds its content meanwhile" spf-torture --seconds=15 --threads=3 --oom=8M
kill $thrower
wait $thrower 2> /dev/null
echo "$began" > $switch
finish
