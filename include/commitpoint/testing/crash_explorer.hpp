#pragma once

/// \file
/// Explores what crashes can do to a mutation: of ours, or of yours.
///
///     undisturbed run    the world before every call that changes something; the tree after every success
///     each of those      the process is killed there, or the power is cut and some of what was not synced is lost
///     each such state    a new process drains it; the tree must be as after a mutation that may have committed there
///     some of the drains crash again at each of their calls, and so on, as deep as was asked
///
/// All states of a call are taken where they are few, else some, chosen by the seed. A state that was met before is not
/// drained again. What goes wrong is found again by the text that `finding::where` has:
///
///     57k         killed before the 57th change of the undisturbed run
///     57c0.2.1    power cut there; the answers to the questions of power_cut.hpp
///     57c0.2.1/9k the drain of that killed before its 9th change, and so on
///     57k+0       killed, and somebody makes edit 0 before the drain

#include <commitpoint/testing/explored_program.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

namespace commitpoint::testing {

/// One crash.
struct crash {
  std::size_t moment = 0;                    ///< counted from 1
  bool power_cut = false;                    ///< else a kill
  std::vector<std::uint32_t> survived = {};  ///< answers of power_cut.hpp
  std::optional<std::size_t> edit = {};      ///< what somebody does before the drain

  [[nodiscard]] std::string text() const {
    auto all = std::to_string(moment) + (power_cut ? 'c' : 'k');
    for (std::size_t i = 0; i < survived.size(); ++i) all += (i == 0 ? "" : ".") + std::to_string(survived[i]);
    return edit ? all + "+" + std::to_string(*edit) : all;
  }
};

/// Explores one mutation, or several of one owner, with one coordinator. All of it is deterministic.
class crash_explorer {
 public:
  crash_explorer(exploration what, explored_program with, explore_settings settings = {})
      : what_(std::move(what)), with_(std::move(with)), settings_(settings) {
    what_.ignored_times = names_in_image(what_.ignored_times);
    what_.orphans = names_in_image(what_.orphans);
  }

  /// Explores until everything was seen or the budget is used up. Throws `std::runtime_error` where the undisturbed run
  /// cannot be made; a mutation that fails in it is in the report.
  [[nodiscard]] exploration_report run() {
    begin();
    auto level = crashes_of(moments_, {}, share(0));
    thin(level, share(0));
    for (std::uint32_t depth = 1; depth <= settings_.depth; ++depth) {
      std::vector<state> interesting;
      for (auto& one : level) examine(one, interesting);
      if (depth == 1) explore_edits(interesting);
      level = depth == settings_.depth ? std::vector<state>{} : next_level(interesting, share(depth));
    }
    finish();
    return report_;
  }

  /// One crash again, by the text of a finding, with the same exploration and program; what is wrong, or nothing.
  /// Throws `std::invalid_argument` where there is no such crash.
  [[nodiscard]] std::optional<finding> replay(std::string_view where) {
    begin();
    auto moments = moments_;
    std::vector<crash> path;
    for (;;) {
      const auto one = parse(where.substr(0, where.find('/')));
      if (one.moment == 0 || one.moment > moments.size()) throw std::invalid_argument("no such moment");
      if (one.edit && *one.edit >= what_.edits.size()) throw std::invalid_argument("no such edit");
      path.push_back(one);
      auto there = crashed(moments[one.moment - 1], path, power_cut(moments[one.moment - 1].disks));
      if (where.find('/') == std::string_view::npos) {
        std::vector<state> none;
        examine(there, none);
        return report_.findings.empty() ? std::nullopt : std::optional<finding>(report_.findings.front());
      }
      where.remove_prefix(where.find('/') + 1);
      moments = drained_with_moments(there);
    }
  }

 private:
  using world = system::simulation::world;
  using power_cut = system::simulation::power_cut;

