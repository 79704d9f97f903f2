# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# For the tests of the workload programs; sourced, not run.
failures=0

not_so() {
  echo "not so: $1" >&2
  failures=$((failures + 1))
}

skip() {
  echo "skipped: $1"
  exit 77
}

# expect_exit STATUS TEXT COMMAND...: the command exits with STATUS and TEXT is in its standard error.
expect_exit() {
  expected=$1
  text=$2
  shift 2
  errors=$("$@" 2>&1 >/dev/null)
  status=$?
  [ "$status" -eq "$expected" ] || not_so "'$*' exits with $expected, but it did with $status: $errors"
  case $errors in
    *"$text"*) ;;
    *) not_so "'$*' says '$text', but it said: $errors" ;;
  esac
}

# metric OUTPUT NAME: the value of the line "NAME: value".
metric() {
  printf '%s\n' "$1" | sed -n "s/^$2: //p"
}

# expect_metrics MANIFEST OUTPUT: each metric's pattern in the manifest finds exactly one line. \S and \d are
# put in grep's terms, so that these tests run in a busybox guest too.
expect_metrics() {
  patterns=$(sed -n "s/^  - {name: .*pattern: '\([^']*\)'.*/\1/p" "$1" |
    sed 's/\\S/[^[:space:]]/g; s/\\d/[0-9]/g')
  [ -n "$patterns" ] || not_so "$1 has metrics"
  rest=$patterns
  while [ -n "$rest" ]; do
    pattern=$(printf '%s\n' "$rest" | head -n 1)
    rest=$(printf '%s\n' "$rest" | tail -n +2)
    found=$(printf '%s\n' "$2" | grep -cE "$pattern")
    [ "$found" -eq 1 ] || not_so "the pattern $pattern is found once in the output, not $found times"
  done
}

finish() {
  [ "$failures" -eq 0 ]
  exit $?
}
