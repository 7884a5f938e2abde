#!/usr/bin/env bash
# What the library itself does, in instructions of the processor outside the kernel, counted by callgrind: nearly the
# same in every run, however noisy the machine. Prints as Markdown
#
#   - one standard add (docs/benchmarks.md) without syncs, and how much of it goes into json, memory and checksums
#   - acquire on a settled tree, and a whole acquire, run (one small file), release, after few and after many mutations
#
#     benchmarks/instructions.sh [PROGRAM]      builds the program in build/benchmarks unless one is named
#
#     COMMITPOINT_BENCH_DIR            where to run; the current directory if it is not set
#     COMMITPOINT_INSTRUCTIONS_ADDS    how many adds the first figures are a mean of; 20
#     COMMITPOINT_INSTRUCTIONS_AFTER   after how many mutations the others are taken; "1 60 250 500 750 1000"
#
# After several numbers, because a journal that begins anew from time to time may just have done so at any one of them.
#
# The valgrind of Debian 12 has no openat2; what runs under it looks at each directory of a path by itself, as on a
# kernel before 5.6, and pays for that.
set -euo pipefail

top=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
base=$(realpath "${COMMITPOINT_BENCH_DIR:-.}")
adds=${COMMITPOINT_INSTRUCTIONS_ADDS:-20}
read -ra after <<<"${COMMITPOINT_INSTRUCTIONS_AFTER:-1 60 250 500 750 1000}"

. "$top/benchmarks/build.sh"
need_packages valgrind libc6-dbg >&2
program=$(benchmark_program instructions "$@")

work=$(mktemp -d "$base/commitpoint-instructions-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export COMMITPOINT_BENCH_DIR=$work

# count PROFILE ARGUMENT...: the instructions in `counted`. Twelve callers reach from malloc out of json.
count() {
  local profile=$1
  shift
  echo "counting: $*" >&2
  valgrind --tool=callgrind --callgrind-out-file="$profile" --separate-callers=12 \
    --toggle-collect='benchmarks::counted(*' "$program" "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; return 1; }
  sed -n 's/.*Collected : //p' "$work/log"
}

# A table of where the instructions of a profile went, for each of so many adds. The profile names a function with its
# callers, and of every line which file it stands in, so that inlined code is told apart too. Everything below a
# function of nlohmann/json is json, and so are the conversions which that calls back.
# \source valgrind manual, "Callgrind Format Specification"
shares() { # PROFILE ADDS
  awk -v adds="$2" '
    function named(text, names, id) { # "(3) name" the first time, "(3)" from then on
      id = text
      sub(/ .*/, "", id)
      if (text ~ / /) { sub(/^[^ ]* /, "", text); names[id] = text }
      return names[id]
    }
    # Whose function it is, says its name without template arguments and parameters; where that is the standard
    # library, what it is instantiated with.
    function json_name(fn, bare) {
      if (fn in known) return known[fn]
      bare = fn
      gsub(/operator *(<=>|<<=?|>>=?|->\*?|<=?|>=?|\(\))/, "operator", bare)
      while (gsub(/<[^<>()]*>|\([^<>()]*\)/, "", bare)) continue
      return known[fn] = bare ~ /nlohmann|(to|from)_json/ || (fn ~ /nlohmann/ && fn !~ /commitpoint/)
    }
    function below_json(chain, i, n, parts) {
      if (chain in below) return below[chain]
      n = split(chain, parts, "\047")
      for (i = 1; i <= n; ++i) if (json_name(parts[i])) return below[chain] = 1
      return below[chain] = 0
    }
    function class(file, fn) {
      if (file ~ /malloc\.c$|arena\.c$/ || fn ~ /^(operator (new|delete)|(malloc|free|calloc|realloc)$)/)
        return "malloc"
      if (file ~ /\/crc\.hpp$|crc32c/ || fn ~ /crc/) return "crc"
      if (fn ~ /^_*(mem|str)(cpy|move|set|cmp|chr|rchr|len|ncmp)/) return "bytes"
      return "rest"
    }
    /^(fl|fi|fe)=/ { file = named(substr($0, 4), files); next }
    /^(cfi|cfl)=/ { named(substr($0, 5), files); next }
    /^fn=/ {
      chain = named(substr($0, 4), functions)
      fn = chain
      sub(/\047.*/, "", fn)
      next
    }
    /^cfn=/ { named(substr($0, 5), functions); next }
    /^calls=/ { call = 1; next }
    /^[0-9+*-]/ {
      if (!call) {
        all += $2
        kind = class(file, fn)
        if (kind == "malloc") any_malloc += $2
        own = file ~ /nlohmann/ || json_name(fn)
        if (own) own_json += $2
        sum[own || below_json(chain) ? "json" : kind] += $2
      }
      call = 0
    }
    function row(name, value) { printf "| %s | %.0f | %.1f %% |\n", name, value / adds, 100 * value / all }
    END {
      row("all", all)
      row("json, malloc and checksums together", sum["json"] + sum["malloc"] + sum["crc"])
      row("- json, with all that it calls", sum["json"])
      row("- malloc, free, new, delete elsewhere", sum["malloc"])
      row("- checksums", sum["crc"])
      row("memcpy, memcmp, strlen and the like elsewhere", sum["bytes"])
      row("everything else", sum["rest"])
      row("(json by itself)", own_json)
      row("(malloc, free, new, delete everywhere)", any_malloc)
    }' "$1"
}

echo "## One standard add without syncs"
echo
count "$work/add.profile" add "$adds" >/dev/null
echo "| what | instructions | share |"
echo "| --- | ---: | ---: |"
shares "$work/add.profile" "$adds"

# row NAME FIGURE...: with the ratios of the last and of the largest to the first
row() {
  printf '| %s |' "$1"
  shift
  printf ' %d |' "$@"
  printf '%s\n' "$@" | awk '
    NR == 1 { first = largest = $1 }
    $1 > largest { largest = $1 }
    { last = $1 }
    END { printf " %.2f | %.2f |\n", last / first, largest / first }'
}

echo
echo "## Sessions on a settled tree"
echo
printf '| what, after so many mutations |'
printf ' %d |' "${after[@]}"
printf ' last to first | largest to first |\n| --- |'
printf ' ---: |%.0s' "${after[@]}" last largest
echo
for journal in log sqlite; do
  for what in acquire session; do
    figures=()
    for n in "${after[@]}"; do
      root=$work/$journal-$what-$n
      mkdir "$root"
      "$program" prepare "$journal" "$root" $((n - 1))
      figures+=("$(count /dev/null "$what" "$journal" "$root")")
    done
    row "journal::$journal, $([ $what = acquire ] && echo acquire || echo "acquire, run, release")" "${figures[@]}"
  done
done
