#include <commitpoint/files/beneath.hpp>
#include <commitpoint/system/native.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace cp = commitpoint;
namespace sys = commitpoint::system;

using open_for = sys::open_how::access_mode;

namespace {

constexpr sys::open_how read_it{};
constexpr sys::open_how write_it{.access = open_for::write};
constexpr sys::open_how hold_it{.access = open_for::path};
constexpr sys::open_how a_directory{.directory = true};
constexpr sys::open_how hold_directory{.access = open_for::path, .directory = true};
constexpr sys::open_how create_new{.access = open_for::read_write, .create_exclusive = true};
constexpr sys::open_how create_or_open{.access = open_for::read_write, .create = true};

// file, dir/file, dir/sub, and symbolic links of every kind, inside and out of the root.
class small_tree {
 public:
  small_tree() {
    directory(root_, "dir");
    auto dir = native_.open(root_, "dir", a_directory).value();
    directory(dir, "sub");
    file(root_, "file");
    file(dir, "file");
    for (const auto& [target, name] :
         std::vector<std::pair<std::string, std::string>>{{"file", "to-file"},
                                                          {"dir", "to-dir"},
                                                          {"nowhere", "dangling"},
                                                          {"loop", "loop"},
                                                          {"/etc", "to-etc"},
                                                          {"..", "to-above"},
                                                          {"/proc/self/cwd", "to-magic"}}) {
      REQUIRE(native_.make_symlink(target, root_, name));
    }
    REQUIRE(native_.make_symlink("sub", dir, "to-sub"));
    REQUIRE(::mkfifo((place_ / "fifo").c_str(), 0600) == 0);
  }

  [[nodiscard]] const sys::handle& root() const { return root_; }
  [[nodiscard]] cp::path path() const { return place_.path(); }

 private:
  void directory(const sys::handle& in, const std::string& name) { REQUIRE(native_.make_directory(in, name, 0755)); }
  void file(const sys::handle& in, const std::string& name) {
    auto made = native_.open(in, name, create_new).value();
    REQUIRE(native_.write(made, 0, name).value() == name.size());
  }

  cp::testing::temporary_directory place_;
  sys::native native_;
  sys::handle root_ = native_.open_root(place_.path().native()).value();
};

// Each with whether it uses openat2.
struct way_to_open {
  bool use_openat2;
  sys::native native{{.use_openat2 = use_openat2}};
};
std::vector<way_to_open> both_ways() { return {{true}, {false}}; }

}  // namespace

TEST_CASE("F16, F24: what opens beneath the root and what does not, by the kernel and by the walk") {
  struct request {
    std::string name;
    sys::open_how how;
    std::error_condition expected;  // none: it opens
  };
  const std::error_condition fine;
  const std::error_condition outside(static_cast<int>(cp::errc::outside_root), cp::category());
  const auto is = [](std::errc e) { return std::make_error_condition(e); };
  const std::vector<request> table{
      {"", a_directory, fine},
      {"", read_it, fine},
      {"", hold_directory, fine},
      {"file", read_it, fine},
      {"file", write_it, fine},
      {"file", hold_it, fine},
      {"dir", a_directory, fine},
      {"dir", read_it, fine},
      {"dir/file", read_it, fine},
      {"dir/sub", a_directory, fine},
      {"dir/new", create_new, fine},
      {"dir/sub/new", create_or_open, fine},
      {"dir/file", create_or_open, fine},
      {"fifo", read_it, fine},
      // links: to be held, not to be opened, never to be passed through
      {"to-file", hold_it, fine},
      {"dangling", hold_it, fine},
      {"dir/to-sub", hold_it, fine},
      {"to-file", read_it, outside},
      {"to-file", write_it, outside},
      {"to-dir", read_it, outside},
      {"to-dir", a_directory, outside},
      {"to-dir", hold_directory, outside},
      {"to-etc", a_directory, outside},
      {"dangling", read_it, outside},
      {"dangling", create_or_open, outside},
      {"dangling", a_directory, outside},
      {"loop", read_it, outside},
      {"dir/to-sub", a_directory, outside},
      {"to-dir/file", read_it, outside},
      {"to-dir/file", hold_it, outside},
      {"to-dir/nothing", read_it, outside},
      {"to-dir/new", create_new, outside},
      {"to-etc/passwd", read_it, outside},
      {"to-above/x", read_it, outside},
      {"to-magic/x", read_it, outside},
      {"dir/to-sub/x", read_it, outside},
      {"to-file/x", read_it, outside},
      {"dangling/x", read_it, outside},
      {"loop/x", read_it, outside},
      // the system's own errors
      {"nothing", read_it, is(std::errc::no_such_file_or_directory)},
      {"nothing/x", read_it, is(std::errc::no_such_file_or_directory)},
      {"nothing/x", create_new, is(std::errc::no_such_file_or_directory)},
      {"dir/nothing", hold_it, is(std::errc::no_such_file_or_directory)},
      {"dir/nothing/x/y", a_directory, is(std::errc::no_such_file_or_directory)},
      {"file/x", read_it, is(std::errc::not_a_directory)},
      {"file/x", create_new, is(std::errc::not_a_directory)},
      {"file/x/y", hold_it, is(std::errc::not_a_directory)},
      {"dir/file/x", a_directory, is(std::errc::not_a_directory)},
      {"fifo/x", read_it, is(std::errc::not_a_directory)},
      {"file", a_directory, is(std::errc::not_a_directory)},
      {"file", hold_directory, is(std::errc::not_a_directory)},
      {"fifo", a_directory, is(std::errc::not_a_directory)},
      {"dir/file", create_new, is(std::errc::file_exists)},
      {"to-file", create_new, is(std::errc::file_exists)},
      {"dir", write_it, is(std::errc::is_a_directory)},
      {"fifo", write_it, is(std::errc::no_such_device_or_address)},
      {std::string(256, 'x'), read_it, is(std::errc::filename_too_long)},
      {"dir/" + std::string(256, 'x') + "/y", read_it, is(std::errc::filename_too_long)},
  };
  for (auto& way : both_ways()) {
    const bool use_openat2 = way.use_openat2;
    auto& native = way.native;
    small_tree tree;
    for (const auto& row : table) {
      CAPTURE(use_openat2);
      CAPTURE(row.name);
      CAPTURE(static_cast<int>(row.how.access));
      CAPTURE(row.how.directory);
      const auto opened = cp::files::open_beneath(native, tree.root(), row.name, row.how);
      const auto code = opened ? std::error_code{} : opened.error().code;
      CAPTURE(code.message());
      CHECK(code.default_error_condition() == row.expected);
      if (!opened) CHECK(opened.error().path() == row.name);
    }
  }
}

