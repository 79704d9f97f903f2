#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: options_test.sh PROGRAM
. "$(dirname "$0")/../tests/check.sh"
program=$1

expect_exit 2 "--pages: '1' is not a whole number from 2 to" "$program" --pages=1
expect_exit 2 "--max-page-sharing: 1 is not sharing" "$program" --max-page-sharing=1
expect_exit 2 "--max-page-sharing: '2147483648'" "$program" --max-page-sharing=2147483648
expect_exit 2 "--nodes: '0' is not two different node numbers" "$program" --nodes=0
expect_exit 2 "--nodes: '1,1'" "$program" --nodes=1,1
expect_exit 2 "--nodes: '0,1,2'" "$program" --nodes=0,1,2
expect_exit 2 "unexpected argument 'now'" "$program" now
expect_exit 2 "usage: ksm-migrate" "$program" --same-node
expect_exit 2 "--form: 'threads' is neither" "$program" --form=threads
expect_exit 0 "" "$program" --help
expect_exit 3 "node 1000 has no memory" "$program" --nodes=0,1000
expect_exit 3 "MiB are available" "$program" --form=processes --pages=268435456 --moves=0

finish
