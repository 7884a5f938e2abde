#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/testing/crash_explorer.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace commitpoint::testing {

namespace detail {

// What was called; by hand, or in which step of the protocol.
COMMITPOINT_INLINE std::string text_of(const moment& m) {
  const auto call = std::string(to_string(m.what));
  if (!m.by_hand.empty()) return call + " by hand, of '" + m.by_hand + "'";
  return call + (m.name.empty() ? "" : " of '" + m.name + "'") + " (" + std::string(to_string(m.how_far.at)) + ")";
}

// The last calls before a moment.
COMMITPOINT_INLINE std::string calls_before(const std::vector<moment>& moments, std::size_t i) {
  constexpr std::size_t most = 4;
  std::string text;
  for (auto j = i - std::min(i, most); j < i; ++j) text += (text.empty() ? "  after " : ", ") + text_of(moments[j]);
  return text.empty() ? text : text + "\n";
}

COMMITPOINT_INLINE std::string describe(const moment& at, const crash& how) {
  if (!how.power_cut) return "  the process is killed before " + text_of(at) + "\n";
  return "  the power is cut before " + text_of(at) + "; " +
         system::simulation::power_cut(at.disks).describe(how.survived) + "\n";
}

}  // namespace detail

COMMITPOINT_INLINE crash_explorer::crash_explorer(exploration what, explored_program with, explore_settings settings)
    : what_(std::move(what)),
      with_(std::move(with)),
      settings_(settings),
      luck_(settings.seed),
      states_(what_, settings_, trees_, luck_),
      judge_(what_, trees_, next_trees_) {
  what_.ignored_times = names_in_image(what_.ignored_times);
  what_.orphans = names_in_image(what_.orphans);
  next_ = what_;
  next_.mutations = next_.next;
}

COMMITPOINT_INLINE exploration_report crash_explorer::run() {
  begin();
  auto level = states_.of(moments_, {}, share(0));
  luck_.thin(level, share(0));
  for (std::uint32_t depth = 1; depth <= settings_.depth; ++depth) {
    std::vector<crashed_machine> interesting;
    for (auto& one : level) examine(one, interesting);
    if (depth == 1) explore_edits(interesting);
    level = depth == settings_.depth ? std::vector<crashed_machine>{} : next_level(interesting, share(depth));
  }
  report_.skipped = states_.skipped();
  report_.distinct = drained_.size();
  return report_;
}

