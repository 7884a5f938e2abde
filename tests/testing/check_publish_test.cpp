#include <commitpoint/files/io.hpp>
#include <commitpoint/publish/copy.hpp>
#include <commitpoint/publish/exchange.hpp>
#include <commitpoint/publish/rename.hpp>
#include <commitpoint/testing/check_publish.hpp>

#include <doctest/doctest.h>

#include <string>

namespace cp = commitpoint;

namespace {

using cp::publish::move;
using cp::system::door;

// There is a moment without the file.
struct remove_first : cp::publish::rename {
  cp::result<void> put(door& system, const move& m) const override {
    (void)system.remove_file(m.to, m.target);
    return rename::put(system, m);
  }
};

// Works once.
struct unrepeatable : cp::publish::rename {
  cp::result<void> prepare(door&, const move&) const override { return cp::success(); }
  cp::result<void> put(door& system, const move& m) const override {
    BOOST_OUTCOME_TRYV(system.link(m.from, m.source, m.from, m.spare));
    return system.rename(m.from, m.spare, m.to, m.target, cp::system::rename_how::replace);
  }
};

// Gives the source away where renames are not ordered.
struct trusting : cp::publish::rename {
  cp::result<void> put(door& system, const move& m) const override {
    return system.rename(m.from, m.source, m.to, m.target, cp::system::rename_how::replace);
  }
};

// Writes into the live file.
struct in_place : cp::publish::rename {
  cp::result<void> put(door& system, const move& m) const override {
    using access = cp::system::open_how::access_mode;
    BOOST_OUTCOME_TRY(const auto from, system.open(m.from, m.source, {}));
    BOOST_OUTCOME_TRY(const auto to, system.open(m.to, m.target, {.access = access::read_write, .create = true}));
    BOOST_OUTCOME_TRYV(system.truncate(to, 0));
    return cp::files::copy_content(system, from, to);
  }
};

struct deaf : cp::publish::rename {
  cp::result<void> put(door& system, const move& m) const override {
    (void)rename::put(system, m);
    return cp::success();
  }
};

}  // namespace

TEST_CASE("the publish suite passes the built-in policies") {
  const auto rename = cp::testing::check_publish<cp::publish::rename>();
  CHECK_MESSAGE(rename.passed(), rename.text());
  CHECK(rename.tried() == rename.checks().size());

  const auto exchange = cp::testing::check_publish<cp::publish::exchange>();
  CHECK_MESSAGE(exchange.passed(), exchange.text());
  CHECK(exchange.tried() == 12);  // nothing where metadata is not ordered

  const auto copy = cp::testing::check_publish<cp::publish::copy>({}, {.atomic = false});
  CHECK_MESSAGE(copy.passed(), copy.text());
  CHECK(cp::testing::check_publish<cp::publish::copy>().failed(
      "no moment without the old or the new version, replacing, ordered"));  // as its page says
}

TEST_CASE("the publish suite finds broken policies") {
  const auto gap = cp::testing::check_publish<remove_first>();
  CHECK(gap.failed("no moment without the old or the new version, replacing, ordered"));
  CHECK_FALSE(gap.failed("put, replacing, ordered"));

  const auto once = cp::testing::check_publish<unrepeatable>();
  CHECK(once.failed("put can be repeated after a crash in it, new, ordered"));
  CHECK(once.failed("put needs no new names, for which there may be no room, replacing, unordered"));

  const auto gone = cp::testing::check_publish<trusting>();
  CHECK(gone.failed("the source outlives a publish that a power cut may undo, replacing, unordered"));
  CHECK_FALSE(gone.failed("no moment without the old or the new version, replacing, unordered"));

  const auto half = cp::testing::check_publish<in_place>();
  CHECK(half.failed("no moment without the old or the new version, replacing, ordered"));
  const auto half_allowed = cp::testing::check_publish<in_place>({}, {.atomic = false});
  CHECK_FALSE(half_allowed.failed("no moment without the old or the new version, replacing, ordered"));

  const auto silent = cp::testing::check_publish<deaf>();
  CHECK(silent.failed("put passes errors on, new, ordered"));
}
