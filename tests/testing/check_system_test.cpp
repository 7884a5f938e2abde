#include "support/tree.hpp"

#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/native.hpp>
#include <commitpoint/testing/check_system.hpp>
#include <commitpoint/testing/recording.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace cp = commitpoint;

namespace {

using cp::system::native;

struct missing_is_a_failure : native {
  using native::status;
  cp::result<cp::system::file_status> status(const handle& dir, const std::string& name) override {
    BOOST_OUTCOME_TRY(auto found, native::status(dir, name));
    if (found.type == cp::system::node_type::none) return cp::system_error(ENOENT);
    return found;
  }
};

struct follows_links : native {
  cp::result<handle> open(const handle& dir, const std::string& name, const cp::system::open_how& how) override {
    auto target = read_symlink(dir, name);
    return native::open(dir, target ? target.value() : name, how);
  }
};

struct always_replaces : native {
  cp::result<void> rename(const handle& from, const std::string& one, const handle& to, const std::string& two,
                          cp::system::rename_how) override {
    return native::rename(from, one, to, two, cp::system::rename_how::replace);
  }
};

struct unlocked : native {
  cp::result<bool> lock(const handle&, cp::system::lock_mode, bool) override { return true; }
};

struct shy : native {
  cp::result<std::vector<cp::system::directory_entry>> list(const handle& dir) override {
    BOOST_OUTCOME_TRY(auto all, native::list(dir));
    std::erase_if(all, [](const auto& entry) { return entry.name.starts_with('.'); });
    return all;
  }
};

struct by_the_second : native {
  cp::result<void> set_modified(const handle& dir, const std::string& name, std::int64_t time) override {
    return native::set_modified(dir, name, time / 1'000'000'000 * 1'000'000'000);
  }
};

template <class S>
cp::testing::conformance_report check(S system = {}) {
  return cp::testing::check_system(system, support::in_memory().native());
}

}  // namespace

TEST_CASE("the system suite passes the built-in systems") {
  const native walking({.use_openat2 = false});
  for (const auto& report :
       {check<native>(), check(walking), check<cp::system::faulty<native>>(), check<cp::testing::recording<native>>(),
        cp::testing::check_system(native{}, support::on_disk().native())}) {
    CHECK_MESSAGE(report.passed(), report.text());
  }
}

TEST_CASE("the system suite finds broken systems") {
  CHECK(check<missing_is_a_failure>().failed("a missing name is of type none"));
  CHECK(check<follows_links>().failed("no symbolic link is followed"));
  CHECK(check<always_replaces>().failed("rename replaces, keeps or exchanges"));
  CHECK(check<unlocked>().failed("a lock excludes other handles, and is given back"));
  CHECK(check<shy>().failed("directories are made, listed and removed"));
  CHECK(check<by_the_second>().failed("mode and time are set, to the nanosecond"));
}
