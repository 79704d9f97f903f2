#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: options_test.sh PROGRAM
. "$(dirname "$0")/../tests/check.sh"
program=$1

expect_exit 2 "--test is missing" "$program"
expect_exit 2 "--test: there is no test 'page_fault4'" "$program" --test=page_fault4
expect_exit 2 "--form: 'fibers' is neither 'processes' nor 'threads'" "$program" --test=brk1 --form=fibers
expect_exit 2 "-t: '0' is not a whole number" "$program" --test=brk1 -t 0
expect_exit 2 "-m (bind to hardware threads) and -n (do not bind)" "$program" --test=brk1 -m -n
expect_exit 2 "unexpected argument 'fast'" "$program" --test=brk1 fast
expect_exit 2 "usage: page-fault" "$program" -x
expect_exit 0 "" "$program" --help
expect_exit 3 "MiB are available" "$program" --test=page_fault1 -t 65536 --size=1G

finish
