#include "support/mounts.hpp"
#include "support/process.hpp"
#include "support/rich_tree.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/system/faulty.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace cp = commitpoint;
using cp::errc;
using cp::touch;
using support::files;
using support::is_there;
using support::make_writable;
using support::of_files;
using support::overwrite;
using support::place;
using support::read_file;
using support::replace;
using support::rich_place;
using support::tree;
using support::wipe;
using support::write_file;
using coordinator = cp::coordinator<>;

namespace {

// What a program does to live files that knows nothing of commitpoint.
using deed = std::function<void(const cp::path& root)>;

cp::result<void> fail(cp::mutation&) { return errc::unsupported; }

void expect_as_before(const cp::testing::tree_image& before, const place& p) {
  CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
}

// A body that does a deed in place and fails: everything is as before, at once.
void undone(coordinator::owner_type& owner, const place& p, const cp::plan& what, const deed& d) {
  const auto before = support::image(p.root());
  const auto done = owner.run(what, [&](cp::mutation&) -> cp::result<void> {
    d(p.root());
    return errc::unsupported;
  });
  REQUIRE_FALSE(done);
  CHECK_MESSAGE(done.error() == errc::unsupported, done.error().message());
  expect_as_before(before, p);
  CHECK(support::leftovers(p.root()).empty());
  CHECK(owner.last_report().empty());
}
void undone(const place& p, const cp::plan& what, const deed& d) {
  auto owner = coordinator::open(p.root()).value().acquire().value();
  undone(owner, p, what, d);
}

// The same, but the process is killed after the deed: everything is as before, after the next drain.
cp::report undone_after_crash(const place& p, const cp::plan& what, const deed& d) {
  auto notes = coordinator::open(p.root()).value();
  const auto before = support::image(p.root());
  support::child crashed([&]() -> std::string {
    auto owner = coordinator::open(p.root()).value().acquire().value();
    (void)owner.run(what, [&](cp::mutation&) -> cp::result<void> {
      d(p.root());
      ::kill(::getpid(), SIGKILL);
      return cp::success();
    });
    return "it lived";
  });
  CHECK(crashed.was_killed());
  auto owner = notes.acquire();
  REQUIRE_MESSAGE(owner, owner.error().message());
  expect_as_before(before, p);
  auto recovered = owner.value().recovered();
  CHECK(recovered.mutations.size() == 1);
  (void)owner.value().purge_kept();
  CHECK(support::leftovers(p.root()).empty());
  return recovered;
}

}  // namespace

TEST_CASE("F18: whatever is done to a protected file is undone exactly") {
  const rich_place p;
  const auto blocks = support::status(p / "t/sparse").st_blocks;
  auto owner = coordinator::open(p.root()).value().acquire().value();
  for (const auto& file : files) {
    for (const auto& v : of_files) {
      if (file == "t/empty" && v.name == "writes the same size") continue;
      if (file == "t/sparse" && v.name == "replaces by the same content") continue;  // it stays, without its holes
      CAPTURE(file);
      CAPTURE(v.name);
      const deed d = [&](const cp::path& root) {
        make_writable(root / file);
        v.ruin(root / file);
      };
      undone(owner, p, {.touches = {touch::file(file)}}, d);
      undone(owner, p, {.touches = {touch::tree("t")}}, d);
      CHECK(support::status(p / "t/sparse").st_blocks <= blocks);
    }
  }
}

TEST_CASE("F18: the same after a crash") {
  const rich_place p;
  for (const auto& file : files) {
    for (const auto& v : of_files) {
      const bool quick = v.name == "overwrites" || v.name == "replaces" || v.name == "removes" ||
                         v.name == "makes a directory of it" || v.name == "changes its attributes";
      if (!quick) continue;
      CAPTURE(file);
      CAPTURE(v.name);
      const deed d = [&](const cp::path& root) {
        make_writable(root / file);
        v.ruin(root / file);
      };
      undone_after_crash(p, {.touches = {touch::file(file)}}, d);
      undone_after_crash(p, {.touches = {touch::tree("t")}}, d);
    }
  }
}

