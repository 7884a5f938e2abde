#!/usr/bin/env bash
# What a user's source costs to compile: prints, as a Markdown table, the processor seconds of the compiler, its peak
# memory, the text of the object, and the ratio of the seconds to those of a source that includes Boost.Outcome,
# Boost.Filesystem and nlohmann/json and has nothing in it, at the same level of optimization. Progress goes to stderr.
#
#     benchmarks/compile_costs.sh [CXX]      g++ unless another compiler is named
#
#     COMMITPOINT_COSTS_RUNS   how often everything is compiled, in turns; the medians are printed; 3
#     COMMITPOINT_COSTS_ROWS   if it is set, only rows whose name this extended regular expression finds
#     CXXFLAGS                 more flags for every row
#
# "Compiled mode" is with COMMITPOINT_COMPILED. Objects are compiled, one at a time, and not linked. A row that does not
# compile has a dash for each figure; one whose headers do not exist is left out, and named below the table.
set -euo pipefail

top=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
compiler=${1:-g++}
runs=${COMMITPOINT_COSTS_RUNS:-3}
only=${COMMITPOINT_COSTS_ROWS:-}
read -ra more_flags <<<"${CXXFLAGS:-}"
export CCACHE_DISABLE=1

. "$top/tests/support/packages.sh"
need_packages "${build_packages[@]}" time >&2

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

# The sources that no example has.

cat >"$scratch/three.cpp" <<'END'
#include <boost/filesystem.hpp>
#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/try.hpp>
#include <nlohmann/json.hpp>
END

include_only() { # HEADER NAME
  printf '#include <commitpoint/%s>\n' "$1" >"$scratch/$2.cpp"
}
include_only commitpoint.hpp include
include_only source.hpp source
include_only source_sqlite.hpp source_sqlite
include_only source_testing.hpp source_testing

cat >"$scratch/mutation.cpp" <<'END'
#include <commitpoint/mutation.hpp>

#include <string>
#include <system_error>

namespace cp = commitpoint;

cp::result<void> rename_topic(cp::mutation& m, const std::string& from, const std::string& to) {
  const auto old_page = "wiki/" + from + ".md";
  const auto new_page = "wiki/" + to + ".md";
  BOOST_OUTCOME_TRY(const bool taken, m.exists(new_page));
  if (taken) return std::make_error_code(std::errc::file_exists);
  BOOST_OUTCOME_TRY(auto text, m.read(old_page));
  if (const auto title = text.find(from); title != std::string::npos) text.replace(title, from.size(), to);
  BOOST_OUTCOME_TRYV(m.expect(new_page, cp::absent));
  BOOST_OUTCOME_TRYV(m.write(new_page, text));
  BOOST_OUTCOME_TRYV(m.remove(old_page));
  BOOST_OUTCOME_TRYV(m.protect(cp::touch::file("index.bin")));
  const auto logged = m.savepoint([&](cp::mutation& inner) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(inner.create_directories("log"));
    return inner.append("log/renames.md", from + " -> " + to + "\n");
  });
  if (!logged) return m.append("problems.md", logged.error().message() + "\n");
  return cp::success();
}
END

packs=(
  ''
  'cp::snapshot::copy'
  'cp::snapshot::hardlink'
  'cp::publish::copy'
  'cp::publish::exchange'
  'cp::durability::process_crash'
  'cp::journal::json_file'
  'cp::journal::memory'
  'cp::snapshot::hardlink, cp::publish::exchange, cp::durability::process_crash'
)
combinations() { # COUNT: opens, acquires and runs with so many coordinators
  cat <<'END'
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/snapshot/hardlink.hpp>

namespace cp = commitpoint;

template <class Coordinator>
cp::result<void> add(const cp::path& root) {
  BOOST_OUTCOME_TRY(auto notes, Coordinator::open(root));
  BOOST_OUTCOME_TRY(auto owner, notes.acquire());
  return owner.run({.operation = "add"}, [](cp::mutation& m) { return m.write("note", "a line\n"); });
}

END
  local pack
  for pack in "${packs[@]:0:$1}"; do
    printf 'template cp::result<void> add<cp::coordinator<%s>>(const cp::path&);\n' "$pack"
  done
}
combinations 1 >"$scratch/one.cpp"
combinations "${#packs[@]}" >"$scratch/all.cpp"

# The rows: name | source | flags | a header that must exist | to reach
compiled=-DCOMMITPOINT_COMPILED
examples=$top/examples
rows=(
  "the three dependencies, -O0 | $scratch/three.cpp | -O0 | |"
  "the three dependencies, -O2 | $scratch/three.cpp | -O2 | |"
  "quickstart, header-only, -O0 | $examples/quickstart.cpp | -O0 | |"
  "quickstart, header-only, -O2 | $examples/quickstart.cpp | -O2 | | 0.65 x the time of 0.1.0, 700 MB, 650 kB"
  "quickstart, compiled mode, -O0 | $examples/quickstart.cpp | -O0 $compiled | source.hpp | 1.2 x the three, 320 MB, 60 kB"
  "quickstart, compiled mode, -O2 | $examples/quickstart.cpp | -O2 $compiled | source.hpp | 1.2 x the three, 320 MB, 60 kB"
  "only including commitpoint.hpp, compiled mode, -O0 | $scratch/include.cpp | -O0 $compiled | | 0.9 x the three"
  "only including commitpoint.hpp, compiled mode, -O2 | $scratch/include.cpp | -O2 $compiled | | 0.9 x the three"
  "a function that takes a mutation&, -O2 | $scratch/mutation.cpp | -O2 | |"
  "journal::sqlite (registry_rows), header-only, -O2 | $examples/registry_rows.cpp | -O2 | |"
  "journal::sqlite (registry_rows), compiled mode, -O2 | $examples/registry_rows.cpp | -O2 $compiled | source.hpp |"
  "a crash test (crash_test_your_own), header-only, -O2 | $examples/crash_test_your_own.cpp | -O2 | |"
  "a crash test (crash_test_your_own), compiled mode, -O2 | $examples/crash_test_your_own.cpp | -O2 $compiled | source.hpp | 3 x the three"
  "one combination of policies, compiled mode, -O0 | $scratch/one.cpp | -O0 $compiled | |"
  "${#packs[@]} combinations of policies, compiled mode, -O0 | $scratch/all.cpp | -O0 $compiled | |"
  "the compiled library, -O2 | $scratch/source.cpp | -O2 $compiled | source.hpp |"
  "the compiled library, SQLite, -O2 | $scratch/source_sqlite.cpp | -O2 $compiled | source_sqlite.hpp |"
  "the compiled library, testing, -O2 | $scratch/source_testing.cpp | -O2 $compiled | source_testing.hpp |"
)

