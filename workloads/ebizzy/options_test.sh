#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: options_test.sh PROGRAM
. "$(dirname "$0")/../tests/check.sh"
program=$1

expect_exit 2 "-m (always mmap) and -M (never mmap) exclude each other" "$program" -mM
expect_exit 2 "-t: '0' is not a whole number" "$program" -t 0
expect_exit 2 "-s: '7' is not a size from 8" "$program" -s 7
expect_exit 2 "--generator: 'dice' is neither 'compat' nor 'random'" "$program" --generator=dice
expect_exit 2 "unexpected argument 'fast'" "$program" fast
expect_exit 2 "usage: ebizzy" "$program" -x
expect_exit 0 "" "$program" --help

finish