  // A machine after a crash, and which of the trees a drain may make of it: `[from, to]` of `trees_`.
  struct state {
    world disks;
    std::vector<crash> path;
    std::size_t from = 0;
    std::size_t to = 0;
    std::vector<std::string> orphans;
    std::uint64_t mark = 0;
    bool recovers = false;  // whether its drain had something to recover
  };

  // ---- The undisturbed run.

  void begin() {
    report_ = {.name = what_.name + " (" + with_.name + ")", .seed = settings_.seed};
    trees_.clear();
    moments_.clear();
    met_.clear();
    drained_.clear();
    random_ = settings_.seed * 0x2545f4914f6cdd1dU;
    const system::simulated machine(built(what_));
    trees_.push_back(look(machine.world()));
    run_listener listener{.before_change = [&](moment m) { moments_.push_back(std::move(m)); },
                          .on_success =
                              [&](const world& w) {
                                trees_.push_back(look(w));
                                drop_siblings(trees_.back());
                              }};
    const auto end = with_.run(machine, what_, true, listener);
    if (end.trouble) throw std::runtime_error(report_.name + ": " + end.trouble->message());
    moments_.push_back({machine.world(), system::call::unlock, "the end", {}, {end.acknowledged, end.acknowledged}});
    report_.moments = moments_.size();
    report_.mutations = end.mutations.size();
    report_.successes = end.acknowledged;
    report_.surprise = surprise_of(end, what_);
    auto last = look(machine.world());
    if (auto wrong = difference_from(trees_.back(), std::move(last)); !wrong.empty()) {
      throw std::runtime_error(report_.name + ": releasing changed the tree: " + wrong);
    }
  }

  [[nodiscard]] tree_image look(const world& disks) const { return image_of(disks, what_); }

  [[nodiscard]] std::string difference_from(tree_image expected, tree_image found) const {
    drop_unforeseeable_times(expected, found, what_.ignored_times);
    if (expected == found) return {};
    auto text = difference_text(expected, found);
    return text.empty() ? "something that has no words\n" : text;
  }

  // ---- Which crashes.

  [[nodiscard]] std::uint64_t share(std::uint32_t depth) const {
    static constexpr std::uint64_t percent[] = {60, 30, 10};
    if (settings_.depth == 1) return settings_.budget;
    return settings_.budget * percent[std::min<std::uint32_t>(depth, 2)] / 100;
  }

  std::uint64_t random() noexcept {
    auto z = random_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

  // Every moment is crashed at; what of the room is left by those with few states goes to those with many.
  std::vector<state> crashes_of(const std::vector<moment>& moments, const std::vector<crash>& before,
                                std::uint64_t room) {
    std::vector<state> all;
    std::vector<std::pair<std::size_t, power_cut>> many;
    for (std::size_t i = 0; i < moments.size(); ++i) {
      power_cut cut(moments[i].disks);
      add_crash(moments[i], cut, before, {.moment = i + 1}, all);
      if (!settings_.power_cuts) continue;
      if (cut.states() <= settings_.exhaustive_up_to) {
        for_every_answer(cut.answers(),
                         [&](const auto& answers) { add_cut(moments[i], i, cut, before, answers, all); });
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
        add_cut(moments[moment_number], moment_number, cut, before, sample(cut.answers(), n), all);
      }
    }
    return all;
  }

  template <class F>
  static void for_every_answer(const std::vector<std::uint32_t>& counts, F f) {
    std::vector<std::uint32_t> answers(counts.size(), 0);
    for (;;) {
      f(answers);
      std::size_t i = 0;
      while (i < counts.size() && ++answers[i] == counts[i]) answers[i++] = 0;
      if (i == counts.size()) return;
    }
  }

  // First nothing, then everything; then all but one thing, or only one; then by chance, with different luck.
  std::vector<std::uint32_t> sample(const std::vector<std::uint32_t>& counts, std::uint64_t n) {
    std::vector<std::uint32_t> answers(counts.size(), 0);
    const bool mostly = n % 2 == 1;
    if (mostly) {
      for (std::size_t i = 0; i < counts.size(); ++i) answers[i] = counts[i] - 1;
    }
    if (n < 2) return answers;
    if (n < 2 + counts.size()) {
      const auto i = random() % counts.size();
      answers[i] = static_cast<std::uint32_t>(random() % counts[i]);
      return answers;
    }
    const auto luck = random() % 100;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (random() % 100 < luck) answers[i] = static_cast<std::uint32_t>(random() % counts[i]);
    }
    return answers;
  }

