#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/journal/log.hpp>
#include <commitpoint/journal/memory.hpp>
#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/testing/check_journal.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cp = commitpoint;

namespace {

using cp::journal::backend;
using cp::journal::place;
using cp::journal::record;

// journal::log, to have one thing wrong.
class whole : public backend {
 public:
  explicit whole(const place& at, std::unique_ptr<backend> behind) : where(at), log(std::move(behind)) {}

  cp::result<cp::journal::image> read() override { return log->read(); }
  cp::result<void> append(const record& r) override { return log->append(r); }
  cp::result<void> sync() override { return log->sync(); }
  cp::result<void> begin_generation(const record& r, bool durable) override {
    return log->begin_generation(r, durable);
  }
  cp::result<void> commit(const record& r, bool durable) override { return log->commit(r, durable); }
  [[nodiscard]] bool is_full() const override { return log->is_full(); }
  [[nodiscard]] bool reserves(std::string_view p) const override { return log->reserves(p); }
  [[nodiscard]] std::vector<std::string> evidence() const override { return log->evidence(); }

 protected:
  place where;
  std::unique_ptr<backend> log;
};

template <class Broken>
struct broken {
  using kind = cp::kind::journal;

  [[nodiscard]] cp::result<std::unique_ptr<backend>> open(const place& where) const {
    BOOST_OUTCOME_TRY(auto log, cp::journal::log{.preallocate = 4096}.open(where));
    return std::make_unique<Broken>(where, std::move(log));
  }
};

struct never_synced : whole {
  using whole::whole;

  cp::result<void> sync() override { return cp::success(); }
  cp::result<void> commit(const record& r, bool) override { return log->commit(r, false); }
};

// Appends wait for a sync, and a commit overtakes them.
struct out_of_order : whole {
  using whole::whole;

  std::vector<record> waiting;
  cp::result<void> append(const record& r) override {
    waiting.push_back(r);
    return cp::success();
  }
  cp::result<void> sync() override {
    for (const auto& r : std::exchange(waiting, {})) {
      BOOST_OUTCOME_TRYV(log->append(r));
    }
    return log->sync();
  }
  cp::result<void> commit(const record& r, bool durable) override {
    BOOST_OUTCOME_TRYV(log->commit(r, durable));
    return sync();
  }
};

// There is a moment in which nothing rules.
struct clearing : whole {
  using whole::whole;

  cp::result<void> begin_generation(const record& r, bool durable) override {
    for (const auto* name : {"journal.0", "journal.1"}) (void)where.system.remove_file(where.state, name);
    BOOST_OUTCOME_TRYV(log->read());
    return log->begin_generation(r, durable);
  }
};

struct too_certain : whole {
  using whole::whole;

  cp::result<void> commit(const record& r, bool durable) override {
    auto done = log->commit(r, durable);
    if (!done) return std::move(done).error().with(cp::outcome::rolled_back);
    return done;
  }
};

struct retrying : whole {
  using whole::whole;

  cp::result<void> sync() override {
    auto done = log->sync();
    if (done) return done;
    BOOST_OUTCOME_TRYV(log->read());
    return log->sync();
  }
};

struct deaf : whole {
  using whole::whole;

  cp::result<void> append(const record& r) override {
    (void)log->append(r);
    return cp::success();
  }
};

// Goes on wherever it is told to.
struct trusting : whole {
  using whole::whole;

  cp::result<bool> resume(std::string_view) override {
    BOOST_OUTCOME_TRYV(log->read());
    return true;
  }
  [[nodiscard]] std::string bookmark() const override { return log->bookmark(); }
};

// Takes a journal that it can read for one that is durable.
struct presuming : whole {
  using whole::whole;

  [[nodiscard]] bool is_known_durable() const override { return true; }
};

// Believes what it reads.
struct credulous : whole {
  using whole::whole;

  cp::result<cp::journal::image> read() override {
    BOOST_OUTCOME_TRY(auto found, log->read());
    found.damage.reset();
    return found;
  }
};

}  // namespace

TEST_CASE("the journal suite passes the built-in policies") {
  for (const auto& report :
       {cp::testing::check_journal<cp::journal::log>(),
        cp::testing::check_journal<cp::journal::log>([] { return cp::journal::log{.preallocate = 4096}; }),
        cp::testing::check_journal<cp::journal::json_file>(), cp::testing::check_journal<cp::journal::sqlite>()}) {
    CHECK_MESSAGE(report.passed(), report.text());
    CHECK(report.tried() >= 16);
  }
  const auto memory = cp::testing::check_journal<cp::journal::memory>();
  CHECK_MESSAGE(memory.passed(), memory.text());
}

TEST_CASE("the journal suite finds broken policies") {
  const auto lazy = cp::testing::check_journal<broken<never_synced>>();
  CHECK(lazy.failed("a power cut after sync loses nothing"));
  CHECK(lazy.failed("a power cut after commit loses nothing"));
  CHECK_FALSE(lazy.failed("a generation, and records in their order, as a later process reads them"));

  CHECK(cp::testing::check_journal<broken<out_of_order>>().failed(
      "a generation, and records in their order, as a later process reads them"));

  const auto gap = cp::testing::check_journal<broken<clearing>>();
  CHECK(gap.failed("a process that ends in begin_generation leaves the old generation or the new one"));
  CHECK_FALSE(gap.failed("a new generation supersedes everything"));

  CHECK(cp::testing::check_journal<broken<presuming>>().failed(
      "a power cut after a later process found what another one had begun loses nothing"));
  CHECK(cp::testing::check_journal<broken<too_certain>>().failed("a commit whose sync_data fails is unknown"));
  CHECK(cp::testing::check_journal<broken<retrying>>().failed("a failed sync_data is passed on, and not tried again"));
  CHECK(cp::testing::check_journal<broken<deaf>>().failed(
      "a failed call in append is passed on, and the next records are in order"));
  const auto trusting_one = cp::testing::check_journal<broken<trusting>>();
  CHECK(trusting_one.failed("a bookmark that is not of the end is refused"));
  CHECK(trusting_one.failed("it does not go on where somebody wrote after all"));
  CHECK_FALSE(trusting_one.failed("a bookmark leads a later process to the end of the journal"));
  CHECK(cp::testing::check_journal<broken<credulous>>().failed("a flipped bit is never taken for a record"));
}
