#include "support/mounts.hpp"
#include "support/rich_tree.hpp"
#include "support/undone.hpp"

#include <commitpoint/commitpoint.hpp>
#include <commitpoint/system/faulty.hpp>

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cp = commitpoint;
using cp::touch;
using cp::system::call;
using support::deed;
using support::overwrite;
using support::place;
using support::replace;
using faulty = cp::system::faulty<cp::system::native>;

namespace {

struct careful {
  static constexpr bool only_replaces = true;
};
struct careless {
  static constexpr bool only_replaces = false;
};

// Everything that may be done to each file of a rich tree, alone and as part of the tree.
template <class Snapshot, class Writer>
void expect_exact(const cp::path& base) {
  using coordinator = cp::coordinator<Snapshot>;
  const support::rich_place p(base);
  const auto blocks = support::status(p / "t/sparse").st_blocks;
  for (const auto& file : support::files) {
    for (const auto& v : support::of_files) {
      if (v.writes_through && Writer::only_replaces) continue;
      if (file == "t/empty" && v.name == "writes the same size") continue;
      if (file == "t/sparse" && v.name == "replaces by the same content") continue;  // it stays, without its holes
      CAPTURE(file);
      CAPTURE(v.name);
      const deed d = [&](const cp::path& root) {
        support::make_writable(root / file);
        v.ruin(root / file);
      };
      const auto untouched = support::status(p / "t/untouched").st_ino;
      support::expect_undone<coordinator>(p, {.touches = {touch::file(file)}}, d);
      support::expect_undone<coordinator>(p, {.touches = {touch::tree("t")}}, d);
      CHECK(support::status(p / "t/sparse").st_blocks <= blocks);
      const bool after_crash_too = v.name == "overwrites" || v.name == "replaces" || v.name == "changes its attributes";
      if (after_crash_too) {
        support::expect_undone_after_crash<coordinator>(p, {.touches = {touch::file(file)}}, d);
        support::expect_undone_after_crash<coordinator>(
            p, {.touches = {v.writes_through ? touch::tree("t") : touch::replaced_tree("t")}}, d);
      }
      CHECK(support::status(p / "t/untouched").st_ino == untouched);
    }
  }
}

constexpr int directories = 20;
constexpr int files_in_each = 100;

std::string name_of(int directory, int file) { return "t/" + std::to_string(directory) + "/" + std::to_string(file); }

support::tree two_thousand() {
  support::tree t{{"t", "/"}};
  for (int d = 0; d < directories; ++d) {
    t["t/" + std::to_string(d)] = "/";
    for (int f = 0; f < files_in_each; ++f) t[name_of(d, f)] = "file " + std::to_string(f);
  }
  return t;
}

std::map<std::string, std::uint64_t> inodes_of(const place& p) {
  std::map<std::string, std::uint64_t> inodes;
  for (const auto& [name, what] : two_thousand()) inodes[name] = support::status(p / name).st_ino;
  return inodes;
}

const std::string changed = name_of(7, 42);

// Restoring renames once a file; nothing else that happens on the way renames.
void expect_one_restored(const place& p, const std::map<std::string, std::uint64_t>& before, std::uint64_t renames) {
  CHECK(renames == 1);
  auto after = inodes_of(p);
  after[changed] = before.at(changed);
  CHECK((after == before));
  CHECK(support::read_file(p / changed) == "file 42");
}

void protect_two_thousand(const cp::path& base, const touch& what, const deed& d) {
  using coordinator = cp::coordinator<faulty>;
  const place p(two_thousand(), base);
  const auto before = support::image_before<coordinator>(p);
  const auto inodes = inodes_of(p);
  faulty system;
  {
    auto owner = coordinator::open(p.root(), {}, system).value().acquire().value();
    CHECK_FALSE(owner.run({.touches = {what}}, [&](cp::mutation&) -> cp::result<void> {
      d(p.root());
      system.reset_counts();
      return cp::errc::cancelled;
    }));
    expect_one_restored(p, inodes, system.counts().of(call::rename));
    CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
  }
  support::die_after<coordinator>(p, {.touches = {what}}, d);
  system.reset_counts();
  auto owner = coordinator::open(p.root(), {}, system).value().acquire();
  REQUIRE_MESSAGE(owner, owner.error().message());
  expect_one_restored(p, inodes, system.counts().of(call::rename));
  CHECK(owner.value().recovered().kept.size() == 1);
  CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
}

const deed replace_one = [](const cp::path& root) { replace(root / changed, "changed"); };
const deed overwrite_one = [](const cp::path& root) { overwrite(root / changed, "changed"); };

// Kills a mutation that fails, and thereby its rollback, before each call that changes something; then such a drain.
template <class Snapshot>
void expect_never_missing() {
  using coordinator = cp::coordinator<Snapshot, faulty>;
  const cp::plan what{.touches = {touch::file("f")}};
  const deed replaces = [](const cp::path& root) { replace(root / "f", "new"); };
  const auto dies_at = [&](const place& p, std::uint64_t nth, bool mutates) {
    support::child dying([&]() -> std::string {
      faulty system;
      system.arm({.nth = nth, .effect = cp::system::fault::ends_process, .only_changes = true});
      auto owner = coordinator::open(p.root(), {}, system).value().acquire().value();
      if (!mutates) return "";
      (void)owner.run(what, [&](cp::mutation&) -> cp::result<void> {
        replaces(p.root());
        return cp::errc::cancelled;
      });
      return "";
    });
    return dying.was_killed();
  };
  const auto expect_there = [](const place& p) {
    REQUIRE(support::is_there(p / "f"));
    const auto content = support::read_file(p / "f");
    CHECK((content == "old" || content == "new"));
    REQUIRE(coordinator::open(p.root()).value().acquire());
    CHECK(support::read_file(p / "f") == "old");
  };
  for (std::uint64_t n = 1, killed = 1; killed; ++n) {
    CAPTURE(n);
    const place p(support::tree{{"f", "old"}});
    killed = dies_at(p, n, true) ? 1 : 0;
    expect_there(p);
  }
  for (std::uint64_t n = 1, killed = 1; killed; ++n) {
    CAPTURE(n);
    const place p(support::tree{{"f", "old"}});
    support::die_after<coordinator>(p, what, replaces);
    killed = dies_at(p, n, false) ? 1 : 0;
    expect_there(p);
  }
}

}  // namespace

