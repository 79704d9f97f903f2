#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: options_test.sh PROGRAM
. "$(dirname "$0")/../tests/check.sh"
program=$1

expect_exit 2 "--workers: '0' is not a whole number from 1 to 256" "$program" --workers=0
expect_exit 2 "--threads: '65'" "$program" --threads=65
expect_exit 2 "--depth: '4'" "$program" --depth=4
expect_exit 2 "--swap: at least 1M" "$program" --swap=4K
expect_exit 2 "unexpected argument 'now'" "$program" now
expect_exit 2 "usage: mm-stress" "$program" --stress
expect_exit 3 "MiB are available" "$program" --workers=256 --threads=64 --chunks=4096
[ -e /dev/zram0 ] || expect_exit 3 "CONFIG_ZRAM" "$program" --operations=1 --swap=1M
expect_exit 0 "" "$program" --help
finish
