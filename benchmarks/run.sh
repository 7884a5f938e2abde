#!/usr/bin/env bash
# Builds the benchmarks and runs them on the file system of $COMMITPOINT_BENCH_DIR (or of the current directory) and, as
# root, on fresh ext4, xfs and btrfs images that it mounts and removes again. Progress goes to stderr.
#
#     benchmarks/run.sh [OUTPUT]      OUTPUT is a directory, build/benchmarks/results unless one is named:
#
#         results.json   every figure of every round
#         tables.md      the tables of docs/benchmarks.md; printed as well
#         *.svg          its plots, where gnuplot is installed
#
#     COMMITPOINT_BENCH_PROGRAM        a program that is built already
#     COMMITPOINT_BENCH_FILE_SYSTEMS   some of: here ext4 xfs btrfs; all if it is not set
#     COMMITPOINT_BENCH_IMAGE_SIZE     of each image, sparse, in that same directory; 4G, and for a tree of 1,000,000 24G
#     COMMITPOINT_BENCH_COMPILE        if it is set, what a user's source costs to compile is measured too (minutes)
#     COMMITPOINT_BENCH_LONG           if it is set, everything is as large as it gets: trees of 1,000,000 pages, files of
#                                      1 GB, trees and mutations of 100,000 files
#
# Settings of the program (main.cpp) are passed on.
set -euo pipefail

# Mounts in a namespace of their own are gone with the last process in it, however that ends.
if [ "$(id -u)" -eq 0 ] && [ -z "${COMMITPOINT_BENCH_UNSHARED:-}" ] && unshare -m true 2>/dev/null; then
  export COMMITPOINT_BENCH_UNSHARED=1
  exec unshare -m -- "${BASH_SOURCE[0]}" "$@"
fi

base=$(realpath "${COMMITPOINT_BENCH_DIR:-.}")
top=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
output=$(realpath -m "${1:-$top/build/benchmarks/results}")
read -ra file_systems <<<"${COMMITPOINT_BENCH_FILE_SYSTEMS:-here ext4 xfs btrfs}"
image_size=${COMMITPOINT_BENCH_IMAGE_SIZE:-4G}

if [ -n "${COMMITPOINT_BENCH_LONG:-}" ]; then
  image_size=${COMMITPOINT_BENCH_IMAGE_SIZE:-24G}
  export COMMITPOINT_BENCH_N=${COMMITPOINT_BENCH_N:-1000 10000 100000 1000000}
  export COMMITPOINT_BENCH_LARGEST_FILE=${COMMITPOINT_BENCH_LARGEST_FILE:-1073741824}
  export COMMITPOINT_BENCH_LARGEST_TREE=${COMMITPOINT_BENCH_LARGEST_TREE:-100000}
  export COMMITPOINT_BENCH_LARGEST_MUTATION=${COMMITPOINT_BENCH_LARGEST_MUTATION:-100000}
fi

. "$top/benchmarks/build.sh"
program=$(benchmark_program benchmarks ${COMMITPOINT_BENCH_PROGRAM:+"$COMMITPOINT_BENCH_PROGRAM"})
# What only some of it needs: without it that part is skipped, with a word.
need_packages "${benchmark_packages[@]}" >&2 || echo "Not everything could be installed: ${benchmark_packages[*]}" >&2

mkdir -p "$output"
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
runs=()

# run_in DIRECTORY TITLE
run_in() {
  local results=$work/${#runs[@]}.json
  echo "== $2" >&2
  COMMITPOINT_BENCH_DIR=$1 COMMITPOINT_BENCH_TITLE=$2 COMMITPOINT_BENCH_RESULTS=$results "$program" >/dev/null || failed=1
  if [ -s "$results" ]; then runs+=("$results"); fi
}

# run_on_image NAME MAKE...: MAKE with the image behind it makes the file system.
run_on_image() {
  local name=$1 image=$work/$1.image mounted=$work/$1.mount
  shift
  if [[ " ${file_systems[*]} " != *" $name "* ]]; then return; fi
  if [ "$(id -u)" -ne 0 ]; then
    echo "SKIPPED: $name: only root can mount an image" >&2
    return
  fi
  if ! command -v "$1" >/dev/null; then
    echo "SKIPPED: $name: $1 is not installed" >&2
    return
  fi
  mkdir "$mounted"
  truncate -s "$image_size" "$image"
  if ! "$@" "$image" >/dev/null || ! mount -o loop "$image" "$mounted"; then
    echo "SKIPPED: $name: cannot make or mount an image" >&2
    return
  fi
  run_in "$mounted" "$name, image"
  umount "$mounted"
  rm -f "$image"
}

# All runs as one value, each of which is one already.
join_runs() {
  printf '{"version": "%s", "machine": "%s", "date": "%s", "runs": [\n' \
    "$(sed -n 's/.* text = "\(.*\)";/\1/p' "$top/include/commitpoint/version.hpp")" \
    "$(nproc) processors, Linux $(uname -r | cut -d- -f1)" "$(date -I)"
  cat "${runs[0]}"
  local run
  for run in "${runs[@]:1}"; do
    echo ,
    cat "$run"
  done
  echo ']}'
}

if [[ " ${file_systems[*]} " == *" here "* ]]; then run_in "$base" "$(findmnt -n -o FSTYPE -T "$base" || echo unknown), the disk itself"; fi
# Inodes enough for the largest tree.
run_on_image ext4 mkfs.ext4 -q -F -i 4096
run_on_image xfs mkfs.xfs -q -f -m reflink=1
run_on_image btrfs mkfs.btrfs -q -f
if [ ${#runs[@]} -eq 0 ]; then
  echo "Nothing was measured" >&2
  exit 1
fi

join_runs >"$output/results.json"
"$program" --tables "$output/results.json" >"$output/tables.md"
if [ -n "${COMMITPOINT_BENCH_COMPILE:-}" ]; then
  { printf '\n## What a source costs to compile\n\n' && "$top/benchmarks/compile_costs.sh"; } >>"$output/tables.md" || failed=1
fi
"$program" --series "$output/results.json" >"$work/series"
"$top/benchmarks/plot.sh" "$work/series" "$output" >&2 || echo "There are no plots" >&2
cat "$output/tables.md"
echo "In $output: results.json, tables.md and the plots" >&2
exit "$failed"
