// The directories that a mutation writes into are opened once, and found by their names again before the commit.

#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/native.hpp>

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

namespace cp = commitpoint;
namespace fs = boost::filesystem;
using cp::errc;
using cp::system::call;
using support::place;
using support::tree;

namespace {

const tree wiki{{"wiki", "/"},
                {"wiki/concepts", "/"},
                {"wiki/concepts/a.md", "a\n"},
                {"wiki/index.md", "index\n"},
                {"registry", "rows\n"}};

// What a mutation ends with during which somebody does something; nothing of it is there then.
cp::result<void> meanwhile(const place& p, void (*somebody)(const cp::path&)) {
  auto mine = cp::coordinator<>::open(p.root()).value().acquire().value();
  auto done = mine.run({}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("wiki/concepts/a.md", "new\n"));
    BOOST_OUTCOME_TRYV(m.write("wiki/concepts/b.md", "new\n"));
    BOOST_OUTCOME_TRYV(m.write("registry", "new\n"));
    somebody(p.root());
    return cp::success();
  });
  CHECK(support::read_file(p / "registry") == "rows\n");
  return done;
}

}  // namespace

TEST_CASE("F24: a directory that is held, and moved or replaced before the commit, is not written into") {
  const place p(wiki);
  SUBCASE("another one has its name") {
    const auto done = meanwhile(p, [](const cp::path& root) {
      fs::rename(root / "wiki/concepts", root / "elsewhere");
      fs::create_directory(root / "wiki/concepts");
    });
    CHECK(done.error() == errc::drifted);
    CHECK(support::read_file(p / "elsewhere/a.md") == "a\n");
    CHECK_FALSE(fs::exists(p / "elsewhere/b.md"));
    CHECK(fs::is_empty(p / "wiki/concepts"));
  }
  SUBCASE("the directory above it does") {
    const auto done = meanwhile(p, [](const cp::path& root) {
      fs::rename(root / "wiki", root / "elsewhere");
      fs::create_directories(root / "wiki/concepts");
    });
    CHECK(done.error() == errc::drifted);
    CHECK(support::read_file(p / "elsewhere/concepts/a.md") == "a\n");
  }
  SUBCASE("a link to it has its name") {
    const auto done = meanwhile(p, [](const cp::path& root) {
      fs::rename(root / "wiki/concepts", root / "elsewhere");
      fs::create_symlink("../elsewhere", root / "wiki/concepts");
    });
    CHECK(done.error() == errc::outside_root);
    CHECK(support::read_file(p / "elsewhere/a.md") == "a\n");
  }
  SUBCASE("it is gone") {
    const auto done = meanwhile(p, [](const cp::path& root) { fs::remove_all(root / "wiki/concepts"); });
    CHECK(done.error() == std::errc::no_such_file_or_directory);
  }
}

TEST_CASE("a directory that the body's own tools replace is written into as it is then") {
  const place p(wiki);
  auto mine = cp::coordinator<>::open(p.root()).value().acquire().value();
  const auto done = mine.run({.touches = {cp::touch::tree("wiki/concepts")}}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("wiki/concepts/b.md", "b\n"));
    fs::remove_all(m.root() / "wiki/concepts");
    fs::create_directory(m.root() / "wiki/concepts");
    return m.write("wiki/concepts/c.md", "c\n");
  });
  CHECK(done);
  CHECK(support::read_file(p / "wiki/concepts/b.md") == "b\n");
  CHECK(support::read_file(p / "wiki/concepts/c.md") == "c\n");
}

TEST_CASE("a new version that somebody takes out of staging is missed before the commit") {
  const place p(wiki);
  const auto done = meanwhile(p, [](const cp::path& root) {
    std::vector<cp::path> staged;
    for (const auto& entry : fs::recursive_directory_iterator(root / ".commitpoint/staging")) {
      if (fs::is_regular_file(entry.path())) staged.push_back(entry.path());
    }
    REQUIRE(staged.size() == 3);
    fs::remove(staged.front());
  });
  CHECK(done.error() == std::errc::no_such_file_or_directory);
  CHECK(done.error().outcome() == cp::outcome::rolled_back);
}

TEST_CASE(
    "what was appended to a new version is in the state that its record has, also where a savepoint took it back") {
  const place p(wiki);
  auto mine = cp::coordinator<>::open(p.root()).value().acquire().value();
  const auto done = mine.run({}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("registry", "one\n"));
    BOOST_OUTCOME_TRYV(m.append("registry", "two\n"));
    (void)m.savepoint([&](cp::mutation& inner) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(inner.append("registry", "three\n"));
      return std::make_error_code(std::errc::owner_dead);
    });
    return cp::success();
  });
  CHECK(done);
  CHECK(support::read_file(p / "registry") == "one\ntwo\n");
  mine.release().value();
  // The record's state is what a drain would compare with: nothing is found wrong with it.
  CHECK(cp::coordinator<>::open(p.root()).value().acquire().value().recovered().empty());
}

TEST_CASE("a directory that is not the user's, or not writable, is asked whether names in it may be changed") {
  using counting = cp::system::faulty<cp::system::native>;
  const place p(wiki);
  counting system;
  auto mine = cp::coordinator<counting>::open(p.root(), {}, system).value().acquire().value();
  const auto asked = [&] {
    system.reset_counts();
    (void)mine.run({}, [](cp::mutation& m) { return m.write("wiki/concepts/a.md", "new\n"); });
    return system.counts().of(call::check_writable);
  };
  CHECK(asked() == 0);
  REQUIRE(::chmod((p / "wiki/concepts").c_str(), 0500) == 0);
  CHECK(asked() == 1);
  REQUIRE(::chmod((p / "wiki/concepts").c_str(), 0755) == 0);
  if (::geteuid() != 0) return;
  REQUIRE(::chown((p / "wiki/concepts").c_str(), 64001, 64001) == 0);
  CHECK(asked() == 1);
}

TEST_CASE("a staged add of eleven files in six directories makes at most 110 system calls") {
  struct ordered : cp::system::native {
    ordered() : native({.ordered_metadata = true}) {}
  };
  using counting = cp::system::faulty<ordered>;
  const place p(tree{{"raw", "/"},
                     {"wiki", "/"},
                     {"wiki/concepts", "/"},
                     {"wiki/sources", "/"},
                     {"blobs", "/"},
                     {"wiki/summaries", "/"},
                     {"wiki/concepts/page-0", "0"},
                     {"wiki/concepts/page-1", "1"},
                     {"wiki/concepts/page-2", "2"},
                     {"wiki/index.md", "index"},
                     {"registry", "rows"}});
  counting system;
  auto mine = cp::coordinator<counting>::open(p.root(), {}, system).value().acquire().value();
  const auto add = [&](const std::string& name) {
    const std::vector<std::string> paths{"raw/" + name,
                                         "wiki/sources/" + name,
                                         "blobs/" + name,
                                         "wiki/summaries/" + name,
                                         "wiki/concepts/" + name + "-a",
                                         "wiki/concepts/" + name + "-b",
                                         "wiki/concepts/page-0",
                                         "wiki/concepts/page-1",
                                         "wiki/concepts/page-2",
                                         "wiki/index.md",
                                         "registry"};
    system.reset_counts();
    mine.run({.operation = "add"},
             [&](cp::mutation& m) -> cp::result<void> {
               for (const auto& path : paths) {
                 BOOST_OUTCOME_TRYV(m.write(path, name));
               }
               return cp::success();
             })
        .value();
    return system.counts();
  };
  add("one");
  const auto counts = add("two");
  CHECK(counts.total <= 110);
  CHECK(counts.syncs() == 2);
}
