// What a user who is not root may not do, and what nobody may: known before the commit point, or no obstacle.

#include "publish/publish_fixture.hpp"
#include "support/process.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/publish/exchange.hpp>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

using namespace publish_test;
using cp::errc;
using cp::touch;

namespace {

void change_mode(const cp::path& p, ::mode_t mode) { demand(::chmod(p.c_str(), mode) == 0, "chmod"); }
::mode_t mode_of(const cp::path& p) {
  struct stat x {};
  demand(::stat(p.c_str(), &x) == 0, "stat");
  return x.st_mode & 07777U;
}
cp::result<void> fails() { return std::make_error_code(std::errc::owner_dead); }

// Runs `work(root)` in a process that is not root's; it gives what is wrong.
template <class F>
std::string by_nobody(F work) {
  const cp::testing::temporary_directory outer(fast_place());
  const auto root = outer / "root";
  fs::create_directory(root);
  constexpr ::uid_t nobody = 65534;
  if (::geteuid() == 0) demand(::chown(root.c_str(), nobody, nobody) == 0, "chown");
  change_mode(outer.path(), 0755);
  support::child child([&]() -> std::string {
    if (::geteuid() == 0 && (::setresgid(nobody, nobody, nobody) != 0 || ::setresuid(nobody, nobody, nobody) != 0)) {
      return "setresuid";
    }
    return work(root);
  });
  return child.answer();
}

// A failing mutation is undone whole, and a drain has nothing to do.
template <class Body>
std::string undone_whole(const cp::path& root, const cp::plan& what, Body body) {
  auto kb = cp::coordinator<>::open(root).value();
  const auto before = look_at(root);
  {
    auto mine = kb.acquire().value();
    const auto done = mine.run(what, body);
    if (done || done.error() != std::errc::owner_dead) return done ? "it succeeded" : done.error().message();
  }
  const auto mine = kb.acquire();
  if (!mine) return mine.error().message();
  return difference_from(before, look_at(root));
}

}  // namespace

TEST_CASE("directories that may not be written to are published, and removed, also by who is not root") {
  const cp::testing::temporary_directory outer(fast_place());
  const auto root = outer / "root";
  fs::create_directory(root);
  constexpr ::uid_t nobody = 65534;
  if (::geteuid() == 0) demand(::chown(root.c_str(), nobody, nobody) == 0, "chown");
  demand(::chmod(outer.path().c_str(), 0755) == 0, "chmod");
  support::child child([&]() -> std::string {
    if (::geteuid() == 0 && (::setresgid(nobody, nobody, nobody) != 0 || ::setresuid(nobody, nobody, nobody) != 0)) {
      return "setresuid";
    }
    const auto read_only = [](const cp::path& at) {
      fs::create_directories(at / "ro");
      spill(at / "ro/file", "content\n");
      demand(::chmod((at / "ro").c_str(), 0555) == 0, "chmod");
    };
    auto kb = cp::coordinator<>::open(root).value();
    for (const bool fails : {true, false}) {
      auto mine = kb.acquire();
      if (!mine) return "acquire: " + mine.error().message();
      const auto done = mine.value().run({}, [&](cp::mutation& m) -> cp::result<void> {
        BOOST_OUTCOME_TRY(const auto place, m.stage("package"));
        read_only(place);
        BOOST_OUTCOME_TRYV(m.will_create({"made"}));
        read_only(root / "made");
        return fails ? cp::result<void>(std::make_error_code(std::errc::owner_dead)) : cp::success();
      });
      if (fails != !done) return fails ? "it did not fail" : done.error().message();
      if (fails && done.error() != std::errc::owner_dead) return done.error().message();
    }
    if (slurp(root / "package/ro/file") != "content\n") return "content";
    struct stat x {};
    demand(::stat((root / "package/ro").c_str(), &x) == 0, "stat");
    return (x.st_mode & 07777U) == 0555 ? "" : "mode";
  });
  CHECK(child.answer() == "");
}

