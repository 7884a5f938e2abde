#!/usr/bin/env bash
# What of include/ the last `ctest --preset clang` ran: a table of files with lines and branches, then the lines that
# nothing ran. Processes that were killed, or ended by _exit, have left no counts.
# Usage: tests/coverage.sh [BUILD_DIR]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${1:-build/clang}

programs=()
for program in "$build"/tests/tests_*; do
  if [ -f "$program" ] && [ -x "$program" ]; then programs+=(-object "$program"); fi
done
# The first is named without -object. What is not in include/ is not asked about.
chosen=("${programs[@]:1}" -instr-profile="$build/coverage/all.profdata" '-ignore-filename-regex=(^|/)(tests|examples)/|^/usr/')

llvm-profdata-14 merge -sparse "$build"/coverage/*.profraw -o "$build/coverage/all.profdata"
llvm-cov-14 export "${chosen[@]}" -format=lcov >"$build/coverage/all.lcov"
awk -F'[:,]' '
  $1 == "SF" { file = $2; sub(/^.*\/include\//, "include/", file) }
  $1 == "LF" { found[file] = $2; lines += $2 }
  $1 == "LH" { hit[file] = $2; lines_hit += $2 }
  $1 == "BRF" { branches[file] = $2; all_branches += $2 }
  $1 == "BRH" { taken[file] = $2; all_taken += $2 }
  $1 == "DA" && $3 == 0 { missed[file] = missed[file] " " $2 }
  function percent(part, whole) { return whole ? sprintf("%.1f %%", 100 * part / whole) : "-" }
  function row(name, h, f, t, b) {
    return sprintf("%-60s %6d lines %8s %6d branches %8s", name, f, percent(h, f), b, percent(t, b))
  }
  END {
    for (name in found) print row(name, hit[name], found[name], taken[name], branches[name]) | "sort"
    close("sort")
    print row("all", lines_hit, lines, all_taken, all_branches)
    print "Lines that nothing ran:"
    for (name in missed) print "  " name ":" missed[name] | "sort"
  }' "$build/coverage/all.lcov"
