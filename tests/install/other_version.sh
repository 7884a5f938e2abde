#!/usr/bin/env bash
# other_version.sh PREFIX WORK INCLUDEDIR LIBDIR COMPILER: a source that was compiled against the headers of one version
# must not be linked with the library of another, and the linker must say that it is about that.
set -euo pipefail
prefix=$1 work=$2 includedir=$3 libdir=$4 compiler=$5
rm -rf "$work"
mkdir -p "$work"
cp -r "$prefix/$includedir" "$work/include"
echo '#include <commitpoint/config.hpp>
int main() {}' >"$work/main.cpp"

link() {
  "$compiler" -std=c++20 -DCOMMITPOINT_COMPILED -I"$work/include" "$work/main.cpp" -o "$work/main" \
    -L"$prefix/$libdir" -lcommitpoint -lboost_filesystem -pthread
}

link
sed -i 's/minor_part = [0-9]*/minor_part = 99/' "$work/include/commitpoint/version.hpp"
if said=$(LC_ALL=C link 2>&1); then
  echo "It was linked."
  exit 1
fi
printf '%s\n' "$said"
grep -qE 'compiled_library<[0-9]+, 99>::is_linked' <<<"$said"