TEST_CASE("directories that the body has closed to their owner are undone, also by who is not root") {
  CHECK(by_nobody([](const cp::path& root) {
          fs::create_directories(root / "tree/below");
          spill(root / "tree/below/file", "old\n");
          return undone_whole(root, {.touches = {touch::tree("tree")}}, [&](cp::mutation&) {
            spill(root / "tree/below/file", "new\n");
            spill(root / "tree/below/other", "new\n");
            change_mode(root / "tree/below", 0);
            return fails();
          });
        }) == "");
  CHECK(by_nobody([](const cp::path& root) {
          return undone_whole(root, {}, [&](cp::mutation& m) -> cp::result<void> {
            BOOST_OUTCOME_TRYV(m.will_create({"made"}));
            fs::create_directories(root / "made/below");
            spill(root / "made/below/file", "new\n");
            change_mode(root / "made/below", 0300);
            change_mode(root / "made", 0100);
            return fails();
          });
        }) == "");
}

TEST_CASE("a savepoint that fails leaves the modes of what a tool has staged") {
  CHECK(by_nobody([](const cp::path& root) -> std::string {
          auto kb = cp::coordinator<>::open(root).value();
          auto mine = kb.acquire().value();
          const auto done = mine.run({}, [](cp::mutation& m) -> cp::result<void> {
            BOOST_OUTCOME_TRY(const auto place, m.stage("package"));
            fs::create_directories(place / "ro");
            spill(place / "ro/file", "content\n");
            change_mode(place / "ro", 0555);
            (void)m.savepoint([](cp::mutation& s) -> cp::result<void> {
              BOOST_OUTCOME_TRYV(s.write("package/more", "more\n"));
              return fails();
            });
            return cp::success();
          });
          if (!done) return done.error().message();
          return mode_of(root / "package/ro") == 0555 ? "" : "mode";
        }) == "");
}

TEST_CASE("F9: directories that cannot be exchanged are an error before the commit point") {
  for (const bool is_old : {true, false}) {
    CAPTURE(is_old);
    const auto wrong = by_nobody([&](const cp::path& root) -> std::string {
      auto kb = cp::coordinator<cp::publish::exchange>::open(root).value();
      fs::create_directory(root / "tree");
      spill(root / "tree/file", "old\n");
      change_mode(root / "tree", is_old ? 0555 : 0755);
      const auto before = look_at(root);
      auto mine = kb.acquire().value();
      const auto done = mine.run({}, [&](cp::mutation& m) -> cp::result<void> {
        BOOST_OUTCOME_TRY(const auto place, m.stage("new"));
        fs::create_directory(place);
        spill(place / "file", "new\n");
        change_mode(place, is_old ? 0755 : 0555);
        return m.publish(place, "tree");
      });
      if (done) return "it succeeded";
      if (done.error() != std::errc::permission_denied || done.error().path() != "tree") return done.error().message();
      if (done.error().outcome() != cp::outcome::rolled_back) return "outcome";
      return difference_from(before, look_at(root));
    });
    CHECK(wrong == "");
  }
}

TEST_CASE("F9: what is immutable is an error before the commit point") {
  home at(machine{});
  const int file = ::open((at.root() / "registry").c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(file >= 0);
  int flags = 0;
  demand(::ioctl(file, FS_IOC_GETFLAGS, &flags) == 0, "FS_IOC_GETFLAGS");
  const int with = flags | FS_IMMUTABLE_FL;
  if (::ioctl(file, FS_IOC_SETFLAGS, &with) != 0) {
    ::close(file);
    MESSAGE("SKIPPED: nothing can be made immutable here");
    return;
  }
  const auto before = look_at(at.root());
  {
    auto mine = at.acquire();
    for (const bool removes : {true, false}) {
      const auto done = mine.run({}, [&](cp::mutation& m) -> cp::result<void> {
        BOOST_OUTCOME_TRYV(m.write("other", "new\n"));
        return removes ? m.remove("registry") : m.write("registry", "new\n");
      });
      REQUIRE_FALSE(done);
      CHECK_MESSAGE(done.error() == std::errc::operation_not_permitted, done.error().message());
      CHECK(done.error().path() == "registry");
      CHECK(done.error().outcome() == cp::outcome::rolled_back);
    }
  }
  demand(::ioctl(file, FS_IOC_SETFLAGS, &flags) == 0, "FS_IOC_SETFLAGS");
  ::close(file);
  CHECK(difference_from(before, look_at(at.root())) == "");
}
