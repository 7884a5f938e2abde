#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace cp = commitpoint;
using cp::errc;
using support::place;
using support::tree;

namespace {

using body = std::function<cp::result<void>(cp::mutation&)>;

std::error_code is(int number) { return cp::system_error(number); }
const std::error_code fine;

// A tool that knows nothing of commitpoint, and makes a file or a tree where it is told to.
void tool_writes(const cp::path& where, const std::string& content) { support::write_file(where, content); }
void tool_makes_tree(const cp::path& where, const tree& wanted) {
  REQUIRE(::mkdir(where.c_str(), 0755) == 0);
  support::build(where, wanted);
}

struct row {
  std::string title;
  tree before;
  body effects;
  std::error_code expected;
  tree after;  // where the body is to succeed
};

// A body that succeeds gives the tree `after`; one that does not leaves not one byte or time changed. Either way
// nothing else is in the tree, nothing in staging, and nothing is pending.
void check(const row& r, const cp::plan& what = {}) {
  CAPTURE(r.title);
  const place p(r.before);
  auto notes = cp::coordinator<>::open(p.root()).value();
  const auto before = support::image(p.root());
  {
    auto owner = notes.acquire().value();
    const auto done = owner.run(what, r.effects);
    const auto code = done ? fine : done.error().code;
    CHECK_MESSAGE(code == r.expected, r.title, ": ", done ? "success" : done.error().message());
    if (r.expected) {
      CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
    } else {
      CHECK(support::text_of(support::shape(p.root())) == support::text_of(r.after));
    }
  }
  CHECK(support::text_of(support::shape(p.root())) == support::text_of(r.expected ? r.before : r.after));
  CHECK(support::leftovers(p.root()).empty());
  CHECK(notes.pending().value().empty());
}

void check_all(const std::vector<row>& rows) {
  for (const auto& r : rows) check(r);
}

cp::result<void> expect_equal(const cp::result<std::string>& found, const std::string& wanted) {
  BOOST_OUTCOME_TRY(const auto text, found);
  CHECK(text == wanted);
  return cp::success();
}

}  // namespace

TEST_CASE("write and append") {
  check_all({
      {"new file", {}, [](auto& m) { return m.write("a", "new"); }, fine, {{"a", "new"}}},
      {"replaced file", {{"a", "old"}}, [](auto& m) { return m.write("a", "new"); }, fine, {{"a", "new"}}},
      {"empty file", {}, [](auto& m) { return m.write("a", ""); }, fine, {{"a", ""}}},
      {"a name that is not UTF-8", {}, [](auto& m) { return m.write("\xff\xfe", "x"); }, fine, {{"\xff\xfe", "x"}}},
      {"a path with needless parts",
       {{"d", "/"}},
       [](auto& m) { return m.write("./d//a/", "x"); },
       fine,
       {{"d", "/"}, {"d/a", "x"}}},
      {"written twice",
       {{"a", "old"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.write("a", "first"));
         return m.write("a", "second");
       },
       fine,
       {{"a", "second"}}},
      {"append to a new file", {}, [](auto& m) { return m.append("a", "new"); }, fine, {{"a", "new"}}},
      {"append to an existing file",
       {{"a", "old,"}},
       [](auto& m) { return m.append("a", "new"); },
       fine,
       {{"a", "old,new"}}},
      {"append nothing", {{"a", "old"}}, [](auto& m) { return m.append("a", ""); }, fine, {{"a", "old"}}},
      {"append twice",
       {{"a", "old,"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.append("a", "1,"));
         return m.append("a", "2");
       },
       fine,
       {{"a", "old,1,2"}}},
      {"append after write",
       {{"a", "old"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.write("a", "new,"));
         return m.append("a", "more");
       },
       fine,
       {{"a", "new,more"}}},
      {"write after append",
       {{"a", "old"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.append("a", "lost"));
         return m.write("a", "new");
       },
       fine,
       {{"a", "new"}}},
      {"append after rename",
       {{"a", "old,"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.rename("a", "b"));
         return m.append("b", "more");
       },
       fine,
       {{"b", "old,more"}}},
      {"rename after append",
       {{"a", "old,"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.append("a", "more"));
         BOOST_OUTCOME_TRYV(m.rename("a", "b"));
         return m.append("b", ",still");
       },
       fine,
       {{"b", "old,more,still"}}},
      {"append to a removed file",
       {{"a", "old"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.remove("a"));
         return m.append("a", "new");
       },
       fine,
       {{"a", "new"}}},
      {"append to what a tool made",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("a"));
         tool_writes(at, "tool,");
         return m.append("a", "more");
       },
       fine,
       {{"a", "tool,more"}}},
      {"no directory", {}, [](auto& m) { return m.write("d/a", "x"); }, is(ENOENT), {}},
      {"append, no directory", {}, [](auto& m) { return m.append("d/a", "x"); }, is(ENOENT), {}},
      {"a file for a directory", {{"d", "x"}}, [](auto& m) { return m.write("d/a", "x"); }, is(ENOTDIR), {}},
      {"a staged file for a directory",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.write("d", "x"));
         return m.write("d/a", "x");
       },
       is(ENOTDIR),
       {}},
      {"into a directory that was removed",
       {{"d", "/"}, {"d/a", "x"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.write("d/b", "x"));
         BOOST_OUTCOME_TRYV(m.remove("d"));
         return m.write("d/c", "x");
       },
       is(ENOENT),
       {}},
      {"into a directory that was renamed",
       {{"d", "/"}, {"d/a", "x"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.write("d/b", "x"));
         BOOST_OUTCOME_TRYV(m.rename("d", "e"));
         return m.write("d/c", "x");
       },
       is(ENOENT),
       {}},
      {"a name that is too long",
       {},
       [](auto& m) { return m.write(std::string(300, 'x'), "x"); },
       is(ENAMETOOLONG),
       {}},
  });
}

