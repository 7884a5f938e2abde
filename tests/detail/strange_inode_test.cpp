// Metadata, and what gives rights, is never put on a node that is not provably the one that was saved.

#include "support/mounts.hpp"
#include "support/process.hpp"
#include "support/rich_tree.hpp"
#include "support/tree.hpp"
#include "support/undone.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/snapshot/adaptive.hpp>
#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/snapshot/hardlink.hpp>

#include <doctest/doctest.h>

#include <signal.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <system_error>
#include <type_traits>
#include <vector>

namespace cp = commitpoint;
using cp::touch;
using support::deed;
using support::mode;
using support::overwrite;
using support::place;
using support::read_file;
using support::write_file;

namespace {

// Of a file that is not the tree's: all that must stay.
struct strange_file {
  explicit strange_file(const cp::path& directory, const std::string& content) : where(directory / "shared") {
    write_file(where, content);
    REQUIRE(::chmod(where.c_str(), 0666) == 0);
    support::set_old_time(where);
    before = support::status(where);
  }
  void expect_untouched(const std::string& content) const {
    const auto now = support::status(where);
    CHECK(now.st_mode == before.st_mode);
    CHECK(now.st_uid == before.st_uid);
    CHECK(now.st_mtim.tv_sec == before.st_mtim.tv_sec);
    CHECK(read_file(where) == content);
  }
  cp::path where;
  struct stat before {};
};

struct how_undone {
  std::string name;
  std::function<void(const place&, const cp::plan&, const deed&)> undo;
};

template <class Coordinator>
std::vector<how_undone> both_ways() {
  return {{"alive",
           [](const place& p, const cp::plan& what, const deed& d) {
             CHECK(support::fail_after<Coordinator>(p, what, d).error() == std::errc::owner_dead);
           }},
          {"drain", [](const place& p, const cp::plan& what, const deed& d) {
             support::die_after<Coordinator>(p, what, d);
             auto owner = Coordinator::open(p.root()).value().acquire();
             REQUIRE_MESSAGE(owner, owner.error().message());
             (void)owner.value().purge_kept();
           }}};
}

void link_over(const cp::path& from, const cp::path& to) {
  REQUIRE(::unlink(to.c_str()) == 0);
  REQUIRE(::link(from.c_str(), to.c_str()) == 0);
}

template <class Policy>
void expect_strange_files_left_alone() {
  using coordinator = cp::coordinator<Policy>;
  for (const auto& way : both_ways<coordinator>()) {
    const auto& name = way.name;
    const auto& undo = way.undo;
    for (const auto& touched : {touch::file("d/x"), touch::replaced_tree("d"), touch::appended("d/x")}) {
      for (const std::string content : {"hello", "other"}) {
        CAPTURE(name);
        CAPTURE(content);
        const place p(support::tree{{"d", "/"}, {"d/x", "hello"}});
        REQUIRE(::chmod((p / "d/x").c_str(), 0600) == 0);
        const auto before = support::image_before<coordinator>(p);
        const strange_file shared(p.outside(), content);
        if (touched.how == touch::way::appended && content != "hello") continue;  // nothing has its old bytes
        undo(p, {.touches = {touched}}, [&](const cp::path& root) { link_over(shared.where, root / "d/x"); });
        shared.expect_untouched(content);
        support::expect_restored(before, p);
      }
    }
  }
}

}  // namespace

TEST_CASE("A4: a strange file that took the name of a saved one is replaced, and keeps all that it had") {
  expect_strange_files_left_alone<cp::snapshot::copy>();
  expect_strange_files_left_alone<cp::snapshot::hardlink>();
}

TEST_CASE("A4: a saved file that got a name outside of the tree is replaced, and keeps all that it has there") {
  using coordinator = cp::coordinator<cp::snapshot::copy>;
  for (const auto& way : both_ways<coordinator>()) {
    const auto& name = way.name;
    const auto& undo = way.undo;
    for (const bool is_linked : {false, true}) {
      for (const auto& touched : {touch::file("d/x"), touch::tree("d"), touch::appended("d/x")}) {
        CAPTURE(name);
        CAPTURE(is_linked);
        const place p(support::tree{{"d", "/"}, {"d/x", "hello"}});
        if (is_linked) REQUIRE(::link((p / "d/x").c_str(), (p / "d/y").c_str()) == 0);
        REQUIRE(::chmod((p / "d/x").c_str(), 0600) == 0);
        (void)support::image_before<coordinator>(p);
        const auto other = p.outside() / "adopted";
        undo(p, {.touches = {touched}}, [&](const cp::path& root) {
          REQUIRE(::link((root / "d/x").c_str(), other.c_str()) == 0);
          REQUIRE(::chmod(other.c_str(), 0444) == 0);
        });
        CHECK(mode(other) == 0444);
        CHECK(mode(p / "d/x") == 0600);
        CHECK(read_file(p / "d/x") == "hello");
        CHECK(support::status(other).st_ino != support::status(p / "d/x").st_ino);
      }
    }
  }
}

