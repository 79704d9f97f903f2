#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: options_test.sh PROGRAM
here=$(dirname "$0")
. "$here/../tests/check.sh"
program=$1

expect_exit 2 "--stressor is missing" "$program"
expect_exit 2 "--stressor: 'rocket' is not one of rmap, fork" "$program" --stressor=rocket
expect_exit 2 "--seconds: '0' is not a whole number" "$program" --stressor=fork --seconds=0
expect_exit 2 "unexpected argument 'now'" "$program" --stressor=fork now
expect_exit 2 "usage: stress-ng" "$program" --hard
expect_exit 0 "" "$program" --help
expect_exit 3 "/nonexistent: No such file" "$program" --stressor=fork --program=/nonexistent
case $(cat /sys/devices/system/node/has_memory 2> /dev/null) in
  *[,-]*) ;;
  *) expect_exit 3 "numa needs two nodes with memory" "$program" --stressor=numa ;;
esac

# What stress-ng's exit statuses become; the script stands for it.
fake=$(mktemp)
chmod +x "$fake"
# ends STATUS EXPECTED TEXT
ends() {
  printf '#!/bin/sh\nexit %s\n' "$1" > "$fake"
  expect_exit "$2" "$3" "$program" --stressor=fork --program="$fake"
}
ends 0 3 "stress-ng left fork out"
ends 2 1 "the stressor fork failed"
ends 3 3 "the stressor fork lacked resources"
ends 4 3 "the stressor fork is not implemented here"
ends 7 1 "the metrics of fork are untrustworthy"
ends 5 1 "stress-ng ended with status 5"
# The rows of other stressors do not count.
printf '#!/bin/sh\necho "stress-ng: metrc: [1] rmap 150 2.03 0.05 1.67 74.06 86.93 85.19 6384"\n' > "$fake"
expect_exit 3 "stress-ng left fork out" "$program" --stressor=fork --program="$fake"
expect_exit 0 "" "$program" --stressor=rmap --program="$fake"
rm -f "$fake"

finish