TEST_CASE("reads and exists see the mutation's own effects, and their failures poison nothing") {
  check({"reads",
         {{"a", "old"}, {"b", "B"}, {"d", "/"}, {"d/x", "X"}, {"l", ">a"}},
         [](auto& m) -> cp::result<void> {
           BOOST_OUTCOME_TRYV(expect_equal(m.read("a"), "old"));
           BOOST_OUTCOME_TRYV(m.write("a", "new,"));
           BOOST_OUTCOME_TRYV(expect_equal(m.read("a"), "new,"));
           BOOST_OUTCOME_TRYV(m.append("a", "more"));
           BOOST_OUTCOME_TRYV(expect_equal(m.read("a"), "new,more"));
           BOOST_OUTCOME_TRYV(m.append("b", "+"));
           BOOST_OUTCOME_TRYV(expect_equal(m.read("b"), "B+"));
           CHECK(m.exists("d/x").value());
           CHECK_FALSE(m.exists("d/y").value());
           CHECK_FALSE(m.exists("nothing/at/all").value());
           CHECK(m.exists("l").value());
           BOOST_OUTCOME_TRYV(m.remove("d"));
           CHECK_FALSE(m.exists("d/x").value());
           CHECK_FALSE(m.exists("d").value());
           CHECK(m.read("d/x").error() == std::errc::no_such_file_or_directory);
           CHECK(m.read("l").error() == errc::not_a_regular_file);
           CHECK(m.read("../etc/passwd").error() == errc::outside_root);
           CHECK(m.exists("l/x").error() == errc::outside_root);
           BOOST_OUTCOME_TRYV(m.rename("b", "c"));
           CHECK_FALSE(m.exists("b").value());
           BOOST_OUTCOME_TRYV(expect_equal(m.read("c"), "B+"));
           BOOST_OUTCOME_TRYV(m.create_directories("e/f"));
           CHECK(m.exists("e/f").value());
           BOOST_OUTCOME_TRY(const auto staged, m.stage("t"));
           CHECK_FALSE(m.exists("t").value());
           tool_makes_tree(staged, {{"x", "in a tree"}});
           CHECK(m.exists("t").value());
           return expect_equal(m.read("t/x"), "in a tree");
         },
         fine,
         {{"a", "new,more"}, {"c", "B+"}, {"e", "/"}, {"e/f", "/"}, {"l", ">a"}, {"t", "/"}, {"t/x", "in a tree"}}});
}

TEST_CASE("a read that would be too large is refused") {
  const place p(tree{{"a", "12345678"}});
  auto notes = cp::coordinator<>::open(p.root(), {.largest_read = 8}).value();
  auto owner = notes.acquire().value();
  REQUIRE(owner.run({}, [](cp::mutation& m) -> cp::result<void> {
    CHECK(m.read("a").value().size() == 8);
    BOOST_OUTCOME_TRYV(m.append("a", "9"));
    CHECK(m.read("a").error() == std::errc::file_too_large);
    return cp::success();
  }));
  CHECK(support::read_file(p / "a") == "123456789");
}

TEST_CASE("stage and publish") {
  const auto stage_file = [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRY(const auto at, m.stage("a"));
    CHECK(at.is_absolute());
    CHECK_FALSE(support::is_there(at));
    tool_writes(at, "tool");
    return cp::success();
  };
  check_all({
      {"stage a new file", {}, stage_file, fine, {{"a", "tool"}}},
      {"stage over a file", {{"a", "old"}}, stage_file, fine, {{"a", "tool"}}},
      {"stage a tree",
       {{"d", "/"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("d/t"));
         tool_makes_tree(at, {{"x", "1"}, {"e", "/"}, {"s", "/"}, {"s/y", "2"}, {"s/l", ">../x"}});
         return cp::success();
       },
       fine,
       {{"d", "/"},
        {"d/t", "/"},
        {"d/t/x", "1"},
        {"d/t/e", "/"},
        {"d/t/s", "/"},
        {"d/t/s/y", "2"},
        {"d/t/s/l", ">../x"}}},
      {"stage a link",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("l"));
         REQUIRE(::symlink("nowhere", at.c_str()) == 0);
         return cp::success();
       },
       fine,
       {{"l", ">nowhere"}}},
      {"stage, and nothing is made",
       {{"a", "old"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.stage("b"));
         return m.write("a", "new");
       },
       is(ENOENT),
       {}},
      {"stage twice",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto first, m.stage("a"));
         tool_writes(first, "first");
         BOOST_OUTCOME_TRY(const auto second, m.stage("a"));
         tool_writes(second, "second");
         return cp::success();
       },
       fine,
       {{"a", "second"}}},
      {"stage, then write",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("a"));
         tool_writes(at, "tool");
         return m.write("a", "written");
       },
       fine,
       {{"a", "written"}}},
      {"stage, then rename",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("a"));
         tool_writes(at, "tool");
         return m.rename("a", "b");
       },
       fine,
       {{"b", "tool"}}},
      {"stage a tree, then change what is in it",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("t"));
         tool_makes_tree(at, {{"x", "1"}, {"y", "2"}, {"z", "3"}, {"s", "/"}, {"s/w", "4"}});
         BOOST_OUTCOME_TRYV(m.write("t/x", "written"));
         BOOST_OUTCOME_TRYV(m.remove("t/y"));
         BOOST_OUTCOME_TRYV(m.rename("t/z", "out"));
         BOOST_OUTCOME_TRYV(m.append("t/s/w", "+"));
         BOOST_OUTCOME_TRYV(m.write("t/s/new", "5"));
         return m.create_directories("t/s/deep/er");
       },
       fine,
       {{"out", "3"},
        {"t", "/"},
        {"t/x", "written"},
        {"t/s", "/"},
        {"t/s/w", "4+"},
        {"t/s/new", "5"},
        {"t/s/deep", "/"},
        {"t/s/deep/er", "/"}}},
      {"stage a tree, then remove it",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("t"));
         tool_makes_tree(at, {{"x", "1"}, {"s", "/"}, {"s/y", "2"}});
         return m.remove("t");
       },
       fine,
       {}},
      {"stage a tree, then rename it",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("t"));
         tool_makes_tree(at, {{"x", "1"}, {"s", "/"}, {"s/y", "2"}});
         return m.rename("t", "u");
       },
       fine,
       {{"u", "/"}, {"u/x", "1"}, {"u/s", "/"}, {"u/s/y", "2"}}},
      {"rename into a staged tree",
       {{"a", "A"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("t"));
         tool_makes_tree(at, {{"x", "1"}, {"a", "other"}});
         return m.rename("a", "t/a");
       },
       fine,
       {{"t", "/"}, {"t/a", "A"}, {"t/x", "1"}}},
      {"publish what was staged, at its own place",
       {{"a", "old"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("a"));
         tool_writes(at, "tool");
         return m.publish(at, "a");
       },
       fine,
       {{"a", "tool"}}},
      {"publish what was staged, elsewhere",
       {{"a", "old"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("a"));
         tool_writes(at, "tool");
         return m.publish(at, "b");
       },
       fine,
       {{"a", "old"}, {"b", "tool"}}},
      {"publish a part of a staged tree",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("t"));
         tool_makes_tree(at, {{"x", "1"}, {"y", "2"}});
         return m.publish(at / "x", "a");
       },
       fine,
       {{"a", "1"}, {"t", "/"}, {"t/y", "2"}}},
      {"stage a special file",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("a"));
         REQUIRE(::mkfifo(at.c_str(), 0644) == 0);
         return cp::success();
       },
       errc::not_a_regular_file,
       {}},
      {"stage a tree with a special file",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("t"));
         tool_makes_tree(at, {{"x", "1"}, {"p", "|"}});
         return cp::success();
       },
       errc::not_a_regular_file,
       {}},
      {"stage a directory over a file",
       {{"a", "old"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("a"));
         tool_makes_tree(at, {{"x", "1"}});
         return cp::success();
       },
       errc::not_a_regular_file,
       {}},
      {"stage over a directory",
       {{"a", "/"}},
       [](auto& m) -> cp::result<void> { return m.stage("a").error(); },
       errc::not_a_regular_file,
       {}},
      {"stage, no directory", {}, [](auto& m) -> cp::result<void> { return m.stage("d/a").error(); }, is(ENOENT), {}},
      {"publish a live file", {{"a", "old"}}, [](auto& m) { return m.publish("a", "b"); }, errc::outside_root, {}},
      {"publish by an absolute path",
       {},
       [](auto& m) { return m.publish("/etc/passwd", "b"); },
       errc::outside_root,
       {}},
      {"publish through ..",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("a"));
         return m.publish(at.parent_path() / "../../format", "b");
       },
       errc::outside_root,
       {}},
      {"publish what another effect staged",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.write("a", "A"));
         BOOST_OUTCOME_TRY(const auto at, m.stage("b"));
         for (const auto& entry : support::fs::directory_iterator(at.parent_path())) {
           return m.publish(entry.path(), "c");
         }
         return cp::success();
       },
       errc::outside_root,
       {}},
  });
}

