#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: build_test.sh PROGRAM
here=$(dirname "$0")
. "$here/../tests/check.sh"
program=$1

expect_exit 2 "--files: '0' is not a whole number" "$program" --files=0
expect_exit 2 "unexpected argument 'fast'" "$program" fast
expect_exit 2 "usage: kbuild-mini" "$program" --clean
expect_exit 0 "" "$program" --help
folder=$(mktemp -d)
expect_exit 3 "gcc: No such file" env PATH="$folder" "$program"
if command -v gcc > /dev/null && command -v make > /dev/null; then
  expect_exit 3 "making the folder /nonexistent" env TMPDIR=/nonexistent "$program"
  TMPDIR=$folder
  export TMPDIR
  output=$("$program" --files=3 --functions=2 --jobs=2) || not_so "a small build succeeds"
  expect_metrics "$here/workload.yaml" "$output"
  printf '%s\n' "$output" | grep -qE '^built program says [0-9a-f]{8}$' || not_so "the program runs: $output"
  says=$(printf '%s\n' "$output" | grep '^built')
  again=$("$program" --files=3 --functions=2 --jobs=1 --cold | grep '^built')
  [ "$says" = "$again" ] || not_so "the same sources make the same program: $says, $again"
else
  echo "nothing was built: no gcc or no make"
fi
rmdir "$folder" || not_so "nothing is left of the build"
finish