TEST_CASE("F18: whatever is done to a protected tree is undone exactly, and untouched files keep their inodes") {
  const std::vector<std::pair<std::string, deed>> deeds{
      {"nothing", [](auto&) {}},
      {"adds",
       [](auto& root) {
         write_file(root / "t/new", "x");
         REQUIRE(::mkdir((root / "t/new-dir").c_str(), 0755) == 0);
         write_file(root / "t/new-dir/x", "x");
         REQUIRE(::symlink("/", (root / "t/new-link").c_str()) == 0);
         REQUIRE(::mkfifo((root / "t/group/pipe").c_str(), 0644) == 0);
         write_file(root / "t/empty-dir/x", "x");
       }},
      {"removes directories",
       [](auto& root) {
         wipe(root / "t/empty-dir");
         wipe(root / "t/group");
       }},
      {"removes everything", [](auto& root) { wipe(root / "t"); }},
      {"replaces everything by a file",
       [](auto& root) {
         wipe(root / "t");
         write_file(root / "t", "x");
       }},
      {"moves everything",
       [](auto& root) {
         REQUIRE(::rename((root / "t").c_str(), (root / "moved").c_str()) == 0);
         REQUIRE(::rename((root / "moved").c_str(), (root / "t").c_str()) == 0);
         REQUIRE(::rename((root / "t/group").c_str(), (root / "t/empty-dir/group").c_str()) == 0);
       }},
      {"turns directories into files and files into directories",
       [](auto& root) {
         wipe(root / "t/group/deep");
         write_file(root / "t/group/deep", "a file");
         wipe(root / "t/secret");
         REQUIRE(::mkdir((root / "t/secret").c_str(), 0700) == 0);
         write_file(root / "t/secret/x", "x");
       }},
      {"changes directories",
       [](auto& root) {
         REQUIRE(::chmod((root / "t/group").c_str(), 0700) == 0);
         support::set_attribute(root / "t/group", "user.note", "another");
         REQUIRE(::chmod((root / "t").c_str(), 0777) == 0);
         support::set_old_time(root / "t/empty-dir");
         support::set_attribute(root / "t/group", "system.posix_acl_default", support::acl(7, 7, 7, 7));
       }},
      {"changes links",
       [](auto& root) {
         for (const auto* name : {"t/dangling", "t/to-dir", "t/to-file"}) {
           REQUIRE(::unlink((root / name).c_str()) == 0);
         }
         REQUIRE(::symlink("elsewhere", (root / "t/dangling").c_str()) == 0);
         REQUIRE(::mkdir((root / "t/to-dir").c_str(), 0755) == 0);
         write_file(root / "t/to-file", "a file");
       }},
      {"takes hard links apart, and makes others",
       [](auto& root) {
         replace(root / "t/linked", "one file");
         replace(root / "t/group/also-linked", "apart");
         REQUIRE(::link((root / "t/untouched").c_str(), (root / "t/another").c_str()) == 0);
       }},
      {"removes every name of a file",
       [](auto& root) {
         REQUIRE(::unlink((root / "t/linked").c_str()) == 0);
         REQUIRE(::unlink((root / "t/group/also-linked").c_str()) == 0);
       }},
  };
  const rich_place p;
  for (const auto& [title, d] : deeds) {
    const auto& name = title;  // clang 14 captures no structured binding
    CAPTURE(name);
    const auto untouched = support::status(p / "t/untouched");
    const bool kept = name.find("everything") == std::string::npos;
    undone(p, {.touches = {touch::tree("t")}}, d);
    if (kept) {
      CHECK(support::status(p / "t/untouched").st_ino == untouched.st_ino);
    }
    undone_after_crash(p, {.touches = {touch::tree("t")}}, d);
    if (kept) {
      CHECK(support::status(p / "t/untouched").st_ino == untouched.st_ino);
    }
  }
  // What was not even looked at strangely was not written either.
  support::let_changes_settle();
  const auto before = support::status(p / "t/untouched");
  undone(p, {.touches = {touch::tree("t")}}, [](auto& root) { overwrite(root / "t/group/file", "x"); });
  const auto after = support::status(p / "t/untouched");
  CHECK(after.st_ctim.tv_sec == before.st_ctim.tv_sec);
  CHECK(after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
}

TEST_CASE("a protected link comes back, whatever is done to it or to its directory") {
  const place p(tree{{"d", "/"}, {"d/l", ">nowhere"}});
  const std::vector<std::pair<std::string, deed>> deeds{
      {"replaced",
       [](auto& root) {
         REQUIRE(::unlink((root / "d/l").c_str()) == 0);
         REQUIRE(::symlink("elsewhere", (root / "d/l").c_str()) == 0);
       }},
      {"a file", [](auto& root) { replace(root / "d/l", "x"); }},
      {"removed", [](auto& root) { REQUIRE(::unlink((root / "d/l").c_str()) == 0); }},
  };
  for (const auto& [title, d] : deeds) {
    const auto& name = title;  // clang 14 captures no structured binding
    CAPTURE(name);
    undone(p, {.touches = {touch::file("d/l")}}, d);
    undone(p, {.touches = {touch::tree("d")}}, d);
    undone_after_crash(p, {.touches = {touch::file("d/l")}}, d);
  }
  undone(p, {.touches = {touch::file("d/l"), touch::tree("d")}}, [](auto& root) { wipe(root / "d"); });
}

TEST_CASE("protecting what is not there: it is not there afterwards either") {
  const place p(tree{{"d", "/"}});
  const deed makes = [](auto& root) {
    write_file(root / "d/new", "x");
    support::fs::create_directories(root / "a/b/c");
    write_file(root / "a/b/c/new", "x");
    REQUIRE(::mkdir((root / "tree").c_str(), 0755) == 0);
    write_file(root / "tree/x", "x");
  };
  const cp::plan what{.touches = {touch::file("d/new"), touch::file("a/b/c/new"), touch::tree("tree")}};
  undone(p, what, makes);
  const auto recovered = undone_after_crash(p, what, makes);
  CHECK(recovered.kept.size() == 3);  // a crash cannot tell whose bytes they are
}

TEST_CASE("a file that only grows is cut to its old length") {
  const place p(tree{{"log", "one\n"}, {"large", ""}, {"d", "/"}});
  write_file(p / "large", std::string(100'000, 'x'));
  const cp::plan what{.touches = {touch::appended("log"), touch::appended("large"), touch::appended("d/new")}};
  const deed grows = [](auto& root) {
    for (const auto* name : {"log", "large", "d/new"}) {
      const int fd = ::open((root / name).c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
      REQUIRE(::write(fd, "more", 4) == 4);
      ::close(fd);
    }
  };
  undone(p, what, grows);
  const auto recovered = undone_after_crash(p, what, grows);
  CHECK(recovered.kept.size() == 3);
  auto notes = coordinator::open(p.root()).value();
  SUBCASE("and stays, when the mutation commits") {
    CHECK(notes.acquire().value().run(what, [&](cp::mutation&) -> cp::result<void> {
      grows(p.root());
      return cp::success();
    }));
    CHECK(read_file(p / "log") == "one\nmore");
  }
  SUBCASE("one that was changed elsewhere is not cut: the rollback says so and keeps everything") {
    auto owner = notes.acquire().value();
    const auto done = owner.run(what, [&](cp::mutation&) -> cp::result<void> {
      overwrite(p / "log", "two\nand more");
      return errc::unsupported;
    });
    CHECK(done.error() == errc::dirty_rollback);
    CHECK(done.error().path() == "log");
    CHECK(done.error().message().find("what stood before") != std::string::npos);
    CHECK(read_file(p / "log") == "two\nand more");
  }
}

TEST_CASE("what was written in place stays when the mutation commits, and nothing else does") {
  const rich_place p;
  auto notes = coordinator::open(p.root()).value();
  {
    auto owner = notes.acquire().value();
    CHECK(owner.run({.touches = {touch::tree("t"), touch::file("linked-outside")}},
                    [&](cp::mutation& m) -> cp::result<void> {
                      overwrite(p / "t/secret", "new");
                      BOOST_OUTCOME_TRYV(m.will_create("made"));
                      write_file(p / "made", "x");
                      write_file(p / "found", "y");
                      BOOST_OUTCOME_TRYV(m.track_new("found"));
                      return m.write("staged", "z");
                    }));
  }
  CHECK(read_file(p / "t/secret") == "new");
  CHECK(read_file(p / "made") == "x");
  CHECK(read_file(p / "found") == "y");
  CHECK(read_file(p / "staged") == "z");
  CHECK(support::leftovers(p.root()).empty());
  CHECK(notes.acquire().value().recovered().empty());
}

TEST_CASE("protect in the body saves what is there then, and only the first time") {
  const place p(tree{{"a", "old"}, {"d", "/"}, {"d/b", "old"}});
  auto notes = coordinator::open(p.root()).value();
  const auto before = support::image(p.root());
  auto owner = notes.acquire().value();
  CHECK_FALSE(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.protect(touch::file("a")));
    overwrite(p / "a", "1");
    BOOST_OUTCOME_TRYV(m.protect(touch::file("a")));
    overwrite(p / "a", "2");
    BOOST_OUTCOME_TRYV(m.protect(touch::file("d/b")));
    overwrite(p / "d/b", "1");
    BOOST_OUTCOME_TRYV(m.protect(touch::tree("d")));  // after the child
    overwrite(p / "d/b", "2");
    write_file(p / "d/c", "new");
    BOOST_OUTCOME_TRYV(m.protect(touch::file("d/b")));  // and again
    return errc::unsupported;
  }));
  expect_as_before(before, p);
}

TEST_CASE("F25: the same path twice, a parent and its child in either order, in place and staged at once") {
  struct row {
    std::string title;
    std::vector<touch> touches;
    std::function<cp::result<void>(cp::mutation&)> body;
    tree after;
  };
  const tree before{{"a", "old"}, {"d", "/"}, {"d/b", "old"}, {"log", "1,"}};
  const auto in_place = [](cp::mutation& m) {
    overwrite(m.root() / "a", "in place");
    overwrite(m.root() / "d/b", "in place");
    write_file(m.root() / "d/c", "in place");
  };
  const auto write_both = [&](cp::mutation& m) -> cp::result<void> {
    in_place(m);
    return cp::success();
  };
  const tree written{{"a", "in place"}, {"d", "/"}, {"d/b", "in place"}, {"d/c", "in place"}, {"log", "1,"}};
  const auto all = [](std::vector<touch> d) {
    d.push_back(touch::file("a"));
    d.push_back(touch::file("a"));
    return d;
  };
  const std::vector<row> table{
      {"twice", all({touch::tree("d"), touch::tree("d")}), write_both, written},
      {"parent, child", all({touch::tree("d"), touch::file("d/b"), touch::file("d/c")}), write_both, written},
      {"child, parent", all({touch::file("d/c"), touch::file("d/b"), touch::tree("d")}), write_both, written},
      {"grown and whole",
       {touch::appended("log"), touch::file("log")},
       [](auto& m) -> cp::result<void> {
         overwrite(m.root() / "log", "changed");
         return cp::success();
       },
       {{"a", "old"}, {"d", "/"}, {"d/b", "old"}, {"log", "changed"}}},
      {"whole and grown",
       {touch::file("log"), touch::appended("log")},
       [](auto& m) -> cp::result<void> {
         overwrite(m.root() / "log", "changed");
         return cp::success();
       },
       {{"a", "old"}, {"d", "/"}, {"d/b", "old"}, {"log", "changed"}}},
      {"protected and written",
       all({touch::tree("d")}),
       [&](auto& m) -> cp::result<void> {
         in_place(m);
         BOOST_OUTCOME_TRYV(m.write("a", "staged"));
         return m.remove("d/b");
       },
       {{"a", "staged"}, {"d", "/"}, {"d/c", "in place"}, {"log", "1,"}}},
      {"protected and renamed away",
       all({touch::tree("d")}),
       [&](auto& m) -> cp::result<void> {
         in_place(m);
         BOOST_OUTCOME_TRYV(m.rename("a", "b"));
         return m.rename("d", "e");
       },
       {{"b", "in place"}, {"e", "/"}, {"e/b", "in place"}, {"e/c", "in place"}, {"log", "1,"}}},
      {"will_create and write",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.will_create({"new", "new"}));
         BOOST_OUTCOME_TRYV(m.will_create("new"));
         write_file(m.root() / "new", "in place");
         return m.write("new", "staged");
       },
       {{"a", "old"}, {"d", "/"}, {"d/b", "old"}, {"log", "1,"}, {"new", "staged"}}},
      {"track_new twice, and its directory",
       {},
       [](auto& m) -> cp::result<void> {
         REQUIRE(::mkdir((m.root() / "n").c_str(), 0755) == 0);
         write_file(m.root() / "n/x", "x");
         BOOST_OUTCOME_TRYV(m.track_new({"n/x", "n", "n/x"}));
         return m.track_new("n/x");
       },
       {{"a", "old"}, {"d", "/"}, {"d/b", "old"}, {"log", "1,"}, {"n", "/"}, {"n/x", "x"}}},
      {"track_new and remove",
       {},
       [](auto& m) -> cp::result<void> {
         write_file(m.root() / "n", "x");
         BOOST_OUTCOME_TRYV(m.track_new("n"));
         return m.remove("n");
       },
       before},
  };
  for (const auto& r : table) {
    CAPTURE(r.title);
    for (const bool commits : {false, true}) {
      CAPTURE(commits);
      const place p(before);
      auto notes = coordinator::open(p.root()).value();
      const auto image = support::image(p.root(), {.ignored_times = {"."}});  // track_new cannot know that one
      {
        auto owner = notes.acquire().value();
        const auto done = owner.run({.touches = r.touches}, [&](cp::mutation& m) -> cp::result<void> {
          BOOST_OUTCOME_TRYV(r.body(m));
          if (commits) return cp::success();
          return errc::unsupported;
        });
        if (commits) {
          CHECK_MESSAGE(done, done.error().message());
        } else {
          CHECK_MESSAGE(done.error() == errc::unsupported, done.error().message());
          CHECK(cp::testing::difference_text(image, support::image(p.root(), {.ignored_times = {"."}})) == "");
        }
      }
      CHECK(support::text_of(support::shape(p.root())) == support::text_of(commits ? r.after : before));
      CHECK(support::leftovers(p.root()).empty());
      CHECK(notes.pending().value().empty());
    }
  }
}

