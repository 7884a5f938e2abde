#include "support/mounts.hpp"
#include "support/rich_tree.hpp"
#include "support/undone.hpp"

#include <commitpoint/commitpoint.hpp>
#include <commitpoint/system/faulty.hpp>

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <string>
#include <vector>

namespace cp = commitpoint;
using cp::errc;
using cp::touch;
using cp::system::call;
using support::deed;
using support::overwrite;
using support::place;
using support::replace;
using support::write_file;

using linking = cp::coordinator<cp::snapshot::hardlink>;
using copying = cp::coordinator<cp::snapshot::copy>;
using cloning = cp::coordinator<cp::snapshot::reflink>;
using faulty = cp::system::faulty<cp::system::native>;

namespace {

const support::tree small{{"f", "a file"}, {"t", "/"},   {"t/a", "alpha"},
                          {"t/b", "beta"}, {"t/d", "/"}, {"t/d/c", "gamma"}};

cp::plan of_file() { return {.touches = {touch::file("f")}}; }
cp::plan of_tree() { return {.touches = {touch::tree("t")}}; }

// The mutation stays pending, and everybody is told why; nothing live is touched; accepting it settles it.
template <class Coordinator>
void expect_blocked(const place& p, const std::string& name) {
  const auto before = support::image(p.root());
  auto notes = Coordinator::open(p.root()).value();
  const auto refused = notes.acquire();
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::needs_repair);
  const auto why = refused.error().message();
  CHECK_MESSAGE(why.find("'" + name + "'") != std::string::npos, why);
  CHECK_MESSAGE(why.find("hard link") != std::string::npos, why);
  CHECK(notes.read().error() == errc::needs_repair);
  CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
  const auto found = notes.pending().value();
  REQUIRE(found.blocked);
  REQUIRE(notes.accept(found.blocked->id));
  auto owner = notes.acquire().value();
  CHECK(owner.run({}, [](cp::mutation& m) { return m.write("after", "x"); }));
}

// The rollback says so at once, and so does everybody who comes later.
template <class Coordinator>
void expect_violation(const cp::plan& what, const std::string& name, const deed& d) {
  SUBCASE("while its owner lives") {
    const place p(small);
    auto notes = Coordinator::open(p.root()).value();
    {
      auto owner = notes.acquire().value();
      const auto done = owner.run(what, [&](cp::mutation&) -> cp::result<void> {
        d(p.root());
        return std::make_error_code(std::errc::owner_dead);
      });
      REQUIRE_FALSE(done);
      CHECK(done.error() == errc::dirty_rollback);
      CHECK(done.error().outcome() == cp::outcome::dirty);
      CHECK(done.error().path() == name);
      CHECK(done.error().message().find("wrote through the snapshot") != std::string::npos);
      CHECK(owner.dirty());
      CHECK(owner.run({}, [](cp::mutation&) -> cp::result<void> { return cp::success(); }).error() ==
            errc::dirty_rollback);
    }
    expect_blocked<Coordinator>(p, name);
  }
  SUBCASE("after a crash") {
    const place p(small);
    support::die_after<Coordinator>(p, what, d);
    expect_blocked<Coordinator>(p, name);
  }
}

// Everything that can be done without writing through.
void touch_metadata(const cp::path& where) {
  REQUIRE(::chmod(where.c_str(), 0400) == 0);
  support::set_attribute(where, "user.note", "another");
  if (::geteuid() == 0) REQUIRE(::chown(where.c_str(), 12, 34) == 0);
}

}  // namespace

TEST_CASE("F19: hardlink detects a writer that wrote into a file itself") {
  expect_violation<linking>(of_file(), "f", [](auto& root) { overwrite(root / "f", "longer than it was"); });
}

TEST_CASE("F19: hardlink detects a writer that left the size as it was") {
  expect_violation<linking>(of_file(), "f", [](auto& root) { overwrite(root / "f", "A FILE"); });
}

TEST_CASE("F19: hardlink detects a writer that wrote into the file and then replaced it") {
  expect_violation<linking>(of_file(), "f", [](auto& root) {
    overwrite(root / "f", "A FILE");
    replace(root / "f", "another");
  });
}

TEST_CASE("F19: hardlink detects a writer in a tree") {
  expect_violation<linking>(of_tree(), "t/d/c", [](auto& root) {
    replace(root / "t/a", "careful");
    overwrite(root / "t/d/c", "careless");
  });
}

TEST_CASE("F19: adaptive detects a writer that had promised to replace") {
  expect_violation<cp::coordinator<>>({.touches = {touch::replaced_tree("t")}}, "t/b",
                                      [](auto& root) { overwrite(root / "t/b", "careless"); });
}

TEST_CASE("F19: a mode, an owner and attributes that were changed through the link are undone, in the same inode") {
  const place p(small, support::with_attributes());
  const auto inode = support::status(p / "t/a").st_ino;
  const deed d = [](auto& root) {
    touch_metadata(root / "t/a");
    touch_metadata(root / "f");
    replace(root / "t/b", "replaced");
  };
  const cp::plan what{.touches = {touch::file("f"), touch::tree("t")}};
  support::expect_undone<linking>(p, what, d);
  CHECK(support::status(p / "t/a").st_ino == inode);
  support::expect_undone_after_crash<linking>(p, what, d);
  CHECK(support::status(p / "t/a").st_ino == inode);
  CHECK(support::status(p / "t/a").st_nlink == 1);
}

