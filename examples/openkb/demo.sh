#!/usr/bin/env bash
# Builds openkb (installing what is missing), makes a knowledge base from real documents, kills openkb in the middle of
# adding more of them, and lets it recover. Ends with an error if anything turns out other than it says.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/support/packages.sh

say() { printf "\n# %s\n" "$*"; }

fail() {
  printf '\nUnexpected: %s\n' "$*" >&2
  exit 1
}

# Shows a command, and runs it.
run() {
  printf '$ %s\n' "$*"
  "$@"
}

# Every page and every source that a person sees, with its content.
pages() { find raw wiki -type f -print0 | sort -z | xargs -0 -r sha256sum; }

# crash STEP DOCUMENT: the process must be gone, not have failed.
crash() {
  local code=0
  run openkb add "$2" --crash-at "$1" || code=$?
  [ "$code" -eq 137 ] || fail "exit code $code where 137 (killed) was expected"
  echo "(exit code 137: killed)"
}

need_packages "${build_packages[@]}" "${openkb_packages[@]}"
say "Building openkb"
# In the folder of the tests' build, which then need not compile it again.
cmake --preset dev -DCOMMITPOINT_BUILD_TESTS=OFF -DCOMMITPOINT_BUILD_BENCHMARKS=OFF >/dev/null
cmake --build --preset dev --target openkb
PATH=$PWD/build/dev/examples/openkb:$PATH

# Real documents: the project's own, some that the system's packages brought, and licences, which every Debian has.
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
mkdir "$here/documents" "$here/kb"
find docs -name '*.md' -size -200k -exec cp -t "$here/documents" {} +
find /usr/share/doc -type f \( -name '*.html' -o -name '*.txt' -o -name '*.md' \) -size +1k -size -100k | sort |
  sed -n 1,8p | while IFS= read -r file; do
    if iconv -f utf-8 -t utf-8 "$file" >/dev/null 2>&1; then cp "$file" "$here/documents"; fi
  done
cp /usr/share/common-licenses/Apache-2.0 "$here/documents/apache.txt"
cp /usr/share/common-licenses/MPL-2.0 "$here/documents/mozilla.txt"
cp /usr/share/common-licenses/GPL-3 "$here/gpl.txt"
cp /usr/share/common-licenses/LGPL-2.1 "$here/lgpl.txt"
cp /usr/share/common-licenses/Artistic "$here/artistic.txt"
cd "$here/kb"

say "A new knowledge base, and documents for it. Each goes in whole, or not at all."
run openkb init
run openkb add ../documents
run openkb list
before=$(pages)

say "Now openkb kills itself while it stages a document's pages: before the commit point."
crash stage ../gpl.txt
[ "$(pages)" = "$before" ] || fail "a page changed before the commit point"
echo "No page changed: everything new was still off to the side. What would a recovery do?"
run openkb recover --dry-run
run openkb recover
[ "$(pages)" = "$before" ] || fail "the recovery changed a page"
echo "The half-made document is gone, without a trace: every file is as it was."

say "The same document, killed right after the commit point: decided, but not one page is in its place."
crash committed ../gpl.txt
[ "$(pages)" = "$before" ] || fail "a page was published before it should have been"
run openkb recover --dry-run
run openkb recover
run openkb list | tee "$here/list"
grep -q gpl "$here/list" || fail "the committed document is not there"
[ "$(pages)" != "$before" ] || fail "the committed pages are not there"
echo "The recovery finished it: the document is in, all of it."

say "And another, killed while its pages go live. This time the next ordinary command recovers by itself."
crash publish ../lgpl.txt
run openkb add ../artistic.txt
run openkb list | tee "$here/list"
grep -q lgpl "$here/list" || fail "the committed document is not there"
grep -q artistic "$here/list" || fail "the document that was added last is not there"

say "Nothing is left to recover, and nothing is lost."
run openkb status
[ -z "$(ls .openkb/commitpoint/staging)" ] || fail "something is left in staging"
[ ! -e .openkb/commitpoint/kept ] || fail "something was moved to kept"
run openkb recover