TEST_CASE("F22: a blob that was there already is not taken away by a rollback") {
  const place p(tree{{"blobs", "/"}});
  auto notes = coordinator::open(p.root()).value();
  auto owner = notes.acquire().value();
  // One mutation after the other, as fast as they go: the store has the blob from the one before.
  for (int i = 0; i < 20; ++i) {
    const auto blob = "blobs/" + std::to_string(i);
    REQUIRE(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
      write_file(p / blob, "content");
      return m.track_new(blob);
    }));
    const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
      write_file(p / "blobs/fresh", "content");
      CHECK(m.track_new({"blobs/fresh", blob}).error() == errc::not_new);
      CHECK(m.track_new(blob).error().path() == blob);
      BOOST_OUTCOME_TRYV(m.track_new("blobs/fresh"));
      return errc::unsupported;
    });
    CHECK(done.error() == errc::unsupported);
    CHECK(read_file(p / blob) == "content");
    CHECK_FALSE(is_there(p / "blobs/fresh"));
  }
}

TEST_CASE("F22: a path that was tracked and then replaced by somebody is kept, not removed") {
  const place p;
  auto notes = coordinator::open(p.root()).value();
  auto owner = notes.acquire().value();
  const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    write_file(p / "new", "the mutation's");
    BOOST_OUTCOME_TRYV(m.track_new("new"));
    replace(p / "new", "a stranger's");
    return errc::unsupported;
  });
  CHECK(done.error() == errc::unsupported);
  CHECK(support::shape(p.root()).empty());
  REQUIRE(owner.last_report().kept.size() == 1);
  CHECK(owner.last_report().kept[0].path == "new");
  CHECK(read_file(p / owner.last_report().kept[0].place) == "a stranger's");
}