TEST_CASE("F18: copy brings everything back exactly") {
  expect_exact<cp::snapshot::copy, careless>(support::with_attributes());
}
TEST_CASE("F18: hardlink brings everything back exactly that replacing writers did") {
  expect_exact<cp::snapshot::hardlink, careful>(support::with_attributes());
}

TEST_CASE("F18: each strategy brings everything back exactly on ext4, xfs and btrfs") {
  for (const auto* type : {"ext4", "xfs", "btrfs"}) {
    CAPTURE(type);
    const support::loop_mounted mounted(type);
    if (!mounted.why_not().empty()) {
      MESSAGE("SKIPPED: " << mounted.why_not());
      return;
    }
    expect_exact<cp::snapshot::adaptive, careless>(mounted.where());
    if (std::string(type) == "ext4") {
      expect_exact<cp::snapshot::hardlink, careful>(mounted.where());
    } else {
      expect_exact<cp::snapshot::reflink, careless>(mounted.where());
    }
  }
}

TEST_CASE("of a tree of 2,000 files exactly the one that was changed is restored, here and in another process") {
  protect_two_thousand(support::in_memory(), touch::replaced_tree("t"), replace_one);
  protect_two_thousand(support::in_memory(), touch::tree("t"), replace_one);
  protect_two_thousand(support::in_memory(), touch::tree("t"), overwrite_one);
  protect_two_thousand(support::on_disk(), touch::replaced_tree("t"), replace_one);
}

TEST_CASE("of a tree of 2,000 files exactly the one that was changed is restored, with shared blocks") {
  for (const auto* type : {"xfs", "btrfs"}) {
    CAPTURE(type);
    const support::loop_mounted mounted(type);
    if (!mounted.why_not().empty()) {
      MESSAGE("SKIPPED: " << mounted.why_not());
      return;
    }
    protect_two_thousand(mounted.where(), touch::tree("t"), overwrite_one);
    protect_two_thousand(mounted.where(), touch::replaced_tree("t"), replace_one);
  }
}

TEST_CASE("F3: there is no moment without a file that is restored: links") {
  expect_never_missing<cp::snapshot::hardlink>();
}
TEST_CASE("F3: there is no moment without a file that is restored: copies") {
  expect_never_missing<cp::snapshot::copy>();
}
