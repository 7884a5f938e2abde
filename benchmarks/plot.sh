#!/usr/bin/env bash
# Draws the plots of docs/benchmarks.md as SVG, of results that benchmarks/run.sh has written.
#
#     benchmarks/plot.sh SERIES DIRECTORY      SERIES as `benchmarks --series results.json` prints them
#
# Needs gnuplot (Debian: gnuplot-nox), for the documentation only. Says what is missing, and fails, when it is not there.
set -euo pipefail

series=$(realpath "$1")
mkdir -p "$2"
cd "$2"

if ! command -v gnuplot >/dev/null; then
  echo "SKIPPED: plots: gnuplot is not installed (Debian: gnuplot-nox)" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The file systems, and the series of a chapter along an axis, in their order.
titles() { cut -f 2 "$series" | awk '!seen[$0]++'; }
names() { # CHAPTER AXIS UNIT
  awk -F '\t' -v c="$1" -v a="$2" -v u="$3" '$1 == c && $4 == a && $6 == u && !seen[$3]++ { print $3 }' "$series"
}

# Points of one series: place, median, low, high. Logarithmic axes have no zero; it is drawn at `zero`.
points() { # CHAPTER TITLE SERIES AXIS UNIT ZERO
  awk -F '\t' -v c="$1" -v t="$2" -v s="$3" -v a="$4" -v u="$5" -v zero="$6" '
    $1 == c && $2 == t && $3 == s && $4 == a && $6 == u { print ($5 == 0 ? zero : $5), $7, $8, $9 }' "$series" | sort -g
}

begin_plot() { # FILE TITLE
  printf 'set terminal svg size 760,420 dynamic background "white" font "sans-serif,12"\nset output "%s"\nset title "%s"\n' \
    "$1" "$2"
  printf 'set grid ytics lc rgb "#dddddd"\nset key outside right top noenhanced\nset border 3\nset tics nomirror\n'
}

# lines FILE TITLE CHAPTER AXIS UNIT XLABEL YLABEL ZERO: a line for each series, of the first file system; with its
# middle half.
lines() {
  local title name number=0 parts=()
  title=$(titles | head -n 1)
  while IFS= read -r name; do
    number=$((number + 1))
    points "$3" "$title" "$name" "$4" "$5" "$8" >"$work/$1.$number"
    [ -s "$work/$1.$number" ] || continue
    parts+=("'$work/$1.$number' using 1:2:3:4 with yerrorlines lw 1.5 pt 7 ps 0.5 title \"$name\"")
  done < <(names "$3" "$4" "$5")
  if [ ${#parts[@]} -eq 0 ]; then return; fi
  {
    begin_plot "$1.svg" "$2 ($title)"
    printf 'set logscale xy\nset xlabel "%s"\nset ylabel "%s"\nset format x "%%.0f"\n' "$6" "$7"
    printf 'plot %s' "${parts[0]}"
    printf ', %s' "${parts[@]:1}"
    echo
  } | gnuplot
  echo "$1.svg"
}

# bars FILE TITLE CHAPTER UNIT YLABEL [PATTERN]: a group for each series or ratio that has no axis, a bar for each file
# system.
bars() {
  local column=2 parts=() title
  awk -F '\t' -v c="$3" -v u="$4" -v pattern="${6:-.}" '
    $1 == c && $6 == u && $3 ~ pattern {
      if (!(($2) in column)) { column[$2] = ++columns; name[columns] = $2 }
      label = $3
      gsub(/, N = 0/, "", label)
      if (!(label in row)) { row[label] = ++rows; label_of[rows] = label }
      value[row[label], column[$2]] = $7
    }
    END {
      for (r = 1; r <= rows; ++r) {
        printf "\"%s\"", label_of[r]
        for (k = 1; k <= columns; ++k) printf "\t%s", ((r, k) in value) ? value[r, k] : "NaN"
        print ""
      }
    }' "$series" >"$work/$1"
  [ -s "$work/$1" ] || return 0
  while IFS= read -r title; do
    parts+=("'$work/$1' using $column:xtic(1) title \"$title\"")
    column=$((column + 1))
  done < <(awk -F '\t' -v c="$3" -v u="$4" '$1 == c && $6 == u && !seen[$2]++ { print $2 }' "$series")
  {
    begin_plot "$1.svg" "$2"
    printf 'set terminal svg size 900,600\nset style data histograms\nset style fill solid 0.8\nset boxwidth 0.9\n'
    printf 'set xtics rotate by -35 left noenhanced font ",10"\nset ylabel "%s"\nset yrange [0:*]\nset bmargin 15\nset rmargin 18\n' "$5"
    printf 'plot %s' "${parts[0]}"
    if [ ${#parts[@]} -gt 1 ]; then printf ', %s' "${parts[@]:1}"; fi
    echo
  } | gnuplot
  echo "$1.svg"
}

bars adds "One add of 11 files" adds ms "milliseconds"
bars ratios "One add, as ratios" adds ratio "ratio"
lines trees "One add in trees of N pages of each kind" trees N ms "N (0 drawn at 100)" "milliseconds" 100
bars crashes "The drain after a crash, as ratios to the add" crashes ratio "ratio"
lines batches "Documents at one commit point" batches batch ms "documents" "milliseconds for each" 1
lines snapshots-of-trees "Saving a tree" snapshots files ms "files of 1,000 bytes" "milliseconds" 1
lines snapshots-of-files "Saving a file" snapshots bytes ms "bytes" "milliseconds" 1
bars journals "What each journal takes" journals ms "milliseconds"
lines many "One mutation of many files" many files ms "files" "milliseconds" 1
lines many-memory "One mutation of many files: peak memory" many files MB "files" "megabytes" 1
