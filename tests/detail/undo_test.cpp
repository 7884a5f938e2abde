#include "support/scenarios.hpp"

using namespace crash_lab;
using cp::errc;
using cp::outcome;

namespace {

constexpr machine here{};

// The names and contents of what can undo a mutation.
std::map<std::string, std::string> backups_of(const cp::path& root, const std::string& mutation) {
  std::map<std::string, std::string> found;
  const auto place = root / state_directory / "staging" / mutation;
  for (const auto& e : fs::recursive_directory_iterator(place)) {
    const auto name = e.path().lexically_relative(place).native();
    if (name.starts_with("b") && fs::is_regular_file(e.path())) found[name] = slurp(e.path());
  }
  return found;
}

constexpr fault_plan no_rename{.nth = 1, .error = EIO, .times = 1'000'000, .only = call::rename};

}  // namespace

TEST_CASE("F11: a rollback that fails is dirty; everybody refuses until it is settled, and evidence stays") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  const auto before = look_at(root.path());
  auto system = here.system();
  auto kb = open_here(system, root.path());
  const auto nothing = [](cp::mutation&) -> cp::result<void> { return cp::success(); };
  {
    auto mine = kb.acquire().value();
    const auto done =
        mine.run({.operation = "edit", .touches = {cp::touch::file("wiki/index.md"), cp::touch::tree("wiki/concepts")}},
                 [&](cp::mutation&) -> cp::result<void> {
                   spill(root / "wiki/index.md", "edited in place\n");
                   fs::remove(root / "wiki/concepts/alpha.md");
                   spill(root / "wiki/concepts/extra.md", "extra\n");
                   system.arm(no_rename);
                   return cp::failure(std::make_error_code(std::errc::owner_dead));
                 });
    CHECK(done.error() == errc::dirty_rollback);
    CHECK(done.error().outcome() == outcome::dirty);
    CHECK(done.error().number() == 1);
    CHECK_FALSE(done.error().path().empty());
    CHECK(mine.dirty());
    system.disarm();
    // The fault has passed, and still this owner refuses.
    CHECK(mine.run({.operation = "more"}, nothing).error() == errc::dirty_rollback);
    CHECK(mine.dirty());
  }
  const auto evidence = backups_of(root.path(), "m1");
  CHECK(evidence.size() >= 5);
  system.arm(no_rename);
  for (int i = 0; i < 5; ++i) {
    INFO("drain " << i);
    const auto again = kb.acquire();
    REQUIRE_FALSE(again);
    CHECK(again.error() == errc::dirty_rollback);
    CHECK(again.error().outcome() == outcome::dirty);
    CHECK(backups_of(root.path(), "m1") == evidence);
    CHECK(kb.read().error() == errc::dirty_rollback);
    const auto other = drain_in_child(here, root.path(), no_rename);
    CHECK_FALSE(other.killed);
    CHECK(other.trouble.find("rollback failed") != std::string::npos);
    CHECK(backups_of(root.path(), "m1") == evidence);
    CHECK(kb.pending().value().mutations.size() == 1);
  }
  system.disarm();
  auto mine = kb.acquire().value();
  CHECK(difference_from(before, look_at(root.path())) == "");
  CHECK(leftovers(root.path()) == "");
  CHECK(mine.run({.operation = "more"}, nothing));
}

TEST_CASE("F11: a body that throws and cannot be rolled back leaves a dirty owner, and its exception goes on") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  const auto before = look_at(root.path());
  auto system = here.system();
  auto kb = open_here(system, root.path());
  {
    auto mine = kb.acquire().value();
    CHECK_THROWS_AS((void)mine.run({.operation = "edit", .touches = {cp::touch::file("wiki/index.md")}},
                                   [&](cp::mutation&) -> cp::result<void> {
                                     spill(root / "wiki/index.md", "edited in place\n");
                                     system.arm(no_rename);
                                     throw std::out_of_range("mine");
                                   }),
                    std::out_of_range);
    CHECK(mine.dirty());
    system.disarm();
  }
  CHECK(kb.acquire());
  CHECK(difference_from(before, look_at(root.path())) == "");
}

TEST_CASE("F11: the journal fails in a rollback: dirty, and the next drain undoes it") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  const auto before = look_at(root.path());
  auto system = here.system();
  auto kb = open_here(system, root.path());
  {
    auto mine = kb.acquire().value();
    const auto done = mine.run({.operation = "edit", .touches = {cp::touch::file("wiki/index.md")}},
                               [&](cp::mutation&) -> cp::result<void> {
                                 spill(root / "wiki/index.md", "edited in place\n");
                                 system.arm({.nth = 1, .error = EIO, .times = 1'000'000, .only = call::write});
                                 return cp::failure(std::make_error_code(std::errc::owner_dead));
                               });
    CHECK(done.error() == errc::dirty_rollback);
    system.disarm();
  }
  CHECK(kb.acquire());
  CHECK(difference_from(before, look_at(root.path())) == "");
}