TEST_CASE("F23: killed right after the creation") {
  struct row {
    std::string title;
    std::function<cp::result<void>(cp::mutation&)> body;
    tree after;
    std::size_t kept;
  };
  const auto create = [](cp::mutation& m, const std::string& name, const std::string& content) {
    write_file(m.root() / name, content);
  };
  const auto die = [] { ::kill(::getpid(), SIGKILL); };
  const std::vector<row> table{
      {"will_create",
       [&](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.will_create("d/blob"));
         create(m, "d/blob", "blob");
         die();
         return cp::success();
       },
       {{"d", "/"}},
       1},
      {"will_create, and nothing is created",
       [&](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.will_create("d/blob"));
         die();
         return cp::success();
       },
       {{"d", "/"}},
       0},
      {"will_create a tree with its parents",
       [&](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.will_create("e/f/g"));
         support::fs::create_directories(m.root() / "e/f/g");
         create(m, "e/f/g/blob", "blob");
         create(m, "e/f/g/empty", "");
         die();
         return cp::success();
       },
       {{"d", "/"}},
       1},
      {"staging",
       [&](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("d/blob"));
         write_file(at, "blob");
         create(m, "scratch/blob", "blob");
         die();
         return cp::success();
       },
       {{"d", "/"}},
       0},
      {"track_new, after it returned",
       [&](auto& m) -> cp::result<void> {
         create(m, "d/blob", "blob");
         BOOST_OUTCOME_TRYV(m.track_new("d/blob"));
         die();
         return cp::success();
       },
       {{"d", "/"}},
       0},
      {"track_new, before it was called: the window",
       [&](auto& m) -> cp::result<void> {
         create(m, "d/blob", "blob");
         die();
         return m.track_new("d/blob");
       },
       {{"d", "/"}, {"d/blob", "blob"}},
       0},
  };
  for (const auto& r : table) {
    CAPTURE(r.title);
    const place p(tree{{"d", "/"}});
    auto notes = coordinator::open(p.root()).value();
    support::child crashed([&]() -> std::string {
      auto owner = coordinator::open(p.root()).value().acquire().value();
      (void)owner.run({.staging = {"scratch"}}, r.body);
      return "it lived";
    });
    CHECK(crashed.was_killed());
    auto owner = notes.acquire().value();
    CHECK(support::shape(p.root()) == r.after);
    CHECK(owner.recovered().kept.size() == r.kept);
    CHECK(owner.purge_kept().value() == r.kept);
    CHECK(support::leftovers(p.root()).empty());
  }
}

