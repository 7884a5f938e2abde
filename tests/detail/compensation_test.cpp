#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>

#include <doctest/doctest.h>

#include <boost/filesystem/operations.hpp>
#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace cp = commitpoint;
using cp::errc;
using nlohmann::json;
using support::place;
using support::tree;
using coordinator = cp::coordinator<>;

namespace {

// Stands for a store of somebody else's: what is to be undone in it is asked for by name.
struct store {
  std::vector<std::string> asked;
  bool fails = false;
  bool throws = false;

  [[nodiscard]] cp::options options() {
    return {.compensations = {{"forget", [this](const json& arguments) -> cp::result<void> {
                                 if (throws) throw std::runtime_error("the store is on fire");
                                 if (fails)
                                   return cp::failure(std::make_error_code(std::errc::timed_out), {}, "no answer");
                                 asked.push_back(arguments.dump());
                                 return cp::success();
                               }}}};
  }
};

cp::result<void> body_failure() { return cp::failure(std::make_error_code(std::errc::owner_dead)); }

// A mutation that registers a compensation and changes a file in place, in a process that ends in it.
void leave_pending(const place& p, cp::options options) {
  support::child dead([&]() -> std::string {
    auto kb = coordinator::open(p.root(), std::move(options)).value();
    auto owner = kb.acquire().value();
    (void)owner.run({.operation = "index", .touches = {cp::touch::file("a")}},
                    [&](cp::mutation& m) -> cp::result<void> {
                      BOOST_OUTCOME_TRYV(m.on_rollback("forget", {{"id", 7}}));
                      support::overwrite(p / "a", "half");
                      ::kill(::getpid(), SIGKILL);
                      return cp::success();
                    });
    return "it lives";
  });
  REQUIRE(dead.was_killed());
}

}  // namespace

TEST_CASE("a compensation runs when the mutation is rolled back, with its arguments, and not when it commits") {
  const place p(tree{{"a", "old"}});
  store known;
  auto kb = coordinator::open(p.root(), known.options()).value();
  auto owner = kb.acquire().value();
  CHECK(owner.run({}, [](cp::mutation& m) { return m.on_rollback("forget", {{"id", 1}}); }));
  CHECK(known.asked.empty());
  CHECK(owner
            .run({},
                 [](cp::mutation& m) -> cp::result<void> {
                   BOOST_OUTCOME_TRYV(m.on_rollback("forget", json{{"id", 2}, {"why", {1, "two", nullptr}}}));
                   BOOST_OUTCOME_TRYV(m.on_rollback("forget", 3));
                   return body_failure();
                 })
            .error() == std::errc::owner_dead);
  CHECK(known.asked == std::vector<std::string>{"3", R"({"id":2,"why":[1,"two",null]})"});
  known.asked.clear();
  CHECK_THROWS_AS((void)owner.run({},
                                  [](cp::mutation& m) -> cp::result<void> {
                                    BOOST_OUTCOME_TRYV(m.on_rollback("forget", "thrown"));
                                    throw std::runtime_error("by the body");
                                  }),
                  std::runtime_error);
  CHECK(known.asked == std::vector<std::string>{R"("thrown")"});
  CHECK_FALSE(owner.dirty());
  CHECK(kb.open(p.root(), known.options()).value().acquire({.deadline = std::chrono::steady_clock::now()}).error() ==
        errc::lock_timeout);
}

TEST_CASE("compensations and files are undone in one order, newest first") {
  const place p(tree{{"a", "old"}, {"b", "old"}});
  std::string seen;
  cp::options options{.compensations = {{"look", [&](const json&) -> cp::result<void> {
                                           seen +=
                                               support::read_file(p / "a") + "," + support::read_file(p / "b") + ";";
                                           return cp::success();
                                         }}}};
  auto owner = coordinator::open(p.root(), std::move(options)).value().acquire().value();
  CHECK_FALSE(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.on_rollback("look", nullptr));
    BOOST_OUTCOME_TRYV(m.protect(cp::touch::file("a")));
    support::overwrite(p / "a", "new");
    BOOST_OUTCOME_TRYV(m.on_rollback("look", nullptr));
    BOOST_OUTCOME_TRYV(m.protect(cp::touch::file("b")));
    support::overwrite(p / "b", "new");
    return body_failure();
  }));
  CHECK(seen == "new,old;old,old;");
}

