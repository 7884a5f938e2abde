#include "support/tree.hpp"
#include "support/undone.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/native.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cp = commitpoint;
using cp::touch;
using support::place;
using support::tree;
using support::write_file;
using coordinator = cp::coordinator<>;

namespace {

// By handles, since a path may be too long for one call. Gives the directory, opened.
int open_deep(const cp::path& root, const std::vector<std::string>& directories) {
  int at = ::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (const auto& name : directories) {
    (void)::mkdirat(at, name.c_str(), 0755);
    const int next = ::openat(at, name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(next >= 0);
    ::close(std::exchange(at, next));
  }
  return at;
}
void write_at(int directory, const std::string& name, std::string_view content, int flags) {
  const int fd = ::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
  REQUIRE(fd >= 0);
  REQUIRE(::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  ::close(fd);
}
std::string read_at(int directory, const std::string& name) {
  const int fd = ::openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "not there";
  char text[64];
  const auto size = ::read(fd, text, sizeof text);
  ::close(fd);
  return {text, static_cast<std::size_t>(size)};
}
// Any path, however long.
std::string read_any(const cp::path& root, std::string_view plain) {
  std::vector<std::string> directories;
  for (auto slash = plain.find('/'); slash != std::string_view::npos; slash = plain.find('/')) {
    directories.emplace_back(plain.substr(0, slash));
    plain.remove_prefix(slash + 1);
  }
  const int at = open_deep(root, directories);
  auto text = read_at(at, std::string(plain));
  ::close(at);
  return text;
}

// Another inode, where the name is too long for a temporary one beside it.
void put_new(const cp::path& where, std::string_view content) {
  REQUIRE(::unlink(where.c_str()) == 0);
  write_file(where, content);
}

// What was kept, by the path that it had.
std::multimap<std::string, std::string> kept_by(const cp::report& found, const cp::path& root) {
  std::multimap<std::string, std::string> kept;
  for (const auto& k : found.kept) kept.emplace(k.path, read_any(root, k.place));
  return kept;
}

}  // namespace

TEST_CASE("A7: a kept file always gets a name") {
  const std::vector<std::pair<std::string, std::vector<std::string>>> places{
      {std::string(250, 'n'), {}},
      {std::string(255, 'n'), {}},
      {std::string(250, '\xe4'), {}},                       // no UTF-8
      {std::string(243, 'n') + "\n" + "\xf0\x9f\x98", {}},  // half of a character
      {std::string(250, 'n'), std::vector<std::string>(30, std::string(200, 'd'))},
      {"short", std::vector<std::string>(30, std::string(255, 'd'))},
  };
  for (const auto& where : places) {
    const auto& name = where.first;
    const auto& directories = where.second;
    CAPTURE(name);
    const place p(tree{});
    const int deep = open_deep(p.root(), directories);
    write_at(deep, name, "one\n", 0);
    std::string plain;
    for (const auto& d : directories) plain += d + "/";
    plain += name;
    support::die_after<coordinator>(p, {.touches = {touch::appended(plain)}},
                                    [&](auto&) { write_at(deep, name, "two\n", O_APPEND); });
    auto notes = coordinator::open(p.root()).value();
    auto mine = notes.acquire();
    REQUIRE_MESSAGE(mine, mine.error().message());
    CHECK(read_at(deep, name) == "one\n");
    const auto kept = kept_by(mine.value().recovered(), p.root());
    REQUIRE(kept.size() == 1);
    CHECK(kept.begin()->first == plain);
    CHECK(kept.begin()->second == "two\n");
    CHECK(mine.value().purge_kept().value() == 1);
    ::close(deep);
  }
}

TEST_CASE("A7: kept files whose names are too long do not take each other's place") {
  const std::string common(250, 'n');
  tree before;
  for (const char* last : {"1", "2", "3"}) before.emplace(common + last, "one\n");
  const place p(before);
  cp::plan what;
  for (const auto& [name, content] : before) what.touches.push_back(touch::appended(name));
  support::die_after<coordinator>(p, what, [&](auto& root) {
    for (const auto& [name, content] : before) write_file(root / name, "one\n" + name.substr(250) + "\n");
  });
  auto notes = coordinator::open(p.root()).value();
  auto mine = notes.acquire();
  REQUIRE_MESSAGE(mine, mine.error().message());
  const auto kept = kept_by(mine.value().recovered(), p.root());
  REQUIRE(kept.size() == 3);
  for (const auto& [path, content] : kept) CHECK(content == path.substr(250) + "\n");
}

TEST_CASE("A7: a name that is too long for a number behind it is kept again all the same") {
  const std::string name(255, 'n');
  const place p(tree{{name, "old\n"}});
  support::die_after<coordinator>(p, {.touches = {touch::file(name)}},
                                  [&](auto& root) { put_new(root / name, "the tool's\n"); });
  cp::system::faulty<cp::system::native> system;
  auto notes = cp::coordinator<cp::system::faulty<cp::system::native>>::open(p.root(), {}, system).value();
  for (const std::string edit : {"a person's\n", "another\n"}) {
    system.arm({.nth = 1, .error = EIO, .times = 1'000'000, .only = cp::system::call::rename});
    REQUIRE(notes.acquire().error() == cp::errc::dirty_rollback);
    system.disarm();
    put_new(p.root() / name, edit);
  }
  auto mine = notes.acquire();
  REQUIRE_MESSAGE(mine, mine.error().message());
  CHECK(read_any(p.root(), name) == "old\n");
  // The first two were reported by the drains that failed; nothing is lost of any.
  std::size_t found = 0;
  for (const auto& e : support::fs::recursive_directory_iterator(p.root() / ".commitpoint/kept")) {
    if (support::fs::is_regular_file(e.path())) ++found;
  }
  CHECK(found == 3);
}

TEST_CASE("A13: what was kept as a file before is no obstacle to what is below a directory of its name now") {
  for (const bool link : {false, true}) {
    CAPTURE(link);
    const place p(tree{{"a", "old\n"}});
    support::die_after<coordinator>(p, {.touches = {touch::file("a")}}, [&](auto& root) {
      REQUIRE(::unlink((root / "a").c_str()) == 0);
      if (link) {
        REQUIRE(::symlink("somewhere", (root / "a").c_str()) == 0);
      } else {
        write_file(root / "a", "new\n");
      }
    });
    cp::system::faulty<cp::system::native> system;
    auto notes = cp::coordinator<cp::system::faulty<cp::system::native>>::open(p.root(), {}, system).value();
    system.arm({.nth = 1, .error = EIO, .times = 1'000'000, .only = cp::system::call::rename});
    REQUIRE(notes.acquire().error() == cp::errc::dirty_rollback);
    system.disarm();
    REQUIRE(::unlink((p.root() / "a").c_str()) == 0);
    REQUIRE(::mkdir((p.root() / "a").c_str(), 0755) == 0);
    write_file(p.root() / "a/b", "mine\n");
    auto mine = notes.acquire();
    REQUIRE_MESSAGE(mine, mine.error().message());
    CHECK(support::read_file(p.root() / "a") == "old\n");
    const auto kept = kept_by(mine.value().recovered(), p.root());
    REQUIRE(kept.size() == 1);
    CHECK(kept.begin()->first == "a/b");
    CHECK(kept.begin()->second == "mine\n");
  }
}
