#include "support/mounts.hpp"
#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/publish/copy.hpp>

#include <doctest/doctest.h>

#include <sys/mount.h>
#include <sys/stat.h>

#include <csignal>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace {

namespace cp = commitpoint;
using cp::touch;
using support::is_there;
using support::read_file;
using support::shape;
using support::tree;
using support::write_file;

// An overlay of two file systems whose inodes have nothing to do with each other: each layer's files have a device of
// their own.
class overlaid {
 public:
  explicit overlaid(const tree& lower_tree) {
    why_not_ = support::why_no_mounts();
    if (!why_not_.empty()) return;
    for (const auto& each : {lower(), above(), where()}) REQUIRE(::mkdir(each.c_str(), 0755) == 0);
    lower_.emplace(lower());
    above_.emplace(above());
    for (const char* name : {"upper", "work"}) REQUIRE(::mkdir((above() / name).c_str(), 0755) == 0);
    support::build(lower(), lower_tree);
    // The state directory is a lower one as well, as in an image that was used before.
    REQUIRE(cp::coordinator<>::open(lower()).value().acquire());
    const auto options = "lowerdir=" + lower().native() + ",upperdir=" + (above() / "upper").native() +
                         ",workdir=" + (above() / "work").native() + ",xino=off";
    if (::mount("overlay", where().c_str(), "overlay", 0, options.c_str()) != 0) {
      why_not_ = std::string("no overlayfs: ") + std::strerror(errno);
      return;
    }
    is_mounted_ = true;
  }
  overlaid(const overlaid&) = delete;
  overlaid& operator=(const overlaid&) = delete;
  ~overlaid() {
    if (is_mounted_) ::umount2(where().c_str(), MNT_DETACH);
  }

  [[nodiscard]] const std::string& why_not() const noexcept { return why_not_; }
  [[nodiscard]] cp::path where() const { return directory_ / "root"; }

 private:
  [[nodiscard]] cp::path lower() const { return directory_ / "lower"; }
  [[nodiscard]] cp::path above() const { return directory_ / "above"; }

  cp::testing::temporary_directory directory_{support::in_memory()};
  std::optional<support::mounted> lower_;
  std::optional<support::mounted> above_;
  std::string why_not_;
  bool is_mounted_ = false;
};

const tree old_tree{{"a", "old a"},   {"b", "old b"}, {"c", "old c"}, {"d", "/"},       {"d/x", "old x"},
                    {"d/y", "old y"}, {"e", "/"},     {"e/z", "z"},   {"gone", "gone"}, {"log", "1\n"}};
const tree new_tree{{"a", "new a"},   {"c", "new c"}, {"d", "/"},   {"d/b", "old b"}, {"d/x", "new x"},
                    {"d/y", "old y"}, {"f", "/"},     {"f/z", "z"}, {"log", "1\n2\n"}};

cp::result<void> change(cp::mutation& m) {
  BOOST_OUTCOME_TRYV(m.write("a", "new a"));
  BOOST_OUTCOME_TRYV(m.write("d/x", "new x"));
  BOOST_OUTCOME_TRYV(m.append("log", "2\n"));
  BOOST_OUTCOME_TRYV(m.rename("b", "d/b"));
  BOOST_OUTCOME_TRYV(m.rename("e", "f"));
  BOOST_OUTCOME_TRY(const auto place, m.stage("c"));
  write_file(place, "new c");
  return m.remove("gone");
}

// By somebody who knows nothing of commitpoint.
void disturb(const cp::path& root) {
  write_file(root / "a", "written in place");
  support::fs::remove(root / "b");
  write_file(root / "d/x", "written in place");
  write_file(root / "d/new", "new");
  support::fs::remove(root / "d/y");
  write_file(root / "log", "1\nmore");
  support::fs::rename(root / "e/z", root / "e/moved");
}
const cp::plan covers_it{.touches = {touch::file("a"), touch::file("b"), touch::tree("d"), touch::appended("log"),
                                     touch::replaced_tree("e")}};

}  // namespace

TEST_CASE_TEMPLATE("A17: on an overlay of two file systems without xino, what is in the lower one is changed", Publish,
                   cp::publish::rename, cp::publish::copy) {
  const overlaid root(old_tree);
  if (!root.why_not().empty()) {
    MESSAGE("SKIPPED: " << root.why_not());
    return;
  }
  auto kb = cp::coordinator<Publish>::open(root.where()).value();
  auto owner = kb.acquire().value();
  auto done = owner.run({}, change);
  REQUIRE_MESSAGE(done, done.error().message());
  CHECK(shape(root.where()) == new_tree);
  // And again, what is in the upper one now.
  done = owner.run({}, [](cp::mutation& m) { return m.write("a", "newer"); });
  REQUIRE_MESSAGE(done, done.error().message());
  done = owner.release();
  REQUIRE_MESSAGE(done, done.error().message());
  CHECK(support::leftovers(root.where()).empty());
}

TEST_CASE("A17: on an overlay of two file systems without xino, effects in place are undone") {
  const overlaid root(old_tree);
  if (!root.why_not().empty()) {
    MESSAGE("SKIPPED: " << root.why_not());
    return;
  }
  SUBCASE("by their owner") {
    auto kb = cp::coordinator<>::open(root.where()).value();
    auto owner = kb.acquire().value();
    const auto done = owner.run(covers_it, [&](cp::mutation&) -> cp::result<void> {
      disturb(root.where());
      return std::make_error_code(std::errc::owner_dead);
    });
    REQUIRE_FALSE(done);
    CHECK_MESSAGE(done.error().outcome() == cp::outcome::rolled_back, done.error().message());
  }
  SUBCASE("by a drain") {
    support::child crashed([&]() -> std::string {
      auto owner = cp::coordinator<>::open(root.where()).value().acquire().value();
      (void)owner.run(covers_it, [&](cp::mutation&) -> cp::result<void> {
        disturb(root.where());
        ::kill(::getpid(), SIGKILL);
        return cp::success();
      });
      return "it lived";
    });
    REQUIRE(crashed.was_killed());
    auto kb = cp::coordinator<>::open(root.where()).value();
    auto owner = kb.acquire();
    REQUIRE_MESSAGE(owner, owner.error().message());
    CHECK_FALSE(owner.value().recovered().kept.empty());
  }
  CHECK(shape(root.where()) == old_tree);
}

TEST_CASE("A17: what is mounted on a file or in a tree of an overlay is still refused") {
  const overlaid root(old_tree);
  if (!root.why_not().empty()) {
    MESSAGE("SKIPPED: " << root.why_not());
    return;
  }
  REQUIRE(::mount((root.where() / "b").c_str(), (root.where() / "a").c_str(), nullptr, MS_BIND, nullptr) == 0);
  REQUIRE(::mount((root.where() / "b").c_str(), (root.where() / "d/x").c_str(), nullptr, MS_BIND, nullptr) == 0);
  auto kb = cp::coordinator<>::open(root.where()).value();
  auto owner = kb.acquire().value();
  const auto written = owner.run({}, [](cp::mutation& m) { return m.write("a", "new"); });
  REQUIRE_FALSE(written);
  CHECK(written.error() == cp::errc::unsupported);
  const auto touched =
      owner.run({.touches = {touch::tree("d")}}, [](cp::mutation&) { return cp::result<void>(cp::success()); });
  REQUIRE_FALSE(touched);
  CHECK(touched.error() == cp::errc::unsupported);
  ::umount2((root.where() / "a").c_str(), MNT_DETACH);
  ::umount2((root.where() / "d/x").c_str(), MNT_DETACH);
}