TEST_CASE("a name that nobody registered is refused before the effect") {
  const place p;
  auto owner = coordinator::open(p.root(), {.compensations = {{"empty", {}}}}).value().acquire().value();
  for (const auto* name : {"forget", "empty", ""}) {
    const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
      (void)m.on_rollback(name, nullptr);
      return cp::success();
    });
    CHECK(done.error() == errc::unknown_compensation);
    CHECK(done.error().message().find("options::compensations") != std::string::npos);
  }
  CHECK(owner.run({}, [](cp::mutation& m) { return m.write("a", "new"); }));
}

TEST_CASE("F11: a compensation that fails or throws makes the rollback dirty, and the next drain tries again") {
  for (const bool throws : {false, true}) {
    CAPTURE(throws);
    const place p(tree{{"a", "old"}});
    store known{.asked = {}, .fails = !throws, .throws = throws};
    auto kb = coordinator::open(p.root(), known.options()).value();
    {
      auto owner = kb.acquire().value();
      const auto done = owner.run({.touches = {cp::touch::file("a")}}, [&](cp::mutation& m) -> cp::result<void> {
        BOOST_OUTCOME_TRYV(m.on_rollback("forget", {{"id", 7}}));
        support::overwrite(p / "a", "half");
        return body_failure();
      });
      CHECK(done.error() == errc::dirty_rollback);
      CHECK(done.error().outcome() == cp::outcome::dirty);
      CHECK(done.error().message().find("'forget' " + std::string(throws ? "threw: the store is on fire"
                                                                         : "failed: no answer")) != std::string::npos);
      CHECK(owner.dirty());
      CHECK(owner.run({}, [](cp::mutation& m) { return m.write("b", ""); }).error() == errc::dirty_rollback);
    }
    CHECK(kb.acquire().error() == errc::dirty_rollback);
    known.fails = known.throws = false;
    auto owner = kb.acquire().value();
    CHECK(known.asked == std::vector<std::string>{R"({"id":7})"});
    CHECK(support::read_file(p / "a") == "old");
    CHECK(owner.recovered().mutations.size() == 1);
  }
}

TEST_CASE(
    "a drain in another process runs the compensation; one that does not know it touches nothing, and is no dead end") {
  const place p(tree{{"a", "old"}});
  store dead;
  leave_pending(p, dead.options());
  const auto before = cp::testing::read_tree(p.root(), {.ignored = {".commitpoint/lock"}}).value();
  auto ignorant = coordinator::open(p.root()).value();
  for (int i = 0; i < 2; ++i) {
    const auto refused = ignorant.acquire();
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::unknown_compensation);
    CHECK(refused.error().step == cp::step::drain_verify);
    CHECK(refused.error().message().find("'forget'") != std::string::npos);
    CHECK(refused.error().number() > 0);
    CHECK(ignorant.read().error() == errc::unknown_compensation);
    CHECK(ignorant.verify().error() == errc::unknown_compensation);
    CHECK(cp::testing::difference_text(
              before, cp::testing::read_tree(p.root(), {.ignored = {".commitpoint/lock"}}).value()) == "");
    CHECK(ignorant.pending().value().mutations.size() == 1);
  }
  store known;
  auto kb = coordinator::open(p.root(), known.options()).value();
  const auto owner = kb.acquire().value();
  CHECK(known.asked == std::vector<std::string>{R"({"id":7})"});
  CHECK(support::read_file(p / "a") == "old");
  CHECK(owner.recovered().kept.size() == 1);  // what stood half written might have been a person's
}

TEST_CASE("a committed mutation needs its compensations no more, whoever finishes it") {
  const place p(tree{{"a", "old"}});
  store known;
  support::child dead([&]() -> std::string {
    auto kb = coordinator::open(p.root(), known.options()).value();
    auto owner = kb.acquire().value();
    (void)owner.run({.after_commit = {[] { ::kill(::getpid(), SIGKILL); }}}, [](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.on_rollback("forget", {{"id", 7}}));
      return m.write("a", "new");
    });
    return "it lives";
  });
  REQUIRE(dead.was_killed());
  CHECK(coordinator::open(p.root()).value().acquire());
  CHECK(support::read_file(p / "a") == "new");
}

TEST_CASE("arguments that no record can hold are refused") {
  const place p;
  store known;
  auto owner = coordinator::open(p.root(), known.options()).value().acquire().value();
  json deep;
  for (int i = 0; i < 200; ++i) deep = json::array({std::move(deep)});
  CHECK(owner.run({}, [&](cp::mutation& m) { return m.on_rollback("forget", deep); }).error() ==
        std::errc::invalid_argument);
  CHECK(owner.run({}, [](cp::mutation& m) { return m.on_rollback("forget", "\xff\xfe"); }));
}
