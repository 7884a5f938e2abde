# What the scripts need on a bare Debian 12 machine. Sourced by them; needs root or sudo only when something is missing.

build_packages=(g++ cmake ninja-build libboost1.81-dev libboost-filesystem1.81-dev nlohmann-json3-dev libsqlite3-dev)
openkb_packages=(libcli11-dev libgumbo-dev libssl-dev libcurl4-openssl-dev libpoppler-glib-dev libmd4c-html0-dev
  libmd4c-dev libstemmer-dev pkg-config)
test_packages=(groff dpkg-dev git doctest-dev libbenchmark-dev strace sqlite3 attr acl e2fsprogs xfsprogs btrfs-progs valgrind)
# It looks at what openkb exports. 100 MB to load, 300 MB on the disk; tests that need it say so where it is missing.
browser_packages=(chromium-headless-shell)
benchmark_packages=(git ostree gnuplot-nox e2fsprogs xfsprogs btrfs-progs)
check_packages=(clang clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev lld llvm-14 meson)

# need_packages NAME...: installs those that are missing. When none is, the network is left alone.
need_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "This is not Debian: taking it that the equivalents of these are installed: $*" >&2
    return
  fi
  local name missing=() as_root=()
  for name; do
    dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
  done
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  echo "Installing ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    >/dev/null
}