TEST_CASE("a file with other names is put back into its inode, while its owner lives and by a drain") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  const auto before = look_at(root.path());
  auto system = here.system();
  auto kb = open_here(system, root.path());
  const cp::plan plan{.operation = "edit", .touches = {cp::touch::file("raw/one.bin")}};
  const auto tool = [&] { spill(root / "raw/one.bin", "a person's bytes\n"); };
  {
    auto mine = kb.acquire().value();
    CHECK_FALSE(mine.run(plan, [&](cp::mutation&) -> cp::result<void> {
      tool();
      return cp::failure(std::make_error_code(std::errc::owner_dead));
    }));
    CHECK(difference_from(before, look_at(root.path())) == "");
  }
  leave_pending(here, root.path(), plan, [&](cp::mutation&, stage&) -> cp::result<void> {
    tool();
    die();
  });
  auto mine = kb.acquire().value();
  CHECK(difference_from(before, look_at(root.path())) == "");
  // What was kept is no link to the inode that was written to.
  CHECK(kept_below(root.path()) == displaced{{"raw/one.bin", "a person's bytes\n"}});
}

TEST_CASE("restoring links makes the directories that they stood in") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  auto system = here.system();
  auto kb = open_here(system, root.path());
  auto mine = kb.acquire().value();
  const auto done =
      mine.run({.operation = "edit",
                .touches = {cp::touch::file("wiki/concepts/first"), cp::touch::file("wiki/concepts/deep/gamma.md")}},
               [&](cp::mutation&) -> cp::result<void> {
                 fs::remove_all(root / "wiki/concepts");
                 return cp::failure(std::make_error_code(std::errc::owner_dead));
               });
  CHECK(done.error() == std::errc::owner_dead);
  CHECK(fs::read_symlink(root / "wiki/concepts/first") == "alpha.md");
  CHECK(slurp(root / "wiki/concepts/deep/gamma.md") == "gamma\n");
}

// Puts back what a savepoint had written in place and undone, as a power cut does that loses what was not synced.
TEST_CASE("F2: what a savepoint undid may be lost in a power cut: then a drain undoes it once more, and only then") {
  for (const bool cut : {false, true}) {
    CAPTURE(cut);
    const cp::testing::temporary_directory root(fast_place());
    build_tree(root.path());
    const auto before = look_at(root.path());
    leave_pending({}, root.path(), {.operation = "cut"}, [&](cp::mutation& m, stage& on) -> cp::result<void> {
      (void)m.savepoint([&](cp::mutation& inner) -> cp::result<void> {
        BOOST_OUTCOME_TRYV(inner.on_rollback("forget", "blobs/indexed"));
        BOOST_OUTCOME_TRYV(inner.will_create({"blobs/made"}));
        spill(on / "blobs/made", "half");
        BOOST_OUTCOME_TRYV(inner.protect(cp::touch::file("registry")));
        spill(on / "registry", "half");
        BOOST_OUTCOME_TRYV(inner.protect(cp::touch::file("wiki/concepts/alpha.md")));
        spill(on / "wiki/concepts/alpha.md", "half");
        return cp::failure(std::make_error_code(std::errc::timed_out));
      });
      // Its record is durable, and with it the one that says that the savepoint was undone.
      BOOST_OUTCOME_TRYV(m.protect(cp::touch::file("wiki/concepts/alpha.md")));
      spill(on / "wiki/concepts/alpha.md", "once more");  // and the backup of the savepoint is still whole
      die();
    });
    for (const auto* lost : {"blobs/indexed", "blobs/made", "registry"}) spill(root.path() / lost, "half");
    machine after;
    if (cut) after.boot = "another boot";
    auto kb = open_here(after.system(), root.path());
    REQUIRE(kb.acquire());
    const auto now = look_at(root.path());
    CHECK(now.entries.at("wiki/concepts/alpha.md") == before.entries.at("wiki/concepts/alpha.md"));
    if (cut) {
      CHECK(difference_from(before, now, {"blobs"}) == "");
    } else {
      // No cut, so that these are somebody's edits, made later.
      for (const auto* edited : {"blobs/indexed", "blobs/made", "registry"})
        CHECK(slurp(root.path() / edited) == "half");
    }
    CHECK(kb.acquire().value().recovered().empty());
  }
}