COMMITPOINT_INLINE std::optional<finding> crash_explorer::replay(std::string_view where) {
  begin();
  auto moments = moments_;
  const auto path = parse_crashes(where);
  for (std::size_t i = 0;; ++i) {
    const auto& last = path[i];
    if (last.moment == 0 || last.moment > moments.size()) throw std::invalid_argument("no such moment");
    if (last.edit && *last.edit >= what_.edits.size()) throw std::invalid_argument("no such edit");
    const auto& at = moments[last.moment - 1];
    const crash_path until(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    auto there = states_.one(at, until, system::simulation::power_cut(at.disks));
    if (i + 1 == path.size()) {
      std::vector<crashed_machine> none;
      examine(there, none);
      return report_.findings.empty() ? std::nullopt : std::optional<finding>(report_.findings.front());
    }
    moments = drained_with_moments(there);
  }
}

COMMITPOINT_INLINE void crash_explorer::begin() {
  report_ = {.name = what_.name + " (" + with_.name + ")", .seed = settings_.seed};
  trees_.clear();
  next_trees_.clear();
  moments_.clear();
  drained_.clear();
  states_.forget();
  luck_ = chance(settings_.seed);
  const system::simulated machine(built(what_));
  trees_.push_back(judge_.look(machine.world()));
  next_trees_.push_back(trees_of_next(machine.world()));
  run_listener listener{.before_change = [&](moment m) { moments_.push_back(std::move(m)); },
                        .on_success =
                            [&](const system::simulation::world& w) {
                              trees_.push_back(judge_.look(w));
                              drop_siblings(trees_.back());
                              next_trees_.push_back(trees_of_next(w));
                            }};
  const auto end = with_.run(machine, what_, true, listener);
  if (end.trouble) throw std::runtime_error(report_.name + ": " + end.trouble->message());
  moments_.push_back({machine.world(), system::call::unlock, "the end", {}, {end.acknowledged, end.acknowledged}});
  report_.moments = moments_.size();
  report_.mutations = end.mutations.size();
  report_.successes = end.acknowledged;
  if (report_.surprise.empty()) report_.surprise = surprise_of(end, what_);
  const auto last = judge_.look(machine.world());
  if (auto wrong = unlike_text(trees_.back(), last, {.ignored_times = what_.ignored_times}); !wrong.empty()) {
    throw std::runtime_error(report_.name + ": releasing changed the tree: " + wrong);
  }
}

COMMITPOINT_INLINE std::vector<tree_image> crash_explorer::trees_of_next(const system::simulation::world& before) {
  std::vector<tree_image> trees;
  if (next_.mutations.empty()) return trees;
  const auto end = with_.run(system::simulated(before), next_, true,
                             {.before_change = {}, .on_success = [&](const system::simulation::world& w) {
                                trees.push_back(judge_.look(w));
                                drop_siblings(trees.back());
                              }});
  if (end.trouble) throw std::runtime_error(report_.name + ": the next process: " + end.trouble->message());
  if (const auto surprise = surprise_of(end, next_); !surprise.empty()) {
    report_.surprise = "the next process: " + surprise;
  }
  return trees;
}

COMMITPOINT_INLINE bool crash_explorer::goes_on(const crashed_machine& one) const {
  return !next_.mutations.empty() && one.path.size() == 1 && !one.path.back().edit;
}

COMMITPOINT_INLINE std::uint64_t crash_explorer::share(std::uint32_t depth) const {
  static constexpr std::uint64_t percent[] = {60, 30, 10};
  if (settings_.depth == 1) return settings_.budget;
  return settings_.budget * percent[std::min<std::uint32_t>(depth, 2)] / 100;
}

COMMITPOINT_INLINE void crash_explorer::examine(crashed_machine& one, std::vector<crashed_machine>& interesting) {
  if (report_.states >= settings_.budget) return;
  ++report_.states;
  drained_.insert(one.mark);
  const system::simulated machine(one.disks);
  judge_.apply_edit(one, machine);
  if (one.mark % 2 == 0) {
    auto wrong = judge_.drain_without_absent(machine, with_);
    if (!wrong.empty()) return note(one, std::move(wrong));
  }
  // What the next process has done belongs to this drain: a crash in it will have numbers of its own.
  const bool on = goes_on(one);
  const auto end = with_.run(machine, on ? next_ : what_, on, {});
  if (on) one.next_from = one.next_to = end.acknowledged;
  const auto after = machine.world();
  auto wrong = judge_.trouble(one, end, after);
  if (wrong.empty() && on) wrong = surprise_of(end, next_);
  if (on) one.next_from = one.next_to = 0;
  if (wrong.empty() && !end.trouble && one.mark % 8 == 0) {
    const system::simulated next(after);
    const auto again = with_.run(next, what_, false, {});
    if (again.trouble) wrong = "the next drain failed: " + again.trouble->message();
    if (!again.trouble && !again.recovered.empty()) wrong = "the drain left something to the next one";
  }
  if (!wrong.empty()) return note(one, std::move(wrong));
  if (end.trouble) ++report_.refusals;
  one.recovers = !end.recovered.mutations.empty();
  if (one.path.size() < settings_.depth) interesting.push_back(std::move(one));
}

COMMITPOINT_INLINE void crash_explorer::note(const crashed_machine& one, std::string wrong) {
  ++report_.failures;
  // The clearest first: few crashes, a kill rather than a power cut, few words, and early.
  const auto rank = [](const finding& f) {
    return std::tuple(std::ranges::count(f.where, '/'), f.where.find('c') != std::string::npos, f.where.size(),
                      std::string_view(f.where));
  };
  finding found{text_of(one.path), std::move(wrong), {}};
  if (report_.findings.size() >= 10 && rank(found) >= rank(report_.findings.back())) return;
  found.trace = trace_of(one.path);
  report_.findings.push_back(std::move(found));
  std::ranges::sort(report_.findings, [&](const finding& a, const finding& b) { return rank(a) < rank(b); });
  if (report_.findings.size() > 10) report_.findings.pop_back();
}

COMMITPOINT_INLINE std::string crash_explorer::trace_of(const crash_path& path) const {
  std::string text;
  auto moments = moments_;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const auto& at = moments[path[i].moment - 1];
    text += detail::calls_before(moments, path[i].moment - 1) + detail::describe(at, path[i]);
    if (i + 1 == path.size()) break;
    const crash_path until(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    auto next = drained_with_moments(states_.one(at, until, system::simulation::power_cut(at.disks)));
    moments = std::move(next);
  }
  return text;
}

COMMITPOINT_INLINE std::vector<moment> crash_explorer::drained_with_moments(const crashed_machine& one) const {
  const system::simulated machine(one.disks);
  judge_.apply_edit(one, machine);
  std::vector<moment> moments;
  const bool on = goes_on(one);
  const auto keep = [&](moment m) {
    m.next = on ? m.how_far : progress{one.next_from, one.next_to};
    m.how_far.acknowledged = one.from;
    m.how_far.committing = one.to;
    moments.push_back(std::move(m));
  };
  const auto end = with_.run(machine, on ? next_ : what_, on, {.before_change = keep});
  auto after = machine.world();
  auto last = one;
  if (on) last.next_from = last.next_to = end.acknowledged;
  const auto decided = judge_.decided(last, after);
  moments.push_back(
      {std::move(after), system::call::unlock, "the end of the drain", {}, decided, {last.next_from, last.next_to}});
  return moments;
}

COMMITPOINT_INLINE std::vector<crashed_machine> crash_explorer::next_level(std::vector<crashed_machine>& from,
                                                                           std::uint64_t room) {
  std::vector<crashed_machine> all;
  // As many as there is room for to look at each of their calls twice.
  const auto chosen = states_.choose(from, std::max<std::uint64_t>(1, room / 120));
  for (std::size_t i = 0; i < chosen.size() && all.size() < room; ++i) {
    auto some = states_.of(drained_with_moments(chosen[i]), chosen[i].path, (room - all.size()) / (chosen.size() - i));
    luck_.thin(some, (room - all.size()) / (chosen.size() - i));
    std::ranges::move(some, std::back_inserter(all));
  }
  return all;
}

COMMITPOINT_INLINE void crash_explorer::explore_edits(std::vector<crashed_machine>& level) {
  if (what_.edits.empty() || level.empty()) return;
  const auto room = settings_.budget / 10;
  std::vector<crashed_machine> edited;
  for (std::uint64_t n = 0; n < room; ++n) {
    auto one = level[luck_() % level.size()];
    one.path.back().edit = luck_() % what_.edits.size();
    if (!judge_.was_written(one, what_.edits[*one.path.back().edit])) continue;
    examine(one, edited);
  }
  std::ranges::move(edited, std::back_inserter(level));
}

}  // namespace commitpoint::testing
