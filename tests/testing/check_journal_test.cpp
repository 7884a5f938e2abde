#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/journal/log.hpp>
#include <commitpoint/journal/memory.hpp>
#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/testing/check_journal.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cp = commitpoint;
using cp::journal::record;

namespace {

// journal::log with one thing wrong.
template <template <class> class Broken>
struct broken {
  using kind = cp::kind::journal;
  template <cp::system::System S>
  class backend : public Broken<S> {
   public:
    static cp::result<backend> open(S& system, const cp::journal::place<S>& where, const broken&) {
      BOOST_OUTCOME_TRY(auto log, cp::journal::log_backend<S>::open(system, where, {.preallocate = 4096}));
      return backend(Broken<S>{{&system, &where.state, std::move(log)}});
    }

   private:
    explicit backend(Broken<S> one) : Broken<S>(std::move(one)) {}
  };
};

template <class S>
struct whole {
  static constexpr bool transactional = false;
  S* system;
  const typename S::handle* state;
  cp::journal::log_backend<S> log;

  cp::result<cp::journal::image> read() { return log.read(); }
  cp::result<void> append(const record& r) { return log.append(r); }
  cp::result<void> sync() { return log.sync(); }
  cp::result<void> begin_generation(const record& r, bool durable) { return log.begin_generation(r, durable); }
  cp::result<void> commit(const record& r, bool durable) { return log.commit(r, durable); }
  [[nodiscard]] bool is_full() const { return log.is_full(); }
  [[nodiscard]] bool reserves(std::string_view p) const { return log.reserves(p); }
  [[nodiscard]] std::vector<std::string> evidence() const { return log.evidence(); }
};

template <class S>
struct never_synced : whole<S> {
  cp::result<void> sync() { return cp::success(); }
  cp::result<void> commit(const record& r, bool) { return this->log.commit(r, false); }
};

// Appends wait for a sync, and a commit overtakes them.
template <class S>
struct out_of_order : whole<S> {
  std::vector<record> waiting = {};
  cp::result<void> append(const record& r) {
    waiting.push_back(r);
    return cp::success();
  }
  cp::result<void> sync() {
    for (const auto& r : std::exchange(waiting, {})) {
      BOOST_OUTCOME_TRYV(this->log.append(r));
    }
    return this->log.sync();
  }
  cp::result<void> commit(const record& r, bool durable) {
    BOOST_OUTCOME_TRYV(this->log.commit(r, durable));
    return sync();
  }
};

// There is a moment in which nothing rules.
template <class S>
struct clearing : whole<S> {
  cp::result<void> begin_generation(const record& r, bool durable) {
    for (const auto* name : {"journal.0", "journal.1"}) (void)this->system->remove_file(*this->state, name);
    BOOST_OUTCOME_TRYV(this->log.read());
    return this->log.begin_generation(r, durable);
  }
};

template <class S>
struct too_certain : whole<S> {
  cp::result<void> commit(const record& r, bool durable) {
    auto done = this->log.commit(r, durable);
    if (!done) return std::move(done).error().with(cp::outcome::rolled_back);
    return done;
  }
};

template <class S>
struct retrying : whole<S> {
  cp::result<void> sync() {
    auto done = this->log.sync();
    if (done) return done;
    BOOST_OUTCOME_TRYV(this->log.read());
    return this->log.sync();
  }
};

template <class S>
struct deaf : whole<S> {
  cp::result<void> append(const record& r) {
    (void)this->log.append(r);
    return cp::success();
  }
};

// Believes what it reads.
template <class S>
struct credulous : whole<S> {
  cp::result<cp::journal::image> read() {
    BOOST_OUTCOME_TRY(auto found, this->log.read());
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

  CHECK(cp::testing::check_journal<broken<too_certain>>().failed("a commit whose sync_data fails is unknown"));
  CHECK(cp::testing::check_journal<broken<retrying>>().failed("a failed sync_data is passed on, and not tried again"));
  CHECK(cp::testing::check_journal<broken<deaf>>().failed(
      "a failed call in append is passed on, and the next records are in order"));
  CHECK(cp::testing::check_journal<broken<credulous>>().failed("a flipped bit is never taken for a record"));
}
