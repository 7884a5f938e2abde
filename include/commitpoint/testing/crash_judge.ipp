#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/testing/crash_judge.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <set>
#include <utility>

namespace commitpoint::testing {

COMMITPOINT_INLINE std::string crash_judge::trouble(const crashed_machine& one, const run_result& end,
                                                    const world& after) const {
  if (is_documented_refusal(one, end, after)) return {};
  if (end.trouble) return "the drain failed: " + end.trouble->message();
  if (auto left = leftovers(after); !left.empty()) return "something is left over: " + left;
  if (const auto* edit = edit_in(one)) {
    if (auto lost = lost_edit(one, *edit, end, after); !lost.empty()) return lost;
  }
  const auto found = look(after);
  auto but = tolerated(one);
  but.orphans = one.orphans;
  std::string first;
  for (auto i = one.from; i <= one.to; ++i) {
    for (auto next = one.next_from; next <= one.next_to; ++next) {
      const auto* wanted = tree(i, next);
      if (wanted == nullptr) continue;
      if (is_like(*wanted, found, but)) return {};
      first += (first.empty() ? "" : "and from the next one:\n") + unlike_text(*wanted, found, but);
    }
  }
  if (one.from != one.to || one.next_from != one.next_to) {
    return "the tree is neither old nor new (wanted -> found); from the old one:\n" + first;
  }
  const auto wanted = one.from == 0 ? std::string("no commit record was written, so that it must be the old tree")
                                    : "it must be the tree after " + std::to_string(one.from) + " mutations";
  const auto of_the_next =
      one.next_to == 0 ? std::string() : ", and " + std::to_string(one.next_to) + " of the next process";
  return wanted + of_the_next + " (wanted -> found):\n" + first;
}

COMMITPOINT_INLINE const tree_image* crash_judge::tree(std::size_t i, std::size_t next) const {
  if (i >= trees_.size()) return nullptr;
  if (next == 0) return &trees_[i];
  return next <= next_trees_[i].size() ? &next_trees_[i][next - 1] : nullptr;
}

COMMITPOINT_INLINE std::string crash_judge::drain_without_absent(const system::simulated& machine,
                                                                 const explored_program& with) const {
  system::hand person(machine, explored_root);
  std::vector<std::string> away;
  std::ranges::copy_if(what_.absent, std::back_inserter(away), [&](const auto& path) { return person.exists(path); });
  if (away.empty()) return {};
  for (const auto& path : away) person.rename(path, path + ".away");
  const auto before = look(machine.world());
  const auto end = with.run(machine, what_, false, {});
  const auto after = look(machine.world());
  for (const auto& path : away) {
    if (person.exists(path)) return "a drain made '" + path + "', which was not there";
    person.rename(path + ".away", path);
  }
  if (!end.trouble) return {};
  const auto without = "the drain without '" + away.front() + "' ";
  if (*end.trouble != errc::needs_repair) return without + "failed otherwise: " + end.trouble->message();
  const auto changed = difference_text(before, after);
  return changed.empty() ? changed : without + "refused, and had changed something:\n" + changed;
}

COMMITPOINT_INLINE progress crash_judge::decided(const crashed_machine& one, const world& after) const {
  progress end{one.from, one.to};
  const auto found = look(after);
  const auto but = tolerated(one);
  for (auto i = one.from; i <= one.to; ++i) {
    const auto* wanted = tree(i, one.next_to);
    if (wanted != nullptr && is_like(*wanted, found, but)) end = {i, i};
  }
  return end;
}

COMMITPOINT_INLINE std::string crash_judge::leftovers(const world& after) {
  static const std::set<std::string, std::less<>> belongs{
      "format", "lock", "lock.turnstile", "journal.0", "journal.1", "journal", "journal.kind", "staging", "kept"};
  const system::hand reader{system::simulated(after)};
  std::string found;
  const auto state = std::string("/") + explored_state;
  if (!reader.exists(state)) return found;
  for (const auto& e : reader.list(state)) {
    // A process may end while it makes one of these; nobody waits for what it began.
    const bool is_begun = e.name.starts_with("format.") || e.name.starts_with("journal.kind.");
    if (!belongs.contains(e.name) && !is_begun) found += e.name + " ";
  }
  if (!reader.exists(state + "/staging")) return found;
  for (const auto& e : reader.list(state + "/staging")) found += "staging/" + e.name + " ";
  return found;
}

COMMITPOINT_INLINE const explored_edit* crash_judge::edit_in(const crashed_machine& one) const {
  for (const auto& c : one.path) {
    if (c.edit) return &what_.edits[*c.edit];
  }
  return nullptr;
}

COMMITPOINT_INLINE void crash_judge::apply_edit(const crashed_machine& one, system::simulated machine) const {
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
  // With the names of all directories on the way: the body may have made them, and not synced their names.
  for (auto end = slash; end != std::string::npos; end = edit.path.rfind('/', end - 1)) {
    person.sync(edit.path.substr(0, end));
    if (end == 0) break;
  }
  person.sync("");
}

COMMITPOINT_INLINE bool crash_judge::was_written(const crashed_machine& one, const explored_edit& edit) const {
  const system::simulated before(one.disks);
  apply_edit(one, before);
  const system::hand written(before, explored_root);
  return written.exists(edit.path) && written.status(edit.path).type == system::node_type::regular &&
         written.read(edit.path) == edit.bytes;
}

COMMITPOINT_INLINE bool crash_judge::is_documented_refusal(const crashed_machine& one, const run_result& end,
                                                           const world& after) const {
  const auto* edit = edit_in(one);
  if (edit == nullptr || !end.trouble || *end.trouble != errc::needs_repair) return false;
  const system::hand reader(system::simulated(after), explored_root);
  return reader.exists(edit->path) && reader.read(edit->path) == edit->bytes;
}

COMMITPOINT_INLINE std::string crash_judge::lost_edit(const crashed_machine& one, const explored_edit& edit,
                                                      const run_result& end, const world& after) const {
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

COMMITPOINT_INLINE std::vector<std::string> crash_judge::paths_below(const system::hand& reader,
                                                                     const std::string& directory) {
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

COMMITPOINT_INLINE tolerances crash_judge::tolerated(const crashed_machine& one) const {
  tolerances but{.ignored_times = what_.ignored_times};
  if (const auto* edit = edit_in(one)) but.ignored = name_in_image(edit->path);
  return but;
}

}  // namespace commitpoint::testing