TEST_CASE("track_new: directories, trees, what is missing") {
  const place p(tree{{"old", "/"}, {"old/file", "old"}});
  support::let_the_clock_tick();
  auto notes = coordinator::open(p.root()).value();
  auto owner = notes.acquire().value();
  const auto before = support::image(p.root(), {.ignored_times = {"."}});
  CHECK(owner.run({}, [](cp::mutation& m) { return m.track_new("nothing"); }).error() ==
        std::errc::no_such_file_or_directory);
  CHECK(owner.run({}, [](cp::mutation& m) { return m.track_new({"old", "old/file"}); }).error() == errc::not_new);
  const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    REQUIRE(::mkdir((p / "tree").c_str(), 0755) == 0);
    write_file(p / "tree/x", "x");
    REQUIRE(::symlink("x", (p / "tree/l").c_str()) == 0);
    REQUIRE(::symlink("x", (p / "link").c_str()) == 0);
    BOOST_OUTCOME_TRYV(m.track_new({"tree", "link"}));
    write_file(p / "tree/later", "x");
    return errc::unsupported;
  });
  CHECK(done.error() == errc::unsupported);
  CHECK(cp::testing::difference_text(before, support::image(p.root(), {.ignored_times = {"."}})) == "");
}

TEST_CASE("a tracked directory into which something older was moved gives it to kept") {
  const place p(tree{{"old", "a person's"}});
  support::let_the_clock_tick();
  auto notes = coordinator::open(p.root()).value();
  auto owner = notes.acquire().value();
  const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    REQUIRE(::mkdir((p / "new").c_str(), 0755) == 0);
    BOOST_OUTCOME_TRYV(m.track_new("new"));
    REQUIRE(::rename((p / "old").c_str(), (p / "new/old").c_str()) == 0);
    return errc::unsupported;
  });
  CHECK(done.error() == errc::unsupported);
  REQUIRE(owner.last_report().kept.size() == 1);
  CHECK(read_file(p / owner.last_report().kept[0].place) == "a person's");
}

TEST_CASE("protect refuses databases and special files, wherever they are") {
  const place p(tree{{"db", ""}, {"t", "/"}, {"t/s", "/"}, {"t/s/x", "x"}, {"u", "/"}, {"u/pipe", "|"}});
  const std::string database("SQLite format 3\0and so on", 25);
  write_file(p / "db", database);
  write_file(p / "t/s/registry.db", database);
  auto notes = coordinator::open(p.root()).value();
  auto owner = notes.acquire().value();
  const auto before = support::image(p.root());
  const auto refused = [&](const touch& t, std::error_code code, const std::string& path) {
    const auto done = owner.run({.touches = {t}}, fail);
    CHECK_MESSAGE(done.error() == code, done.error().message());
    CHECK(done.error().path() == path);
    CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
    CHECK(support::leftovers(p.root()).empty());
  };
  refused(touch::file("db"), errc::unsupported, "db");
  refused(touch::tree("t"), errc::unsupported, "t/s/registry.db");
  refused(touch::tree("u"), errc::not_a_regular_file, "u/pipe");
  refused(touch::file("u/pipe"), errc::not_a_regular_file, "u/pipe");
  refused(touch::appended("u"), errc::not_a_regular_file, "u");
  refused(touch::tree("t/s/x"), errc::not_a_regular_file, "t/s/x");
  refused(touch::file("t"), errc::not_a_regular_file, "t");
  CHECK(owner.run({}, [](cp::mutation& m) { return m.will_create("db"); }).error() == std::errc::file_exists);
}

TEST_CASE("a crashed writer's bytes in a hard-linked file survive in kept") {
  const place p(tree{{"a", "old"}});
  REQUIRE(::link((p / "a").c_str(), (p / "b").c_str()) == 0);
  const auto inode = support::status(p / "b").st_ino;
  auto notes = coordinator::open(p.root()).value();
  support::child crashed([&]() -> std::string {
    auto owner = coordinator::open(p.root()).value().acquire().value();
    (void)owner.run({.touches = {touch::file("a")}}, [&](cp::mutation&) -> cp::result<void> {
      overwrite(p / "a", "maybe a person's");
      ::kill(::getpid(), SIGKILL);
      return cp::success();
    });
    return "it lived";
  });
  REQUIRE(crashed.was_killed());
  auto owner = notes.acquire().value();
  CHECK(read_file(p / "b") == "old");
  CHECK(support::status(p / "a").st_ino == inode);
  CHECK(support::status(p / "b").st_ino == inode);
  REQUIRE(owner.recovered().kept.size() == 1);
  CHECK(read_file(p / owner.recovered().kept[0].place) == "maybe a person's");
}

