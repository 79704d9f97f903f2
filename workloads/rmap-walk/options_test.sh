#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: options_test.sh PROGRAM
. "$(dirname "$0")/../tests/check.sh"
program=$1

expect_exit 2 "--children: '0' is not a whole number from 1 to 65536" "$program" --children=0
expect_exit 2 "--children: '65537'" "$program" --children=65537
expect_exit 2 "--pages: '64K' is not a whole number" "$program" --pages=64K
expect_exit 2 "--scope: 'mine' is neither 'all' nor 'own'" "$program" --scope=mine
expect_exit 2 "unexpected argument 'twice'" "$program" twice
expect_exit 2 "usage: rmap-walk" "$program" --walk
expect_exit 0 "" "$program" --help

bitmap=/sys/kernel/mm/page_idle/bitmap
if [ ! -w $bitmap ]; then
  expect_exit 3 "$bitmap (needs CONFIG_IDLE_PAGE_TRACKING and root)" "$program"
else
  expect_exit 3 "MiB are available" "$program" --pages=16777216 --children=65536
fi
finish
