#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: static_binaries_test.sh GUEST_WORKLOADS SOURCE_WORKLOADS
# Each workload has its program where the image looks for it, static and free of sanitizers: a guest has no
# loader and no libraries.
. "$(dirname "$0")/check.sh"
guest=$1
source=$2
for manifest in "$source"/*/workload.yaml; do
  name=$(basename "$(dirname "$manifest")")
  program=$guest/$name/$name
  [ -x "$program" ] || { not_so "$program is there"; continue; }
  grep -q "^workload: $name\$" "$manifest" || not_so "$manifest says 'workload: $name'"
  if readelf -lW "$program" | grep -q INTERP; then not_so "$program is static"; fi
  if readelf -sW "$program" | grep -qE '__(asan|tsan|ubsan)_'; then not_so "$program has no sanitizer"; fi
  size=$(stat -c %s "$program")
  [ "$size" -lt 1500000 ] || not_so "$program is below 1.5 MB, not $size bytes"
done
finish
