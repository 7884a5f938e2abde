#!/usr/bin/env bash
# Does what docs/first_steps.md says, with an installation, and compares what is printed: first_steps.sh PREFIX OUTPUT
set -euo pipefail
page=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../docs" && pwd)/first_steps.md
prefix=$1
output=$2
export PATH=$prefix/bin:$PATH
PKG_CONFIG_PATH=$(find "$prefix" -type d -name pkgconfig -printf '%p:')
export PKG_CONFIG_PATH
rm -rf "$output"
mkdir -p "$output"
cd "$output"

# The blocks of a kind, one after the other, each in a file of its own: N.sh, N.text.
awk '/^```/ {
       inside = !inside
       kind = inside ? substr($0, 4) : ""
       if (kind == "sh" || kind == "cpp") ++n
       file = kind == "" ? "" : n "." kind
       next
     }
     file != "" { print > file }' "$page"
mv ./*.cpp notes.cpp
for block in *.sh; do
  echo "==== $block"
  bash -euo pipefail "$block" 2>said.err | tee said || { cat said.err >&2; exit 1; }
  diff -u "${block%.sh}.text" said
done
