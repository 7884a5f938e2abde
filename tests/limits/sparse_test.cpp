#include "support/mounts.hpp"
#include "support/tree.hpp"
#include "support/undone.hpp"

#include <commitpoint/codec/crc32c.hpp>
#include <commitpoint/coordinator.hpp>
#include <commitpoint/files/block_sums.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/publish/copy.hpp>
#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/system/native.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace {

namespace cp = commitpoint;
using cp::touch;
using support::place;
using support::tree;

constexpr std::uint64_t gib = std::uint64_t{1} << 30U;

// Counts the bytes that come through it.
struct counting : cp::system::native {
  std::shared_ptr<std::atomic<std::uint64_t>> read_bytes = std::make_shared<std::atomic<std::uint64_t>>(0);
  std::shared_ptr<std::atomic<std::uint64_t>> written_bytes = std::make_shared<std::atomic<std::uint64_t>>(0);

  cp::result<std::size_t> read(const handle& file, std::uint64_t offset, std::span<char> buffer) override {
    auto moved = native::read(file, offset, buffer);
    if (moved) *read_bytes += moved.value();
    return moved;
  }
  cp::result<std::size_t> write(const handle& file, std::uint64_t offset, std::span<const char> bytes) override {
    auto moved = native::write(file, offset, bytes);
    if (moved) *written_bytes += moved.value();
    return moved;
  }
};

void put_at(const cp::path& where, std::uint64_t offset, std::string_view bytes) {
  const int fd = ::open(where.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  REQUIRE(fd >= 0);
  REQUIRE(::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)) == static_cast<ssize_t>(bytes.size()));
  ::close(fd);
}
void make_sparse(const cp::path& where, std::uint64_t size) {
  put_at(where, size / 2, "in the middle");
  REQUIRE(::truncate(where.c_str(), static_cast<off_t>(size)) == 0);
}

}  // namespace

TEST_CASE("A24: zeros are added to a checksum as if they were read") {
  const std::string zeros(1'000'000, '\0');
  for (const std::size_t count : {0U, 1U, 7U, 8U, 511U, 512U, 65'537U, 1'000'000U}) {
    cp::codec::crc32c read{"before"};
    cp::codec::crc32c counted{"before"};
    read.add(std::string_view(zeros).substr(0, count));
    counted.add_zeros(count);
    read.add("behind");
    counted.add("behind");
    CHECK(read.value() == counted.value());
  }
}

TEST_CASE("A24: holes are neither read nor written: touched, undone, drained, copied over") {
  const support::loop_mounted ext4("ext4");
  if (!ext4.why_not().empty()) {
    MESSAGE("SKIPPED: " << ext4.why_not());
    return;
  }
  const auto root = ext4.where() / "root";
  REQUIRE(::mkdir(root.c_str(), 0755) == 0);
  make_sparse(root / "sparse", 10 * gib);
  counting system;
  const auto bytes = [&] { return *system.read_bytes + *system.written_bytes; };
  using coordinator = cp::coordinator<counting, cp::snapshot::copy>;
  const auto same_as_before = [&] {
    struct stat s {};
    REQUIRE(::stat((root / "sparse").c_str(), &s) == 0);
    CHECK(static_cast<std::uint64_t>(s.st_size) == 10 * gib);
    CHECK(s.st_blocks < 4'000);
    const int fd = ::open((root / "sparse").c_str(), O_RDONLY | O_CLOEXEC);
    char text[13];
    CHECK(::pread(fd, text, sizeof text, 5 * gib) == 13);
    CHECK(std::string_view(text, 13) == "in the middle");
    CHECK(::pread(fd, text, 1, 4 * gib) == 1);
    CHECK(text[0] == '\0');
    ::close(fd);
  };
  SUBCASE("a touched file, undone at once") {
    auto kb = coordinator::open(root, {}, system).value();
    auto owner = kb.acquire().value();
    const auto before = bytes();
    CHECK_FALSE(owner.run({.touches = {touch::file("sparse")}}, [&](cp::mutation&) -> cp::result<void> {
      put_at(root / "sparse", 4 * gib, "x");
      return std::make_error_code(std::errc::owner_dead);
    }));
    CHECK(bytes() - before < 16'000'000);
    same_as_before();
  }
  SUBCASE("a touched file, undone by a drain, which keeps what it displaces") {
    support::child crashed([&]() -> std::string {
      auto owner = cp::coordinator<cp::snapshot::copy>::open(root).value().acquire().value();
      (void)owner.run({.touches = {touch::file("sparse")}}, [&](cp::mutation&) -> cp::result<void> {
        put_at(root / "sparse", 4 * gib, "x");
        ::kill(::getpid(), SIGKILL);
        return cp::success();
      });
      return "it lived";
    });
    REQUIRE(crashed.was_killed());
    const auto before = bytes();
    auto kb = coordinator::open(root, {}, system).value();
    auto owner = kb.acquire();
    REQUIRE_MESSAGE(owner, owner.error().message());
    CHECK(owner.value().recovered().kept.size() == 1);
    CHECK(bytes() - before < 16'000'000);
    same_as_before();
  }
  SUBCASE("a live file that is written over") {
    // Of each block of the old version there is a checksum of four bytes: not quite nothing, so a smaller one.
    REQUIRE(::truncate((root / "sparse").c_str(), gib) == 0);
    auto kb = cp::coordinator<counting, cp::publish::copy>::open(root, {}, system).value();
    auto owner = kb.acquire().value();
    const auto before = bytes();
    const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRY(const auto place, m.stage("sparse"));
      make_sparse(place, 10 * gib);
      return cp::success();
    });
    REQUIRE_MESSAGE(done, done.error().message());
    CHECK(bytes() - before < 32'000'000);
    same_as_before();
  }
}
