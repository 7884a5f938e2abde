// A journal that lives: while an owner stays, it begins a new generation whenever it is full.

#include <commitpoint/coordinator.hpp>
#include <commitpoint/durability/process_crash.hpp>
#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/journal/log.hpp>
#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/simulated.hpp>
#include <commitpoint/system/simulated/hand.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <doctest/doctest.h>
#include <boost/filesystem/operations.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>

namespace cp = commitpoint;
namespace fs = boost::filesystem;
using cp::system::call;
using machine = cp::system::faulty<cp::system::simulated>;

namespace {

constexpr std::uint64_t step = 4096;
const cp::journal::log small_log{.preallocate = step};

struct place {
  cp::system::simulated disk;
  machine system{disk};
  cp::system::hand hand{disk};

  place() { hand.make_directory("/tree"); }

  template <class Durability = cp::durability::power_loss>
  [[nodiscard]] auto open() {
    return cp::coordinator<machine, cp::journal::log, Durability>::open("/tree", {}, system, small_log).value();
  }
  [[nodiscard]] std::uint64_t size(int file) {
    return hand.read("/tree/.commitpoint/journal." + std::to_string(file)).size();
  }
  [[nodiscard]] std::uint64_t largest() { return std::max(size(0), size(1)); }
};

cp::result<void> write_number(cp::owner& mine, int n) {
  return mine.run({.operation = "n"}, [&](cp::mutation& m) { return m.write("file", std::to_string(n)); });
}
cp::result<void> write_many(cp::owner& mine, int files) {
  return mine.run({.operation = "many"}, [&](cp::mutation& m) -> cp::result<void> {
    for (int i = 0; i < files; ++i) {
      BOOST_OUTCOME_TRYV(m.write("many" + std::to_string(i), "x"));
    }
    return cp::success();
  });
}

}  // namespace

TEST_CASE("A8: a log stays as large as one generation, however many mutations one owner runs") {
  place p;
  auto kb = p.open<cp::durability::process_crash>();
  auto mine = kb.acquire().value();
  std::uint64_t largest = 0;
  for (int n = 0; n < 1500; ++n) {
    write_number(mine, n).value();
    if (n % 50 == 0) largest = std::max(largest, p.largest());
  }
  CHECK(largest <= 2 * step);
  CHECK(p.largest() <= 2 * step);

  // Killed here: the next owner has no more to read than that.
  place after;
  after.disk = cp::system::simulated(p.disk.world());
  after.system = machine(after.disk);
  after.hand = cp::system::hand(after.disk);
  auto other = after.open<cp::durability::process_crash>();
  after.system.reset_counts();
  auto next = other.acquire().value();
  CHECK(next.recovered().mutations.size() == 1);
  CHECK(after.system.counts().of(call::read) < 40);
  CHECK(after.hand.read("/tree/file") == "1499");
  CHECK(p.hand.read("/tree/file") == "1499");
}

TEST_CASE("A8: what one large mutation needed is given back") {
  place p;
  auto kb = p.open();
  auto mine = kb.acquire().value();
  write_many(mine, 300).value();
  const auto large = p.largest();
  CHECK(large > 6 * step);
  for (int n = 0; n < 40; ++n) write_number(mine, n).value();
  CHECK(p.largest() <= 2 * step);
  for (int n = 0; n < 10; ++n) write_many(mine, 300).value();
  CHECK(p.largest() <= 2 * large);
}

TEST_CASE("A8: mutations that fail, and those that write in place, leave no longer log") {
  place p;
  p.hand.write("/tree/file", "old");
  auto kb = p.open();
  auto mine = kb.acquire().value();
  for (int n = 0; n < 100; ++n) {
    auto done = mine.run({.touches = {cp::touch::file("file")}}, [&](cp::mutation&) -> cp::result<void> {
      p.hand.replace("/tree/file", std::to_string(n));
      if (n % 2 == 0) return cp::success();
      return std::make_error_code(std::errc::owner_dead);
    });
    CHECK(done.has_value() == (n % 2 == 0));
  }
  CHECK(p.largest() <= 2 * step);
  CHECK(p.hand.read("/tree/file") == "98");
}