// Other devices.

namespace {

#define COMMITPOINT_NEEDS_MOUNTS                                  \
  if (const auto& why = support::why_no_mounts(); !why.empty()) { \
    MESSAGE("SKIPPED: " << why);                                  \
    return;                                                       \
  }

// A root with another file system in it.
struct two_devices : place {
  two_devices() : place(tree{{"here", "H"}, {"other", "/"}, {"log", "1,"}}) {
    support::build(*this / "other", {{"a", "A"}, {"b", "B"}, {"log", "1,"}, {"d", "/"}, {"d/x", "X"}, {"l", ">a"}});
    REQUIRE(::chmod((*this / "other/a").c_str(), 0640) == 0);
  }

 private:
  support::mounted other_{*this / "other"};
};

cp::result<void> across(cp::mutation& m) {
  BOOST_OUTCOME_TRYV(m.write("other/a", "A2"));
  BOOST_OUTCOME_TRYV(m.write("other/new", "N"));
  BOOST_OUTCOME_TRYV(m.remove("other/b"));
  BOOST_OUTCOME_TRYV(m.append("other/log", "2,"));
  BOOST_OUTCOME_TRYV(m.rename("here", "other/here"));
  BOOST_OUTCOME_TRYV(m.rename("other/d", "d"));
  BOOST_OUTCOME_TRYV(m.create_directories("other/e/f"));
  BOOST_OUTCOME_TRYV(m.write("other/e/f/g", "G"));
  BOOST_OUTCOME_TRYV(m.symlink("b", "other/l"));
  return m.append("log", "2,");
}
const tree before_across{{"here", "H"},    {"log", "1,"},      {"other", "/"},    {"other/a", "A"},   {"other/b", "B"},
                         {"other/d", "/"}, {"other/d/x", "X"}, {"other/l", ">a"}, {"other/log", "1,"}};
const tree after_across{{"d", "/"},          {"d/x", "X"},      {"log", "1,2,"},       {"other", "/"},
                        {"other/a", "A2"},   {"other/e", "/"},  {"other/e/f", "/"},    {"other/e/f/g", "G"},
                        {"other/here", "H"}, {"other/l", ">b"}, {"other/log", "1,2,"}, {"other/new", "N"}};

// Looks at a directory when the commit record is about to be written.
struct at_commit {
  using kind = cp::kind::observe;
  std::function<void()> look;
  void operator()(const cp::observe::event& e) const {
    if (e.at == cp::step::commit && look) look();
  }
};

using faulty = cp::system::faulty<cp::system::native>;

}  // namespace

TEST_CASE("F9: on another device the new versions are beside their targets before the commit point, and gone after") {
  COMMITPOINT_NEEDS_MOUNTS
  const two_devices p;
  REQUIRE(support::status(p / "other").st_dev != support::status(p / "here").st_dev);
  const auto hidden = [&] {
    std::vector<std::string> found;
    for (const auto& [name, what] : support::shape(p / "other")) {
      if (name.find(".commitpoint-") != std::string::npos) found.push_back(what);
    }
    std::ranges::sort(found);
    return found;
  };
  std::vector<std::string> seen;
  auto notes = cp::coordinator<at_commit>::open(p.root(), {}, at_commit{[&] { seen = hidden(); }}).value();
  const auto before = support::image(p.root());
  {
    auto owner = notes.acquire().value();
    SUBCASE("a mutation that fails") {
      CHECK_FALSE(owner.run({}, [](cp::mutation& m) -> cp::result<void> {
        BOOST_OUTCOME_TRYV(across(m));
        return errc::unsupported;
      }));
      CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
      CHECK(hidden().empty());
    }
    REQUIRE(support::shape(p.root()) == before_across);
    const auto done = owner.run({}, across);
    REQUIRE_MESSAGE(done, done.error().message());
    CHECK(seen == std::vector<std::string>{">b", "A2", "G", "H", "N"});
    CHECK(support::mode(p / "other/a") == 0640);
    REQUIRE(owner.release());
  }
  CHECK(support::text_of(support::shape(p.root())) == support::text_of(after_across));
  CHECK(support::leftovers(p.root()).empty());
}

TEST_CASE("F9, F24: the place where another file system is mounted cannot be removed or renamed") {
  COMMITPOINT_NEEDS_MOUNTS
  const two_devices p;
  auto notes = coordinator::open(p.root()).value();
  auto owner = notes.acquire().value();
  const auto before = support::image(p.root());
  for (const bool renames : {false, true}) {
    const auto done =
        owner.run({}, [&](cp::mutation& m) { return renames ? m.rename("other", "else") : m.remove("other"); });
    REQUIRE_FALSE(done);
    CHECK_MESSAGE(done.error() == std::errc::device_or_resource_busy, done.error().message());
    CHECK(done.error().path() == "other");
    CHECK(done.error().outcome() == cp::outcome::rolled_back);
    CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
  }
  CHECK(owner.run({}, [](cp::mutation& m) { return m.remove("other/d"); }));
}

TEST_CASE("F9: a failure on the way leaves neither the new versions nor their siblings") {
  COMMITPOINT_NEEDS_MOUNTS
  const two_devices p;
  faulty system;
  auto notes = cp::coordinator<faulty>::open(p.root(), {}, system).value();
  const auto before = support::image(p.root());
  auto owner = notes.acquire().value();
  for (std::uint64_t nth = 1;; ++nth) {
    system.arm({.nth = nth, .error = ENOSPC, .only = cp::system::call::write});
    const auto done = owner.run({}, across);
    system.disarm();
    if (done) break;
    CAPTURE(nth);
    if (done.error() == errc::publish_incomplete) break;  // an append is written after the commit point
    CHECK_MESSAGE(done.error() == std::errc::no_space_on_device, done.error().message());
    CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
    REQUIRE(nth < 100);
  }
}

