#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/testing/fault_sweep.hpp>

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace commitpoint::testing {

COMMITPOINT_INLINE std::string sweep_report::text() const {
  auto all = name + ": " + std::to_string(calls) + " calls, " + std::to_string(faults) +
             " faults: " + std::to_string(rolled_back) + " rolled back, " + std::to_string(dirty) + " dirty, " +
             std::to_string(unfinished) + " unfinished, " + std::to_string(unknown) + " unknown, " +
             std::to_string(succeeded) + " succeeded; " + std::to_string(failed_drains) + " drains failed\n";
  if (!surprise.empty()) all += "  FAILED undisturbed: " + surprise + "\n";
  for (std::size_t i = 0; i < std::min<std::size_t>(troubles.size(), 3); ++i) all += "  " + troubles[i] + "\n";
  return all;
}

COMMITPOINT_INLINE fault_sweep::fault_sweep(exploration what, explored_program with, sweep_settings settings)
    : what_(std::move(what)), with_(std::move(with)), settings_(std::move(settings)) {
  what_.ignored_times = names_in_image(what_.ignored_times);
  what_.orphans = names_in_image(what_.orphans);
}

COMMITPOINT_INLINE sweep_report fault_sweep::run() {
  begin();
  for (std::uint64_t nth = 1; nth <= report_.calls; nth += settings_.stride) {
    for (const auto error : settings_.errors) {
      with_fault({.nth = nth, .effect = system::fault::fails, .error = error});
    }
    with_fault({.nth = nth, .effect = system::fault::fails_after_effect, .error = EIO});
    if (settings_.shorts) with_fault({.nth = nth, .effect = system::fault::is_short});
  }
  for (auto i = settings_.drain_stride / 2; i < moments_.size(); i += settings_.drain_stride) sweep_drain(moments_[i]);
  return report_;
}

COMMITPOINT_INLINE void fault_sweep::begin() {
  report_ = {.name = what_.name + " (" + with_.name + ")"};
  built_ = built(what_);
  trees_ = {{image_of(built_, what_)}};
  const auto end = run_undisturbed(what_, [&](moment m) { moments_.push_back(std::move(m)); });
  for (const auto& one : end.mutations) succeeds_.push_back(!one);
  report_.calls = end.calls;
  report_.surprise = surprise_of(end, what_);
  for (std::size_t i = 0; i < what_.mutations.size(); ++i) {
    for (const auto& variant : what_.mutations[i].or_else) {
      auto other = what_;
      other.mutations[i].body = variant;
      (void)run_undisturbed(other, {});
    }
  }
}

COMMITPOINT_INLINE run_result fault_sweep::run_undisturbed(const exploration& what,
                                                           std::function<void(moment)> before_change) {
  std::size_t successes = 0;
  auto end = with_.run(system::simulated(built_), what, true,
                       {.before_change = std::move(before_change), .on_success = [&](const world& w) {
                          trees_.resize(std::max(trees_.size(), ++successes + 1));
                          trees_[successes].push_back(image_of(w, what_));
                          drop_siblings(trees_[successes].back());
                        }});
  if (end.trouble) throw std::runtime_error(report_.name + ": " + end.trouble->message());
  return end;
}

COMMITPOINT_INLINE bool fault_sweep::is_tree(std::size_t i, const world& disks, bool drained) const {
  if (i >= trees_.size()) return false;
  auto found = image_of(disks, what_);
  if (!drained) drop_siblings(found);
  return std::ranges::any_of(trees_[i], [&](const tree_image& one) { return is_like(one, found, tolerated()); });
}

COMMITPOINT_INLINE std::string fault_sweep::difference_from(std::size_t i, const world& disks) const {
  return unlike_text(trees_[std::min(i, trees_.size() - 1)].front(), image_of(disks, what_), tolerated());
}

COMMITPOINT_INLINE std::string fault_sweep::text_of(const system::fault_plan& plan, const run_result& end) {
  std::string outcomes;
  for (const auto& m : end.mutations) outcomes += m ? " [" + m->message() + "]" : " [success]";
  return "fault at call " + std::to_string(plan.nth) + " (" +
         (end.failed_call ? std::string(to_string(*end.failed_call)) : "") + "), " +
         (plan.effect == system::fault::is_short ? std::string("short")
                                                 : std::error_code(plan.error, std::generic_category()).message()) +
         (plan.effect == system::fault::fails_after_effect ? ", after its effect" : "") +
         (outcomes.empty() ? "" : "; the mutations:" + outcomes);
}

COMMITPOINT_INLINE fault_sweep::destination fault_sweep::count(const run_result& end) {
  destination wanted;
  wanted.is_there_now = true;
  for (std::size_t i = 0; i < end.mutations.size(); ++i) {
    const auto& failed = end.mutations[i];
    if (!failed) {
      wanted.from = ++wanted.to;
      continue;
    }
    if (failed->outcome() == outcome::rolled_back) continue;
    wanted.is_there_now = false;
    if (failed->number() != 0 && failed->number() <= i) break;  // refused, because of an earlier one
    if (failed->outcome() != outcome::dirty && succeeds_[i]) ++wanted.to;
    if (failed->outcome() == outcome::unfinished) wanted.from = wanted.to;
    break;  // the owner refuses everything after it
  }
  return wanted;
}

COMMITPOINT_INLINE void fault_sweep::tally(const run_result& end) {
  for (const auto& failed : end.mutations) {
    if (!failed) continue;
    switch (failed->outcome()) {
      case outcome::rolled_back: ++report_.rolled_back; return;
      case outcome::dirty: ++report_.dirty; return;
      case outcome::unfinished: ++report_.unfinished; return;
      default: ++report_.unknown; return;
    }
  }
  ++report_.succeeded;
}

COMMITPOINT_INLINE void fault_sweep::with_fault(const system::fault_plan& plan) {
  const system::simulated machine(built_);
  const auto end = with_.run(machine, what_, true, {.succeeds = succeeds_, .fault = plan});
  if (end.faults == 0) return;
  ++report_.faults;
  tally(end);
  const auto where = text_of(plan, end);
  const auto wanted = count(end);
  const auto after = machine.world();
  if (wanted.is_there_now && wanted.from < trees_.size() && !is_tree(wanted.from, after, false)) {
    return trouble(where, "it says that the tree is settled, and it is not (wanted -> found):\n" +
                              difference_from(wanted.from, after));
  }
  settle(where, after, wanted);
  for (const bool everything : {false, true}) settle(where + ", power cut", cut(after, everything), wanted);
}

COMMITPOINT_INLINE fault_sweep::world fault_sweep::cut(const world& disks, bool everything) {
  const system::simulation::power_cut power(disks);
  std::vector<std::uint32_t> answers(power.answers().size(), 0);
  for (std::size_t i = 0; i < answers.size() && everything; ++i) answers[i] = power.answers()[i] - 1;
  return power.survivor(answers);
}

COMMITPOINT_INLINE void fault_sweep::settle(const std::string& where, const world& disks, const destination& wanted) {
  if (!settled_.insert(system::simulation::fingerprint(disks) * 31 + wanted.from * 7 + wanted.to).second) return;
  const system::simulated next(disks);
  const auto end = with_.run(next, what_, false, {});
  if (end.trouble) return trouble(where, "the next drain failed: " + end.trouble->message());
  const auto after = next.world();
  for (auto i = wanted.from; i <= wanted.to; ++i) {
    if (is_tree(i, after, true)) return;
  }
  trouble(where, "after the next drain (wanted -> found):\n" + difference_from(wanted.from, after));
}

COMMITPOINT_INLINE void fault_sweep::sweep_drain(const moment& at) {
  const auto calls = with_.run(system::simulated(at.disks), what_, false, {}).calls;
  const destination wanted{at.how_far.acknowledged, at.how_far.committing, false};
  for (std::uint64_t nth = 1; nth <= calls; ++nth) {
    const auto error = settings_.errors[nth % settings_.errors.size()];
    const system::fault_plan plan{.nth = nth, .effect = system::fault::fails, .error = error};
    const system::simulated machine(at.disks);
    const auto end = with_.run(machine, what_, false, {.fault = plan});
    if (end.faults == 0) continue;
    ++report_.faults;
    if (end.trouble) ++report_.failed_drains;
    const auto where = "drain of a crash before " + std::string(to_string(at.what)) + " '" + at.name + "' (step " +
                       std::string(to_string(at.how_far.at)) + "), " + text_of(plan, end);
    settle(where, machine.world(), wanted);
    settle(where + ", power cut", cut(machine.world(), nth % 2 == 0), wanted);
  }
}

}  // namespace commitpoint::testing
