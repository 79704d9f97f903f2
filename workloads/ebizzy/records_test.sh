#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: records_test.sh PROGRAM
here=$(dirname "$0")
. "$here/../tests/check.sh"
program=$1

# A sanitizer's own memory faults too, and makes system calls of its own.
sanitized=false
if readelf -sW "$program" | grep -qE '__(asan|tsan)_'; then sanitized=true; fi

# run OPTIONS...: one second; the output in $output, records and faults in $records and $faults.
run() {
  output=$("$program" -S 1 -t 2 "$@") || not_so "ebizzy -S 1 -t 2 $* succeeds"
  records=$(metric "$output" records)
  faults=$(metric "$output" faults)
}

# faults_between LOW HIGH WHAT: thousandths of faults for each record.
faults_between() {
  [ $sanitized = false ] && [ "$records" -gt 0 ] || return 0
  each=$((faults * 1000 / records))
  if [ "$each" -lt "$1" ] || [ "$each" -gt "$2" ]; then
    not_so "$3: $1 to $2 thousandths of a fault a record, not $each ($faults faults, $records records)"
  fi
}

run -mTRp
[ "$records" -gt 0 ] || not_so "-mTRp does some records"
expect_metrics "$here/workload.yaml" "$output"
form=$(printf '%s\n' "$output" | head -n 4 | sed 's/[0-9][0-9]*/N/g')
expected='N records/s
real  N.N s
user  N.N s
sys   N.N s'
[ "$form" = "$expected" ] || not_so "the first four lines are those of 0.3; they are: $output"
# The published -mTRp: one mapping, one fault, one record.
faults_between 990 1100 "-mTRp"

# What the quirk does without -T: a copy of one record is one page, too.
run -mR
faults_between 990 1100 "-mR"

# -mT maps whole chunks of 512 KiB: 128 pages, unless the host gives huge pages.
run -mT
if ! grep -q '\[always\]' /sys/kernel/mm/transparent_hugepage/enabled 2>/dev/null; then
  faults_between 127000 130000 "-mT"
fi

# With a real generator -R takes half a chunk on average: 64 pages and a half.
run -mTR --generator=random
if ! grep -q '\[always\]' /sys/kernel/mm/transparent_hugepage/enabled 2>/dev/null; then
  faults_between 58000 71000 "-mTR --generator=random"
fi

# search_test tries every combination of ways; here the program as a whole.
# AddressSanitizer's malloc does not take -M's mallopt.
never_mmap=-M
[ $sanitized = false ] || never_mmap=
for options in "" "-R $never_mmap -P --generator=random" "-m -p -P -z -R -l -v -v --generator=random"; do
  # shellcheck disable=SC2086
  run $options -s 16K
  [ "$records" -gt 0 ] || not_so "ebizzy $options does some records"
done

# calls SYSCALL OPTIONS...: how often a run under strace made the call; its records in $records.
calls() {
  call=$1
  shift
  output=$(strace -f -qq -c -o "$trace" "$program" -S 1 -t 2 "$@")
  records=$(metric "$output" records)
  seen=$(awk -v call="$call" '$NF == call { print $4 }' "$trace")
  seen=${seen:-0}
}

# once SYSCALL OPTIONS...: the call is made once a record; the source chunks and threads need some more.
once() {
  calls "$@"
  if [ "$seen" -lt "$records" ] || [ "$seen" -gt $((records + 60)) ]; then
    not_so "$2 makes one $1 a record: $records records, $seen calls"
  fi
}

if [ $sanitized = false ] && strace -o /dev/null true 2> /dev/null; then
  trace=$(mktemp)
  once munmap -mTRp
  once mmap -mTRp
  once munmap -mT
  # Protection is for the source chunks: every second one, once each way, and a few for stacks.
  calls mprotect -mTRp
  if [ "$seen" -lt 10 ] || [ "$seen" -gt 30 ]; then not_so "-p protects five of ten chunks, not $seen times"; fi
  # -M keeps malloc on the heap: nothing is mapped for a record.
  calls mmap -MT
  [ "$seen" -lt $((records / 10 + 60)) ] || not_so "-M maps nothing: $records records, $seen mmaps"
  # Without -m, a chunk of 512 KiB is beyond the threshold of malloc, until the first was freed.
  calls munmap -T -P
  [ "$seen" -ge 10 ] || not_so "-P frees its ten holes, and -T the copies: $seen munmaps"
  rm -f "$trace"
else
  echo "system calls not counted: no strace, or a sanitized program"
fi
finish
