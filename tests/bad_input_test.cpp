// What bad input gets: a clear error that names it, and an untouched tree.

#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace cp = commitpoint;
using cp::errc;
using support::place;
using support::tree;

namespace {

using body = std::function<cp::result<void>(cp::mutation&, const std::string&)>;

struct effect {
  std::string name;
  body call;
};

// Everything that takes a path, by itself.
const std::vector<effect> effects{
    {"write", [](auto& m, auto& p) { return m.write(p, "x"); }},
    {"append", [](auto& m, auto& p) { return m.append(p, "x"); }},
    {"read", [](auto& m, auto& p) -> cp::result<void> { return m.read(p).error(); }},
    {"stage", [](auto& m, auto& p) -> cp::result<void> { return m.stage(p).error(); }},
    {"publish",
     [](auto& m, auto& p) -> cp::result<void> {
       support::write_file(m.root() / "scratch/x", "x");
       return m.publish("scratch/x", p);
     }},
    {"remove", [](auto& m, auto& p) { return m.remove(p); }},
    {"rename from", [](auto& m, auto& p) { return m.rename(p, "fresh"); }},
    {"rename to", [](auto& m, auto& p) { return m.rename("file", p); }},
    {"create_directories", [](auto& m, auto& p) { return m.create_directories(p); }},
    {"symlink", [](auto& m, auto& p) { return m.symlink("x", p); }},
    {"protect", [](auto& m, auto& p) { return m.protect(cp::touch::file(p)); }},
    {"protect a tree", [](auto& m, auto& p) { return m.protect(cp::touch::tree(p)); }},
    {"protect what is appended to", [](auto& m, auto& p) { return m.protect(cp::touch::appended(p)); }},
    {"will_create", [](auto& m, auto& p) { return m.will_create(p); }},
    {"track_new", [](auto& m, auto& p) { return m.track_new(p); }},
};
const effect exists{"exists", [](auto& m, auto& p) -> cp::result<void> { return m.exists(p).error(); }};

const std::string deep_state_directory = "sub/state/here";
const std::vector<bool> both_ways{true, false};
using coordinator = cp::coordinator<>;

coordinator open(const place& p, bool use_openat2 = true, const std::string& state = support::state_directory) {
  const cp::system::native system({.use_openat2 = use_openat2});
  return coordinator::open(p.root(), {.state_directory = state}, system).value();
}

// Runs one effect with one path, and expects an error that names the path, and nothing changed.
void refuse(coordinator::owner_type& owner, const place& p, const effect& e, const std::string& path,
            std::error_code expected) {
  CAPTURE(e.name);
  CAPTURE(path);
  const cp::testing::tree_options options{.ignored = {deep_state_directory}};
  const auto before = support::image(p.root(), options);
  cp::failure why;
  const auto done = owner.run({.staging = {"scratch"}}, [&](cp::mutation& m) -> cp::result<void> {
    auto tried = e.call(m, path);
    if (!tried) why = tried.error();
    return tried;
  });
  REQUIRE_FALSE(done);
  CHECK(done.error() == why);
  CHECK_MESSAGE(why.code == expected, why.message());
  // As it was given, or the link on its way.
  const bool named = why.path().find(path) != std::string::npos || why.other_path().find(path) != std::string::npos ||
                     (!why.path().empty() && path.starts_with(why.path()));
  CHECK_MESSAGE(named, why.message());
  CHECK(cp::testing::difference_text(before, support::image(p.root(), options)) == "");
}

}  // namespace

TEST_CASE("F16: no path leads outside the root") {
  for (const bool use_openat2 : both_ways) {
    CAPTURE(use_openat2);
    const place p(tree{{"file", "F"}, {"dir", "/"}, {"dir/a", "A"}});
    support::write_file(p.outside() / "secret", "not yours");
    REQUIRE(::symlink(p.outside().c_str(), (p / "out").c_str()) == 0);
    REQUIRE(::symlink("dir", (p / "in").c_str()) == 0);
    auto notes = open(p, use_openat2);
    auto owner = notes.acquire().value();
    const auto outside = support::image(p.outside(), {.ignored = {"root"}});
    auto all = effects;
    all.push_back(exists);
    for (const auto& e : all) {
      for (const auto* path : {"..", "../secret", "dir/../../secret", "dir/..", "/etc/passwd", "/", "out/secret",
                               "out/new", "out/no/new", "in/a", "in/new"}) {
        refuse(owner, p, e, path, errc::outside_root);
      }
    }
    CHECK(cp::testing::difference_text(outside, support::image(p.outside(), {.ignored = {"root"}})) == "");
  }
}

