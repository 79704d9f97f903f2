#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: metrics_test.sh PROGRAM
here=$(dirname "$0")
. "$here/../tests/check.sh"
program=$1
[ -x /usr/bin/stress-ng ] || skip "stress-ng is not installed"

for stressor in rmap fork mmapfork fault; do
  output=$("$program" --stressor=$stressor --instances=1 --seconds=1) || not_so "$stressor succeeds"
  expect_metrics "$here/workload.yaml" "$output"
done
output=$("$program" --stressor=fork --instances=1 --seconds=30 --operations=10) || not_so "ten operations succeed"
printf '%s\n' "$output" | grep -qE '^stress-ng: metrc: \[[0-9]+\] fork +10 ' || not_so "there are ten: $output"
finish