  void add_cut(const moment& at, std::size_t i, const power_cut& cut, const std::vector<crash>& before,
               std::vector<std::uint32_t> answers, std::vector<state>& into) {
    add_crash(at, cut, before, {.moment = i + 1, .power_cut = true, .survived = std::move(answers)}, into);
  }

  void add_crash(const moment& at, const power_cut& cut, const std::vector<crash>& before, crash one,
                 std::vector<state>& into) {
    auto path = before;
    path.push_back(std::move(one));
    auto there = crashed(at, std::move(path), cut);
    // A kill leaves more than can be seen: what a later power cut may take away.
    if (there.path.back().power_cut && !met_.insert(there.mark).second) {
      ++report_.skipped;
      return;
    }
    into.push_back(std::move(there));
  }

  [[nodiscard]] state crashed(const moment& at, std::vector<crash> path, const power_cut& cut) const {
    const auto& last = path.back();
    if (last.power_cut && last.survived.size() != cut.answers().size()) {
      throw std::invalid_argument("another number of questions than there was");
    }
    auto disks = last.power_cut ? cut.survivor(last.survived) : at.disks;
    state there{std::move(disks), std::move(path), at.how_far.acknowledged, at.how_far.committing, {}};
    const auto& seen = there.to < trees_.size() ? trees_[there.to] : trees_.back();
    for (const auto& orphan : what_.orphans) {
      if (!seen.has(orphan)) there.orphans.push_back(orphan);
    }
    there.mark = system::simulation::fingerprint(there.disks) * 31 + there.from * 7 + there.to;
    return there;
  }

  // ---- What a drain makes of them.

