#!/usr/bin/env bash
# Runs all fuzz targets, each with a copy of its corpus: tests/fuzz/run.sh [SECONDS] BUILD_DIR
# SECONDS is how long each of them has a processor. BUILD_DIR is where the fuzz_* programs are, or a directory above it.
# What a target finds is kept in the temporary directory, whose name is printed.
set -euo pipefail
seconds=60
if [ $# -eq 2 ]; then
  seconds=$1
  shift
fi
if [ $# -ne 1 ] || [ ! -d "$1" ] || [[ ! $seconds =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: $0 [SECONDS] BUILD_DIR" >&2
  exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
work=$(mktemp -d)

export TMPDIR=$work
export ASAN_OPTIONS=quarantine_size_mb=32  # of 256: they are many, and all are at work at once
export LLVM_PROFILE_FILE=/dev/null  # where the build measures coverage
# AddressSanitizer of clang 14 does not get along with as much randomness in addresses as newer kernels have.
fixed_addresses=()
if setarch --addr-no-randomize true 2>/dev/null; then fixed_addresses=(setarch --addr-no-randomize); fi

fuzz() {
  local name program log input options=()
  name=$(basename "$1" .cpp)
  local target=${name#fuzz_}
  program=$(find "$build" -type f -name "$name" -perm -u+x -print -quit)
  if [ -z "$program" ]; then
    echo "$target: $name was not built below $build" >&2
    return 1
  fi
  mkdir -p "$work/$target/corpus"
  cp "$here/corpus/$target/"* "$work/$target/corpus/"
  if [ -e "${1%/*}/$target.dict" ]; then options+=(-dict="${1%/*}/$target.dict"); fi
  log=$work/$target/log
  if "${fixed_addresses[@]}" "$program" -seed=1 -max_total_time="$seconds" -timeout=60 -rss_limit_mb=2048 \
    -max_len=8192 "${options[@]}" -print_final_stats=1 -artifact_prefix="$work/$target/" "$work/$target/corpus" \
    >"$log" 2>&1; then
    sed -n "s/^Done \([0-9]*\) runs in \([0-9]*\) second.*/$target: \1 executions in \2 seconds/p" "$log"
    return
  fi
  tail -n 40 "$log" >&2
  echo "$target: FOUND SOMETHING; the whole log is $log" >&2
  for input in "$work/$target/"{crash,timeout,oom,leak}-*; do
    [ -e "$input" ] && echo "replay it with: ${fixed_addresses[*]} $program $input" >&2
  done
  return 1
}

# All at once, and for longer where there are fewer processors, so that none of those is left idle at the end.
sources=("$here"/fuzz_*.cpp "$here"/openkb/fuzz_*.cpp)
if [ "${#sources[@]}" -gt "$(nproc)" ]; then seconds=$((seconds * ${#sources[@]} / $(nproc))); fi
targets=()
for source in "${sources[@]}"; do
  fuzz "$source" &
  targets+=($!)
done
found=0
for target in "${targets[@]}"; do wait "$target" || found=1; done
if [ $found -ne 0 ]; then exit 1; fi
rm -rf "$work"
