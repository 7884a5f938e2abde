// Knowledge bases that others read, and that a group shares: real users, by number, and a real read-only mount.

#include "program.hpp"

#include "support/mounts.hpp"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

using openkb::testing::ended;
using openkb::testing::place;

namespace {

constexpr ::uid_t alice = 64001;
constexpr ::uid_t bob = 64002;
constexpr ::gid_t team = 64100;

// Why nobody else can be played; empty where it can.
std::string why_alone() {
  if (::geteuid() != 0) return "only root may become somebody else";
  for (auto directory = std::filesystem::path(OPENKB_PROGRAM).parent_path(); directory.has_relative_path();
       directory = directory.parent_path()) {
    const auto mode = std::filesystem::status(directory).permissions();
    if ((mode & std::filesystem::perms::others_exec) == std::filesystem::perms::none) {
      return "other users cannot get at " + std::string(OPENKB_PROGRAM);
    }
  }
  return {};
}

#define SKIP_IF(why)                             \
  if (const std::string w = (why); !w.empty()) { \
    MESSAGE("SKIPPED: " << w);                   \
    return;                                      \
  }                                              \
  static_assert(true)

// A knowledge base of alice's, in a place that everybody may enter.
struct shared_place : place {
  explicit shared_place(::mode_t mode, ::gid_t group) {
    REQUIRE(::chmod(path().c_str(), 0777) == 0);
    REQUIRE(::mkdir(kb().c_str(), 0755) == 0);
    REQUIRE(::lchown(kb().c_str(), alice, group) == 0);
    REQUIRE(::chmod(kb().c_str(), mode) == 0);
    write("one.md", "# One\n\nGranite rocks. Granite lasts.\n");
    write("two.md", "# Two\n\nMarble rocks. Marble shines.\n");
  }

  [[nodiscard]] ended as(::uid_t user, std::vector<std::string> arguments) const {
    const auto number = std::to_string(user);
    return start(std::move(arguments),
                 {"setpriv", "--reuid", number, "--regid", number, "--groups", std::to_string(team), "--inh-caps=-all"})
        .wait();
  }

  void let_others_read() const {
    std::filesystem::permissions(kb(), std::filesystem::perms{0755});
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kb())) {
      const auto more = entry.is_directory() ? std::filesystem::perms{0055} : std::filesystem::perms{0044};
      std::filesystem::permissions(entry.path(), more, std::filesystem::perm_options::add);
    }
  }
};

const std::vector<std::vector<std::string>> looks{
    {"list"}, {"search", "granite"}, {"status"}, {"lint"}, {"recover", "--dry-run"}};

}  // namespace

TEST_CASE("openkb read-only places: another user is told that permission is missing, and has what he may read") {
  SKIP_IF(why_alone());
  const shared_place p(0755, alice);
  REQUIRE(p.as(alice, {"init"}).code == 0);
  REQUIRE(p.as(alice, {"add", (p.path() / "one.md").native()}).code == 0);
  for (const auto& command : looks) {
    const auto refused = p.as(bob, command);
    CAPTURE(refused.err);
    CHECK(refused.code == 1);
    CHECK(refused.err.find("Permission denied") != std::string::npos);
    CHECK(refused.err.find("chmod -R go+rX") != std::string::npos);
    CHECK(refused.err.find("no knowledge base") == std::string::npos);
  }
  p.let_others_read();
  const auto before = p.image();
  for (const auto& command : looks) {
    const auto seen = p.as(bob, command);
    CAPTURE(command.front());
    CAPTURE(seen.err);
    CHECK(seen.code == 0);
  }
  CHECK(p.as(bob, {"list"}).out.find("one") != std::string::npos);
  const auto refused = p.as(bob, {"add", (p.path() / "two.md").native()});
  CHECK(refused.code == 1);
  CHECK(refused.err.find("64001") != std::string::npos);
  CHECK(p.image() == before);

  // What a crash left is alice's to settle, and anybody may see that.
  REQUIRE(p.as(alice, {"--crash-at", "committed", "add", (p.path() / "two.md").native()}).code == 137);
  p.let_others_read();
  const auto pending = p.as(bob, {"recover", "--dry-run"});
  CHECK(pending.out.find("pending: mutation") != std::string::npos);
  const auto waiting = p.as(bob, {"list"});
  CHECK(waiting.code != 0);
  CHECK(waiting.err.find("64001") != std::string::npos);
  CHECK(p.as(alice, {"list"}).out.find("two") != std::string::npos);
  p.let_others_read();
  CHECK(p.as(bob, {"list"}).out.find("two") != std::string::npos);
}

