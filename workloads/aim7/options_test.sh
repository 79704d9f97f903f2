#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: options_test.sh PROGRAM
. "$(dirname "$0")/../tests/check.sh"
program=$1

expect_exit 2 "--mix: there is no mix 'everything'; there are: alltests compute" "$program" --mix=everything
expect_exit 2 "--search: 'hard' is not one of" "$program" --search=hard
expect_exit 2 "--format: 'xml' is not one of" "$program" --format=xml
expect_exit 2 "--start: '0' is not a whole number" "$program" -s 0
expect_exit 2 "--end: 5 is less than --start (10)" "$program" -s 10 -e 5
expect_exit 2 "--mix and --workfile exclude each other" "$program" --mix=mm -f /dev/null
expect_exit 2 "/nonexistent: No such file" "$program" -f /nonexistent
expect_exit 2 "/dev/null has no test" "$program" -f /dev/null
expect_exit 2 "unexpected argument 'fast'" "$program" fast
expect_exit 2 "usage: aim7" "$program" -y
expect_exit 0 "" "$program" --help
expect_exit 3 "4000000 users of mix mm need about" "$program" -s 4000000
expect_exit 3 "making the folder /nonexistent/aim7" "$program" --folder=/nonexistent
if [ ! -e /sys/block/zram0 ]; then
  expect_exit 3 "no zram to swap to (needs CONFIG_ZRAM)" "$program" --zram-swap=64M
fi

workfile=$(mktemp)
# wrong LINE TEXT: a workfile with this line is refused with this text.
wrong() {
  printf '10 add_int\n%s\n' "$1" > "$workfile"
  expect_exit 2 "$workfile:2: $2" "$program" -f "$workfile"
}
wrong "10 add_complex" "there is no test 'add_complex'"
wrong "ten add_int" "no weight: 'ten'"
wrong "0 add_int" "no weight: '0'"
wrong "10" "something is missing after '10'"
wrong "10 add_int twice" "there is more after 'add_int'"
wrong "HEAPSIZE: much" "no size: 'much'"
rm -f "$workfile"

finish