# Prints the user seconds and the peak in KiB of a command. Without GNU time there is no peak.
user_time() {
  if [ -x /usr/bin/time ]; then
    /usr/bin/time -f '%U %M' -o "$scratch/time" "$@" >"$scratch/log" 2>&1 || return 1
    cat "$scratch/time"
  else
    local TIMEFORMAT='%U -'
    { time "$@" >"$scratch/log" 2>&1; } 2>"$scratch/time" || return 1
    cat "$scratch/time"
  fi
}

# compile ROW SOURCE FLAGS: adds a line of seconds, KiB and bytes of text to the results of the row
compile() {
  local object=$scratch/object.o flags costs
  read -ra flags <<<"$3"
  if ! costs=$(user_time "$compiler" -std=c++20 -I "$top/include" "${flags[@]}" "${more_flags[@]}" -pthread \
    -c "$2" -o "$object"); then
    grep -m 1 -i error "$scratch/log" >&2 || head -n 1 "$scratch/log" >&2
    return 1
  fi
  echo "$costs $(size "$object" | awk 'NR == 2 { print $1 }')" >>"$scratch/results.$1"
}

# The fields of a row, without the blanks around them.
split() {
  IFS='|' read -r name source flags needed target <<<"$1"
  local field
  for field in name source flags needed target; do
    read -r "${field?}" <<<"${!field}" || true
  done
}

wanted=()
absent=()
for row in "${rows[@]}"; do
  split "$row"
  if [[ $name != "the three"* && -n $only && ! $name =~ $only ]]; then continue; fi
  if [ -n "$needed" ] && [ ! -e "$top/include/commitpoint/$needed" ]; then
    absent+=("$name: there is no commitpoint/$needed")
    continue
  fi
  wanted+=("$row")
done

for ((run = 1; run <= runs; ++run)); do
  for i in "${!wanted[@]}"; do
    split "${wanted[i]}"
    echo "run $run of $runs: $name" >&2
    if [ ! -e "$scratch/failed.$i" ] && ! compile "$i" "$source" "$flags"; then touch "$scratch/failed.$i"; fi
  done
done

# median ROW FIELD
median() {
  if [ -e "$scratch/failed.$1" ]; then
    echo -
  else
    awk -v f="$2" '{ print $f }' "$scratch/results.$1" | sort -g |
      awk '{ v[NR] = $1 } END { m = int((NR + 1) / 2); print v[m] == "-" ? "-" : (v[m] + v[NR + 1 - m]) / 2 }'
  fi
}

# print_row NAME SECONDS KIB TEXT SECONDS_OF_THE_THREE TARGET
print_row() {
  awk -v name="$1" -v s="$2" -v k="$3" -v t="$4" -v three="$5" -v target="$6" '
    function figure(value, format) { return value == "-" ? "-" : sprintf(format, value) }
    BEGIN {
      printf "| %s | %s | %s | %s | %s | %s |\n", name, figure(s, "%.2f"), k == "-" ? "-" : sprintf("%.0f", k * 1024 / 1e6),
        t == "-" ? "-" : sprintf("%.1f", t / 1000), s == "-" || three == "-" ? "-" : sprintf("%.2f", s / three), target
    }'
}

difference() { # MORE LESS
  awk -v a="$1" -v b="$2" -v n=$((${#packs[@]} - 1)) 'BEGIN { print a == "-" || b == "-" ? "-" : (a - b) / n }'
}

echo "$("$compiler" --version | head -n 1). Medians of $runs runs; a user's seconds of the processor, not of the clock."
echo
echo "| what | processor, s | peak, MB | text, kB | to the three | to reach |"
echo "| --- | ---: | ---: | ---: | ---: | --- |"
one=
for i in "${!wanted[@]}"; do
  split "${wanted[i]}"
  seconds=$(median "$i" 1)
  text=$(median "$i" 3)
  three=$(median $([[ $flags == *-O0* ]] && echo 0 || echo 1) 1)
  print_row "$name" "$seconds" "$(median "$i" 2)" "$text" "$three" "$target"
  if [[ $name == "one combination"* ]]; then one="$seconds $text"; fi
  if [[ $name == "${#packs[@]} combinations"* && -n $one ]]; then
    print_row "each further combination: the difference, divided by $((${#packs[@]} - 1))" \
      "$(difference "$seconds" "${one% *}")" - "$(difference "$text" "${one#* }")" "$three" "0.3 s"
  fi
done
if [ ${#absent[@]} -gt 0 ]; then
  printf '\nNot measured:\n\n'
  printf -- '- %s\n' "${absent[@]}"
fi