TEST_CASE("publish from the plan's private directories, which are gone afterwards") {
  const auto make = [](cp::mutation& m) {
    support::build(m.root() / "scratch",
                   {{"a", "file"}, {"t", "/"}, {"t/x", "1"}, {"t/s", "/"}, {"t/s/l", ">../x"}, {"rest", "not wanted"}});
  };
  const cp::plan what{.staging = {"scratch", "d/other"}};
  const tree before{{"d", "/"}, {"d/old", "old"}};
  const std::vector<row> rows{
      {"a file and a tree",
       before,
       [&](auto& m) -> cp::result<void> {
         make(m);
         BOOST_OUTCOME_TRYV(m.publish("scratch/a", "b"));
         BOOST_OUTCOME_TRYV(m.publish(m.root() / "scratch/t", "d/t"));
         return expect_equal(m.read("d/t/x"), "1");
       },
       fine,
       {{"b", "file"},
        {"d", "/"},
        {"d/old", "old"},
        {"d/t", "/"},
        {"d/t/x", "1"},
        {"d/t/s", "/"},
        {"d/t/s/l", ">../x"}}},
      {"over a file",
       before,
       [&](auto& m) -> cp::result<void> {
         make(m);
         return m.publish("scratch/a", "d/old");
       },
       fine,
       {{"d", "/"}, {"d/old", "file"}}},
      {"a tree over a removed file",
       before,
       [&](auto& m) -> cp::result<void> {
         make(m);
         BOOST_OUTCOME_TRYV(m.remove("d/old"));
         return m.publish("scratch/t", "d/old");
       },
       fine,
       {{"d", "/"}, {"d/old", "/"}, {"d/old/x", "1"}, {"d/old/s", "/"}, {"d/old/s/l", ">../x"}}},
      {"nothing", before, [](auto&) -> cp::result<void> { return cp::success(); }, fine, before},
      {"a tree over a file",
       before,
       [&](auto& m) -> cp::result<void> {
         make(m);
         return m.publish("scratch/t", "d/old");
       },
       is(EEXIST),
       {}},
      {"over a directory",
       before,
       [&](auto& m) -> cp::result<void> {
         make(m);
         return m.publish("scratch/a", "d");
       },
       is(EEXIST),
       {}},
      {"what is not there", before, [](auto& m) { return m.publish("scratch/no", "b"); }, is(ENOENT), {}},
      {"the directory itself", before, [](auto& m) { return m.publish("scratch", "b"); }, errc::outside_root, {}},
      {"from elsewhere", before, [](auto& m) { return m.publish("d/old", "b"); }, errc::outside_root, {}},
      {"into a missing directory",
       before,
       [&](auto& m) -> cp::result<void> {
         make(m);
         return m.publish("scratch/a", "no/b");
       },
       is(ENOENT),
       {}},
      {"a failing body",
       before,
       [&](auto& m) -> cp::result<void> {
         make(m);
         BOOST_OUTCOME_TRYV(m.publish("scratch/t", "t"));
         return errc::unsupported;
       },
       errc::unsupported,
       {}},
  };
  for (const auto& r : rows) check(r, what);
}

