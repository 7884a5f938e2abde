#!/usr/bin/env bash
# Builds and runs a Meson project that has this library as a subproject, then installs it and builds the same program by
# pkg-config: tests/install/meson/run.sh WORK_DIR
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
rm -rf "$1"
mkdir -p "$1/source/subprojects"
work=$(cd "$1" && pwd)

cp "$here/meson.build" "$here"/../consumer/*.cpp "$work/source/"
cp "$here/../../../docs/commitpoint.wrap" "$work/source/subprojects/"
mkdir "$work/source/subprojects/commitpoint"
cp -r "$here"/../../../{meson.build,meson_options.txt,cmake,include} "$work/source/subprojects/commitpoint/"

meson setup "$work/build" "$work/source" --buildtype=plain --prefix="$work/prefix" --libdir=lib
meson compile -C "$work/build"
meson test -C "$work/build" --no-rebuild --print-errorlogs
meson install -C "$work/build" --no-rebuild --quiet

export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig:$work/prefix/share/pkgconfig
# Words, not one argument.
read -ra compiler <<<"${CXX:-c++}"
read -ra flags <<<"$(pkg-config --cflags --libs commitpoint-compiled-sqlite)"
"${compiler[@]}" -std=c++20 "$here"/../consumer/*.cpp -o "$work/by_pkg_config" "${flags[@]}" -Wl,-rpath,"$work/prefix/lib"
"$work/by_pkg_config"
echo "by pkg-config: good"
