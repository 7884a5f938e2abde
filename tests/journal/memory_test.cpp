#include "support/tree.hpp"

#include <commitpoint/journal/memory.hpp>
#include <commitpoint/mutation.hpp>
#include <commitpoint/system/faulty.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cp = commitpoint;
using cp::journal::record_kind;
using system_type = cp::system::faulty<cp::system::native>;
using coordinator = cp::coordinator<cp::journal::memory, system_type>;

namespace {

cp::result<void> put(cp::mutation& m, const std::string& text) { return m.write("note", text); }

}  // namespace

TEST_CASE("memory: what was written is read by every backend of the same settings, and by no other") {
  system_type system;
  const cp::testing::temporary_directory place;
  const auto root = system.open_root(place.path().native()).value();
  const std::string name = "state";
  const cp::journal::memory settings;
  const auto copy = settings;
  auto one = settings.open({system, root, root, name}).value();
  CHECK(one->append({record_kind::commit, 1}).error() == std::errc::operation_not_permitted);
  CHECK(one->begin_generation({record_kind::generation, 1}, true).error() == std::errc::operation_not_permitted);
  CHECK(one->read().value().records.empty());
  CHECK(one->append({record_kind::commit, 1}).error() == std::errc::operation_not_permitted);
  one->begin_generation({record_kind::generation, 1}, true).value();
  one->commit({record_kind::commit, 1}, true).value();
  one->sync().value();
  auto other = copy.open({system, root, root, name}).value();
  CHECK(other->read().value().records.size() == 2);
  other->begin_generation({record_kind::generation, 2}, true).value();
  CHECK(one->read().value().records.size() == 1);
  CHECK(cp::journal::memory{}.open({system, root, root, name}).value()->read().value().records.empty());
  CHECK(system.list(root).value().empty());
  CHECK_FALSE(one->is_full());
  for (std::uint64_t m = 1; m <= 1000; ++m) one->append({record_kind::retired, m}).value();
  CHECK(one->is_full());
}

TEST_CASE("F7: memory: a mutation that a dead owner left is drained by another coordinator on the same journal") {
  const cp::testing::temporary_directory place;
  const cp::journal::memory settings;
  system_type system;
  {
    auto first = coordinator::open(place.path(), {}, settings, system).value();
    auto owner = first.acquire().value();
    REQUIRE(owner.run({.operation = "one"}, [](cp::mutation& m) { return put(m, "one\n"); }));
    const auto failed = owner.run({.operation = "two"}, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(put(m, "two\n"));
      // From the commit point on nothing goes live any more.
      system.arm({.nth = 1, .error = EIO, .times = 1000, .only = cp::system::call::rename});
      return cp::success();
    });
    REQUIRE_FALSE(failed);
    CHECK(failed.error() == cp::errc::publish_incomplete);
    CHECK(support::read_file(place.path() / "note") == "one\n");
  }
  system.disarm();
  auto second = coordinator::open(place.path(), {}, settings).value();
  CHECK(second.pending().value().mutations.size() == 1);
  auto owner = second.acquire().value();
  CHECK(owner.recovered().mutations.size() == 1);
  CHECK(support::read_file(place.path() / "note") == "two\n");
}

TEST_CASE("memory: staging that its journal knows nothing of blocks, instead of being taken for rubbish") {
  const cp::testing::temporary_directory place;
  {
    auto first = coordinator::open(place.path()).value();
    REQUIRE(first.acquire());
  }
  support::fs::create_directory(place.path() / ".commitpoint/staging/m7");
  auto second = coordinator::open(place.path()).value();
  const auto blocked = second.acquire();
  REQUIRE_FALSE(blocked);
  CHECK(blocked.error() == cp::errc::needs_repair);
}

// The smallest conforming type of docs/policies/journal.md, as it stands there.
namespace {

struct in_memory {
  using kind = cp::kind::journal;
  std::shared_ptr<std::vector<cp::journal::record>> records = std::make_shared<std::vector<cp::journal::record>>();

  struct backend final : cp::journal::backend {
    explicit backend(std::shared_ptr<std::vector<cp::journal::record>> all) : records(std::move(all)) {}
    cp::result<cp::journal::image> read() override { return cp::journal::image{*records, {}}; }
    cp::result<void> append(const cp::journal::record& r) override {
      records->push_back(r);
      return cp::success();
    }
    cp::result<void> sync() override { return cp::success(); }
    cp::result<void> commit(const cp::journal::record& r, bool) override { return append(r); }
    cp::result<void> begin_generation(const cp::journal::record& r, bool) override {
      *records = {r};
      return cp::success();
    }
    bool is_full() const override { return false; }
    std::vector<std::string> evidence() const override { return {}; }

    std::shared_ptr<std::vector<cp::journal::record>> records;
  };
  cp::result<std::unique_ptr<cp::journal::backend>> open(const cp::journal::place&) const {
    return std::make_unique<backend>(records);
  }
};

}  // namespace

TEST_CASE("the smallest journal of the page carries a mutation") {
  const cp::testing::temporary_directory place;
  auto notes = cp::coordinator<in_memory>::open(place.path()).value();
  auto owner = notes.acquire().value();
  CHECK(owner.run({}, [](cp::mutation& m) { return put(m, "text"); }));
  CHECK(support::read_file(place.path() / "note") == "text");
}
