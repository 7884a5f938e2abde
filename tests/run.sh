#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all tests. Arguments go to ctest: tests/run.sh -L sweep
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tests/support/packages.sh

need_packages "${build_packages[@]}" "${openkb_packages[@]}" "${test_packages[@]}"
cmake --preset dev
cmake --build --preset dev
exec ctest --preset dev --parallel "$(nproc)" "$@"
