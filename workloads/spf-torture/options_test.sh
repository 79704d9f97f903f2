#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: options_test.sh PROGRAM
. "$(dirname "$0")/../tests/check.sh"
program=$1

expect_exit 2 "--seconds: '0' is not a whole number from 1 to 1000000" "$program" --seconds=0
expect_exit 2 "--threads: '257'" "$program" --threads=257
expect_exit 2 "--seed: '-1'" "$program" --seed=-1
expect_exit 2 "--oom: 'lots' is not a size" "$program" --oom=lots
expect_exit 2 "--oom: a group needs at least 4M" "$program" --oom=64K
expect_exit 2 "--swap: at least 1M" "$program" --swap=64K
expect_exit 2 "--plots: there is no plot 'field'" "$program" --plots=mlock,field
expect_exit 2 "--plots: victims alone are no torture" "$program" --plots=victims
expect_exit 2 "unexpected argument 'twice'" "$program" twice
expect_exit 2 "usage: spf-torture" "$program" --mild
expect_exit 0 "" "$program" --help
finish
