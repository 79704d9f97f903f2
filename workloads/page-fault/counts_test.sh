#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: counts_test.sh PROGRAM
here=$(dirname "$0")
. "$here/../tests/check.sh"
program=$1

# A sanitizer's own memory faults too, and makes system calls of its own.
sanitized=false
if readelf -sW "$program" | grep -qE '__(asan|tsan)_'; then sanitized=true; fi

# run OPTIONS...: one second without warming up; the output in $output, its figures in variables.
run() {
  output=$("$program" --warmup=0 -s 1 -t 2 "$@") || not_so "page-fault $* succeeds"
  operations=$(metric "$output" operations)
  faults=$(metric "$output" faults)
  [ "$operations" -gt 0 ] || not_so "page-fault $* does something"
}

# The form of will-it-scale's output.
run --test=brk1 --warmup=1
expect_metrics "$here/workload.yaml" "$output"
form=$(printf '%s\n' "$output" | head -n 6 | sed 's/:[0-9][0-9]*/:N/g')
expected='testcase:brk1
warmup
min:N max:N total:N
measurement
min:N max:N total:N
average:N'
[ "$form" = "$expected" ] || not_so "the first lines are those of will-it-scale; they are: $output"

huge=false
if grep -q '\[always\]' /sys/kernel/mm/transparent_hugepage/enabled 2> /dev/null; then huge=true; fi

# One fault for each page that is touched, no more than a few hundredths besides, and none where nothing is.
for form in processes threads; do
  for test in page_fault1 page_fault2 page_fault3; do
    run --test=$test --form=$form --size=8M
    [ $sanitized = false ] || continue
    [ $huge = false ] || [ $test != page_fault1 ] || continue
    each=$((faults * 1000 / operations))
    # A file's page is faulted in whole folios on some file systems: page_fault3 may need fewer.
    low=990
    [ $test != page_fault3 ] || low=1
    if [ "$each" -lt $low ] || [ "$each" -gt 1050 ]; then
      not_so "$test, $form: one fault an operation, not $each thousandths ($faults, $operations)"
    fi
  done
  for test in brk1 malloc1 malloc2 mmap1 mmap2; do
    run --test=$test --form=$form
    [ $sanitized = false ] || continue
    # malloc writes the head of each block: one page of 128 MiB.
    limit=$((operations / 100 + 200))
    [ $test != malloc1 ] || limit=$((operations + operations / 100 + 200))
    [ "$faults" -le $limit ] || not_so "$test, $form: hardly a fault, not $faults in $operations"
  done
done

# calls TEST SYSCALL: how often the tasks of a run under strace made the call; operations in $operations.
calls() {
  output=$(strace -f -qq -c -o "$trace" "$program" --warmup=0 -s 1 -t 2 --size="$3" --test="$1")
  operations=$(metric "$output" operations)
  seen=$(awk -v call="$2" '$NF == call { print $4 }' "$trace")
  seen=${seen:-0}
}

# expect_calls TEST SYSCALL SIZE OPERATIONS_A_CALL
expect_calls() {
  calls "$1" "$2" "$3"
  wanted=$((operations / $4))
  # Start and end of the program make some too.
  if [ "$seen" -lt "$wanted" ] || [ "$seen" -gt $((wanted + 60)) ]; then
    not_so "$1: one $2 for $4 operations, $wanted in all, not $seen"
  fi
}

if [ $sanitized = false ] && strace -o /dev/null true 2> /dev/null; then
  trace=$(mktemp)
  expect_calls brk1 brk 4K 1
  expect_calls mmap1 mmap 128M 1
  expect_calls mmap1 munmap 128M 1
  expect_calls mmap2 munmap 128M 1
  expect_calls malloc1 munmap 128M 1
  expect_calls page_fault1 munmap 1M 256
  expect_calls page_fault3 mmap 1M 256
  # The heap serves small blocks.
  calls malloc2 mmap 1K
  [ "$seen" -lt 60 ] || not_so "malloc2 maps nothing, not $seen times"
  rm -f "$trace"
else
  echo "system calls not counted: no strace, or a sanitized program"
fi
finish