TEST_CASE("F19: copy simply restores what was written in place") {
  const place p(small);
  const deed d = [](auto& root) {
    overwrite(root / "f", "careless");
    overwrite(root / "t/d/c", "careless");
  };
  const cp::plan what{.touches = {touch::file("f"), touch::tree("t")}};
  support::expect_undone<copying>(p, what, d);
  support::expect_undone_after_crash<copying>(p, what, d);
  // So does the default, where nobody has promised anything.
  support::expect_undone<cp::coordinator<>>(p, what, d);
  support::expect_undone_after_crash<cp::coordinator<>>(p, what, d);
}

TEST_CASE("F19: reflink simply restores what was written in place") {
  for (const auto* type : {"xfs", "btrfs"}) {
    const support::loop_mounted mounted(type);
    if (!mounted.why_not().empty()) {
      MESSAGE("SKIPPED: " << mounted.why_not());
      return;
    }
    const place p(small, mounted.where());
    const deed d = [](auto& root) {
      overwrite(root / "f", "careless");
      overwrite(root / "t/d/c", "careless");
    };
    const cp::plan what{.touches = {touch::file("f"), touch::tree("t")}};
    support::expect_undone<cloning>(p, what, d);
    support::expect_undone_after_crash<cloning>(p, what, d);
  }
}

TEST_CASE("F19: hardlink copies a file that a second write would leave the same time, and one that has other names") {
  const place p(small);
  REQUIRE(::link((p / "t/a").c_str(), (p / "other-name").c_str()) == 0);
  const deed d = [](auto& root) {
    overwrite(root / "f", "CARELESS");
    overwrite(root / "other-name", "careless");
  };
  const cp::plan what{.touches = {touch::file("f"), touch::file("t/a")}};
  for (const bool crash : {false, true}) {
    // As late as a file that is written just now (and stays so, however slow this test is), and as late as a clock that
    // was set back would have it.
    write_file(p / "f", "careful!");
    timespec soon{};
    ::clock_gettime(CLOCK_REALTIME, &soon);
    const timespec times[2] = {{0, UTIME_OMIT}, {crash ? 4'000'000'000 : soon.tv_sec + 60, 0}};
    REQUIRE(::utimensat(AT_FDCWD, (p / "f").c_str(), times, 0) == 0);
    if (crash) {
      support::expect_undone_after_crash<linking>(p, what, d);
    } else {
      support::expect_undone<linking>(p, what, d);
    }
    CHECK(support::status(p / "t/a").st_ino == support::status(p / "other-name").st_ino);
  }
}

TEST_CASE("hardlink links and copies no content, also in the mutation after the next") {
  const place p(small);
  faulty system;
  auto notes = cp::coordinator<cp::snapshot::hardlink, faulty>::open(p.root(), {}, system).value();
  auto owner = notes.acquire().value();
  for (int time = 0; time < 4; ++time) {
    CAPTURE(time);
    system.reset_counts();
    REQUIRE(owner.run(of_tree(), [&](cp::mutation&) -> cp::result<void> {
      CHECK(system.counts().of(call::link) == 3);
      CHECK(system.counts().of(call::copy_range) == 0);
      CHECK(support::status(p / "t/a").st_nlink == 2);
      return cp::success();
    }));
  }
  REQUIRE(owner.release());
  CHECK(support::status(p / "t/a").st_nlink == 1);
  CHECK(support::leftovers(p.root()).empty());
}

TEST_CASE("hardlink copies where there are no links") {
  const place p(small);
  faulty system;
  auto notes = cp::coordinator<cp::snapshot::hardlink, faulty>::open(p.root(), {}, system).value();
  auto owner = notes.acquire().value();
  const auto before = support::image(p.root());
  for (const int error : {EPERM, EXDEV, EMLINK, EOPNOTSUPP}) {
    system.arm({.nth = 1, .error = error, .times = 1000, .only = call::link});
    CHECK(owner
              .run(of_tree(),
                   [&](cp::mutation&) -> cp::result<void> {
                     overwrite(p / "t/a", "careless");
                     return errc::cancelled;
                   })
              .error() == errc::cancelled);
    CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
  }
  // Any other error is one.
  system.arm({.nth = 1, .error = ENOSPC, .only = call::link});
  const auto full = owner.run(of_tree(), [](cp::mutation&) -> cp::result<void> { return cp::success(); });
  CHECK(full.error() == std::errc::no_space_on_device);
  CHECK(full.error().path() == "t/a");
}

TEST_CASE("what a drain keeps is no second name of what it restores") {
  // An editor moves the old file aside: the extra name and the backup are one inode.
  const place p(small);
  support::die_after<linking>(p, of_tree(), [](auto& root) {
    REQUIRE(::rename((root / "t/a").c_str(), (root / "t/a~").c_str()) == 0);
    write_file(root / "t/a", "edited");
    REQUIRE(::rename((root / "t/b").c_str(), (root / "t/d/c").c_str()) == 0);
  });
  const auto owner = linking::open(p.root()).value().acquire().value();
  CHECK(support::shape(p.root()) == small);
  const auto kept = p / ".commitpoint/kept/1/t";
  CHECK(support::read_file(kept / "a~") == "alpha");
  CHECK(support::read_file(kept / "a") == "edited");
  CHECK(support::read_file(kept / "d/c") == "beta");
  for (const auto* name : {"t/a", "t/b", "t/d/c"}) CHECK(support::status(p / name).st_nlink == 1);
}
