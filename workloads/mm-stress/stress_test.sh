#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: stress_test.sh PROGRAM
# Without swap and with few children: nothing that a host notices.
here=$(dirname "$0")
. "$here/../tests/check.sh"
program=$1

output=$("$program" --workers=2 --threads=2 --chunks=4 --operations=300 --depth=1) ||
  not_so "the program succeeds"
expect_metrics "$here/workload.yaml" "$output"
operations=$(metric "$output" operations)
[ "${operations:-0}" -ge 1200 ] || not_so "at least 4 x 300 operations are done, not '$operations'"
for operation in write verify fork remap unmap protect discard; do
  [ "$(metric "$output" ${operation}_operations)" -gt 0 ] || not_so "$operation is among them"
done
finish