TEST_CASE("A4: a strange name of a hard-linked backup is left alone") {
  using coordinator = cp::coordinator<cp::snapshot::hardlink>;
  for (const auto& way : both_ways<coordinator>()) {
    const auto& name = way.name;
    const auto& undo = way.undo;
    CAPTURE(name);
    const place p(support::tree{{"d", "/"}, {"d/x", "hello"}});
    REQUIRE(::chmod((p / "d/x").c_str(), 0600) == 0);
    (void)support::image_before<coordinator>(p);
    const auto other = p.outside() / "adopted";
    undo(p, {.touches = {touch::replaced_tree("d")}}, [&](const cp::path& root) {
      REQUIRE(::link((root / "d/x").c_str(), other.c_str()) == 0);
      REQUIRE(::chmod(other.c_str(), 0444) == 0);
      support::replace(root / "d/x", "replaced");
    });
    CHECK(mode(other) == 0444);
    CHECK(mode(p / "d/x") == 0600);
    CHECK(read_file(p / "d/x") == "hello");
  }
}

TEST_CASE("A4: a strange directory or link that took the name of a saved one is replaced") {
  using coordinator = cp::coordinator<cp::snapshot::copy>;
  for (const auto& way : both_ways<coordinator>()) {
    const auto& name = way.name;
    const auto& undo = way.undo;
    CAPTURE(name);
    const place p(support::tree{{"d", "/"}, {"d/sub", "/"}, {"d/sub/x", "hello"}, {"l", ">d"}, {"d/l", ">sub"}});
    const auto before = support::image_before<coordinator>(p);
    const auto strange = p.outside() / "strange";
    REQUIRE(::mkdir(strange.c_str(), 0711) == 0);
    const auto inode = support::status(strange).st_ino;
    REQUIRE(::symlink("d", (p.outside() / "link").c_str()) == 0);
    support::set_old_time(p.outside() / "link");
    const auto link = support::status(p.outside() / "link");
    undo(p, {.touches = {touch::tree("d"), touch::file("l")}}, [&](const cp::path& root) {
      REQUIRE(::rename((root / "d/sub/x").c_str(), (strange / "x").c_str()) == 0);
      REQUIRE(::rmdir((root / "d/sub").c_str()) == 0);
      REQUIRE(::rename(strange.c_str(), (root / "d/sub").c_str()) == 0);
      REQUIRE(::unlink((root / "l").c_str()) == 0);
      REQUIRE(::link((p.outside() / "link").c_str(), (root / "l").c_str()) == 0);
      REQUIRE(::lchown((root / "l").c_str(), ::geteuid(), ::getegid()) == 0);
    });
    support::expect_restored(before, p);
    CHECK(support::status(p / "d/sub").st_ino != inode);
    CHECK(support::status(p.outside() / "link").st_nlink == 1);
    CHECK(support::status(p.outside() / "link").st_mtim.tv_nsec == link.st_mtim.tv_nsec);
  }
}

TEST_CASE("A3: set-id bits and capabilities come back with the content that was saved, whatever saved it") {
  const auto base = support::with_attributes();
  const auto exact = [&]<class Policy>(std::type_identity<Policy>) {
    using coordinator = cp::coordinator<Policy>;
    for (const auto& way : both_ways<coordinator>()) {
      const auto& name = way.name;
      const auto& undo = way.undo;
      CAPTURE(name);
      const place p(support::tree{{"d", "/"}, {"d/tool", "tool"}, {"d/able", "able"}}, base);
      REQUIRE(::chmod((p / "d/tool").c_str(), 04755) == 0);
      const std::string capability("\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
                                   20);
      const bool has_capabilities =
          ::setxattr((p / "d/able").c_str(), "security.capability", capability.data(), capability.size(), 0) == 0;
      if (!has_capabilities) MESSAGE("SKIPPED: capabilities of files need root");
      const auto before = support::image_before<coordinator>(p);
      undo(p, {.touches = {touch::replaced_tree("d")}}, [&](const cp::path& root) {
        overwrite(root / "d/tool", "evil");
        REQUIRE(::chmod((root / "d/tool").c_str(), 0755) == 0);
        overwrite(root / "d/able", "evil");
      });
      support::expect_restored(before, p);
    }
  };
  exact(std::type_identity<cp::snapshot::copy>{});
  exact(std::type_identity<cp::snapshot::hardlink>{});
  exact(std::type_identity<cp::snapshot::adaptive>{});
}

TEST_CASE("A3: a backup that is another user's gives back no set-id bits") {
  if (::geteuid() != 0) {
    MESSAGE("SKIPPED: only root may give files away");
    return;
  }
  using coordinator = cp::coordinator<>;
  const place p(support::tree{{"tool", "tool"}});
  REQUIRE(::chmod((p / "tool").c_str(), 04755) == 0);
  support::die_after<coordinator>(p, {.touches = {touch::file("tool")}}, [](const cp::path& root) {
    overwrite(root / "tool", "evil");
    REQUIRE(::chmod((root / "tool").c_str(), 0755) == 0);
  });
  // Whoever owns the backup may have written it, and the journal as well.
  const auto area = p / ".commitpoint/staging/m1";
  for (const auto& entry : support::fs::directory_iterator(area)) {
    REQUIRE(::chown(entry.path().c_str(), 12345, 12345) == 0);
  }
  auto owner = coordinator::open(p.root()).value().acquire();
  REQUIRE_MESSAGE(owner, owner.error().message());
  CHECK(read_file(p / "tool") == "tool");
  CHECK(mode(p / "tool") == 0755);
}
