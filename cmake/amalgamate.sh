#!/usr/bin/env bash
# The library as two files, for whoever wants no build: cmake/amalgamate.sh [OUTPUT]
# It writes commitpoint.hpp and commitpoint.cpp into OUTPUT (the current directory). Include the one, compile the other
# with the program; with -DCOMMITPOINT_WITH_SQLITE for both, journal::sqlite and touch::sqlite are in them.
set -euo pipefail
output=$(realpath "${1:-.}")
cd "$(dirname "${BASH_SOURCE[0]}")/../include"
mkdir -p "$output"
version=$(sed -n 's/.*text = "\(.*\)".*/\1/p' commitpoint/version.hpp)

# inlined KNOWN ROOT...: the roots and what they include of the library, each once, and none that KNOWN lists, to which
# it adds them. Only what the compiled mode reads.
inlined() {
  local known=$1
  shift
  awk -v known="$known" -v roots="$*" '
    function put(file,    line, depth, name) {
      if (file in seen) return
      seen[file] = 1
      print file >> known
      depth = 0
      while ((getline line < file) > 0) {
        if (depth > 0) {  # header-only mode, which is left out
          if (line ~ /^#if/) ++depth
          if (line ~ /^#endif/) --depth
        } else if (line ~ /^#ifndef COMMITPOINT_COMPILED/) {
          depth = 1
        } else if (line ~ /^#include <commitpoint\//) {
          name = line
          sub(/^#include </, "", name)
          sub(/>.*/, "", name)
          put(name)
        } else if (line !~ /^#pragma once/) {
          print line
        }
      }
      close(file)
    }
    BEGIN {
      while ((getline line < known) > 0) seen[line] = 1
      close(known)
      count = split(roots, list, " ")
      for (i = 1; i <= count; ++i) put(list[i])
    }'
}

known=$(mktemp -d)
trap 'rm -rf "$known"' EXIT
head_of() { echo "// commitpoint $version, made by cmake/amalgamate.sh out of its headers; licence: MIT."; }

# What both the second file and the part with SQLite need stands in front, so that it is there once.
shared=(codec/flat_json.hpp files/io.hpp files/beneath.hpp journal/kind_file.hpp journal/log_backend.hpp
  detail/root/advice.hpp detail/undo/database_tools.hpp)
touch "$known/plain"
{
  head_of
  echo "#pragma once"
  echo "#define COMMITPOINT_COMPILED 1"
  inlined "$known/plain" commitpoint/commitpoint.hpp "${shared[@]/#/commitpoint/}"
  cp "$known/plain" "$known/sqlite"
  cp "$known/plain" "$known/source"
  echo "#ifdef COMMITPOINT_WITH_SQLITE"
  inlined "$known/sqlite" commitpoint/journal/sqlite.hpp commitpoint/snapshot/sqlite.hpp
  echo "#endif"
} >"$output/commitpoint.hpp"

{
  head_of
  echo '#include "commitpoint.hpp"'
  inlined "$known/source" commitpoint/source.hpp
  sort -u "$known/sqlite" "$known/source" >"$known/all"
  echo "#ifdef COMMITPOINT_WITH_SQLITE"
  inlined "$known/all" commitpoint/source_sqlite.hpp
  echo "#endif"
} >"$output/commitpoint.cpp"

twice=$(sort "$known/sqlite" "$known/source" | uniq -d | sort | comm -23 - <(sort "$known/plain"))
if [ -n "$twice" ]; then
  echo "these are needed twice, and belong to what is shared: $twice" >&2
  exit 1
fi
