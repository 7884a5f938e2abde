# Sourced by the scripts that run a program of this folder; they have set `top`, the directory of the project.

. "$top/tests/support/packages.sh"

# benchmark_program TARGET [PROGRAM]: the path of PROGRAM, or of TARGET as it is built in build/benchmarks.
benchmark_program() {
  if [ $# -gt 1 ]; then
    realpath "$2"
    return
  fi
  { # joined, as errexit does not hold in here
    need_packages "${build_packages[@]}" libbenchmark-dev &&
      cmake -S "$top" -B "$top/build/benchmarks" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DCOMMITPOINT_BUILD_TESTS=OFF -DCOMMITPOINT_BUILD_EXAMPLES=OFF -DCOMMITPOINT_INSTALL=OFF &&
      cmake --build "$top/build/benchmarks" --target "$1"
  } >&2 || return
  echo "$top/build/benchmarks/benchmarks/$1"
}
