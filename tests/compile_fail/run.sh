#!/usr/bin/env bash
# run.sh CASE COMPILER [OPTION...]: compiles a case that must be refused, and looks at how. Each line `// error: TEXT` of
# the case is a text that the first error, or what is said around it, must contain. Everything said from the first error
# on must fit on the screen of somebody who made this mistake: 15 lines.
set -uo pipefail
case_file=$1
shift
most_lines=15

problems=0
problem() {
  echo "$*"
  problems=$((problems + 1))
}

if said=$(LC_ALL=C "$@" -std=c++20 -fsyntax-only "$case_file" 2>&1); then problem "It compiled."; fi
if grep -q 'fatal error:' <<<"$said"; then problem "The compiler did not get as far as the mistake."; fi

# What is said about the first error, without file names and quoted lines: they may contain the texts by themselves.
first=$(sed -nE 's/^[^ ]+: +(.*)/\1/p' <<<"$said" | awk '/^error:/ && ++errors > 1 {exit} {print}')
expected=$(sed -n 's|^// error: ||p' "$case_file")
[ -n "$expected" ] || problem "The case does not say what it expects."
while IFS= read -r text; do
  grep -qF -- "$text" <<<"$first" || problem "The first error does not say: $text"
done <<<"$expected"

# clang's last line only counts the errors.
lines=$(sed -n '/error:/,$p' <<<"$said" | grep -vcE '^[0-9]+ errors? generated')
if [ "$lines" -gt $most_lines ]; then problem "$lines lines from the first error on, more than $most_lines."; fi

printf -- '---\n%s\n' "$said"
exit $((problems > 0))
