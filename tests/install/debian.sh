#!/usr/bin/env bash
# Makes the Debian package of a build, and lays out what is in it: debian.sh BUILD OUTPUT
# Afterwards OUTPUT has what would be in /usr.
set -euo pipefail
build=$1
output=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work" >"$work/log" || { cat "$work/log" >&2; exit 1; }
package=$(echo "$work"/commitpoint_*.deb)
dpkg-deb --field "$package" Package Version Depends
dpkg-deb --field "$package" Depends | grep -q libboost-filesystem-dev
rm -rf "$output"
dpkg-deb --extract "$package" "$work/root"
mv "$work/root/usr" "$output"

"$output/bin/commitpoint" --version
"$output/bin/commitpoint" help --man | cmp - "$output/share/man/man1/commitpoint.1"
for file in share/bash-completion/completions/commitpoint share/doc/commitpoint/copyright lib/libcommitpoint.a; do
  test -s "$output/$file"
done