TEST_CASE("F16: a link is not a file, and is never followed") {
  for (const bool use_openat2 : both_ways) {
    const place p(tree{{"file", "F"}, {"dir", "/"}});
    support::write_file(p.outside() / "secret", "not yours");
    REQUIRE(::symlink("../secret", (p / "out").c_str()) == 0);
    REQUIRE(::symlink("file", (p / "in").c_str()) == 0);
    REQUIRE(::symlink("dir", (p / "to-dir").c_str()) == 0);
    REQUIRE(::symlink("nowhere", (p / "dangling").c_str()) == 0);
    auto notes = open(p, use_openat2);
    std::optional<coordinator::owner_type> owned(notes.acquire().value());
    auto& owner = *owned;
    for (const auto& e : effects) {
      for (const auto* path : {"out", "in", "to-dir", "dangling"}) {
        if (e.name == "write" || e.name == "append" || e.name == "read" || e.name == "stage" ||
            e.name == "protect what is appended to") {
          refuse(owner, p, e, path, errc::not_a_regular_file);
        }
        if (e.name == "publish" || e.name == "will_create") refuse(owner, p, e, path, cp::system_error(EEXIST));
        if (e.name == "create_directories") refuse(owner, p, e, path, errc::outside_root);
      }
    }
    owned.reset();
    auto reader = notes.read().value();
    CHECK(reader.read("out").error() == errc::not_a_regular_file);
    CHECK(support::read_file(p.outside() / "secret") == "not yours");
  }
}

TEST_CASE("F25: the state directory is reserved, and so is what holds it when it would go") {
  for (const std::string& state : {support::state_directory, deep_state_directory}) {
    const place p(tree{{"file", "F"}, {"sub", "/"}, {"sub/x", "X"}});
    auto notes = open(p, true, state);
    std::optional<coordinator::owner_type> owned(notes.acquire().value());
    auto& owner = *owned;
    auto all = effects;
    all.push_back(exists);
    for (const auto& e : all) {
      for (const std::string& path : {state, state + "/lock", state + "/journal.0", state + "/new/er"}) {
        refuse(owner, p, e, path, errc::reserved_path);
      }
    }
    for (const std::string& path : {"./" + state, state + "/", state + "//./lock"}) {
      const auto done = owner.run({}, [&](cp::mutation& m) { return m.write(path, "x"); });
      CHECK(done.error() == errc::reserved_path);
    }
    owned.reset();
    CHECK(notes.read().value().read(state + "/format").error() == errc::reserved_path);
    if (state != deep_state_directory) continue;
    owned.emplace(notes.acquire().value());
    for (const auto& e : effects) {
      for (const auto* path : {"sub", "sub/state"}) {
        if (e.name == "remove" || e.name == "rename from" || e.name == "protect a tree") {
          refuse(owner, p, e, path, errc::reserved_path);
        }
      }
    }
    // What only looks like it is free.
    CHECK(owner.run({}, [](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.write("sub/state/hereabouts", "x"));
      BOOST_OUTCOME_TRYV(m.create_directories("sub/state"));
      return m.remove("sub/x");
    }));
  }
}

TEST_CASE("no path, the root itself, a NUL byte") {
  const place p(tree{{"file", "F"}});
  auto notes = open(p);
  auto owner = notes.acquire().value();
  auto all = effects;
  all.push_back(exists);
  for (const auto& e : all) {
    for (const std::string& path : {std::string(), std::string("."), std::string("./"), std::string("fi\0le", 5)}) {
      refuse(owner, p, e, path, errc::invalid_path);
    }
  }
}

