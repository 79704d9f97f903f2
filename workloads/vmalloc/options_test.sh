#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: options_test.sh PROGRAM
. "$(dirname "$0")/../tests/check.sh"
program=$1

expect_exit 2 "--mask: '2048' is not a whole number from 0 to 2047" "$program" --mask=2048
expect_exit 2 "--mask: 'all' is not a whole number" "$program" --mask=all
expect_exit 2 "--preset: 'fast' is not one of none, performance, smoke, stress" "$program" --preset=fast
expect_exit 2 "--threads: '65536' is not a whole number from 0 to 65535" "$program" --threads=65536
expect_exit 2 "unexpected argument 'now'" "$program" now
expect_exit 2 "usage: vmalloc" "$program" --quick
expect_exit 0 "" "$program" --help
expect_exit 3 "65535 workers with tests of mask 7" "$program" --mask=7 --threads=65535
# The preset's workers are as many as there are CPUs.
expect_exit 3 "/nonexistent.ko: No such file" "$program" --preset=stress --mask=1 --module=/nonexistent.ko

# A file that is no module of this kernel is refused by the kernel itself, or for want of privileges.
if [ -r /dev/kmsg ] && dd if=/dev/kmsg of=/dev/null bs=8192 count=1 iflag=nonblock 2> /dev/null; then
  expect_exit 3 "the kernel refuses" "$program" --mask=1 --module="$program"
fi

finish
