#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all tests. Says what it is doing, and how far it is. Arguments go
# to ctest: tests/run.sh -L sweep
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tests/support/packages.sh
. tests/support/progress.sh

stage "Packages"
need_packages "${build_packages[@]}" "${openkb_packages[@]}" "${test_packages[@]}"
need_packages "${browser_packages[@]}" || echo "No browser can be installed here: its tests are skipped" >&2
stage "Configuring in build/dev"
cmake --preset dev -DCOMMITPOINT_TEST_TOGETHER=ON >/dev/null
stage "Building"
cmake --build --preset dev
stage "Testing"
# One more than there are processors: some wait for the disk.
ctest --preset dev --parallel "$(($(nproc) + 1))" "$@"
