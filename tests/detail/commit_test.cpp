#include "support/scenarios.hpp"

#include <commitpoint/durability/power_loss.hpp>

using namespace crash_lab;
using cp::errc;
using cp::outcome;

namespace {

constexpr machine here{};

// The standard workload in small: eleven files, new ones and replaced ones.
cp::result<void> eleven_files(cp::mutation& m, const std::string& tag) {
  BOOST_OUTCOME_TRYV(m.write("raw/" + tag + ".bin", std::string(10'000, 'r')));
  BOOST_OUTCOME_TRYV(m.write("blobs/" + tag, std::string(10'000, 'b')));
  BOOST_OUTCOME_TRYV(m.create_directories("wiki/sources/" + tag));
  BOOST_OUTCOME_TRYV(m.write("wiki/sources/" + tag + "/source.md", std::string(2'000, 's')));
  BOOST_OUTCOME_TRYV(m.write("wiki/summary-" + tag + ".md", "summary\n"));
  for (const auto* known : {"wiki/concepts/alpha.md", "wiki/concepts/beta.md", "wiki/concepts/deep/gamma.md"}) {
    BOOST_OUTCOME_TRYV(m.write(known, "rewritten by " + tag));
  }
  BOOST_OUTCOME_TRYV(m.write("wiki/concepts/" + tag + "-one.md", "one\n"));
  BOOST_OUTCOME_TRYV(m.write("wiki/concepts/" + tag + "-two.md", "two\n"));
  BOOST_OUTCOME_TRYV(m.write("wiki/index.md", "index of " + tag));
  return m.write("registry", "rows of " + tag);
}

std::uint64_t inode_of(const cp::path& at) {
  struct stat x {};
  demand(::lstat(at.c_str(), &x) == 0, at.native());
  return x.st_ino;
}

bool has(const std::vector<std::uint64_t>& synced, std::uint64_t inode) {
  return std::ranges::find(synced, inode) != synced.end();
}

cp::result<void> edit_index(cp::mutation& m, const cp::path& root) {
  spill(root / "wiki/index.md", "edited in place\n");
  BOOST_OUTCOME_TRYV(m.write("wiki/concepts/alpha.md", "staged\n"));
  return m.remove("wiki/log.md");
}

}  // namespace

TEST_CASE("F4: the sync of the commit record fails: unknown, nothing undone, the next drain decides") {
  for (const auto effect : {fault::fails, fault::fails_after_effect}) {
    const cp::testing::temporary_directory root(fast_place());
    build_tree(root.path());
    auto system = here.system();
    auto kb = open_here(system, root.path());
    {
      auto mine = kb.acquire().value();
      cp::plan plan{.operation = "mixed", .touches = {cp::touch::file("wiki/index.md")}};
      tree_image at_commit;
      const auto done = mine.run(std::move(plan), [&](cp::mutation& m) -> cp::result<void> {
        BOOST_OUTCOME_TRYV(edit_index(m, root.path()));
        at_commit = look_at(root.path());
        system.arm({.nth = 1, .effect = effect, .error = EIO, .only = call::sync_data});
        return cp::success();
      });
      REQUIRE_FALSE(done);
      CHECK(done.error() == errc::outcome_unknown);
      CHECK(done.error().outcome() == outcome::unknown);
      CHECK(system.counts().last_fault == call::sync_data);
      system.disarm();
      CHECK(difference_from(at_commit, look_at(root.path())) == "");
      CHECK(fs::exists(root / ".commitpoint/staging/m1"));

      bool called = false;
      const auto refused = mine.run({.operation = "more"}, [&](cp::mutation&) -> cp::result<void> {
        called = true;
        return cp::success();
      });
      CHECK(refused.error() == errc::outcome_unknown);
      CHECK_FALSE(called);
      CHECK_FALSE(mine.dirty());
      CHECK(mine.release());
      CHECK(difference_from(at_commit, look_at(root.path())) == "");
    }
    // The record can be read, so that the drain finishes what it says.
    auto mine = kb.acquire().value();
    REQUIRE(mine.recovered().mutations.size() == 1);
    CHECK(mine.recovered().mutations[0].decided == cp::recovered_mutation::decision::roll_forward);
    CHECK(slurp(root / "wiki/index.md") == "edited in place\n");
    CHECK(slurp(root / "wiki/concepts/alpha.md") == "staged\n");
    CHECK_FALSE(fs::exists(root / "wiki/log.md"));
    CHECK(leftovers(root.path()) == "");
    CHECK(kept_below(root.path()).empty());
  }
}

TEST_CASE("F4: the commit record can be neither written nor erased: unknown, and old after the next drain") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  const auto before = look_at(root.path());
  auto system = here.system();
  auto kb = open_here(system, root.path());
  {
    auto mine = kb.acquire().value();
    const auto done = mine.run({.operation = "mixed", .touches = {cp::touch::file("wiki/index.md")}},
                               [&](cp::mutation& m) -> cp::result<void> {
                                 BOOST_OUTCOME_TRYV(edit_index(m, root.path()));
                                 system.arm({.nth = 1, .error = ENOSPC, .times = 1000, .only = call::write});
                                 return cp::success();
                               });
    CHECK(done.error() == errc::outcome_unknown);
    system.disarm();
  }
  auto mine = kb.acquire().value();
  CHECK(difference_from(before, look_at(root.path())) == "");
  CHECK(kept_below(root.path()) == displaced{{"wiki/index.md", "edited in place\n"}});
  CHECK(leftovers(root.path()) == "");
}

TEST_CASE("a commit record that cannot be written and is erased again: rolled back, and the owner goes on") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  const auto before = look_at(root.path());
  auto system = here.system();
  auto kb = open_here(system, root.path());
  auto mine = kb.acquire().value();
  const auto done = mine.run({.operation = "mixed", .touches = {cp::touch::file("wiki/index.md")}},
                             [&](cp::mutation& m) -> cp::result<void> {
                               BOOST_OUTCOME_TRYV(edit_index(m, root.path()));
                               system.arm({.nth = 1, .error = ENOSPC, .only = call::write});
                               return cp::success();
                             });
  CHECK(done.error() == std::errc::no_space_on_device);
  CHECK(done.error().outcome() == outcome::rolled_back);
  CHECK(difference_from(before, look_at(root.path())) == "");
  CHECK(mine.run({.operation = "again"}, [](cp::mutation& m) { return m.write("wiki/index.md", "new\n"); }));
  CHECK(slurp(root / "wiki/index.md") == "new\n");
}

TEST_CASE("F6: every directory of a chain that a mutation made is synced, and so is what holds staged files") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  auto system = here.system();
  // Nodes are synced one by one, so that each can be seen.
  auto kb =
      coordinator::open(root.path(), {}, system, cp::durability::power_loss{.filesystem_sync_from = 1000}).value();
  auto mine = kb.acquire().value();
  auto& synced = *system.inner().synced;
  std::uint64_t staging_inode = 0;
  std::uint64_t file_inode = 0;
  synced.clear();
  std::vector<std::uint64_t> before_publish;
  cp::plan plan{.operation = "chain"};
  plan.after_commit.emplace_back([&] {
    staging_inode = inode_of(root / ".commitpoint/staging/m1");
    file_inode = inode_of(root / "a/b/c/file");
    before_publish = synced;
  });
  REQUIRE(mine.run(std::move(plan), [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.create_directories("a/b/c"));
    BOOST_OUTCOME_TRYV(m.create_directories("a/empty"));
    return m.write("a/b/c/file", "content\n");
  }));
  // Whatever a commit record relies on.
  const bool whole_before = has(before_publish, 0);
  CHECK((whole_before || has(before_publish, staging_inode)));
  CHECK((whole_before || has(before_publish, file_inode)));
  CHECK((whole_before || has(before_publish, inode_of(root / ".commitpoint/staging"))));

  SUBCASE("when the owner goes") {
    synced.clear();
    REQUIRE(mine.release());
  }
  SUBCASE("when the next mutation commits") {
    synced.clear();
    REQUIRE(mine.run({.operation = "next"}, [](cp::mutation& m) { return m.write("wiki/index.md", "next\n"); }));
  }
  for (const auto* directory : {"", "a", "a/b", "a/b/c", "a/empty"}) {
    INFO("directory '" << std::string(directory) << "'");
    CHECK((has(synced, 0) || has(synced, inode_of(root / directory))));
  }
}

TEST_CASE("F6: with the default, one sync of the file system covers the chain") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  auto system = here.system();
  auto kb = open_here(system, root.path());
  auto mine = kb.acquire().value();
  REQUIRE(mine.run({.operation = "chain"}, [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.create_directories("a/b/c/d/e/f"));
    return m.write("a/b/c/d/e/f/file", "content\n");
  }));
  system.inner().synced->clear();
  REQUIRE(mine.release());
  CHECK(has(*system.inner().synced, 0));
}

TEST_CASE("a staged mutation of eleven files makes at most three syncs, two from the second on") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  auto system = here.system();
  auto kb = coordinator::open(root.path(), {}, system).value();
  auto mine = kb.acquire().value();
  for (int i = 0; i < 5; ++i) {
    system.reset_counts();
    REQUIRE(
        mine.run({.operation = "add"}, [&](cp::mutation& m) { return eleven_files(m, "doc" + std::to_string(i)); }));
    INFO("mutation " << i);
    CHECK(system.counts().syncs() <= (i == 0 ? 3 : 2));
  }
  system.reset_counts();
  REQUIRE(mine.release());
  CHECK(system.counts().syncs() <= 2);
}

TEST_CASE("track_new of a thousand paths in one call costs one sync") {
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  auto system = here.system();
  auto kb = coordinator::open(root.path(), {}, system).value();
  auto mine = kb.acquire().value();
  REQUIRE(mine.run({.operation = "track"}, [&](cp::mutation& m) -> cp::result<void> {
    std::vector<std::string> made;
    for (int i = 0; i < 1000; ++i) {
      made.push_back("blobs/" + std::to_string(i));
      spill(root / made.back(), "blob\n");
    }
    system.reset_counts();
    BOOST_OUTCOME_TRYV(m.track_new(made));
    CHECK(system.counts().syncs() == 1);
    return cp::success();
  }));
}

TEST_CASE("a thousand calls of track_new write twice as much as five hundred, with a sync each") {
  struct cost {
    std::uint64_t bytes = 0;
    std::uint64_t syncs = 0;
  };
  const auto cost_of = [](int calls) {
    const cp::testing::temporary_directory root(fast_place());
    build_tree(root.path());
    auto system = here.system();
    auto kb = open_here(system, root.path());
    auto mine = kb.acquire().value();
    cost spent;
    REQUIRE(mine.run({.operation = "track"}, [&](cp::mutation& m) -> cp::result<void> {
      system.reset_counts();
      for (int i = 0; i < calls; ++i) {
        const auto name = "blobs/" + std::to_string(10'000 + i);
        spill(root / name, "blob\n");
        BOOST_OUTCOME_TRYV(m.track_new({name}));
      }
      spent = {system.counts().bytes_written, system.counts().syncs()};
      return cp::success();
    }));
    return spent;
  };
  const auto half = cost_of(500);
  const auto whole = cost_of(1000);
  INFO("bytes: " << half.bytes << " and " << whole.bytes << ", syncs: " << half.syncs << " and " << whole.syncs);
  CHECK(whole.bytes <= half.bytes * 2 + half.bytes / 10);
  CHECK(whole.bytes <= 1000U * 2'048U);
  CHECK(half.syncs <= 505);
  CHECK(whole.syncs <= 1005);
}
