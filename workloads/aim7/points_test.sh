#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: points_test.sh PROGRAM
here=$(dirname "$0")
. "$here/../tests/check.sh"
program=$1
folder=$(mktemp -d)

# Every mix does its jobs, and nothing of it stays.
for mix in alltests compute dbase fserver shared mm reclaim; do
  output=$("$program" --mix=$mix -s 2 --jobs=1 --folder="$folder") || not_so "a load point of mix $mix succeeds"
done
[ -z "$(ls -A "$folder")" ] || not_so "nothing is left in the folder: $(ls "$folder")"

workfile=$folder/workfile
echo "10 misc_rtns_1" > "$workfile"

# The columns of each form, and the same load points in all of them.
output=$("$program" -f "$workfile" --jobs=1 -s 1 -e 5 -i 2 --folder="$folder") || not_so "three load points succeed"
points=$(printf '%s\n' "$output" | awk 'NF == 9 && $1 ~ /^[0-9]+$/ { print $1 }' | tr '\n' ' ')
[ "$points" = "1 3 5 " ] || not_so "the table has 1, 3 and 5 users in nine columns: $output"
printf '%s\n' "$output" | grep -qE '^Max Jobs per Minute [0-9]+\.[0-9][0-9]$' || not_so "the maximum is printed"
[ "$(metric "$output" load_points)" = 3 ] || not_so "there are three load points"
[ "$(metric "$output" last_users)" = 5 ] || not_so "the last one has 5 users"

csv=$("$program" -f "$workfile" --jobs=1 -s 1 -e 5 -i 2 --format=csv --folder="$folder")
header=$(printf '%s\n' "$csv" | grep '^Forks')
[ "$header" = "Forks,JPM,JPM_C,JPS_C,parent_tm,childU_tm,childS_tm,std_dev,JTI,max_c,min_c" ] ||
  not_so "the CSV has re-aim's columns, not $header"
rows=$(printf '%s\n' "$csv" | awk -F, 'NF == 11 && $1 ~ /^[0-9]+$/ { print $1 }' | tr '\n' ' ')
[ "$rows" = "1 3 5 " ] || not_so "the CSV has a row of eleven for each load point: $csv"

classic=$("$program" -f "$workfile" --jobs=1 -s 2 --format=classic --folder="$folder")
rows=$(printf '%s\n' "$classic" | awk 'NF == 6 && $1 ~ /^[0-9]+$/' | wc -l)
[ "$rows" -eq 1 ] || not_so "the classic form has six columns: $classic"

# A search finds a crossover: no user gets a million jobs a minute when several of them share this machine.
output=$("$program" -f "$workfile" --jobs=1 -x --limit=1000000 -e 4 --folder="$folder") || not_so "a search succeeds"
expect_metrics "$here/workload.yaml" "$output"
[ "$(metric "$output" crossover_users)" = 1 ] || not_so "the crossover is at once: $output"
# One that is not reached is not reported.
output=$("$program" -f "$workfile" --jobs=1 -x --limit=1 -e 2 --folder="$folder") || not_so "a search to the end succeeds"
[ -z "$(metric "$output" crossover_users)" ] || not_so "there is no crossover: $output"

# Thousands of users, where the machine has room for them.
sanitized=false
if readelf -sW "$program" | grep -qE '__(asan|tsan)_'; then sanitized=true; fi
if [ $sanitized = false ]; then
  output=$("$program" -f "$workfile" --jobs=1 -s 2000 --folder="$folder" 2>&1)
  status=$?
  case $status:$output in
    0:*) [ "$(metric "$output" last_users)" = 2000 ] || not_so "2000 users end" ;;
    3:*) echo "2000 users do not fit here: $output" ;;
    *) not_so "2000 users end, not with $status: $output" ;;
  esac
fi
rm -f "$workfile"
rmdir "$folder" || not_so "nothing is left in the folder"
finish