TEST_CASE("F9: killed before any call that changes something, the tree is old or new after the next drain") {
  COMMITPOINT_NEEDS_MOUNTS
  bool finished = false;
  std::size_t olds = 0;
  std::size_t news = 0;
  for (std::uint64_t nth = 1; !finished; ++nth) {
    CAPTURE(nth);
    const two_devices p;
    { (void)coordinator::open(p.root()).value().acquire().value(); }
    support::child running([&]() -> std::string {
      faulty system;
      auto notes = cp::coordinator<faulty>::open(p.root(), {}, system).value();
      auto owner = notes.acquire().value();
      system.arm({.nth = nth, .effect = cp::system::fault::ends_process, .only_changes = true});
      if (!owner.run({}, across)) return "it failed";
      if (!owner.release()) return "release failed";
      return "finished";
    });
    const auto answer = running.answer();
    finished = answer == "finished";
    if (!finished) {
      REQUIRE(answer == "killed by signal 9");
    }
    {
      auto owner = coordinator::open(p.root()).value().acquire();
      REQUIRE_MESSAGE(owner, owner.error().message());
      CHECK(owner.value().recovered().kept.empty());
    }
    const auto found = support::shape(p.root());
    CHECK_MESSAGE((found == before_across || found == after_across), support::text_of(found));
    CHECK(support::leftovers(p.root()).empty());
    (found == before_across ? olds : news) += 1;
    REQUIRE(nth < 1000);
  }
  CHECK(olds > 10);
  CHECK(news > 10);
}

TEST_CASE("F9: what is protected on another device comes back, and what a tool staged there can be published") {
  COMMITPOINT_NEEDS_MOUNTS
  const two_devices p;
  const deed ruin = [](auto& root) {
    overwrite(root / "other/a", "ruined");
    replace(root / "other/b", "ruined");
    wipe(root / "other/d");
    REQUIRE(::unlink((root / "other/l").c_str()) == 0);
    write_file(root / "other/extra", "x");
  };
  const cp::plan what{.touches = {touch::file("other/a"), touch::file("other/b"), touch::tree("other/d"),
                                  touch::file("other/l"), touch::file("other/extra")}};
  undone(p, what, ruin);
  undone_after_crash(p, what, ruin);
  auto notes = coordinator::open(p.root()).value();
  auto owner = notes.acquire().value();
  CHECK(owner.run({}, fail).error() == errc::unsupported);
  SUBCASE("a barrier covers the other device as well") {
    faulty system;
    REQUIRE(owner.release());
    auto counting = cp::coordinator<faulty>::open(p.root(), {}, system).value();
    auto other_owner = counting.acquire().value();
    system.reset_counts();
    CHECK_FALSE(other_owner.run({.touches = {touch::file("other/a")}}, [&](cp::mutation&) -> cp::result<void> {
      system.reset_counts();
      REQUIRE(::unlink((p / "other/a").c_str()) == 0);
      return errc::unsupported;
    }));
    CHECK(system.counts().of(cp::system::call::sync_filesystem) == 2);
  }
  SUBCASE("published from a private directory there") {
    const auto done = owner.run({.staging = {"other/scratch"}}, [&](cp::mutation& m) -> cp::result<void> {
      write_file(p / "other/scratch/file", "F");
      REQUIRE(::mkdir((p / "other/scratch/tree").c_str(), 0755) == 0);
      write_file(p / "other/scratch/tree/x", "X");
      BOOST_OUTCOME_TRYV(m.publish("other/scratch/file", "other/published"));
      BOOST_OUTCOME_TRYV(m.publish("other/scratch/file2", "x"));
      return cp::success();
    });
    CHECK(done.error() == std::errc::no_such_file_or_directory);
    const auto published = owner.run({.staging = {"other/scratch"}}, [&](cp::mutation& m) -> cp::result<void> {
      write_file(p / "other/scratch/file", "F");
      REQUIRE(::mkdir((p / "other/scratch/tree").c_str(), 0755) == 0);
      write_file(p / "other/scratch/tree/x", "X");
      BOOST_OUTCOME_TRYV(m.publish("other/scratch/tree", "tree"));
      return m.publish("other/scratch/file", "other/published");
    });
    CHECK_MESSAGE(published, published.error().message());
    CHECK(support::is_there(p / "tree/x"));
    CHECK(support::is_there(p / "other/published"));
    CHECK_FALSE(support::is_there(p / "other/scratch"));
  }
}

