# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# For the check.sh of the series, which run in a guest; sourced, not run. README.md has the rules.
checks=0
failures=0
# The programs of the workloads lie beside the script.
PATH=$(dirname "$0"):$PATH

# expect TEXT A OPERATOR B: a comparison of test(1).
expect() {
  checks=$((checks + 1))
  if test "$2" "$3" "$4"; then
    echo "so: $1 ($2 $3 $4)"
  else
    echo "not so: $1: $2 $3 $4" >&2
    failures=$((failures + 1))
  fi
}

# expect_success TEXT COMMAND...: the command's output is shown if it fails.
expect_success() {
  text=$1
  shift
  output=$("$@" 2>&1)
  status=$?
  [ $status -eq 0 ] || echo "$output" >&2
  expect "$text" $status -eq 0
}

# counter FILE NAME: the value of a line "NAME value".
counter() {
  while read -r name value; do
    [ "$name" != "$2" ] || echo "$value"
  done < "$1"
}

# parameter NAME DEFAULT: the value of NAME=value on the kernel's command line.
parameter() {
  found=$2
  for word in $(cat /proc/cmdline); do
    case $word in "$1"=*) found=${word#*=} ;; esac
  done
  echo "$found"
}

finish() {
  echo "checks: $checks"
  [ $failures -eq 0 ]
  exit $?
}
