#include <commitpoint/testing/temporary_directory.hpp>
#include <commitpoint/testing/tree_image.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <boost/filesystem/operations.hpp>

#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace cp = commitpoint;
namespace fs = boost::filesystem;

using cp::testing::difference;
using cp::testing::read_tree;

namespace {

void put(const cp::path& file, const std::string& content) {
  std::ofstream out(file.c_str(), std::ios::binary);
  out << content;
  REQUIRE(out.good());
}

void set_time(const cp::path& node, std::int64_t seconds, long nanoseconds) {
  const timespec times[2] = {{0, UTIME_OMIT}, {seconds, nanoseconds}};
  REQUIRE(::utimensat(AT_FDCWD, node.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
}

// Two trees of the same content, with the same times.
void fill(const cp::path& root) {
  fs::create_directories(root / "dir/empty");
  fs::create_directory(root / "state");
  put(root / "file", "content");
  put(root / "dir/big", std::string(200'000, 'b'));
  put(root / "state/journal", "journal");
  fs::create_hard_link(root / "file", root / "dir/twin");
  fs::create_symlink("nowhere", root / "dangling");
  for (const auto* name : {"file", "dir/big", "state/journal", "dangling", "dir/empty", "dir", "state", "."}) {
    set_time(root / name, 1'700'000'000, 123'456'789);
  }
}

}  // namespace

TEST_CASE("two trees that were made alike are equal, in every part") {
  cp::testing::temporary_directory a;
  cp::testing::temporary_directory b;
  fill(a.path());
  fill(b.path());
  const auto first = read_tree(a.path()).value();
  const auto second = read_tree(b.path()).value();
  CHECK(first == second);
  CHECK(difference(first, second).empty());
  CHECK(first.entries.size() == 9);
  CHECK(first.has("."));
  CHECK(first.entries.at("file").content == "content");
  CHECK(first.entries.at("file").same_as == "dir/twin");  // which is the first in the order of names
  CHECK(first.entries.at("dir/big").content.empty());
  CHECK(first.entries.at("dir/big").size == 200'000);
  CHECK(first.entries.at("dangling").target == "nowhere");
}

TEST_CASE("every kind of change makes a difference, and its line says what it is") {
  struct step {
    std::string expected;
    std::function<void(const cp::path&)> change;
  };
  const std::vector<step> table{
      {"file: mode 0644 -> 0600", [](const cp::path& r) { REQUIRE(::chmod((r / "file").c_str(), 0600) == 0); }},
      {"file: content 7 -> 7 bytes, from byte 3: \"content\" -> \"conTent\"",
       [](const cp::path& r) { put(r / "file", "conTent"); }},
      {"dir/big: content 200000 -> 200000 bytes",
       [](const cp::path& r) { put(r / "dir/big", std::string(199'999, 'b') + "c"); }},
      {"file: content 7 -> 8 bytes, from byte 7: \"content\" -> \"content\\x0a\"",
       [](const cp::path& r) { put(r / "file", "content\n"); }},
      {"file: modified 1700000000123456789 -> 1700000000123456790",
       [](const cp::path& r) { set_time(r / "file", 1'700'000'000, 123'456'790); }},
      {"dangling: target \"nowhere\" -> \"elsewhere\"",
       [](const cp::path& r) {
         fs::remove(r / "dangling");
         fs::create_symlink("elsewhere", r / "dangling");
       }},
      {"dir/empty: missing, was a directory", [](const cp::path& r) { fs::remove(r / "dir/empty"); }},
      {"extra: extra, is a file", [](const cp::path& r) { put(r / "extra", ""); }},
      {"file: hard link to \"dir/twin\" -> \"\"",
       [](const cp::path& r) {
         fs::remove(r / "file");
         put(r / "file", "content");
       }},
      {"dir/empty: type directory -> file",
       [](const cp::path& r) {
         fs::remove(r / "dir/empty");
         put(r / "dir/empty", "");
       }},
  };
  for (const auto& row : table) {
    cp::testing::temporary_directory place;
    fill(place.path());
    REQUIRE(::chmod((place / "file").c_str(), 0644) == 0);
    const auto before = read_tree(place.path()).value();
    row.change(place.path());
    const auto after = read_tree(place.path()).value();
    CHECK(before != after);
    const auto text = cp::testing::difference_text(before, after);
    CAPTURE(text);
    CAPTURE(row.expected);
    CHECK(text.find(row.expected + "\n") != std::string::npos);
  }
}

TEST_CASE("extended attributes count") {
  cp::testing::temporary_directory place;
  fill(place.path());
  const auto before = read_tree(place.path()).value();
  if (::setxattr((place / "file").c_str(), "user.note", "n", 1, 0) != 0) {
    std::puts("SKIPPED: no user attributes on this file system");
    return;
  }
  const auto after = read_tree(place.path()).value();
  // The twin is the same file.
  CHECK(difference(before, after) == std::vector<std::string>{"dir/twin: attribute user.note absent -> \"n\"",
                                                              "file: attribute user.note absent -> \"n\""});
}

TEST_CASE("owners count") {
  if (::geteuid() != 0) {
    std::puts("SKIPPED: only root gives files away");
    return;
  }
  cp::testing::temporary_directory place;
  put(place / "file", "x");
  const auto before = read_tree(place.path()).value();
  REQUIRE(::chown((place / "file").c_str(), 12, 34) == 0);
  CHECK(difference(before, read_tree(place.path()).value()) == std::vector<std::string>{"file: owner 0:0 -> 12:34"});
}

TEST_CASE("subtrees and times can be left out") {
  cp::testing::temporary_directory place;
  fill(place.path());
  auto read = [&](const cp::testing::tree_options& options) { return read_tree(place.path(), options).value(); };
  const cp::testing::tree_options without_state{.ignored = {"state"}, .ignore_directory_times = true};
  const cp::testing::tree_options without_time{.ignored_times = {"file", "dir/twin"}};
  const auto before = read(without_state);
  const auto before_time = read(without_time);
  CHECK_FALSE(before.has("state"));
  CHECK_FALSE(before.has("state/journal"));
  put(place / "state/other", "x");
  fs::create_directory(place / "gone");
  fs::remove(place / "gone");
  CHECK(read(without_state) == before);
  fs::remove(place / "state/other");
  set_time(place / "state", 1'700'000'000, 123'456'789);
  set_time(place / ".", 1'700'000'000, 123'456'789);
  set_time(place / "file", 1, 1);
  CHECK(read(without_time) == before_time);
  CHECK(read(without_state) != before);
  put(place / "statement", "not ignored");
  CHECK(read(without_state).has("statement"));
}

TEST_CASE("a tree that is not there is an error") {
  CHECK(read_tree("/nowhere/at/all").error() == std::errc::no_such_file_or_directory);
}

TEST_CASE("a temporary directory is gone at the end, with what may not be listed") {
  cp::path where;
  {
    cp::testing::temporary_directory place;
    where = place.path();
    CHECK(fs::is_directory(where));
    fs::create_directories(where / "a/b/c");
    put(where / "a/b/c/file", "x");
    REQUIRE(::chmod((where / "a/b").c_str(), 0) == 0);
    REQUIRE(::chmod((where / "a").c_str(), 0) == 0);
    auto moved = std::move(place);
    CHECK(moved.path() == where);
  }
  CHECK_FALSE(fs::exists(where));
}

TEST_CASE("a temporary directory can be made elsewhere, and kept") {
  cp::testing::temporary_directory outer;
  {
    cp::testing::temporary_directory inner(outer.path());
    CHECK(inner.path().parent_path() == outer.path());
    inner.keep();
  }
  CHECK_FALSE(fs::is_empty(outer.path()));
  CHECK_THROWS_AS(cp::testing::temporary_directory("/nowhere/at/all"), std::system_error);
}