TEST_CASE("special files, directories and files are not taken for one another") {
  const place p(tree{{"file", "F"}, {"pipe", "|"}, {"dir", "/"}, {"dir/a", "A"}});
  if (::geteuid() == 0) {
    REQUIRE(::mknod((p / "device").c_str(), S_IFCHR | 0666, makedev(1, 3)) == 0);
  } else {
    REQUIRE(::mkfifo((p / "device").c_str(), 0666) == 0);
  }
  auto notes = open(p);
  std::optional<coordinator::owner_type> owned(notes.acquire().value());
  auto& owner = *owned;
  const std::error_code eexist = cp::system_error(EEXIST);
  const std::error_code enotdir = cp::system_error(ENOTDIR);
  const std::error_code not_regular = errc::not_a_regular_file;
  struct expectation {
    std::error_code special;
    std::error_code directory;
  };
  const std::map<std::string, expectation> table{
      {"write", {not_regular, not_regular}}, {"append", {not_regular, not_regular}},
      {"read", {not_regular, not_regular}},  {"stage", {not_regular, not_regular}},
      {"publish", {eexist, eexist}},         {"rename from", {not_regular, {}}},
      {"rename to", {{}, eexist}},           {"create_directories", {enotdir, {}}},
      {"symlink", {eexist, eexist}},         {"protect", {not_regular, not_regular}},
      {"protect a tree", {not_regular, {}}}, {"protect what is appended to", {not_regular, not_regular}},
      {"will_create", {eexist, eexist}},
  };
  for (const auto& e : effects) {
    const auto expected = table.find(e.name);
    if (expected == table.end()) continue;
    if (expected->second.special) {
      refuse(owner, p, e, "pipe", expected->second.special);
      refuse(owner, p, e, "device", expected->second.special);
    }
    if (expected->second.directory) refuse(owner, p, e, "dir", expected->second.directory);
    if (e.name == "protect a tree") refuse(owner, p, e, "file", not_regular);
  }
  owned.reset();
  auto reader = notes.read().value();
  CHECK(reader.read("pipe").error() == errc::not_a_regular_file);
  CHECK(reader.read("device").error() == errc::not_a_regular_file);
  CHECK(reader.read("dir").error() == errc::not_a_regular_file);
  CHECK(reader.read("nothing").error() == std::errc::no_such_file_or_directory);
  CHECK(reader.read("nothing").error().path() == "nothing");
}

TEST_CASE("F16, F24: links that appear while the mutation runs are not followed") {
  struct swap {
    std::string title;
    std::function<cp::result<void>(cp::mutation&)> effects;
    std::error_code expected;
  };
  const std::vector<swap> table{
      {"write", [](auto& m) { return m.write("d/a", "new"); }, errc::outside_root},
      {"a new file", [](auto& m) { return m.write("d/new", "new"); }, errc::outside_root},
      {"append", [](auto& m) { return m.append("d/a", "new"); }, errc::outside_root},
      {"remove", [](auto& m) { return m.remove("d/a"); }, errc::outside_root},
      {"rename", [](auto& m) { return m.rename("d/a", "b"); }, errc::outside_root},
      {"a new directory", [](auto& m) { return m.create_directories("d/e"); }, errc::outside_root},
      {"a tree", [](auto& m) { return m.remove("d"); }, errc::outside_root},
      {"a link", [](auto& m) { return m.symlink("x", "d/l"); }, errc::outside_root},
  };
  for (const bool use_openat2 : both_ways) {
    for (const auto& row : table) {
      CAPTURE(row.title);
      CAPTURE(use_openat2);
      const place p(tree{{"d", "/"}, {"d/a", "A"}});
      REQUIRE(::mkdir((p.outside() / "other").c_str(), 0755) == 0);
      support::build(p.outside() / "other", {{"a", "not yours"}});
      const auto outside = support::image(p.outside() / "other");
      auto notes = open(p, use_openat2);
      {
        auto owner = notes.acquire().value();
        const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
          BOOST_OUTCOME_TRYV(row.effects(m));
          REQUIRE(::rename((p / "d").c_str(), (p.outside() / "moved").c_str()) == 0);
          REQUIRE(::symlink("../other", (p / "d").c_str()) == 0);
          return cp::success();
        });
        REQUIRE_FALSE(done);
        CHECK_MESSAGE(done.error() == row.expected, done.error().message());
        CHECK(done.error().outcome() == cp::outcome::rolled_back);
      }
      CHECK(cp::testing::difference_text(outside, support::image(p.outside() / "other")) == "");
      CHECK(support::shape(p.root()) == tree{{"d", ">../other"}});
      CHECK(support::shape(p.outside() / "moved") == tree{{"a", "A"}});
      CHECK(support::leftovers(p.root()).empty());
    }
  }
}

