#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: build-tests.sh TARBALL FOLDER
# Builds the kernel's own tests of mm, statically, from the kernel source TARBALL into FOLDER. A test that needs a
# library that this host lacks is left out; which ones were is said at the end.
set -eu
tarball=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
stamp=$folder/.source
source=$(stat -c '%n %s %Y' "$tarball")
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$source" ]; then exit 0; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Also what `make headers` reads: the system calls' tables, and the headers that it installs.
tar -xf "$tarball" -C "$work" --wildcards --no-wildcards-match-slash --strip-components=1 \
  '*/Makefile' '*/Kbuild' '*/scripts' '*/include' '*/mm/gup_test.h' \
  '*/arch/x86/Makefile' '*/arch/x86/include' '*/arch/x86/entry/syscalls' '*/arch/x86/Makefile_32.cpu' '*/arch/x86/tools' \
  '*/tools/include' '*/tools/arch/x86/include' '*/tools/scripts' \
  '*/tools/testing/selftests/kselftest*' '*/tools/testing/selftests/lib.mk' \
  '*/tools/testing/selftests/mm' '*/tools/testing/selftests/x86/check_cc.sh' \
  '*/tools/testing/selftests/x86/trivial_*'
make -s -C "$work" ARCH=x86 headers > "$work/headers.log" 2>&1 || { cat "$work/headers.log" >&2; exit 1; }
tests=$work/tools/testing/selftests/mm
# Some need libraries: those that can be linked are. 6.12.117's khugepaged.c forgets to include kselftest.h.
make -s -k -j "$(nproc)" -C "$tests" top_srcdir="$work" KHDR_INCLUDES="-isystem $work/usr/include" \
  EXTRA_CFLAGS="-include $work/tools/testing/selftests/kselftest.h" OUTPUT="$folder" LDFLAGS=-static > "$work/tests.log" 2>&1 || true
find "$folder" -maxdepth 1 -type f -perm -u+x ! -name '*.sh' -exec strip {} +
[ -x "$folder/mremap_test" ] || { cat "$work/tests.log" >&2; exit 1; }
for text in "$tests"/*.c; do
  name=$(basename "$text" .c)
  if grep -q '^int main' "$text" && [ ! -x "$folder/$name" ]; then echo "not built: $name"; fi
done
echo "$source" > "$stamp"