TEST_CASE("the plan's private directories must be new, and can be named again by the next mutation") {
  const place p(tree{{"there", "/"}});
  auto notes = cp::coordinator<>::open(p.root()).value();
  auto owner = notes.acquire().value();
  const auto nothing = [](cp::mutation&) -> cp::result<void> { return cp::success(); };
  CHECK(owner.run({.staging = {"there"}}, nothing).error() == std::errc::file_exists);
  CHECK(owner.run({.staging = {"no/such"}}, nothing).error() == std::errc::no_such_file_or_directory);
  CHECK(owner.run({.staging = {".commitpoint/x"}}, nothing).error() == errc::reserved_path);
  for (int i = 0; i < 3; ++i) {
    const auto done = owner.run({.staging = {"scratch"}}, [](cp::mutation& m) -> cp::result<void> {
      CHECK(support::mode(m.root() / "scratch") == 0700);
      tool_writes(m.root() / "scratch/a", "x");
      return m.publish("scratch/a", "a");
    });
    CHECK_MESSAGE(done, done.error().message());
    CHECK_FALSE(support::is_there(p / "scratch"));
  }
}

TEST_CASE("remove") {
  check_all({
      {"a file", {{"a", "x"}, {"b", "y"}}, [](auto& m) { return m.remove("a"); }, fine, {{"b", "y"}}},
      {"a link, not what it leads to",
       {{"a", "x"}, {"l", ">a"}, {"k", ">nowhere"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.remove("k"));
         return m.remove("l");
       },
       fine,
       {{"a", "x"}}},
      {"a special file", {{"p", "|"}}, [](auto& m) { return m.remove("p"); }, fine, {}},
      {"a tree",
       {{"d", "/"}, {"d/a", "x"}, {"d/e", "/"}, {"d/s", "/"}, {"d/s/b", "y"}, {"d/s/l", ">/etc"}, {"f", "z"}},
       [](auto& m) { return m.remove("d"); },
       fine,
       {{"f", "z"}}},
      {"a directory of a tree",
       {{"d", "/"}, {"d/a", "x"}, {"d/s", "/"}, {"d/s/b", "y"}},
       [](auto& m) { return m.remove("d/s"); },
       fine,
       {{"d", "/"}, {"d/a", "x"}}},
      {"nothing", {}, [](auto& m) { return m.remove("a"); }, is(ENOENT), {}},
      {"twice",
       {{"a", "x"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.remove("a"));
         return m.remove("a");
       },
       is(ENOENT),
       {}},
      {"what was only staged",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.write("a", "x"));
         BOOST_OUTCOME_TRYV(m.create_directories("d/e"));
         BOOST_OUTCOME_TRYV(m.write("d/e/f", "x"));
         BOOST_OUTCOME_TRYV(m.remove("d"));
         return m.remove("a");
       },
       fine,
       {}},
      {"what was replaced",
       {{"a", "old"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.write("a", "new"));
         return m.remove("a");
       },
       fine,
       {}},
      {"what was appended to",
       {{"a", "old"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.append("a", "new"));
         return m.remove("a");
       },
       fine,
       {}},
      {"a tree with staged files in it",
       {{"d", "/"}, {"d/a", "x"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.write("d/b", "y"));
         BOOST_OUTCOME_TRYV(m.create_directories("d/s"));
         BOOST_OUTCOME_TRYV(m.write("d/s/c", "z"));
         return m.remove("d");
       },
       fine,
       {}},
      {"a file, then the same again",
       {{"a", "old"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.remove("a"));
         return m.write("a", "new");
       },
       fine,
       {{"a", "new"}}},
      {"a file, then a directory",
       {{"a", "old"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.remove("a"));
         BOOST_OUTCOME_TRYV(m.create_directories("a/b"));
         return m.write("a/b/c", "new");
       },
       fine,
       {{"a", "/"}, {"a/b", "/"}, {"a/b/c", "new"}}},
      {"a file, then a link",
       {{"a", "old"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.remove("a"));
         return m.symlink("b", "a");
       },
       fine,
       {{"a", ">b"}}},
      {"a link, then a file",
       {{"a", ">b"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.remove("a"));
         return m.write("a", "new");
       },
       fine,
       {{"a", "new"}}},
      {"a file, then a staged tree",
       {{"a", "old"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.remove("a"));
         BOOST_OUTCOME_TRY(const auto at, m.stage("a"));
         tool_makes_tree(at, {{"x", "1"}});
         return cp::success();
       },
       fine,
       {{"a", "/"}, {"a/x", "1"}}},
      {"a tree, then a file",
       {{"d", "/"}, {"d/a", "x"}, {"d/s", "/"}, {"d/s/b", "y"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.remove("d"));
         return m.write("d", "new");
       },
       fine,
       {{"d", "new"}}},
      {"a tree, then a link",
       {{"d", "/"}, {"d/a", "x"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.remove("d"));
         return m.symlink("e", "d");
       },
       fine,
       {{"d", ">e"}}},
      {"a tree, then another",
       {{"d", "/"}, {"d/a", "x"}, {"d/b", "y"}, {"d/s", "/"}, {"d/s/c", "z"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.remove("d"));
         BOOST_OUTCOME_TRYV(m.create_directories("d/t"));
         BOOST_OUTCOME_TRYV(m.write("d/a", "new"));
         BOOST_OUTCOME_TRYV(m.write("d/s", "a file now"));
         return m.write("d/t/e", "new");
       },
       fine,
       {{"d", "/"}, {"d/a", "new"}, {"d/s", "a file now"}, {"d/t", "/"}, {"d/t/e", "new"}}},
      {"what is below a file", {{"a", "x"}}, [](auto& m) { return m.remove("a/b"); }, is(ENOENT), {}},
  });
}