TEST_CASE("F24: a target that becomes something else while the mutation runs is drift") {
  struct change {
    std::string title;
    std::function<cp::result<void>(cp::mutation&)> effects;
    std::function<void(const cp::path&)> meanwhile;
    tree after;
  };
  const auto to_directory = [](const cp::path& root) {
    REQUIRE(::unlink((root / "a").c_str()) == 0);
    REQUIRE(::mkdir((root / "a").c_str(), 0755) == 0);
  };
  const auto to_link = [](const cp::path& root) {
    REQUIRE(::unlink((root / "a").c_str()) == 0);
    REQUIRE(::symlink("/etc/passwd", (root / "a").c_str()) == 0);
  };
  const auto to_nothing = [](const cp::path& root) { REQUIRE(::unlink((root / "a").c_str()) == 0); };
  const auto another_file = [](const cp::path& root) { support::write_file(root / "new", "a stranger's"); };
  const auto a_tail = [](const cp::path& root) { support::overwrite(root / "a", "A+"); };
  const auto write_a = [](cp::mutation& m) { return m.write("a", "new"); };
  const auto append_a = [](cp::mutation& m) { return m.append("a", "new"); };
  const auto remove_a = [](cp::mutation& m) { return m.remove("a"); };
  const auto rename_a = [](cp::mutation& m) { return m.rename("a", "b"); };
  const auto write_new = [](cp::mutation& m) { return m.write("new", "ours"); };
  const auto make_new = [](cp::mutation& m) { return m.create_directories("new"); };
  const std::vector<change> table{
      {"write, a directory", write_a, to_directory, {{"a", "/"}}},
      {"write, a link", write_a, to_link, {{"a", ">/etc/passwd"}}},
      {"write, gone", write_a, to_nothing, {}},
      {"append, a directory", append_a, to_directory, {{"a", "/"}}},
      {"append, a link", append_a, to_link, {{"a", ">/etc/passwd"}}},
      {"append, gone", append_a, to_nothing, {}},
      {"append, written to", append_a, a_tail, {{"a", "A+"}}},
      {"remove, a directory", remove_a, to_directory, {{"a", "/"}}},
      {"remove, gone", remove_a, to_nothing, {}},
      {"rename, a link", rename_a, to_link, {{"a", ">/etc/passwd"}}},
      {"a new file, there now", write_new, another_file, {{"a", "A"}, {"new", "a stranger's"}}},
      {"a new directory, a file now", make_new, another_file, {{"a", "A"}, {"new", "a stranger's"}}},
  };
  for (const auto& row : table) {
    CAPTURE(row.title);
    const place p(tree{{"a", "A"}});
    auto notes = open(p);
    {
      auto owner = notes.acquire().value();
      const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
        BOOST_OUTCOME_TRYV(row.effects(m));
        row.meanwhile(p.root());
        return cp::success();
      });
      REQUIRE_FALSE(done);
      CHECK_MESSAGE(done.error() == errc::drifted, done.error().message());
      CHECK_FALSE(done.error().path().empty());
      CHECK(done.error().step == cp::step::check);
    }
    CHECK(support::text_of(support::shape(p.root())) == support::text_of(row.after));
    CHECK(support::leftovers(p.root()).empty());
  }
}

TEST_CASE("a state directory of a newer format, and a damaged one") {
  const place p(tree{{"a", "A"}});
  { (void)open(p); }
  const auto format = p / ".commitpoint/format";
  const auto original = support::read_file(format);
  const auto before = support::image(p.root());
  support::write_file(format, R"({"version":99,"root":"1"})");
  const auto newer = coordinator::open(p.root());
  REQUIRE_FALSE(newer);
  CHECK(newer.error() == errc::newer_format);
  CHECK(newer.error().path() == ".commitpoint/format");
  CHECK(newer.error().message().find("99") != std::string::npos);
  for (const auto* damaged : {"", "{", "[]", "{}", R"({"version":"1"})", "null"}) {
    support::write_file(format, damaged);
    CHECK(coordinator::open(p.root()).error() == errc::needs_repair);
    CHECK(support::read_file(format) == damaged);
  }
  CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
  support::write_file(format, original);
  CHECK(coordinator::open(p.root()));
}