TEST_CASE("openkb read-only places: a directory that may not be entered is not called one without a knowledge base") {
  SKIP_IF(why_alone());
  const shared_place p(0700, alice);
  REQUIRE(p.as(alice, {"init"}).code == 0);
  const auto refused = p.as(bob, {"list"});
  CAPTURE(refused.err);
  CHECK(refused.code == 1);
  CHECK(refused.err.find("Permission denied") != std::string::npos);
  CHECK(refused.err.find("init") == std::string::npos);
}

TEST_CASE("openkb read-only places: what looks works on a read-only mount, and what writes says why not") {
  SKIP_IF(support::why_no_mounts());
  const place p;
  const auto one = p.write("one.md", "# One\n\nGranite rocks. Granite lasts.\n");
  const auto two = p.write("two.md", "# Two\n\nMarble rocks. Marble shines.\n");
  REQUIRE(p.run({"init"}).code == 0);
  REQUIRE(p.add(one).code == 0);
  REQUIRE(::mount(p.kb().c_str(), p.kb().c_str(), nullptr, MS_BIND, nullptr) == 0);
  const auto remount = [&](unsigned long how) {
    REQUIRE(::mount(nullptr, p.kb().c_str(), nullptr, MS_BIND | MS_REMOUNT | how, nullptr) == 0);
  };
  remount(MS_RDONLY);
  for (const auto& command : looks) {
    const auto seen = p.run(command);
    CAPTURE(command.front());
    CAPTURE(seen.err);
    CHECK(seen.code == 0);
  }
  CHECK(p.run({"list"}).out.find("one") != std::string::npos);
  const auto refused = p.add(two);
  CHECK(refused.code == 1);
  CHECK(refused.err.find("Read-only file system") != std::string::npos);

  remount(0);
  REQUIRE(p.run({"--crash-at", "committed", "add", two.native()}).code == 137);
  remount(MS_RDONLY);
  const auto waiting = p.run({"list"});
  CAPTURE(waiting.err);
  CHECK(waiting.code == 1);
  CHECK(waiting.err.find("let somebody who may write here read first") != std::string::npos);
  REQUIRE(::umount2(p.kb().c_str(), MNT_DETACH) == 0);
  CHECK(p.run({"list"}).out.find("two") != std::string::npos);
}

TEST_CASE("openkb read-only places: what one member of a group leaves behind the next one settles") {
  SKIP_IF(why_alone());
  for (const std::string step : {"committed", "publish", "stage"}) {
    CAPTURE(step);
    const shared_place p(02770, team);
    REQUIRE(p.as(alice, {"init"}).code == 0);
    REQUIRE(p.as(alice, {"add", (p.path() / "one.md").native()}).code == 0);
    REQUIRE(p.as(bob, {"--crash-at", step, "add", (p.path() / "two.md").native()}).code == 137);
    const auto listed = p.as(alice, {"list"});
    CAPTURE(listed.err);
    CHECK(listed.code == 0);
    CHECK((listed.out.find("two") != std::string::npos) == (step != "stage"));
    for (const auto user : {bob, alice}) {
      const auto again = p.as(user, {"remove", "one"});
      CAPTURE(again.err);
      CHECK(again.code == 0);
      CHECK(p.as(user, {"add", (p.path() / "one.md").native()}).code == 0);
    }
    CHECK(p.as(alice, {"lint"}).code == 0);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(p.kb())) {
      struct stat status {};
      REQUIRE(::lstat(entry.path().c_str(), &status) == 0);
      CHECK_MESSAGE(status.st_gid == team, entry.path().native());
      CHECK_MESSAGE((status.st_mode & 060U) == 060U, entry.path().native());
    }
  }
}