  void examine(state& one, std::vector<state>& interesting) {
    if (report_.states >= settings_.budget) return;
    ++report_.states;
    drained_.insert(one.mark);
    const system::simulated machine(one.disks);
    apply_edit(one, machine);
    const auto end = with_.run(machine, what_, false, {});
    const auto after = machine.world();
    auto wrong = trouble(one, end, after);
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

  // What somebody did between a crash and the drain of it.
  [[nodiscard]] const explored_edit* edit_in(const state& one) const {
    for (const auto& c : one.path) {
      if (c.edit) return &what_.edits[*c.edit];
    }
    return nullptr;
  }

  [[nodiscard]] std::string trouble(const state& one, const run_result& end, const world& after) const {
    if (is_documented_refusal(one, end, after)) return {};
    if (end.trouble) return "the drain failed: " + end.trouble->message();
    auto found = look(after);
    if (auto left = leftovers(after); !left.empty()) return "something is left over: " + left;
    const auto* edit = edit_in(one);
    if (edit != nullptr) {
      if (auto lost = lost_edit(one, *edit, end, after); !lost.empty()) return lost;
      ignore_edited(found, edit->path);
    }
    std::string first;
    for (auto i = one.from; i <= one.to && i < trees_.size(); ++i) {
      auto expected = trees_[i];
      if (edit != nullptr) ignore_edited(expected, edit->path);
      for (const auto& orphan : one.orphans) {
        if (const auto there = found.entries.find(orphan); there != found.entries.end())
          expected.entries.insert(*there);
      }
      auto wrong = difference_from(std::move(expected), found);
      if (wrong.empty()) return {};
      first += (first.empty() ? "" : "and from the next one:\n") + wrong;
    }
    if (one.from != one.to) return "the tree is neither old nor new (wanted -> found); from the old one:\n" + first;
    const auto wanted = one.from == 0 ? std::string("no commit record was written, so that it must be the old tree")
                                      : "it must be the tree after " + std::to_string(one.from) + " mutations";
    return wanted + " (wanted -> found):\n" + first;
  }

  [[nodiscard]] static std::string leftovers(const world& after) {
    static const std::set<std::string, std::less<>> belongs{"format",    "lock",    "lock.turnstile", "journal.0",
                                                            "journal.1", "journal", "staging",        "kept"};
    const system::hand reader{system::simulated(after)};
    std::string found;
    const auto state = std::string("/") + explored_state;
    if (!reader.exists(state)) return found;
    for (const auto& e : reader.list(state)) {
      // A process may end while it makes `format`; nobody waits for what it began.
      if (!belongs.contains(e.name) && !e.name.starts_with("format.")) found += e.name + " ";
    }
    if (!reader.exists(state + "/staging")) return found;
    for (const auto& e : reader.list(state + "/staging")) found += "staging/" + e.name + " ";
    return found;
  }

  void note(const state& one, std::string wrong) {
    ++report_.failures;
    std::string where;
    for (const auto& c : one.path) where += (where.empty() ? "" : "/") + c.text();
    // The clearest first: few crashes, a kill rather than a power cut, few words, and early.
    const auto rank = [](const finding& f) {
      return std::tuple(std::ranges::count(f.where, '/'), f.where.find('c') != std::string::npos, f.where.size(),
                        std::string_view(f.where));
    };
    finding found{where, std::move(wrong), {}};
    if (report_.findings.size() >= 10 && rank(found) >= rank(report_.findings.back())) return;
    found.trace = trace_of(one.path);
    report_.findings.push_back(std::move(found));
    std::ranges::sort(report_.findings, [&](const finding& a, const finding& b) { return rank(a) < rank(b); });
    if (report_.findings.size() > 10) report_.findings.pop_back();
  }

  // The calls that were crashed before, and what survived.
  [[nodiscard]] std::string trace_of(const std::vector<crash>& path) const {
    std::string text;
    auto moments = moments_;
    for (std::size_t i = 0; i < path.size(); ++i) {
      const auto& at = moments[path[i].moment - 1];
      text += before(moments, path[i].moment - 1) + describe(at, path[i]);
      if (i + 1 == path.size()) break;
      const std::vector<crash> until(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      auto next = drained_with_moments(crashed(at, until, power_cut(at.disks)));
      moments = std::move(next);
    }
    return text;
  }

  // ---- Crashes in drains.

  [[nodiscard]] std::vector<moment> drained_with_moments(const state& one) const {
    const system::simulated machine(one.disks);
    apply_edit(one, machine);
    std::vector<moment> moments;
    const auto keep = [&](moment m) {
      m.how_far.acknowledged = one.from;
      m.how_far.committing = one.to;
      moments.push_back(std::move(m));
    };
    const auto end = with_.run(machine, what_, false, {.before_change = keep});
    auto after = machine.world();
    // What was decided stays decided.
    auto decided = progress{one.from, one.to};
    for (auto i = one.from; i <= one.to && i < trees_.size(); ++i) {
      auto found = look(after);
      auto expected = trees_[i];
      if (const auto* edit = edit_in(one)) {
        ignore_edited(found, edit->path);
        ignore_edited(expected, edit->path);
      }
      if (difference_from(std::move(expected), std::move(found)).empty()) decided = {i, i};
    }
    moments.push_back({std::move(after), system::call::unlock, "the end of the drain", {}, decided});
    return moments;
  }

  std::vector<state> next_level(std::vector<state>& from, std::uint64_t room) {
    std::vector<state> all;
    // As many as there is room for to look at each of their calls twice.
    const auto chosen = choose(from, std::max<std::uint64_t>(1, room / 120));
    for (std::size_t i = 0; i < chosen.size() && all.size() < room; ++i) {
      auto some =
          crashes_of(drained_with_moments(chosen[i]), chosen[i].path, (room - all.size()) / (chosen.size() - i));
      thin(some, (room - all.size()) / (chosen.size() - i));
      std::ranges::move(some, std::back_inserter(all));
    }
    return all;
  }

  // By turns: kills are few among power cuts, and drains that have nothing to recover end soon. Both deserve a look.
  std::vector<state> choose(std::vector<state>& from, std::size_t count) {
    enum { after_cut, after_kill, idle };
    static constexpr int turns[] = {after_cut, after_kill, after_cut, idle};
    shuffle(from);
    std::array<std::vector<state>, 3> kinds;
    for (auto& one : from) {
      const auto kind = !one.recovers ? idle : one.path.back().power_cut ? after_cut : after_kill;
      kinds.at(kind).push_back(std::move(one));
    }
    std::vector<state> chosen;
    const auto most = std::min(count, from.size());
    for (auto turn = random(); chosen.size() < most; ++turn) {
      auto& kind = kinds.at(static_cast<std::size_t>(turns[turn % std::size(turns)]));
      if (kind.empty()) continue;
      chosen.push_back(std::move(kind.back()));
      kind.pop_back();
    }
    return chosen;
  }

  void shuffle(std::vector<state>& some) {
    for (std::size_t i = 0; i < some.size(); ++i) std::swap(some[i], some[i + random() % (some.size() - i)]);
  }
  void thin(std::vector<state>& some, std::uint64_t room) {
    shuffle(some);
    if (some.size() > room) some.resize(room);
  }

  // ---- Edits.

  // A tenth of all is explored with an edit; some of their drains crash like others.
  void explore_edits(std::vector<state>& level) {
    if (what_.edits.empty() || level.empty()) return;
    const auto room = settings_.budget / 10;
    std::vector<state> edited;
    for (std::uint64_t n = 0; n < room; ++n) {
      auto one = level[random() % level.size()];
      one.path.back().edit = random() % what_.edits.size();
      if (!was_written(one, what_.edits[*one.path.back().edit])) continue;
      examine(one, edited);
    }
    std::ranges::move(edited, std::back_inserter(level));
  }

  void apply_edit(const state& one, const system::simulated& machine) const {
    if (!one.path.back().edit) return;
    const auto& edit = what_.edits[*one.path.back().edit];
    system::hand person(machine, explored_root);
    const auto is_directory = [&](const std::string& path) {
      return person.exists(path) && person.status(path).type == system::node_type::directory;
    };
    const auto slash = edit.path.rfind('/');
    if (slash != std::string::npos && !is_directory(edit.path.substr(0, slash))) return;
    if (is_directory(edit.path)) return;
    machine.pause(std::chrono::hours(1));
    person.write(edit.path, edit.bytes);
    person.sync(edit.path);
    person.sync(slash == std::string::npos ? "" : edit.path.substr(0, slash));
  }

  // A file that an interrupted rollback had put back already is its backup, and who writes to it alters that. The drain
  // touches nothing then, and asks.
  [[nodiscard]] bool is_documented_refusal(const state& one, const run_result& end, const world& after) const {
    const auto* edit = edit_in(one);
    if (edit == nullptr || !end.trouble || *end.trouble != errc::needs_repair) return false;
    const system::hand reader(system::simulated(after), explored_root);
    return reader.exists(edit->path) && reader.read(edit->path) == edit->bytes;
  }

  // In place, or kept, and named by the drain that kept it: of one that crashed nobody has the report.
  [[nodiscard]] std::string lost_edit(const state& one, const explored_edit& edit, const run_result& end,
                                      const world& after) const {
    const system::hand reader(system::simulated(after), explored_root);
    const auto holds = [&](const std::string& path) {
      return reader.exists(path) && reader.status(path).type == system::node_type::regular &&
             reader.read(path).find(edit.bytes) != std::string::npos;
    };
    if (holds(edit.path)) return {};
    if (!one.path.back().edit) {
      const auto kept = paths_below(reader, ".commitpoint/kept");
      if (std::ranges::any_of(kept, holds)) return {};
      return "what somebody wrote to " + edit.path + " before the last crash is gone";
    }
    if (!was_written(one, edit)) return {};
    const auto& kept = end.recovered.kept;
    if (std::ranges::any_of(kept, [&](const auto& k) { return holds(k.place); })) return {};
    return "what somebody wrote to " + edit.path + " after the crash is gone, or no report names it";
  }

  // Not where there is no directory for it any more.
  [[nodiscard]] bool was_written(const state& one, const explored_edit& edit) const {
    const system::simulated before(one.disks);
    apply_edit(one, before);
    const system::hand written(before, explored_root);
    return written.exists(edit.path) && written.status(edit.path).type == system::node_type::regular &&
           written.read(edit.path) == edit.bytes;
  }

  [[nodiscard]] static std::vector<std::string> paths_below(const system::hand& reader, const std::string& directory) {
    std::vector<std::string> all;
    if (!reader.exists(directory)) return all;
    for (const auto& entry : reader.list(directory)) {
      const auto path = directory + "/" + entry.name;
      if (reader.status(path).type == system::node_type::directory) {
        std::ranges::move(paths_below(reader, path), std::back_inserter(all));
      } else {
        all.push_back(path);
      }
    }
    return all;
  }

  static void ignore_edited(tree_image& image, const std::string& path) {
    const auto whole = explored_root + ("/" + path);
    const auto plain = whole.substr(1);
    image.entries.erase(plain);
    const auto parent = image.entries.find(plain.substr(0, plain.rfind('/')));
    if (parent != image.entries.end()) parent->second.modified.reset();
  }

  // ---- Texts.

  // What was called; by hand, or in which step of the protocol.
  [[nodiscard]] static std::string text_of(const moment& m) {
    const auto call = std::string(to_string(m.what));
    if (!m.by_hand.empty()) return call + " by hand, of '" + m.by_hand + "'";
    return call + (m.name.empty() ? "" : " of '" + m.name + "'") + " (" + std::string(to_string(m.how_far.at)) + ")";
  }

  // The last calls before a moment.
  [[nodiscard]] static std::string before(const std::vector<moment>& moments, std::size_t i) {
    constexpr std::size_t most = 4;
    std::string text;
    for (auto j = i - std::min(i, most); j < i; ++j) text += (text.empty() ? "  after " : ", ") + text_of(moments[j]);
    return text.empty() ? text : text + "\n";
  }

  [[nodiscard]] static std::string describe(const moment& at, const crash& how) {
    if (!how.power_cut) return "  the process is killed before " + text_of(at) + "\n";
    return "  the power is cut before " + text_of(at) + "; " + power_cut(at.disks).describe(how.survived) + "\n";
  }

  [[nodiscard]] static crash parse(std::string_view text) {
    crash one;
    const auto number = [&]() -> std::uint32_t {
      std::uint32_t value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error != std::errc()) throw std::invalid_argument("a crash is written like 57c0.2.1");
      text.remove_prefix(static_cast<std::size_t>(end - text.data()));
      return value;
    };
    const auto take = [&](char c) {
      const bool is = text.starts_with(c);
      if (is) text.remove_prefix(1);
      return is;
    };
    one.moment = number();
    one.power_cut = take('c');
    if (!one.power_cut && !take('k')) throw std::invalid_argument("a crash is a kill or a cut");
    if (one.power_cut && !text.empty() && text.front() != '+') {
      do one.survived.push_back(number());
      while (take('.'));
    }
    if (take('+')) one.edit = number();
    return one;
  }

  void finish() { report_.distinct = drained_.size(); }

  exploration what_;
  explored_program with_;
  explore_settings settings_;
  exploration_report report_;
  std::vector<tree_image> trees_;  // as built, and after each success
  std::vector<moment> moments_;
  std::unordered_set<std::uint64_t> met_;      // marks of states that were made
  std::unordered_set<std::uint64_t> drained_;  // marks of states that were looked at
  std::uint64_t random_ = 0;
};

}  // namespace commitpoint::testing
