#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: options_test.sh PROGRAM
. "$(dirname "$0")/../tests/check.sh"
program=$1

expect_exit 2 "--seconds: '0' is not a whole number from 1 to 1000000" "$program" --seconds=0
expect_exit 2 "--only: there is no test 'all_of_them'" "$program" --only=all_of_them
expect_exit 2 "unexpected argument 'twice'" "$program" twice
expect_exit 2 "usage: mm-selftests" "$program" --mild
expect_exit 0 "" "$program" --help
# A copy without tests beside it.
folder=$(mktemp -d)
cp "$program" "$folder/program"
expect_exit 3 "the kernel's tests were not built" "$folder/program"

# And with one that passes, one that is skipped, one that fails and one that does not end.
mkdir "$folder/tests"
printf '#!/bin/sh\necho "ok 1 it moves"\necho "not ok 2 it stays"\n' >"$folder/tests/mremap_test"
printf '#!/bin/sh\necho "ok 1 # SKIP nothing there"\nexit 4\n' >"$folder/tests/mkdirty"
printf '#!/bin/sh\nexit 1\n' >"$folder/tests/cow"
printf '#!/bin/sh\nexec sleep 60\n' >"$folder/tests/migration"
chmod +x "$folder"/tests/*
output=$("$folder/program" --seconds=1)
expect_metrics "$(dirname "$0")/workload.yaml" "$output"
for pair in programs_passed=1 programs_skipped=1 programs_failed=2 cases_passed=1 cases_failed=1 cases_skipped=1; do
  [ "$(metric "$output" ${pair%=*})" -eq ${pair#*=} ] || not_so "$pair: $output"
done
echo "$output" | grep -q '^program migration: not ok, status 142, ended when its time was over$' || not_so "the late one is ended: $output"
rm -rf "$folder"
finish