TEST_CASE("F24: a directory that becomes another device's mount while the mutation runs") {
  COMMITPOINT_NEEDS_MOUNTS
  struct row {
    std::string title;
    std::vector<touch> touches;
    std::function<cp::result<void>(cp::mutation&)> body;
    std::error_code expected;
  };
  const std::vector<row> table{
      {"write", {}, [](auto& m) { return m.write("d/a", "new"); }, errc::drifted},
      {"a new file", {}, [](auto& m) { return m.write("d/new", "new"); }, errc::drifted},
      {"remove", {}, [](auto& m) { return m.remove("d/a"); }, errc::drifted},
      {"append", {}, [](auto& m) { return m.append("d/a", "new"); }, errc::drifted},
      {"rename", {}, [](auto& m) { return m.rename("d/a", "a"); }, errc::drifted},
      {"a new directory", {}, [](auto& m) { return m.create_directories("d/s/e"); }, errc::drifted},
      {"protected",
       {touch::file("d/a")},
       [](auto& m) -> cp::result<void> {
         overwrite(m.root() / "d/a", "new");
         return cp::success();
       },
       errc::dirty_rollback},
      {"protected tree",
       {touch::tree("d")},
       [](auto& m) -> cp::result<void> {
         overwrite(m.root() / "d/a", "new");
         return cp::success();
       },
       errc::dirty_rollback},
      {"will_create", {}, [](auto& m) { return m.will_create("d/new"); }, errc::dirty_rollback},
  };
  for (const auto& r : table) {
    CAPTURE(r.title);
    const place p(tree{{"d", "/"}, {"d/a", "old"}, {"d/s", "/"}});
    auto notes = coordinator::open(p.root()).value();
    const auto before = support::image(p.root());
    const tree strange{{"a", "the other's"}, {"new", "the other's"}, {"s", "/"}};
    {
      auto owner = notes.acquire().value();
      std::optional<support::mounted> mount;
      const auto done = owner.run({.touches = r.touches}, [&](cp::mutation& m) -> cp::result<void> {
        BOOST_OUTCOME_TRYV(r.body(m));
        mount.emplace(p / "d");
        support::build(p / "d", strange);
        if (r.expected == errc::dirty_rollback) return errc::unsupported;
        return cp::success();
      });
      REQUIRE_FALSE(done);
      CHECK_MESSAGE(done.error() == r.expected, done.error().message());
      CHECK(support::shape(p / "d") == strange);
    }
    // Without the mount everything can be put right.
    auto owner = notes.acquire();
    REQUIRE_MESSAGE(owner, owner.error().message());
    CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
  }
}

TEST_CASE("F9: a file that is mounted over another cannot be replaced: it gets its content back in place") {
  COMMITPOINT_NEEDS_MOUNTS
  for (const bool dies : {false, true}) {
    CAPTURE(dies);
    const cp::testing::temporary_directory outside;
    write_file(outside / "theirs", "old, and rather long");
    const place p(tree{{"a", "below the mount"}});
    REQUIRE(::mount((outside / "theirs").c_str(), (p / "a").c_str(), nullptr, MS_BIND, nullptr) == 0);
    auto notes = coordinator::open(p.root()).value();
    const auto before = support::image(p.root());
    const auto body = [&](cp::mutation&) -> cp::result<void> {
      overwrite(p / "a", "new");
      if (dies) ::_exit(0);
      return errc::unsupported;
    };
    support::child other([&]() -> std::string {
      auto owner = notes.acquire().value();
      const auto done = owner.run({.touches = {touch::file("a")}}, body);
      return done ? "it succeeded" : done.error() == errc::unsupported ? "" : done.error().message();
    });
    CHECK(other.answer() == "");
    CHECK(read_file(p / "a") == (dies ? "new" : "old, and rather long"));
    {
      const auto owner = notes.acquire();
      REQUIRE_MESSAGE(owner, owner.error().message());
    }
    CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
    CHECK(read_file(outside / "theirs") == "old, and rather long");
    REQUIRE(::umount2((p / "a").c_str(), MNT_DETACH) == 0);
    CHECK(read_file(p / "a") == "below the mount");
  }
}

TEST_CASE("F24: a file system mounted inside a protected tree is not emptied") {
  COMMITPOINT_NEEDS_MOUNTS
  const place p(tree{{"t", "/"}, {"t/a", "old"}, {"t/m", "/"}});
  auto notes = coordinator::open(p.root()).value();
  const auto before = support::image(p.root());
  {
    auto owner = notes.acquire().value();
    std::optional<support::mounted> mount;
    const auto done = owner.run({.touches = {touch::tree("t")}}, [&](cp::mutation&) -> cp::result<void> {
      overwrite(p / "t/a", "new");
      mount.emplace(p / "t/m");
      write_file(p / "t/m/theirs", "the other's");
      return errc::unsupported;
    });
    CHECK(done.error() == errc::dirty_rollback);
    CHECK(read_file(p / "t/m/theirs") == "the other's");
    CHECK(owner.run({}, fail).error() == errc::dirty_rollback);
  }
  { CHECK(notes.acquire()); }
  CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
  // And one that is there beforehand is refused.
  const support::mounted mount(p / "t/m");
  CHECK(notes.acquire().value().run({.touches = {touch::tree("t")}}, fail).error() == errc::unsupported);
}

TEST_CASE("F3: a mutation that wrote to a live file is settled before the next one's first record in place") {
  const auto syncs_of_the_next = [](auto first, bool is_settled) {
    const place p(tree{{"log", "1,"}});
    faulty system;
    auto notes = cp::coordinator<faulty>::open(p.root(), {}, system).value();
    auto owner = notes.acquire().value();
    REQUIRE(owner.run({}, first));
    system.reset_counts();
    REQUIRE(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.will_create({"new"}));
      CHECK(support::is_there(p / ".commitpoint/staging/m1") == !is_settled);
      write_file(p / "new", "new");
      return cp::success();
    }));
    return system.counts().syncs();
  };
  const auto after_write = syncs_of_the_next([](cp::mutation& m) { return m.write("a", "a"); }, false);
  const auto after_append = syncs_of_the_next([](cp::mutation& m) { return m.append("log", "2,"); }, true);
  CHECK(after_append == after_write + 2);
}
