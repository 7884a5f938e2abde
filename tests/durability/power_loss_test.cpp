#include "support/crash_lab.hpp"

#include <commitpoint/durability/power_loss.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/sync_set.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace crash_lab;
using cp::durability::power_loss;

namespace {

// The native system, with the order of what a barrier asks for.
struct listening : cp::system::native {
  std::shared_ptr<std::vector<std::string>> heard = std::make_shared<std::vector<std::string>>();

  void start_writeback(const handle& file) override {
    heard->push_back("start");
    native::start_writeback(file);
  }
  cp::result<void> sync(const handle& node) override {
    heard->push_back("sync");
    return native::sync(node);
  }
  cp::result<void> sync_filesystem(const handle& node) override {
    heard->push_back("syncfs");
    return native::sync_filesystem(node);
  }
};

using system_under_test = cp::system::faulty<listening>;
using policy = std::unique_ptr<cp::durability::promise>;

struct fixture {
  cp::testing::temporary_directory root{fast_place()};
  system_under_test system;
  cp::system::handle top = system.open_root(root.path().native()).value();

  auto set_of(std::size_t files, const policy& by) {
    cp::files::sync_set set(by->few());
    set.add_filesystem(system, top, 1).value();
    for (std::size_t i = 0; i < files; ++i) {
      const auto name = "f" + std::to_string(made++);
      set.add(cp::files::write_new_file(system, top, name, "content\n", 0600).value());
    }
    system.reset_counts();
    system.inner().heard->clear();
    return set;
  }
  std::string heard() {
    std::string all;
    for (const auto& what : *system.inner().heard) all += what + ' ';
    return all;
  }
  std::size_t made = 0;
};

}  // namespace

TEST_CASE("power_loss: the disk begins with all files before the first is waited for") {
  fixture f;
  const policy by = power_loss{.filesystem_sync_from = 10}.make();
  CHECK_FALSE(by->barrier(f.system, f.set_of(3, by)).value());
  CHECK(f.heard() == "start start start sync sync sync ");
  CHECK(f.system.counts().syncs() == 3);  // starting is not a sync
  CHECK_FALSE(by->barrier(f.system, f.set_of(1, by)).value());
  CHECK(f.heard() == "sync ");
}

TEST_CASE("power_loss: from the threshold on each file system is synced once") {
  fixture f;
  const policy by = power_loss{.filesystem_sync_from = 3}.make();
  CHECK_FALSE(by->barrier(f.system, f.set_of(2, by)).value());
  CHECK(f.heard() == "start start sync sync ");
  auto several = f.set_of(3, by);
  several.add_filesystem(f.system.open(f.top, ".", {.directory = true}).value(), 2);
  several.add_filesystem(f.system.open(f.top, ".", {.directory = true}).value(), 2);
  CHECK(by->barrier(f.system, several).value());
  CHECK(f.heard() == "syncfs syncfs ");
}

TEST_CASE("power_loss: a failed sync is reported and never tried again") {
  fixture f;
  SUBCASE("of a file") {
    const policy by = power_loss{.filesystem_sync_from = 10}.make();
    const auto set = f.set_of(3, by);
    f.system.arm({.nth = 2, .error = EIO, .only = call::sync});
    CHECK(by->barrier(f.system, set).error() == cp::system_error(EIO));
    CHECK(f.system.counts().syncs() == 2);
  }
  SUBCASE("of a file system") {
    const policy by = power_loss{.filesystem_sync_from = 0}.make();
    const auto set = f.set_of(3, by);
    f.system.arm({.nth = 1, .error = EIO, .only = call::sync_filesystem});
    CHECK(by->barrier(f.system, set).error() == cp::system_error(EIO));
    CHECK(f.system.counts().syncs() == 1);
  }
}

TEST_CASE("power_loss: a mutation whose barrier fails is rolled back without another sync") {
  const machine here{};
  const cp::testing::temporary_directory root(fast_place());
  build_tree(root.path());
  const auto before = look_at(root.path());
  auto system = here.system();
  for (const std::size_t from : {std::size_t{1}, std::size_t{1000}}) {
    auto kb = coordinator::open(root.path(), {}, system, power_loss{.filesystem_sync_from = from}).value();
    auto mine = kb.acquire().value();
    system.reset_counts();
    const auto done = mine.run({.operation = "x"}, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.write("wiki/index.md", "x\n"));
      system.arm({.nth = 1, .error = EIO, .only = from == 1 ? call::sync_filesystem : call::sync});
      return cp::success();
    });
    CHECK(done.error() == cp::system_error(EIO));
    CHECK(done.error().outcome() == cp::outcome::rolled_back);
    CHECK(system.counts().syncs() == 1);
    system.disarm();
    CHECK(difference_from(before, look_at(root.path())) == "");
  }
}

TEST_CASE("starting write-back of what cannot be written back does no harm") {
  cp::system::native system;
  const cp::testing::temporary_directory root(fast_place());
  const auto top = system.open_root(root.path().native()).value();
  system.start_writeback(top);
  CHECK(system.sync(top));
}