TEST_CASE("rename") {
  const tree small{{"d", "/"}, {"d/a", "A"}, {"d/e", "/"}, {"d/s", "/"}, {"d/s/b", "B"}, {"d/s/l", ">b"}};
  check_all({
      {"a file", {{"a", "A"}}, [](auto& m) { return m.rename("a", "b"); }, fine, {{"b", "A"}}},
      {"a link", {{"l", ">nowhere"}}, [](auto& m) { return m.rename("l", "k"); }, fine, {{"k", ">nowhere"}}},
      {"a file onto a file", {{"a", "A"}, {"b", "B"}}, [](auto& m) { return m.rename("a", "b"); }, fine, {{"b", "A"}}},
      {"a file onto a link", {{"a", "A"}, {"b", ">a"}}, [](auto& m) { return m.rename("a", "b"); }, fine, {{"b", "A"}}},
      {"a link onto a file",
       {{"a", ">b"}, {"b", "B"}},
       [](auto& m) { return m.rename("a", "b"); },
       fine,
       {{"b", ">b"}}},
      {"onto itself", {{"a", "A"}}, [](auto& m) { return m.rename("a", "./a"); }, fine, {{"a", "A"}}},
      {"into another directory",
       {{"a", "A"}, {"d", "/"}},
       [](auto& m) { return m.rename("a", "d/b"); },
       fine,
       {{"d", "/"}, {"d/b", "A"}}},
      {"a chain: a to b, c to a",
       {{"a", "A"}, {"c", "C"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.rename("a", "b"));
         return m.rename("c", "a");
       },
       fine,
       {{"a", "C"}, {"b", "A"}}},
      {"two change places",
       {{"a", "A"}, {"b", "B"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.rename("a", "t"));
         BOOST_OUTCOME_TRYV(m.rename("b", "a"));
         return m.rename("t", "b");
       },
       fine,
       {{"a", "B"}, {"b", "A"}}},
      {"there and back",
       {{"a", "A"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.rename("a", "b"));
         return m.rename("b", "a");
       },
       fine,
       {{"a", "A"}}},
      {"and a new file at the old name",
       {{"a", "A"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.rename("a", "b"));
         return m.write("a", "new");
       },
       fine,
       {{"a", "new"}, {"b", "A"}}},
      {"what was staged",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.write("a", "A"));
         BOOST_OUTCOME_TRYV(m.rename("a", "b"));
         BOOST_OUTCOME_TRYV(m.symlink("b", "l"));
         return m.rename("l", "k");
       },
       fine,
       {{"b", "A"}, {"k", ">b"}}},
      {"what was replaced",
       {{"a", "old"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.write("a", "new"));
         return m.rename("a", "b");
       },
       fine,
       {{"b", "new"}}},
      {"a tree",
       small,
       [](auto& m) { return m.rename("d", "x"); },
       fine,
       {{"x", "/"}, {"x/a", "A"}, {"x/e", "/"}, {"x/s", "/"}, {"x/s/b", "B"}, {"x/s/l", ">b"}}},
      {"a tree with effects in it",
       small,
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.write("d/a", "new"));
         BOOST_OUTCOME_TRYV(m.append("d/s/b", "+"));
         BOOST_OUTCOME_TRYV(m.remove("d/e"));
         BOOST_OUTCOME_TRYV(m.write("d/s/c", "C"));
         BOOST_OUTCOME_TRYV(m.create_directories("d/n"));
         BOOST_OUTCOME_TRYV(m.rename("d", "x"));
         return m.append("x/s/b", "+");
       },
       fine,
       {{"x", "/"}, {"x/a", "new"}, {"x/n", "/"}, {"x/s", "/"}, {"x/s/b", "B++"}, {"x/s/c", "C"}, {"x/s/l", ">b"}}},
      {"a tree, and another in its place",
       {{"d", "/"}, {"d/a", "A"}, {"e", "/"}, {"e/a", "E"}, {"e/b", "F"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.rename("d", "f"));
         return m.rename("e", "d");
       },
       fine,
       {{"d", "/"}, {"d/a", "E"}, {"d/b", "F"}, {"f", "/"}, {"f/a", "A"}}},
      {"out of a tree, then remove the rest",
       small,
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.rename("d/s/b", "b"));
         return m.remove("d");
       },
       fine,
       {{"b", "B"}}},
      {"into a new directory",
       small,
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.create_directories("x/y"));
         return m.rename("d", "x/y/d");
       },
       fine,
       {{"x", "/"},
        {"x/y", "/"},
        {"x/y/d", "/"},
        {"x/y/d/a", "A"},
        {"x/y/d/e", "/"},
        {"x/y/d/s", "/"},
        {"x/y/d/s/b", "B"},
        {"x/y/d/s/l", ">b"}}},
      {"nothing", {}, [](auto& m) { return m.rename("a", "b"); }, is(ENOENT), {}},
      {"to a missing directory", {{"a", "A"}}, [](auto& m) { return m.rename("a", "d/a"); }, is(ENOENT), {}},
      {"below a file", {{"a", "A"}, {"f", "F"}}, [](auto& m) { return m.rename("a", "f/a"); }, is(ENOTDIR), {}},
      {"onto a directory", {{"a", "A"}, {"d", "/"}}, [](auto& m) { return m.rename("a", "d"); }, is(EEXIST), {}},
      {"a tree onto a file", small, [](auto& m) { return m.rename("d/s", "d/a"); }, is(EEXIST), {}},
      {"a tree onto a tree", small, [](auto& m) { return m.rename("d/s", "d/e"); }, is(EEXIST), {}},
      {"into itself", small, [](auto& m) { return m.rename("d", "d/s/d"); }, is(EINVAL), {}},
      {"onto what holds it", small, [](auto& m) { return m.rename("d/s", "d"); }, is(EEXIST), {}},
      {"a special file", {{"p", "|"}}, [](auto& m) { return m.rename("p", "q"); }, errc::not_a_regular_file, {}},
      {"a tree with a special file",
       {{"d", "/"}, {"d/p", "|"}},
       [](auto& m) { return m.rename("d", "e"); },
       errc::not_a_regular_file,
       {}},
  });
}

