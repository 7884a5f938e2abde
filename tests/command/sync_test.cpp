// `commitpoint sync`.

#include "command.hpp"

#include <sys/stat.h>

using command_test::place;
namespace fs = std::filesystem;

namespace {

class two_trees : public place {
 public:
  two_trees() { fs::create_directories(source()); }
  [[nodiscard]] fs::path source() const { return path() / "source"; }
  void give(const std::string& name, std::string_view bytes) const {
    fs::create_directories((source() / name).parent_path());
    std::ofstream(source() / name, std::ios::binary) << bytes;
  }
  support::ended sync(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"--json", "sync", source().native(), root().native()});
    return run(std::move(options));
  }
  [[nodiscard]] std::string difference() const {
    auto wanted = commitpoint::testing::read_tree(commitpoint::path(source().native()), {}).value();
    auto found = image();
    for (auto* image : {&wanted, &found}) {
      for (auto& [name, entry] : image->entries) {
        if ((entry.mode & S_IFMT) != S_IFREG) entry.modified.reset();
      }
    }
    return difference_text(wanted, found);
  }
};

}  // namespace

TEST_CASE("commitpoint sync: the same files, modes, times and links; a second run changes nothing") {
  const two_trees p;
  p.give("a", "1");
  p.give("d/e/b", std::string(200'000, 'x'));
  p.give("run", "#!/bin/sh\n");
  fs::permissions(p.source() / "run", fs::perms(0755));
  fs::create_directory(p.source() / "empty");
  fs::create_symlink("d/e/b", p.source() / "l");
  fs::create_symlink("nowhere", p.source() / "broken");
  const auto first = p.sync();
  REQUIRE(first.code == 0);
  CHECK(first.json().at("steps").size() == 8);
  CHECK(p.difference() == "");
  const auto before = p.image();
  CHECK(p.sync().json().at("steps").empty());
  CHECK(difference_text(before, p.image()) == "");

  p.give("a", "2");
  fs::permissions(p.source() / "run", fs::perms(0700));
  fs::remove(p.source() / "l");
  fs::create_symlink("a", p.source() / "l");
  const auto second = p.sync().json().at("steps");
  CHECK(second.size() == 3);
  CHECK(p.difference() == "");
}

TEST_CASE("commitpoint sync: what is not in the source stays, or goes with --delete; what is excluded is left alone") {
  const two_trees p;
  p.give("a", "1");
  p.give("skip.o", "o");
  p.write("old/x", "x");
  p.write("old/y", "y");
  p.write("keep.o", "mine");
  REQUIRE(p.sync({"--exclude", "*.o"}).code == 0);
  CHECK(p.exists("old/x"));
  CHECK_FALSE(p.exists("skip.o"));
  const auto shown = p.sync({"--exclude", "*.o", "--delete", "--dry-run"});
  CHECK(shown.json().at("steps") == nlohmann::json::array({{{"what", "remove"}, {"path", "old"}}}));
  CHECK(p.exists("old/x"));
  REQUIRE(p.sync({"--exclude", "*.o", "--delete"}).code == 0);
  CHECK_FALSE(p.exists("old"));
  CHECK(p.read("keep.o") == "mine");
  CHECK(fs::exists(p / ".commitpoint"));
}

TEST_CASE("commitpoint sync --delete: a directory with something excluded in it, or a state directory, stays") {
  const two_trees p;
  p.give("a", "1");
  p.write("old/deep/keep.o", "mine");
  p.write("old/deep/goes", "x");
  p.write("old/other/goes", "y");
  REQUIRE(p.sync({"--exclude", "*.o", "--delete"}).code == 0);
  CHECK(p.read("old/deep/keep.o") == "mine");
  CHECK_FALSE(p.exists("old/deep/goes"));
  CHECK_FALSE(p.exists("old/other"));

  p.give("old", "a file");
  const auto refused = p.run({"sync", p.source().native(), p.root().native(), "--exclude", "*.o"});
  CHECK(refused.code == 1);
  CHECK(refused.err.find("old: something else is there\n  the directory holds what is to be left alone") !=
        std::string::npos);
  CHECK(p.read("old/deep/keep.o") == "mine");
  fs::remove(p.source() / "old");

  fs::create_directory(p / ".program");
  fs::rename(p / ".commitpoint", p / ".program/state");
  REQUIRE(p.sync({"--exclude", "*.o", "--delete"}).code == 0);
  CHECK(p.exists(".program/state/format"));
  CHECK_FALSE(p.exists(".commitpoint"));
}

TEST_CASE("commitpoint sync: a file where a directory was, and the other way round") {
  const two_trees p;
  p.give("a", "1");
  p.give("b/c", "2");
  p.write("a/x", "x");
  p.write("b", "y");
  REQUIRE(p.sync().code == 0);
  CHECK(p.difference() == "");
}

TEST_CASE("commitpoint sync: what cannot be copied changes nothing") {
  const two_trees p;
  p.give("a", "1");
  REQUIRE(::mkfifo((p.source() / "pipe").c_str(), 0600) == 0);
  const auto failed = p.run({"sync", p.source().native(), p.root().native()});
  CHECK(failed.code == 1);
  CHECK(failed.err.find("pipe: it is no file, directory or symbolic link\n  leave it out with --exclude") !=
        std::string::npos);
  CHECK_FALSE(p.exists("a"));
  CHECK(p.run({"sync", (p.path() / "nothing").native(), p.root().native()}).code == 1);
  CHECK(p.sync({"--exclude", "pipe"}).code == 0);
}

TEST_CASE("commitpoint sync --quick: size and time are believed") {
  const two_trees p;
  p.give("a", "1");
  REQUIRE(p.sync().code == 0);
  const auto time = fs::last_write_time(p.source() / "a");
  p.give("a", "2");
  fs::last_write_time(p.source() / "a", time);
  CHECK(p.sync({"--quick"}).json().at("steps").empty());
  CHECK(p.sync().json().at("steps").size() == 1);
}