TEST_CASE("roots and state directories that cannot be") {
  const place p(tree{{"file", "F"}, {"dir", "/"}, {"link", ">dir"}, {"loop", ">loop"}});
  const auto error = [&](const cp::path& root, const std::string& state = ".commitpoint") {
    const auto opened = coordinator::open(root, {.state_directory = state});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().step == cp::step::open);
    CHECK_FALSE(opened.error().path().empty());
    return opened.error().code;
  };
  CHECK(error(p / "nothing") == std::errc::no_such_file_or_directory);
  CHECK(error(p / "file") == std::errc::not_a_directory);
  CHECK(error(p.root(), "../elsewhere") == errc::outside_root);
  CHECK(error(p.root(), "/elsewhere") == errc::outside_root);
  CHECK(error(p.root(), "link/state") == errc::outside_root);
  CHECK(error(p.root(), "loop") == errc::outside_root);
  CHECK(error(p.root(), "file") == std::errc::not_a_directory);
  CHECK(error(p.root(), "file/state") == std::errc::not_a_directory);
  CHECK(error(p.root(), ".") == errc::invalid_path);
  CHECK(coordinator::open(p.root(), {.state_directory = ""}).error() == errc::invalid_path);
  CHECK(support::shape(p.root()) == tree{{"dir", "/"}, {"file", "F"}, {"link", ">dir"}, {"loop", ">loop"}});
  // The root itself may be named by a link: it is the caller's own word.
  REQUIRE(coordinator::open(p / "link"));
  CHECK(support::is_there(p / "dir/.commitpoint"));
}

TEST_CASE("a plan that asks for what cannot be fails before the body runs") {
  const place p(tree{{"file", "F"}, {"dir", "/"}, {"pipe", "|"}});
  auto notes = open(p);
  auto owner = notes.acquire().value();
  const auto before = support::image(p.root());
  const auto error = [&](const cp::plan& what) {
    bool ran = false;
    const auto done = owner.run(what, [&](cp::mutation&) -> cp::result<void> {
      ran = true;
      return cp::success();
    });
    CHECK_FALSE(ran);
    CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
    return done.error().code;
  };
  CHECK(error({.touches = {cp::touch::file("../x")}}) == errc::outside_root);
  CHECK(error({.touches = {cp::touch::file("file"), cp::touch::file("pipe")}}) == errc::not_a_regular_file);
  CHECK(error({.touches = {cp::touch::tree("file")}}) == errc::not_a_regular_file);
  CHECK(error({.touches = {cp::touch::file("dir")}}) == errc::not_a_regular_file);
  CHECK(error({.touches = {cp::touch::file(".commitpoint/lock")}}) == errc::reserved_path);
  CHECK(error({.staging = {"file"}}) == std::errc::file_exists);
  CHECK(error({.staging = {"new", "new"}}) == std::errc::file_exists);
  CHECK(error({.staging = {"a", "../b"}}) == errc::outside_root);
}

TEST_CASE("details that no record can hold fail at the commit, with nothing done") {
  const place p;
  auto notes = open(p);
  auto owner = notes.acquire().value();
  nlohmann::json deep = 1;
  for (int i = 0; i < 500; ++i) deep = nlohmann::json::array({deep});
  const auto done = owner.run({.details = deep}, [](cp::mutation& m) { return m.write("a", "x"); });
  REQUIRE_FALSE(done);
  CHECK(done.error() == std::errc::invalid_argument);
  CHECK(done.error().outcome() == cp::outcome::rolled_back);
  CHECK(support::shape(p.root()).empty());
  CHECK(
      owner.run({.operation = "\xff not UTF-8", .details = "\xff"}, [](cp::mutation& m) { return m.write("a", "x"); }));
}
