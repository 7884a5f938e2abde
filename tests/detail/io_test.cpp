#include "support/tree.hpp"

#include <commitpoint/files/io.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/native.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <string>

namespace cp = commitpoint;
using cp::system::call;
using faulty = cp::system::faulty<cp::system::native>;

namespace {

// A system whose copy_range does nothing and says so, as that of some file systems does.
struct lazy : cp::system::native {
  cp::result<std::size_t> copy_range(const cp::system::handle&, std::uint64_t, const cp::system::handle&, std::uint64_t,
                                     std::size_t) override {
    return std::size_t{0};
  }
};

// Three pieces of content with holes between, before and behind them.
std::string make_sparse(const cp::path& where) {
  constexpr std::size_t size = std::size_t{4} << 20U;
  const std::string piece = std::string(70'000, 'p') + "end";
  std::string all(size, '\0');
  support::write_file(where, "");
  REQUIRE(::truncate(where.c_str(), static_cast<off_t>(size)) == 0);
  const int fd = ::open(where.c_str(), O_WRONLY | O_CLOEXEC);
  for (const std::size_t at : {std::size_t{512} << 10U, std::size_t{1} << 20U, std::size_t{3} << 20U}) {
    REQUIRE(::pwrite(fd, piece.data(), piece.size(), static_cast<off_t>(at)) == static_cast<ssize_t>(piece.size()));
    all.replace(at, piece.size(), piece);
  }
  REQUIRE(::close(fd) == 0);
  return all;
}

template <class S>
cp::result<void> copy(S& system, const cp::path& directory) {
  const auto opened = system.open_root(directory.native()).value();
  const auto from = system.open(opened, "from", {}).value();
  const auto to = cp::files::write_new_file(system, opened, "to", {}, 0600).value();
  return cp::files::copy_content(system, from, to);
}

struct sparse_place : support::place {
  explicit sparse_place(const cp::path& base) : place({}, base), content(make_sparse(root() / "from")) {}
  void expect_copied() const {
    CHECK((support::read_file(root() / "to") == content));
    CHECK(support::status(root() / "to").st_blocks <= support::status(root() / "from").st_blocks + 64);
    REQUIRE(::unlink((root() / "to").c_str()) == 0);
  }
  std::string content;
};

}  // namespace

TEST_CASE("F18: a copy keeps the holes, in the kernel and by hand") {
  for (const auto& base : {support::in_memory(), support::on_disk()}) {
    const sparse_place p(base);
    faulty system;
    REQUIRE(copy(system, p.root()));
    CHECK(system.counts().of(call::copy_range) >= 3);
    CHECK(system.counts().of(call::read) == 0);
    p.expect_copied();
    for (const int refusal : {EXDEV, EINVAL, EOPNOTSUPP, ENOSYS}) {
      CAPTURE(refusal);
      system.reset_counts();
      system.arm({.nth = 2, .error = refusal, .times = 1000, .only = call::copy_range});
      REQUIRE(copy(system, p.root()));
      CHECK(system.counts().of(call::copy_range) == 2);  // it is not asked again
      CHECK(system.counts().of(call::write) >= 2);
      p.expect_copied();
    }
    lazy native;
    REQUIRE(copy(native, p.root()));
    p.expect_copied();
  }
}

TEST_CASE("F10: a copy of which the kernel does a little at a time is whole") {
  const sparse_place p(support::in_memory());
  faulty system;
  system.arm({.largest_transfer = 1000});
  REQUIRE(copy(system, p.root()));
  CHECK(system.counts().of(call::copy_range) >= 210);
  p.expect_copied();
}

TEST_CASE("F7: an error of the copy itself is no refusal") {
  for (const int error : {EIO, ENOSPC, EDQUOT}) {
    const sparse_place p(support::in_memory());
    faulty system;
    system.arm({.nth = 2, .error = error, .only = call::copy_range});
    CHECK(copy(system, p.root()).error() == std::error_code(error, std::system_category()));
    CHECK(system.counts().of(call::write) == 0);
  }
}