TEST_CASE("what opens is what the path names") {
  small_tree tree;
  for (auto& way : both_ways()) {
    const bool use_openat2 = way.use_openat2;
    auto& native = way.native;
    CAPTURE(use_openat2);
    for (const auto* name : {"file", "dir/file", "dir/sub", "to-file"}) {
      CAPTURE(name);
      const auto held = cp::files::open_beneath(native, tree.root(), name, hold_it).value();
      struct stat expected {};
      REQUIRE(::lstat((tree.path() / name).c_str(), &expected) == 0);
      CHECK(native.status(held).value().inode == expected.st_ino);
    }
    const auto root = cp::files::open_beneath(native, tree.root(), "", a_directory).value();
    CHECK(native.status(root).value().inode == native.status(tree.root()).value().inode);
  }
}

TEST_CASE("F16: nothing was created through a link, nor read outside") {
  cp::testing::temporary_directory outside;
  for (auto& way : both_ways()) {
    auto& native = way.native;
    small_tree tree;
    REQUIRE(native.make_symlink(outside.path().native(), tree.root(), "out"));
    CHECK(cp::files::open_beneath(native, tree.root(), "out/new", create_new).error() == cp::errc::outside_root);
    CHECK(cp::files::open_beneath(native, tree.root(), "out", create_or_open).error() == cp::errc::outside_root);
    CHECK(cp::files::locate(native, tree.root(), "out/new").error() == cp::errc::outside_root);
    CHECK(native.list(native.open_root(outside.path().native()).value()).value().empty());
  }
}

TEST_CASE("locate opens the parent, whether or not the name is there") {
  small_tree tree;
  for (auto& way : both_ways()) {
    const bool use_openat2 = way.use_openat2;
    auto& native = way.native;
    CAPTURE(use_openat2);
    struct place {
      std::string path;
      std::string parent;
      std::string name;
    };
    for (const auto& row : std::vector<place>{{"file", ".", "file"},
                                              {"nothing", ".", "nothing"},
                                              {"dir/sub", "dir", "sub"},
                                              {"dir/nothing", "dir", "nothing"},
                                              {"dir/sub/x", "dir/sub", "x"},
                                              {"to-file", ".", "to-file"}}) {
      CAPTURE(row.path);
      const auto found = cp::files::locate(native, tree.root(), row.path).value();
      CHECK(found.name == row.name);
      struct stat expected {};
      REQUIRE(::stat((tree.path() / row.parent).c_str(), &expected) == 0);
      CHECK(native.status(found.directory).value().inode == expected.st_ino);
      CHECK(native.sync(found.directory).has_value());  // which a handle for the way only could not do
    }
  }
}

TEST_CASE("locate refuses what open_beneath refuses, and names the whole path") {
  small_tree tree;
  for (auto& way : both_ways()) {
    const bool use_openat2 = way.use_openat2;
    auto& native = way.native;
    CAPTURE(use_openat2);
    const auto error = [&](const std::string& name) { return cp::files::locate(native, tree.root(), name).error(); };
    CHECK(error("to-dir/x") == cp::errc::outside_root);
    CHECK(error("dangling/x") == cp::errc::outside_root);
    CHECK(error("nothing/x") == std::errc::no_such_file_or_directory);
    CHECK(error("file/x") == std::errc::not_a_directory);
    CHECK(error("nothing/x").path() == "nothing/x");
    CHECK(error("to-dir/sub/x").path() == "to-dir/sub/x");
  }
}

TEST_CASE("a path that is longer than the kernel takes at once still opens") {
  small_tree tree;
  const std::string component(200, 'd');
  for (auto& way : both_ways()) {
    const bool use_openat2 = way.use_openat2;
    auto& native = way.native;
    CAPTURE(use_openat2);
    std::string deep = component;
    auto made = native.make_directory(tree.root(), component, 0755);  // the second time it is there
    while (deep.size() < 5000) {
      const auto parent = cp::files::open_beneath(native, tree.root(), deep, a_directory).value();
      made = native.make_directory(parent, component, 0755);
      deep += '/' + component;
    }
    CHECK(cp::files::open_beneath(native, tree.root(), deep, a_directory).has_value());
    CHECK(cp::files::open_beneath(native, tree.root(), deep + "/x", read_it).error() ==
          std::errc::no_such_file_or_directory);
  }
}

TEST_CASE("a directory that may be passed through and not listed is passed through") {
  for (auto& way : both_ways()) {
    auto& native = way.native;
    small_tree tree;
    REQUIRE(::chmod((tree.path() / "dir").c_str(), 0311) == 0);
    CHECK(cp::files::open_beneath(native, tree.root(), "dir/file", read_it).has_value());
    REQUIRE(::chmod((tree.path() / "dir").c_str(), 0755) == 0);
  }
}
