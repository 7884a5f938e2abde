#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/testing/crash_states.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>

namespace commitpoint::testing {

COMMITPOINT_INLINE std::uint64_t chance::operator()() noexcept {
  auto z = state_ += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

COMMITPOINT_INLINE void chance::shuffle(std::vector<crashed_machine>& some) {
  for (std::size_t i = 0; i < some.size(); ++i) std::swap(some[i], some[i + (*this)() % (some.size() - i)]);
}

COMMITPOINT_INLINE void chance::thin(std::vector<crashed_machine>& some, std::uint64_t room) {
  shuffle(some);
  if (some.size() > room) some.erase(some.begin() + static_cast<std::ptrdiff_t>(room), some.end());
}

COMMITPOINT_INLINE crash_states::crash_states(const exploration& what, const explore_settings& settings,
                                              const std::vector<tree_image>& trees, chance& luck)
    : what_(what), settings_(settings), trees_(trees), luck_(luck) {}

COMMITPOINT_INLINE void crash_states::forget() {
  met_.clear();
  skipped_ = 0;
}

namespace detail {

template <class F>
void for_every_answer(const std::vector<std::uint32_t>& counts, F f) {
  std::vector<std::uint32_t> answers(counts.size(), 0);
  for (;;) {
    f(answers);
    std::size_t i = 0;
    while (i < counts.size() && ++answers[i] == counts[i]) answers[i++] = 0;
    if (i == counts.size()) return;
  }
}

}  // namespace detail

COMMITPOINT_INLINE std::vector<crashed_machine> crash_states::of(const std::vector<moment>& moments,
                                                                 const crash_path& before, std::uint64_t room) {
  std::vector<crashed_machine> all;
  std::vector<std::pair<std::size_t, power_cut>> many;
  const auto add_cut = [&](std::size_t i, const power_cut& cut, std::vector<std::uint32_t> answers) {
    add(moments[i], cut, before, {.moment = i + 1, .power_cut = true, .survived = std::move(answers)}, all);
  };
  for (std::size_t i = 0; i < moments.size(); ++i) {
    power_cut cut(moments[i].disks);
    add(moments[i], cut, before, {.moment = i + 1}, all);
    if (!settings_.power_cuts) continue;
    if (cut.states() <= settings_.exhaustive_up_to) {
      detail::for_every_answer(cut.answers(), [&](const auto& answers) { add_cut(i, cut, answers); });
    } else {
      many.emplace_back(i, std::move(cut));
    }
  }
  for (std::size_t i = 0; i < many.size() && all.size() < room; ++i) {
    const auto quota = (room - all.size()) / (many.size() - i);
    const auto target = all.size() + quota;
    auto tries = 2 * quota + 2;
    for (std::uint64_t n = 0; all.size() < target && tries > 0; ++n, --tries) {
      const auto& [moment_number, cut] = many[i];
      add_cut(moment_number, cut, sample(cut.answers(), n));
    }
  }
  return all;
}

COMMITPOINT_INLINE std::vector<std::uint32_t> crash_states::sample(const std::vector<std::uint32_t>& counts,
                                                                   std::uint64_t n) {
  std::vector<std::uint32_t> answers(counts.size(), 0);
  const bool mostly = n % 2 == 1;
  if (mostly) {
    for (std::size_t i = 0; i < counts.size(); ++i) answers[i] = counts[i] - 1;
  }
  if (n < 2) return answers;
  if (n < 2 + counts.size()) {
    const auto i = luck_() % counts.size();
    answers[i] = static_cast<std::uint32_t>(luck_() % counts[i]);
    return answers;
  }
  const auto luck = luck_() % 100;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (luck_() % 100 < luck) answers[i] = static_cast<std::uint32_t>(luck_() % counts[i]);
  }
  return answers;
}

COMMITPOINT_INLINE void crash_states::add(const moment& at, const power_cut& cut, const crash_path& before, crash one,
                                          std::vector<crashed_machine>& into) {
  auto path = before;
  path.push_back(std::move(one));
  auto there = this->one(at, std::move(path), cut);
  // A kill leaves more than can be seen: what a later power cut may take away.
  if (there.path.back().power_cut && !met_.insert(there.mark).second) {
    ++skipped_;
    return;
  }
  into.push_back(std::move(there));
}

COMMITPOINT_INLINE crashed_machine crash_states::one(const moment& at, crash_path path, const power_cut& cut) const {
  const auto& last = path.back();
  if (last.power_cut && last.survived.size() != cut.answers().size()) {
    throw std::invalid_argument("another number of questions than there was");
  }
  auto disks = last.power_cut ? cut.survivor(last.survived) : at.disks;
  crashed_machine there{.disks = std::move(disks),
                        .path = std::move(path),
                        .from = at.how_far.acknowledged,
                        .to = at.how_far.committing,
                        .next_from = at.next.acknowledged,
                        .next_to = at.next.committing,
                        .orphans = {}};
  const auto& seen = there.to < trees_.size() ? trees_[there.to] : trees_.back();
  for (const auto& orphan : what_.orphans) {
    if (!seen.has(orphan)) there.orphans.push_back(orphan);
  }
  there.mark = system::simulation::fingerprint(there.disks) * 31 + there.from * 7 + there.to + there.next_from * 1009 +
               there.next_to * 101;
  return there;
}

COMMITPOINT_INLINE std::vector<crashed_machine> crash_states::choose(std::vector<crashed_machine>& from,
                                                                     std::size_t count) {
  enum { after_cut, after_kill, idle };
  static constexpr int turns[] = {after_cut, after_kill, after_cut, idle};
  luck_.shuffle(from);
  std::array<std::vector<crashed_machine>, 3> kinds;
  for (auto& one : from) {
    const auto kind = !one.recovers ? idle : one.path.back().power_cut ? after_cut : after_kill;
    kinds.at(kind).push_back(std::move(one));
  }
  std::vector<crashed_machine> chosen;
  const auto most = std::min(count, from.size());
  for (auto turn = luck_(); chosen.size() < most; ++turn) {
    auto& kind = kinds.at(static_cast<std::size_t>(turns[turn % std::size(turns)]));
    if (kind.empty()) continue;
    chosen.push_back(std::move(kind.back()));
    kind.pop_back();
  }
  return chosen;
}

}  // namespace commitpoint::testing
