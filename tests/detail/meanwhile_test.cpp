// What people and their tools do between a crash and the drain, and what they leave in staging.

#include "publish/publish_fixture.hpp"
#include "support/process.hpp"

#include <commitpoint/coordinator.hpp>

#include <sys/stat.h>
#include <unistd.h>

using namespace publish_test;
using cp::errc;

namespace {

constexpr machine here{};
constexpr fault_plan before_first_rename{.nth = 1, .effect = fault::ends_process, .only = call::rename};

cp::report drain(const cp::path& root) {
  auto system = here.system();
  auto kb = open_here(system, root);
  auto mine = kb.acquire();
  REQUIRE_MESSAGE(mine, mine.error().message());
  return mine.value().recovered();
}

bool names(const cp::report& report, const std::string& path) {
  return std::ranges::count(report.edited_later, path) != 0 ||
         std::ranges::any_of(report.kept, [&](const auto& k) { return k.path == path; });
}

}  // namespace

TEST_CASE(
    "F20: a file that is to be renamed is written to before the drain: it gets its name, and the bytes are in it") {
  home at(here);
  leave_before(
      here, at.root(), {.operation = "rename"},
      [](cp::mutation& m, stage&) { return m.rename("registry", "wiki/registry.md"); }, before_first_rename);
  const auto before = slurp(at.root() / "registry");
  spill_behind(at.root() / "registry", "a person's row\n");
  const auto report = drain(at.root());
  CHECK(names(report, "registry"));
  CHECK(slurp(at.root() / "wiki/registry.md") == before + "a person's row\n");
  CHECK_FALSE(fs::exists(at.root() / "registry"));
  CHECK(leftovers(at.root()) == "");
}

TEST_CASE("F20: the directory of a new version is removed, or something else is put there, before the drain") {
  for (const bool replaced : {false, true}) {
    home at(here);
    leave_before(
        here, at.root(), {.operation = "write"},
        [](cp::mutation& m, stage&) -> cp::result<void> {
          BOOST_OUTCOME_TRYV(m.write("wiki/concepts/new.md", "new\n"));
          return m.append("wiki/concepts/alpha.md", "more\n");
        },
        before_first_rename);
    fs::remove_all(at.root() / "wiki/concepts");
    if (replaced) spill(at.root() / "wiki/concepts", "a person's file\n");
    const auto report = drain(at.root());
    CHECK(names(report, "wiki/concepts/new.md"));
    CHECK(slurp(at.root() / "wiki/concepts/new.md") == "new\n");
    CHECK(slurp(at.root() / "wiki/concepts/alpha.md") == "more\n");
    CHECK(kept_below(at.root()).size() == (replaced ? 1 : 0));
    CHECK(leftovers(at.root()) == "");
  }
}

TEST_CASE("F20: a directory that has the name of a private one since is somebody's, and stays") {
  home at(here);
  leave_before(here, at.root(), {.operation = "write", .staging = {"work"}},
               [](cp::mutation& m, stage& on) -> cp::result<void> {
                 spill(on / "work/scratch", "of a tool\n");
                 return m.write("wiki/new.md", "new\n");
               },
               {});
  REQUIRE_FALSE(fs::exists(at.root() / "work"));
  fs::create_directory(at.root() / "work");
  spill(at.root() / "work/mine.md", "a person's\n");
  (void)drain(at.root());
  CHECK(slurp(at.root() / "work/mine.md") == "a person's\n");
  CHECK(slurp(at.root() / "wiki/new.md") == "new\n");
}

TEST_CASE("appending to one file by two of its names is refused before the commit point") {
  home at(here);
  demand(::link((at.root() / "registry").c_str(), (at.root() / "wiki/registry").c_str()) == 0, "link");
  const auto before = look_at(at.root());
  auto mine = at.acquire();
  const auto done = mine.run({.operation = "append"}, [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.append("registry", "one\n"));
    return m.append("wiki/registry", "two\n");
  });
  REQUIRE_FALSE(done);
  CHECK(done.error() == errc::unsupported);
  CHECK(done.error().outcome() == cp::outcome::rolled_back);
  CHECK(difference_from(before, look_at(at.root())) == "");
}
