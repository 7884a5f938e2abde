#!/usr/bin/env bash
# The two files are made and used as somebody would who has nothing but them: amalgamation.sh OUTPUT COMPILER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=$1
compiler=$2
rm -rf "$output"
"$here/../../cmake/amalgamate.sh" "$output"
cd "$output"
cat >notes.cpp <<'END'
#include "commitpoint.hpp"
#include <iostream>
int main() {
  auto plain = commitpoint::coordinator<>::open("plain").value();
  auto done = plain.acquire().value().run({}, [](commitpoint::mutation& m) { return m.write("a", "b"); });
  auto rows = commitpoint::coordinator<commitpoint::journal::sqlite>::open("rows").value();
  if (done) done = rows.acquire().value().run({}, [](commitpoint::mutation& m) { return m.write("a", "b"); });
  if (!done) std::cerr << done.error().message() << '\n';
  return done ? 0 : 1;
}
END
mkdir plain rows
"$compiler" -std=c++20 -DCOMMITPOINT_WITH_SQLITE -Wall -Wextra -Werror -pthread -o notes notes.cpp commitpoint.cpp \
  -lboost_filesystem -lsqlite3
./notes
cmp plain/a rows/a
