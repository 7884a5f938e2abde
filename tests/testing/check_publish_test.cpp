#include <commitpoint/publish/copy.hpp>
#include <commitpoint/publish/exchange.hpp>
#include <commitpoint/publish/rename.hpp>
#include <commitpoint/testing/check_publish.hpp>

#include <doctest/doctest.h>

#include <string>

namespace cp = commitpoint;

namespace {

template <template <class> class Broken>
struct broken {
  using kind = cp::kind::publish;
  template <cp::system::System S>
  class backend : public Broken<S> {
   public:
    explicit backend(const broken&) : Broken<S>(cp::publish::rename{}) {}
  };
};
template <class S>
using renaming = cp::publish::rename::backend<S>;
template <class S>
using move = cp::publish::move<typename S::handle>;

// There is a moment without the file.
template <class S>
struct remove_first : renaming<S> {
  using renaming<S>::renaming;
  cp::result<void> put(S& system, const move<S>& m) const {
    (void)system.remove_file(m.to, m.target);
    return renaming<S>::put(system, m);
  }
};

// Works once.
template <class S>
struct unrepeatable : renaming<S> {
  using renaming<S>::renaming;
  cp::result<void> prepare(S&, const move<S>&) const { return cp::success(); }
  cp::result<void> put(S& system, const move<S>& m) const {
    BOOST_OUTCOME_TRYV(system.link(m.from, m.source, m.from, m.spare));
    return system.rename(m.from, m.spare, m.to, m.target, cp::system::rename_how::replace);
  }
};

// Gives the source away where renames are not ordered.
template <class S>
struct trusting : renaming<S> {
  using renaming<S>::renaming;
  cp::result<void> put(S& system, const move<S>& m) const {
    return system.rename(m.from, m.source, m.to, m.target, cp::system::rename_how::replace);
  }
};

// Writes into the live file.
template <class S>
struct in_place : renaming<S> {
  using renaming<S>::renaming;
  cp::result<void> put(S& system, const move<S>& m) const {
    using access = cp::system::open_how::access_mode;
    BOOST_OUTCOME_TRY(const auto from, system.open(m.from, m.source, {}));
    BOOST_OUTCOME_TRY(const auto to, system.open(m.to, m.target, {.access = access::read_write, .create = true}));
    BOOST_OUTCOME_TRYV(system.truncate(to, 0));
    return cp::detail::copy_content(system, from, to);
  }
};

template <class S>
struct deaf : renaming<S> {
  using renaming<S>::renaming;
  cp::result<void> put(S& system, const move<S>& m) const {
    (void)renaming<S>::put(system, m);
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
  const auto gap = cp::testing::check_publish<broken<remove_first>>();
  CHECK(gap.failed("no moment without the old or the new version, replacing, ordered"));
  CHECK_FALSE(gap.failed("put, replacing, ordered"));

  const auto once = cp::testing::check_publish<broken<unrepeatable>>();
  CHECK(once.failed("put can be repeated after a crash in it, new, ordered"));
  CHECK(once.failed("put needs no new names, for which there may be no room, replacing, unordered"));

  const auto gone = cp::testing::check_publish<broken<trusting>>();
  CHECK(gone.failed("the source outlives a publish that a power cut may undo, replacing, unordered"));
  CHECK_FALSE(gone.failed("no moment without the old or the new version, replacing, unordered"));

  const auto half = cp::testing::check_publish<broken<in_place>>();
  CHECK(half.failed("no moment without the old or the new version, replacing, ordered"));
  const auto half_allowed = cp::testing::check_publish<broken<in_place>>({}, {.atomic = false});
  CHECK_FALSE(half_allowed.failed("no moment without the old or the new version, replacing, ordered"));

  const auto silent = cp::testing::check_publish<broken<deaf>>();
  CHECK(silent.failed("put passes errors on, new, ordered"));
}