TEST_CASE("create_directories and symlink") {
  check_all({
      {"nested",
       {},
       [](auto& m) { return m.create_directories("a/b/c"); },
       fine,
       {{"a", "/"}, {"a/b", "/"}, {"a/b/c", "/"}}},
      {"existing", {{"a", "/"}}, [](auto& m) { return m.create_directories("a"); }, fine, {{"a", "/"}}},
      {"partly existing, and a file in it",
       {{"a", "/"}},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.create_directories("a/b"));
         return m.write("a/b/c", "x");
       },
       fine,
       {{"a", "/"}, {"a/b", "/"}, {"a/b/c", "x"}}},
      {"over a file", {{"a", "x"}}, [](auto& m) { return m.create_directories("a"); }, is(ENOTDIR), {}},
      {"below a file", {{"a", "x"}}, [](auto& m) { return m.create_directories("a/b"); }, is(ENOTDIR), {}},
      {"below a staged file",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.write("a", "x"));
         return m.create_directories("a/b");
       },
       is(ENOTDIR),
       {}},
      {"over a link",
       {{"a", ">b"}, {"b", "/"}},
       [](auto& m) { return m.create_directories("a/c"); },
       errc::outside_root,
       {}},
      {"a new link", {}, [](auto& m) { return m.symlink("../nowhere", "l"); }, fine, {{"l", ">../nowhere"}}},
      {"a replaced link", {{"l", ">old"}}, [](auto& m) { return m.symlink("new", "l"); }, fine, {{"l", ">new"}}},
      {"a link twice",
       {},
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.symlink("first", "l"));
         return m.symlink("second", "l");
       },
       fine,
       {{"l", ">second"}}},
      {"a link over a file", {{"l", "x"}}, [](auto& m) { return m.symlink("new", "l"); }, is(EEXIST), {}},
      {"a link over a directory", {{"l", "/"}}, [](auto& m) { return m.symlink("new", "l"); }, is(EEXIST), {}},
      {"a link in no directory", {}, [](auto& m) { return m.symlink("new", "d/l"); }, is(ENOENT), {}},
      {"a link to nothing", {}, [](auto& m) { return m.symlink("", "l"); }, is(ENOENT), {}},
      {"a link with a NUL byte",
       {},
       [](auto& m) { return m.symlink(std::string_view("a\0b", 3), "l"); },
       errc::invalid_path,
       {}},
      {"write over a link",
       {{"l", ">a"}, {"a", "x"}},
       [](auto& m) { return m.write("l", "y"); },
       errc::not_a_regular_file,
       {}},
  });
}

TEST_CASE("an empty mutation succeeds and changes nothing, and its hooks run") {
  const place p(tree{{"a", "x"}});
  auto notes = cp::coordinator<>::open(p.root()).value();
  const auto before = support::image(p.root());
  auto owner = notes.acquire().value();
  int hooks = 0;
  CHECK(
      owner.run({.after_commit = {[&] { ++hooks; }}}, [](cp::mutation&) -> cp::result<void> { return cp::success(); }));
  CHECK(hooks == 1);
  CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
}

// Modes, owners, attributes.

TEST_CASE("a replaced file keeps mode, owner, attributes and ACL, however it is replaced, and by two effects") {
  const std::vector<std::pair<std::string, body>> ways{
      {"nothing", [](auto&) -> cp::result<void> { return cp::success(); }},
      {"write", [](auto& m) { return m.write("a", "new"); }},
      {"append", [](auto& m) { return m.append("a", "new"); }},
      {"read and write",
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto content, m.read("a"));
         return m.write("a", content + "new");
       }},
      {"stage",
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("a"));
         tool_writes(at, "new");
         return cp::success();
       }},
      {"stage, then write",
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto at, m.stage("a"));
         tool_writes(at, "tool");
         return m.write("a", "new");
       }},
      {"publish",
       [](auto& m) -> cp::result<void> {
         tool_writes(m.root() / "scratch/a", "new");
         return m.publish("scratch/a", "a");
       }},
      {"rename there and back",
       [](auto& m) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.rename("a", "b"));
         return m.rename("b", "a");
       }},
  };
  const auto replace = [&](std::size_t first, std::size_t second) {
    const place p(tree{{"a", "old"}}, support::on_disk());
    REQUIRE(::chmod((p / "a").c_str(), 0640) == 0);
    if (::geteuid() == 0) {
      REQUIRE(::chown((p / "a").c_str(), 12, 34) == 0);
    }
    support::set_attribute(p / "a", "user.note", "kept");
    support::set_attribute(p / "a", "system.posix_acl_access", support::acl(6, 4, 4, 0));
    auto notes = cp::coordinator<>::open(p.root()).value();
    auto before = support::image(p.root()).entries.at("a");
    const auto publishes = [&](std::size_t way) { return ways[way].first == "publish"; };
    cp::plan what;
    if (publishes(first) || publishes(second)) what.staging.emplace_back("scratch");
    REQUIRE(notes.acquire().value().run(what, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(ways[first].second(m));
      return ways[second].second(m);
    }));
    const auto after = support::image(p.root()).entries.at("a");
    before.content = after.content;
    before.size = after.size;
    before.hash = after.hash;
    before.modified = after.modified;
    CHECK(before == after);
  };
  for (std::size_t first = 0; first < ways.size(); ++first) {
    CAPTURE(ways[first].first);
    for (std::size_t second = 0; second < ways.size(); ++second) {
      CAPTURE(ways[second].first);
      replace(first, second);
    }
  }
}