TEST_CASE("A8: a renewal costs a few syncs, and no other mutation one more") {
  place p;
  auto kb = p.open();
  auto mine = kb.acquire().value();
  const auto syncs = [&] { return p.system.counts().syncs(); };
  write_number(mine, 0).value();
  p.system.reset_counts();
  write_number(mine, 1).value();
  const auto usual = syncs();
  std::uint64_t renewals = 0;
  for (int n = 2; n < 100; ++n) {
    p.system.reset_counts();
    write_number(mine, n).value();
    if (syncs() == usual) continue;
    ++renewals;
    CHECK(syncs() <= usual + 8);  // of which some were only made earlier
  }
  CHECK(renewals > 3);
  CHECK(renewals < 25);
}

TEST_CASE("A8: a renewal that fails is the mutation's failure, and the tree stays as it was") {
  for (const auto only : {call::sync, call::sync_data, call::sync_filesystem, call::write}) {
    CAPTURE(static_cast<int>(only));
    for (std::uint64_t nth = 1; nth < 12; ++nth) {
      place p;
      {
        auto kb = p.open();
        auto mine = kb.acquire().value();
        write_many(mine, 60).value();  // so that the next mutation finds it full
        p.system.arm({.nth = nth, .error = EIO, .only = only});
        auto done = write_number(mine, 7);
        p.system.disarm();
        if (!done && done.error().outcome() == cp::outcome::rolled_back) {
          CHECK_FALSE(p.hand.exists("/tree/file"));
        }
      }
      auto kb = p.open();
      auto mine = kb.acquire();
      REQUIRE_MESSAGE(mine, (mine ? "" : mine.error().message()));
      CHECK(p.hand.read("/tree/many59") == "x");
      write_number(mine.value(), 8).value();
      CHECK(p.hand.read("/tree/file") == "8");
    }
  }
}

TEST_CASE("A8: the log of journal::sqlite is renewed as well") {
  const cp::testing::temporary_directory root;
  auto kb = cp::coordinator<cp::journal::sqlite, cp::durability::process_crash>::open(
                root.path(), {}, cp::journal::sqlite{.preallocate = step})
                .value();
  auto mine = kb.acquire().value();
  for (int n = 0; n < 200; ++n) write_number(mine, n).value();
  for (const auto* name : {"journal.0", "journal.1"}) {
    CHECK(fs::file_size(root.path() / ".commitpoint" / name) <= 2 * step);
  }
}

TEST_CASE("A8: journal::json_file keeps a bounded number of states") {
  place p;
  auto kb = cp::coordinator<machine, cp::journal::json_file>::open("/tree", {}, p.system,
                                                                   cp::journal::json_file{.reserve = step})
                .value();
  auto mine = kb.acquire().value();
  std::size_t most = 0;
  for (int n = 0; n < 300; ++n) {
    write_number(mine, n).value();
    most = std::max(most, p.hand.list("/tree/.commitpoint/journal").size());
  }
  CHECK(most <= 140);
}

TEST_CASE("A25: two sparse journals of a gibibyte cost no more than others") {
  const cp::testing::temporary_directory root;
  using native = cp::system::faulty<cp::system::native>;
  native system;
  auto kb = cp::coordinator<native, cp::durability::process_crash>::open(root.path(), {}, system).value();
  {
    auto mine = kb.acquire().value();
    write_number(mine, 1).value();
  }
  for (const auto* name : {"journal.0", "journal.1"}) {
    fs::resize_file(root.path() / ".commitpoint" / name, std::uint64_t{1} << 30);
  }
  fs::resize_file(root.path() / ".commitpoint" / "lock", 0);  // without the mark of who had it last
  system.reset_counts();
  auto mine = kb.acquire().value();
  CHECK(mine.recovered().mutations.empty());
  CHECK(system.counts().of(call::read) < 60);
  for (int n = 0; n < 2000; ++n) write_number(mine, n).value();
  CHECK(fs::file_size(root.path() / ".commitpoint" / "journal.0") < (1 << 20));
  CHECK(fs::file_size(root.path() / ".commitpoint" / "journal.1") < (1 << 20));
}
