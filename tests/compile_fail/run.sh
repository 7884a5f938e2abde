#!/usr/bin/env bash
# run.sh CASE COMPILER [OPTION...]: compiles a case that must be refused, and looks at how. Each line `// error: TEXT` of
# the case is a text that the first error must contain; each line `// note: TEXT` one that it or what is said around it
# must. There may be three errors at most. Everything said from the first one on, but for who includes whom, must fit on
# the screen of somebody who made this mistake: in so many lines as the case allows with `// lines: NUMBER`, or 15.
set -uo pipefail
case_file=$1
shift
most_errors=3
most_lines=$(sed -nE 's|^// lines: ([0-9]+)$|\1|p' "$case_file")
most_lines=${most_lines:-15}

problems=0
problem() {
  echo "$*"
  problems=$((problems + 1))
}

if said=$(LC_ALL=C "$@" -std=c++20 -fsyntax-only "$case_file" 2>&1); then problem "It compiled."; fi
if grep -q 'fatal error:' <<<"$said"; then problem "The compiler did not get as far as the mistake."; fi

# Without file names and quoted lines: they may contain the texts by themselves.
messages=$(sed -nE 's/^[^ ]+: +(.*)/\1/p' <<<"$said")
first=$(grep -m1 '^error:' <<<"$messages")
around=$(awk '/^error:/ && ++errors > 1 {exit} {print}' <<<"$messages")

# must_say KIND TEXT: every line of that kind in the case is in TEXT.
must_say() {
  sed -n "s|^// $1: ||p" "$case_file" | while IFS= read -r text; do
    grep -qF -- "$text" <<<"$2" || echo "$text"
  done
}
grep -q '^// error: ' "$case_file" || problem "The case does not say what it expects."
missing=$(must_say error "$first")
[ -z "$missing" ] || problem "The first error does not say: $missing"
missing=$(must_say note "$around")
[ -z "$missing" ] || problem "Around the first error nobody says: $missing"

errors=$(grep -c '^error:' <<<"$messages")
[ "$errors" -le $most_errors ] || problem "$errors errors, more than $most_errors."
# clang's last line only counts the errors.
lines=$(sed -n '/error:/,$p' <<<"$said" | grep -vcE '^[0-9]+ errors? generated|^In file included from|^ +from ')
[ "$lines" -le "$most_lines" ] || problem "$lines lines from the first error on, more than $most_lines."

printf -- '---\n%s\n' "$said"
exit $((problems > 0))