TEST_CASE("write_options.mode decides the mode of a new and of a replaced file") {
  const place p(tree{{"a", "old"}});
  REQUIRE(::chmod((p / "a").c_str(), 0600) == 0);
  auto notes = cp::coordinator<>::open(p.root()).value();
  auto owner = notes.acquire().value();
  REQUIRE(owner.run({}, [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("a", "x", {.mode = 0755}));
    BOOST_OUTCOME_TRYV(m.write("b", "x", {.mode = 0666}));  // whatever the umask is
    BOOST_OUTCOME_TRYV(m.write("c", "x"));
    BOOST_OUTCOME_TRYV(m.create_directories("d"));
    BOOST_OUTCOME_TRYV(m.write("e", "x", {.mode = 0400}));
    return m.append("e", "y");
  }));
  const auto mask = ::umask(022);
  ::umask(mask);
  CHECK(support::mode(p / "a") == 0755);
  CHECK(support::mode(p / "b") == 0666);
  CHECK(support::mode(p / "c") == (0666U & ~mask));
  CHECK(support::mode(p / "d") == (0777U & ~mask));
  CHECK(support::mode(p / "e") == 0400);
  CHECK(support::read_file(p / "e") == "xy");
}

TEST_CASE("a renamed tree keeps every inode of a file, and all metadata") {
  const place p(tree{{"d", "/"}, {"d/a", "A"}, {"d/s", "/"}, {"d/s/b", "B"}, {"d/s/l", ">b"}, {"x", "/"}, {"x/y", "Y"}},
                support::on_disk());
  REQUIRE(::chmod((p / "d/s").c_str(), 02750) == 0);
  support::set_attribute(p / "d/s", "user.note", "kept");
  support::set_attribute(p / "d/a", "user.note", "kept");
  REQUIRE(::link((p / "d/a").c_str(), (p / "d/s/same").c_str()) == 0);
  support::set_old_time(p / "d/s");
  auto notes = cp::coordinator<>::open(p.root()).value();
  const auto before = support::image(p.root()).entries;
  const auto inode = support::status(p / "d/s/b").st_ino;
  auto owner = notes.acquire().value();
  const auto compare = [&](const std::string& from, const std::string& to) {
    const auto after = support::image(p.root()).entries;
    for (const auto& [name, entry] : before) {
      if (name != from && !name.starts_with(from + "/")) continue;
      auto expected = entry;
      const auto found = after.find(to + name.substr(from.size()));
      REQUIRE(found != after.end());
      expected.same_as = found->second.same_as;  // other paths; the link is looked at below
      cp::testing::tree_image a{{{name, expected}}};
      cp::testing::tree_image b{{{name, found->second}}};
      CHECK(cp::testing::difference_text(a, b) == "");
    }
  };
  REQUIRE(owner.run({}, [](cp::mutation& m) { return m.rename("d", "e"); }));
  compare("d", "e");
  CHECK(support::status(p / "e/s/b").st_ino == inode);
  CHECK(support::status(p / "e/a").st_ino == support::status(p / "e/s/same").st_ino);
  SUBCASE("also in the place of one that was removed") {
    REQUIRE(owner.run({}, [](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.remove("x"));
      return m.rename("e/s", "x");
    }));
    compare("d/s", "x");
  }
}

TEST_CASE("append after a rename leaves the live file alone until the commit") {
  const place p(tree{{"a", "old"}});
  auto notes = cp::coordinator<>::open(p.root()).value();
  const auto before = support::image(p.root());
  auto owner = notes.acquire().value();
  const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.rename("a", "b"));
    BOOST_OUTCOME_TRYV(m.append("b", "new"));
    CHECK(support::read_file(p / "a") == "old");
    return errc::unsupported;
  });
  CHECK(done.error() == errc::unsupported);
  CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
}

TEST_CASE("a new file in a set-group-id directory gets its group, and in one with a default ACL gets that") {
  if (::geteuid() != 0) {
    MESSAGE("SKIPPED: only root may give a directory to another group");
    return;
  }
  const place p(tree{{"g", "/"}, {"acl", "/"}, {"both", "/"}}, support::on_disk());
  for (const auto* name : {"g", "both"}) {
    REQUIRE(::chown((p / name).c_str(), 0, 34) == 0);
    REQUIRE(::chmod((p / name).c_str(), 02775) == 0);
  }
  for (const auto* name : {"acl", "both"})
    support::set_attribute(p / name, "system.posix_acl_default", support::acl(6, 6, 4, 0));
  auto notes = cp::coordinator<>::open(p.root()).value();
  auto owner = notes.acquire().value();
  REQUIRE(owner.run({}, [](cp::mutation& m) -> cp::result<void> {
    for (const std::string name : {"g", "acl", "both"}) {
      BOOST_OUTCOME_TRYV(m.write(name + "/written", "x"));
      BOOST_OUTCOME_TRYV(m.append(name + "/appended", "x"));
      BOOST_OUTCOME_TRYV(m.create_directories(name + "/d/e"));
      BOOST_OUTCOME_TRYV(m.write(name + "/d/e/deep", "x"));
      BOOST_OUTCOME_TRY(const auto at, m.stage(name + "/staged"));
      tool_writes(at, "x");
    }
    return cp::success();
  }));
  // What the system itself does is the measure.
  for (const std::string name : {"g", "acl", "both"}) {
    support::write_file(p / (name + "/reference"), "x");
    REQUIRE(::mkdir((p / (name + "/rd")).c_str(), 0777) == 0);
    REQUIRE(::mkdir((p / (name + "/rd/e")).c_str(), 0777) == 0);
    support::write_file(p / (name + "/rd/e/deep"), "x");
    const auto entries = support::image(p.root()).entries;
    const auto same = [&](const std::string& found, const std::string& reference) {
      auto a = entries.at(name + "/" + found);
      const auto b = entries.at(name + "/" + reference);
      a.modified = b.modified;
      CHECK_MESSAGE(a == b, name, "/", found);
    };
    same("written", "reference");
    same("appended", "reference");
    same("staged", "reference");
    same("d", "rd");
    same("d/e", "rd/e");
    same("d/e/deep", "rd/e/deep");
  }
}

// Failures.

