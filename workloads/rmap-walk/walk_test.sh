#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: walk_test.sh PROGRAM
here=$(dirname "$0")
. "$here/../tests/check.sh"
program=$1

bitmap=/sys/kernel/mm/page_idle/bitmap
[ -w $bitmap ] || skip "$bitmap is not writable here (CONFIG_IDLE_PAGE_TRACKING, root)"

for scope in all own; do
  output=$("$program" --children=8 --pages=32 --scope=$scope) || not_so "a walk of scope $scope succeeds"
  expect_metrics "$here/workload.yaml" "$output"
  walked=$(metric "$output" pages_walked)
  missed=$(metric "$output" pages_missed)
  [ $((walked + missed)) -eq 256 ] || not_so "8 children have 256 copies: $walked walked, $missed missed"
done
finish
