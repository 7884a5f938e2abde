#include <commitpoint/observe/nothing.hpp>
#include <commitpoint/testing/check_observer.hpp>

#include <nlohmann/json.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace cp = commitpoint;

namespace {

struct wants_a_path {
  void operator()(const cp::observe::event& e) const { (void)std::string(e.path).at(0); }
};

struct wants_utf8 {
  void operator()(const cp::observe::event& e) const { (void)nlohmann::json(std::string(e.path)).dump(); }
};

struct wants_order {
  std::shared_ptr<cp::step> last = std::make_shared<cp::step>(cp::step::none);
  void operator()(const cp::observe::event& e) const {
    if (e.at < *last) throw std::logic_error("this comes too late");
    *last = e.at;
  }
};

// Copies look at the original.
struct leaning {
  std::shared_ptr<int> own;
  std::weak_ptr<int> first;
  leaning() : own(std::make_shared<int>(0)), first(own) {}
  leaning(const leaning& other) : first(other.first) {}
  void operator()(const cp::observe::event&) const {
    if (first.expired()) throw std::logic_error("nobody is there");
  }
};

}  // namespace

TEST_CASE("the observer suite passes the built-in policies") {
  const auto report = cp::testing::check_observer<cp::observe::nothing>();
  CHECK_MESSAGE(report.passed(), report.text());
  CHECK(report.tried() == report.checks().size());
}

TEST_CASE("the observer suite finds broken observers") {
  CHECK(cp::testing::check_observer<wants_a_path>().failed("no path"));
  CHECK(cp::testing::check_observer<wants_utf8>().failed("a path that is not UTF-8"));
  CHECK(cp::testing::check_observer<wants_order>().failed("every step, out of order and again"));
  CHECK(cp::testing::check_observer<leaning>().failed("a copy hears on when the original is gone"));
}