TEST_CASE("a failure names what to do, the path, the mutation and the step") {
  const place p;
  auto notes = cp::coordinator<>::open(p.root()).value();
  auto owner = notes.acquire().value();
  std::uint64_t number = 0;
  const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    number = m.number();
    return m.write("no/such/dir", "x");
  });
  REQUIRE_FALSE(done);
  CHECK(done.error() == std::errc::no_such_file_or_directory);
  CHECK(done.error().path() == "no/such/dir");
  CHECK(done.error().explanation().find("create_directories") != std::string::npos);
  CHECK(done.error().number() == number);
  CHECK(done.error().step == cp::step::stage);
  CHECK(done.error().outcome() == cp::outcome::rolled_back);
}

TEST_CASE("a failing or throwing body leaves not one byte or time changed") {
  const tree before{{"a", "A"}, {"b", "B"}, {"d", "/"}, {"d/c", "C"}, {"e", "/"}, {"e/f", "F"}, {"l", ">a"}};
  const auto everything = [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("a", "new"));
    BOOST_OUTCOME_TRYV(m.append("b", "new"));
    BOOST_OUTCOME_TRYV(m.write("d/new", "new"));
    BOOST_OUTCOME_TRYV(m.create_directories("x/y"));
    BOOST_OUTCOME_TRYV(m.rename("d/c", "x/c"));
    BOOST_OUTCOME_TRYV(m.remove("e"));
    BOOST_OUTCOME_TRYV(m.symlink("b", "l"));
    BOOST_OUTCOME_TRY(const auto at, m.stage("staged"));
    tool_writes(at, "tool");
    tool_writes(m.root() / "scratch/s", "tool");
    return m.publish("scratch/s", "published");
  };
  const place p(before);
  auto notes = cp::coordinator<>::open(p.root()).value();
  auto owner = notes.acquire().value();
  const auto image = support::image(p.root());
  const cp::plan what{.staging = {"scratch"}};
  SUBCASE("failing") {
    const auto done = owner.run(what, [&](cp::mutation& m) -> cp::result<int> {
      BOOST_OUTCOME_TRYV(everything(m));
      return cp::failure(std::make_error_code(std::errc::operation_canceled), "whose", "why");
    });
    CHECK(done.error() == std::errc::operation_canceled);
    CHECK(done.error().path() == "whose");
    CHECK(done.error().explanation() == "why");
    CHECK(done.error().outcome() == cp::outcome::rolled_back);
  }
  SUBCASE("throwing") {
    struct mine : std::runtime_error {
      using std::runtime_error::runtime_error;
    };
    CHECK_THROWS_WITH_AS((void)owner.run(what,
                                         [&](cp::mutation& m) -> cp::result<void> {
                                           BOOST_OUTCOME_TRYV(everything(m));
                                           throw mine("from the body");
                                         }),
                         "from the body", mine);
    CHECK_FALSE(owner.dirty());
  }
  CHECK(cp::testing::difference_text(image, support::image(p.root())) == "");
  CHECK(support::leftovers(p.root()).empty());
  CHECK(owner.run(what, everything));  // and the owner can still be used
  CHECK(support::read_file(p / "published") == "tool");
}

TEST_CASE("an effect that failed poisons the mutation, even if the body ignores it") {
  const place p(tree{{"a", "old"}});
  auto notes = cp::coordinator<>::open(p.root()).value();
  auto owner = notes.acquire().value();
  const auto before = support::image(p.root());
  const auto done = owner.run({}, [](cp::mutation& m) -> cp::result<void> {
    CHECK(m.write("a", "new"));
    (void)m.write("no/such", "x");
    const auto same = [](const auto& result) {
      REQUIRE_FALSE(result);
      CHECK(result.error() == std::errc::no_such_file_or_directory);
      CHECK(result.error().path() == "no/such");
    };
    same(m.write("b", "x"));
    same(m.append("b", "x"));
    same(m.stage("b"));
    same(m.publish("x", "b"));
    same(m.remove("a"));
    same(m.rename("a", "b"));
    same(m.create_directories("d"));
    same(m.symlink("a", "l"));
    same(m.protect(cp::touch::file("a")));
    same(m.will_create("b"));
    same(m.track_new("a"));
    CHECK(m.read("a").value() == "new");  // looking is still allowed
    return cp::success();
  });
  REQUIRE_FALSE(done);
  CHECK(done.error() == std::errc::no_such_file_or_directory);
  CHECK(done.error().path() == "no/such");
  CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
}

TEST_CASE("not_new does not poison") {
  const place p(tree{{"old", "x"}});
  support::let_the_clock_tick();
  auto notes = cp::coordinator<>::open(p.root()).value();
  auto owner = notes.acquire().value();
  CHECK(owner.run({}, [](cp::mutation& m) -> cp::result<void> {
    CHECK(m.track_new("old").error() == errc::not_new);
    CHECK(m.track_new("old").error().path() == "old");
    return m.write("a", "new");
  }));
  CHECK(support::shape(p.root()) == tree{{"a", "new"}, {"old", "x"}});
}

TEST_CASE("what a body catches itself is no failure of the mutation") {
  const place p;
  auto notes = cp::coordinator<>::open(p.root()).value();
  auto owner = notes.acquire().value();
  const auto done = owner.run({}, [](cp::mutation& m) -> cp::result<std::string> {
    if (!m.read("config")) {
      BOOST_OUTCOME_TRYV(m.write("config", "default"));
    }
    return m.read("config");
  });
  CHECK(done.value() == "default");
}

TEST_CASE("many files in one mutation") {
  const place p(tree{{"d", "/"}});
  auto notes = cp::coordinator<>::open(p.root()).value();
  auto owner = notes.acquire().value();
  REQUIRE(owner.run({}, [](cp::mutation& m) -> cp::result<void> {
    for (int i = 0; i < 300; ++i) {
      BOOST_OUTCOME_TRYV(m.write("d/" + std::to_string(i), std::to_string(i)));
    }
    return cp::success();
  }));
  CHECK(support::shape(p.root()).size() == 301);
  REQUIRE(owner.run({}, [](cp::mutation& m) { return m.rename("d", "e"); }));
  REQUIRE(owner.run({}, [](cp::mutation& m) { return m.remove("e"); }));
  CHECK(support::shape(p.root()).empty());
}
