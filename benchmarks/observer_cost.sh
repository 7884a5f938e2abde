#!/bin/sh
# What an observer costs, in instructions: the same program with observe::nothing, with every call of `say` taken out of a
# copy of the headers, and with observers that do something. Needs valgrind. The figures in docs/policies/observe.md.
#
#     benchmarks/observer_cost.sh [MUTATIONS]
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
mutations=${1:-300}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
compiler="${CXX:-g++} -std=c++20 -O2 -DNDEBUG"

cp -r "$here/include" "$scratch/without"
find "$scratch/without" -name '*.?pp' -exec sed -i 's/[A-Za-z_.]*\(\.\|->\)say(.*);/;/' {} +
if grep -rnE '(\.|->)say\(' "$scratch/without/commitpoint"; then
  echo "a call of say is left" >&2
  exit 1
fi

cat > "$scratch/program.cpp" <<'END'
#include <commitpoint/commitpoint.hpp>

#include <cstdlib>
#include <string>

namespace cp = commitpoint;
using coordinator = cp::coordinator<OBSERVER, cp::durability::process_crash>;

int main(int, char** arguments) {
  auto notes = coordinator::open(arguments[1]).value();
  auto owner = notes.acquire().value();
  for (int i = std::atoi(arguments[2]); i > 0; --i) {
    const auto done = owner.run({.operation = "add"}, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.append("index", "- a line\n"));
      return m.write("note", std::string(2000, 'n'));
    });
    if (!done) return 1;
  }
}
END

build() { # NAME INCLUDE OBSERVER
  $compiler -DOBSERVER="$3" -I"$2" "$scratch/program.cpp" -o "$scratch/program-$1" -lboost_filesystem -pthread
}
count() { # NAME: the fewest instructions of three runs; random numbers and inodes have more digits in some
  for _ in 1 2 3; do
    rm -rf "$scratch/root" && mkdir "$scratch/root"
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$scratch/program-$1" "$scratch/root" "$mutations" 2>&1 |
      sed -n 's/.*Collected : //p'
  done | sort -n | head -n 1
}

build without "$scratch/without" cp::observe::nothing
build nothing "$here/include" cp::observe::nothing
build statistics "$here/include" cp::observe::statistics
build silent_lines "$here/include" cp::observe::json_lines

base=$(count without)
printf '%-14s %14s %18s %10s %s\n' observer instructions 'per mutation' '.text' 'against none'
for name in without nothing silent_lines statistics; do
  total=$(count $name)
  text=$(size "$scratch/program-$name" | awk 'NR == 2 { print $1 }')
  awk -v n="$name" -v t="$total" -v b="$base" -v m="$mutations" -v x="$text" \
    'BEGIN { printf "%-14s %14d %18.0f %10d %+.3f %%\n", n, t, t / m, x, 100 * (t - b) / b }'
done
