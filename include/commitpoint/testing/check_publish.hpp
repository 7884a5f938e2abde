#pragma once

/// \file
/// The conformance suite of publish steps.

#include <commitpoint/failure.hpp>
#include <commitpoint/publish/interface.hpp>
#include <commitpoint/testing/workbench.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace commitpoint::testing {

/// What is asked of a publish step.
struct publish_demands {
  /// No reader sees the live name missing or half. `publish::copy` documents that it cannot.
  bool atomic = true;
};

namespace detail {

/// A new version "source" in `a`, and a live name "target" in `b`.
template <class Policy>
class publishing_bench : public workbench {
 public:
  using backend = typename Policy::template backend<suite_system>;

  publishing_bench(const Policy& settings, const path& base, bool ordered, const std::optional<std::string>& live)
      : workbench(base), step_(settings), ordered_(ordered), old_(live) {
    put(a, "source", new_text);
    if (live) put(b, "target", *live);
    put(b, "bystander", "bystander");
    auto ready = step_.prepare(system, way());
    if (!ready && ready.error() == errc::unsupported) throw conformance_report::skip(ready.error().message());
    ready.value();
    expect_old("prepare");
  }

  [[nodiscard]] publish::move<handle> way() const {
    return {.from = a,
            .source = source_,
            .spare = spare_,
            .to = b,
            .target = target_,
            .ordered = ordered_,
            .modified = long_ago};
  }
  [[nodiscard]] result<void> put_live() { return step_.put(system, way()); }

  [[nodiscard]] bool is_new() { return has(b, "target") && content(b, "target") == new_text; }
  [[nodiscard]] bool is_old() { return old_ ? has(b, "target") && content(b, "target") == *old_ : !has(b, "target"); }
  void expect_old(const std::string& after) { expect(is_old(), after + " changed the live name"); }
  void expect_new(const std::string& after) {
    expect(is_new(), "after " + after + " the live name has not the new version");
    expect(content(b, "bystander") == "bystander", "another name in the directory was changed");
    expect(names(b) == std::vector<std::string>{"bystander", "target"}, "something else was left beside the live name");
  }
  /// As a power cut may leave it where renames are not ordered: the live name as it was, whatever was done.
  void lose_the_publish() {
    if (has(b, "target")) native.remove_file(b, "target").value();
    if (old_) put(b, "target", *old_);
  }

  static constexpr const char* new_text = "the new version, a little longer than the old one\n";

 private:
  backend step_;
  bool ordered_;
  std::optional<std::string> old_;
  std::string source_ = "source";
  std::string spare_ = "spare";
  std::string target_ = "target";
};

}  // namespace detail

/// Checks a publish policy on the file system of `base`. A setting that `prepare` refuses as `unsupported` is skipped.
template <class Policy>
[[nodiscard]] conformance_report check_publish(const Policy& settings = {}, publish_demands demands = {},
                                               const path& base = suite_place()) {
  using bench = detail::publishing_bench<Policy>;
  static_assert(publish::PublishStep<typename bench::backend, suite_system, Policy>);
  conformance_report report;
  for (const bool ordered : {true, false}) {
    for (const auto& live : {std::optional<std::string>{}, std::optional<std::string>("old\n")}) {
      const std::string where = std::string(live ? ", replacing" : ", new") + (ordered ? ", ordered" : ", unordered");
      report.check("put" + where, [&] {
        bench one(settings, base, ordered, live);
        one.put_live().value();
        one.expect_new("put");
      });
      report.check("put under short reads and writes" + where, [&] {
        bench one(settings, base, ordered, live);
        one.system.arm({.largest_transfer = 3});
        one.put_live().value();
        one.expect_new("put");
      });
      report.check("put passes errors on" + where, [&] {
        for (std::uint64_t nth = 1;; ++nth) {
          bench one(settings, base, ordered, live);
          one.system.reset_counts();
          one.system.arm({.nth = nth, .error = EIO});
          const auto done = one.put_live();
          const auto faults = one.system.counts().faults;
          one.system.disarm();
          if (done) one.expect_new("call " + std::to_string(nth) + " failed and put succeeded,");
          if (faults == 0) break;
        }
      });
      report.check("no moment without the old or the new version" + where, [&] {
        if (!demands.atomic) throw conformance_report::skip("it is not asked for");
        for (std::uint64_t nth = 1;; ++nth) {
          bench one(settings, base, ordered, live);
          one.system.reset_counts();
          one.end_before_change(nth, 16);
          (void)one.put_live();
          expect(one.is_old() || one.is_new(), "there is one before change " + std::to_string(nth));
          if (one.system.counts().faults == 0) break;
        }
      });
      report.check("put can be repeated after a crash in it" + where, [&] {
        for (std::uint64_t nth = 1;; ++nth) {
          bench one(settings, base, ordered, live);
          one.system.reset_counts();
          one.end_before_change(nth);
          (void)one.put_live();
          const bool over = one.system.counts().faults == 0;
          one.system.disarm();
          const auto again = one.is_new() ? result<void>(success()) : one.put_live();
          expect(static_cast<bool>(again), "it ended before change " + std::to_string(nth) +
                                               ", and then: " + (again ? "" : again.error().message()));
          one.expect_new("the second put");
          if (over) break;
        }
      });
      report.check("put needs no new names, for which there may be no room" + where, [&] {
        bench one(settings, base, ordered, live);
        one.system.arm({.nth = 1, .error = ENOSPC, .times = 1000, .only = system::call::link});
        one.put_live().value();
        one.expect_new("put");
      });
      if (ordered) continue;
      report.check("the source outlives a publish that a power cut may undo" + where, [&] {
        bench one(settings, base, ordered, live);
        one.put_live().value();
        one.lose_the_publish();
        expect(one.has(one.a, "source") && one.content(one.a, "source") == bench::new_text, "the source is gone");
        one.put_live().value();
        one.expect_new("the second put");
      });
    }
  }
  return report;
}

}  // namespace commitpoint::testing
