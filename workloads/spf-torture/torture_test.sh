#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: torture_test.sh PROGRAM
# The host's kernel must pass, and everything must have happened.
here=$(dirname "$0")
. "$here/../tests/check.sh"
program=$1

output=$("$program" --seconds=3 --threads=3 2>&1)
status=$?
[ "$status" -ne 3 ] || skip "$output"
[ "$status" -eq 0 ] || not_so "the host's kernel passes: $output"
# Without the two metrics of a kernel that speculates.
manifest=$(mktemp)
grep -v 'name: spf_' "$here/workload.yaml" >"$manifest"
expect_metrics "$manifest" "$output"
rm -f "$manifest"
[ "$(metric "$output" violations)" -eq 0 ] || not_so "no violation: $output"
expect_exit 0 "" "$program" --seconds=1 --threads=2 --plots=mprotect,mremap-entries
# Many threads are still at the last plot to be given up when the end comes.
expect_exit 0 "" "$program" --seconds=1 --threads=8 --plots=userfaultfd
for name in writes reads refused operations forks execs exits served faults; do
  [ "$(metric "$output" $name)" -gt 0 ] || not_so "$name: something is counted"
done
finish
