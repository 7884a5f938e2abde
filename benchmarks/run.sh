#!/usr/bin/env bash
# Runs the benchmarks on the file system of $COMMITPOINT_BENCH_DIR (or of the current directory) and, as root, on fresh
# ext4 and xfs images that it mounts and removes again. Prints the tables of docs/benchmarks.md; progress goes to stderr.
#
#     benchmarks/run.sh [PROGRAM]      builds the program in build/benchmarks unless one is named
#
# The images lie in that same directory and need 3 GB of it. Settings of the program (main.cpp) are passed on.
set -euo pipefail

# Mounts in a namespace of their own are gone with the last process in it, however that ends.
if [ "$(id -u)" -eq 0 ] && [ -z "${COMMITPOINT_BENCH_UNSHARED:-}" ] && unshare -m true 2>/dev/null; then
  export COMMITPOINT_BENCH_UNSHARED=1
  exec unshare -m -- "${BASH_SOURCE[0]}" "$@"
fi

base=$(realpath "${COMMITPOINT_BENCH_DIR:-.}")
top=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
image_size=3G

. "$top/benchmarks/build.sh"
program=$(benchmark_program benchmarks "$@")

work=$(mktemp -d "$base/commitpoint-images-XXXXXX")
cleanup() {
  for mounted in "$work"/*.mount; do
    if mountpoint -q "$mounted"; then umount "$mounted" || umount -l "$mounted"; fi
  done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

failed=0
outputs=()

# run_in DIRECTORY TITLE
run_in() {
  local output=$work/${#outputs[@]}.output
  outputs+=("$output")
  printf '\n## %s\n\n' "$2"
  COMMITPOINT_BENCH_DIR=$1 "$program" >"$output" || failed=1
  cat "$output"
}

# The ratios and the times of all file systems in one table each: a column for each output, in their order.
side_by_side() {
  printf '\n## Side by side\n'
  awk -F ' *[|] *' '
    FNR == 1 { ++column }
    / - / && NF == 7 { key = "| " $2 " | " $3 " |"; target[key] = " " $6 " |" }
    / - / && NF == 5 { key = "| " $2 " |"; target[key] = "" }
    / - / && (NF == 5 || NF == 7) {
      if ($2 == "ratio of" || $2 == "what") next
      if (!(key in row)) order[++rows] = key
      row[key] = row[key] " " $(NF == 7 ? 4 : 3) " (" $(NF == 7 ? 5 : 4) ") |"
    }
    function head(names, end, i) {
      printf "\n%s", names
      for (i = 1; i <= column; ++i) printf " %d |", i
      printf "%s\n", end
      gsub(/[^|]+/, " --- ", names)
      printf "%s", names
      for (i = 1; i <= column; ++i) printf " ---: |"
      print end == "" ? "" : " --- |"
    }
    END {
      head("| ratio of | to |", " to reach |")
      for (i = 1; i <= rows; ++i) if (target[order[i]] != "") print order[i] row[order[i]] target[order[i]]
      head("| median, ms |", "")
      for (i = 1; i <= rows; ++i) if (target[order[i]] == "") print order[i] row[order[i]]
    }' "$@"
}

# run_on_image NAME MAKE...: MAKE with the image behind it makes the file system.
run_on_image() {
  local name=$1 image=$work/$1.image mounted=$work/$1.mount
  shift
  if [ "$(id -u)" -ne 0 ]; then
    echo "SKIPPED: $name: only root can mount an image"
    return
  fi
  if ! command -v "$1" >/dev/null; then
    echo "SKIPPED: $name: $1 is not installed"
    return
  fi
  mkdir "$mounted"
  truncate -s "$image_size" "$image"
  if ! "$@" "$image" >/dev/null || ! mount -o loop "$image" "$mounted"; then
    echo "SKIPPED: $name: cannot make or mount an image"
    return
  fi
  run_in "$mounted" "$name, in an image mounted through a loop device"
  umount "$mounted"
  rm -f "$image"
}

echo "$(nproc) processors, Linux $(uname -r | cut -d- -f1)"
run_in "$base" "The file system of the current directory"
run_on_image ext4 mkfs.ext4 -q -F
run_on_image xfs mkfs.xfs -q -f -m reflink=1
side_by_side "${outputs[@]}"
exit "$failed"
