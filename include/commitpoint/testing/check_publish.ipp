#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/failure.hpp>
#include <commitpoint/testing/check_publish.hpp>
#include <commitpoint/testing/workbench.ipp>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::testing {

namespace detail {

/// What a step is checked with.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): an aggregate; who makes one names all
struct publish_case {
  function_ref<std::shared_ptr<publish::way>()> make;
  const path& base;
  bool ordered = true;              ///< whether renames reach the disk in order
  std::optional<std::string> live;  ///< what stands at the live name before
  publish_demands demands;
};

/// A new version "source" in `a`, and a live name "target" in `b`.
class publishing_bench : public workbench {
 public:
  explicit publishing_bench(const publish_case& c)
      : workbench(c.base), way_(c.make()), ordered_(c.ordered), old_(c.live) {
    put(a, "source", new_text);
    if (old_) put(b, "target", *old_);
    put(b, "bystander", "bystander");
    auto ready = way_->prepare(system, move());
    if (!ready && ready.error() == errc::unsupported) throw conformance_report::skip(ready.error().message());
    ready.value();
    expect(is_old(), "prepare changed the live name");
  }

  [[nodiscard]] result<void> put_live() { return way_->put(system, move()); }

  [[nodiscard]] bool is_new() { return has(b, "target") && content(b, "target") == new_text; }
  [[nodiscard]] bool is_old() { return old_ ? has(b, "target") && content(b, "target") == *old_ : !has(b, "target"); }
  void expect_new(const std::string& after) {
    expect(is_new(), "after " + after + " the live name has not the new version");
    expect(content(b, "bystander") == "bystander", "another name in the directory was changed");
    expect(names(b) == std::vector<std::string>{"bystander", "target"}, "something else was left beside the live name");
  }
  void expect_source() { expect(has(a, "source") && content(a, "source") == new_text, "the source is gone"); }
  /// As a power cut may leave it where renames are not ordered: the live name as it was, whatever was done.
  void lose_the_publish() {
    if (has(b, "target")) native.remove_file(b, "target").value();
    if (old_) put(b, "target", *old_);
  }

 private:
  static constexpr const char* new_text = "the new version, a little longer than the old one\n";

  [[nodiscard]] publish::move move() const {
    return {.from = a,
            .source = source_,
            .spare = spare_,
            .to = b,
            .target = target_,
            .ordered = ordered_,
            .modified = long_ago};
  }

  std::shared_ptr<publish::way> way_;
  bool ordered_;
  std::optional<std::string> old_;
  std::string source_ = "source";
  std::string spare_ = "spare";
  std::string target_ = "target";
};

/// What is asked of a publish step in one case.
struct publish_checks {
  static void puts(const publish_case& c) {
    publishing_bench one(c);
    one.put_live().value();
    one.expect_new("put");
  }

  static void short_transfers(const publish_case& c) {
    publishing_bench one(c);
    one.system.arm({.largest_transfer = 3});
    one.put_live().value();
    one.expect_new("put");
  }

  static void errors(const publish_case& c) {
    for (std::uint64_t nth = 1;; ++nth) {
      publishing_bench one(c);
      one.system.reset_counts();
      one.system.arm({.nth = nth, .error = EIO});
      const auto done = one.put_live();
      const auto faults = one.system.counts().faults;
      one.system.disarm();
      if (done) one.expect_new("call " + std::to_string(nth) + " failed and put succeeded,");
      if (faults == 0) break;
    }
  }

  static void no_gap(const publish_case& c) {
    if (!c.demands.atomic) throw conformance_report::skip("it is not asked for");
    for (std::uint64_t nth = 1;; ++nth) {
      publishing_bench one(c);
      one.system.reset_counts();
      one.end_before_change(nth, 16);
      (void)one.put_live();
      expect(one.is_old() || one.is_new(), "there is one before change " + std::to_string(nth));
      if (one.system.counts().faults == 0) break;
    }
  }

  static void repeated(const publish_case& c) {
    for (std::uint64_t nth = 1;; ++nth) {
      publishing_bench one(c);
      one.system.reset_counts();
      one.end_before_change(nth);
      (void)one.put_live();
      const bool over = one.system.counts().faults == 0;
      one.system.disarm();
      const auto again = one.is_new() ? result<void>(success()) : one.put_live();
      expect(static_cast<bool>(again),
             "it ended before change " + std::to_string(nth) + ", and then: " + (again ? "" : again.error().message()));
      one.expect_new("the second put");
      if (over) break;
    }
  }

  static void no_room(const publish_case& c) {
    publishing_bench one(c);
    one.system.arm({.nth = 1, .error = ENOSPC, .times = 1000, .only = system::call::link});
    one.put_live().value();
    one.expect_new("put");
  }

  static void power_cut(const publish_case& c) {
    publishing_bench one(c);
    one.put_live().value();
    one.lose_the_publish();
    one.expect_source();
    one.put_live().value();
    one.expect_new("the second put");
  }
};

struct publish_check {
  const char* name = nullptr;
  void (*body)(const publish_case&) = nullptr;
  bool only_unordered = false;
};

inline constexpr publish_check all_publish_checks[] = {
    {"put", &publish_checks::puts},
    {"put under short reads and writes", &publish_checks::short_transfers},
    {"put passes errors on", &publish_checks::errors},
    {"no moment without the old or the new version", &publish_checks::no_gap},
    {"put can be repeated after a crash in it", &publish_checks::repeated},
    {"put needs no new names, for which there may be no room", &publish_checks::no_room},
    {"the source outlives a publish that a power cut may undo", &publish_checks::power_cut, true},
};

COMMITPOINT_INLINE conformance_report check_way(function_ref<std::shared_ptr<publish::way>()> make,
                                                publish_demands demands, const path& base) {
  conformance_report report;
  for (const bool ordered : {true, false}) {
    for (const auto& live : {std::optional<std::string>{}, std::optional<std::string>("old\n")}) {
      const publish_case c{make, base, ordered, live, demands};
      const std::string where = std::string(live ? ", replacing" : ", new") + (ordered ? ", ordered" : ", unordered");
      for (const auto& one : all_publish_checks) {
        if (ordered && one.only_unordered) continue;
        report.check(one.name + where, [&] { one.body(c); });
      }
    }
  }
  return report;
}

}  // namespace detail

}  // namespace commitpoint::testing
