#pragma once

/// \file
/// From the records of a journal to the mutations that are not settled.

#include <commitpoint/detail/records/entries.hpp>
#include <commitpoint/journal/record.hpp>
#include <commitpoint/report.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// A mutation whose records say neither that it was retired nor that it was rolled back.
struct pending_mutation {
  std::uint64_t number = 0;
  std::string operation;
  std::string durability;
  std::string cache;      ///< the cache identity of its newest record
  bool one_cache = true;  ///< all its records were written under the same identity
  bool committed = false;
  bool published = false;
  bool copying = false;            ///< live files of the redo list may have been written to
  std::vector<undo_entry> undo;    ///< oldest first
  std::vector<undo_entry> undone;  ///< of them, those that need not be undone again; after `drop_undone`
  std::vector<redo_entry> redo;
  std::vector<journal::record> records;

  /// Whether nothing that it has written can have been lost, given the cache identity of now: no power cut came
  /// between.
  [[nodiscard]] bool is_visible(const std::string& now) const { return one_cache && !cache.empty() && cache == now; }

  /// Sets aside what was undone with a savepoint. What undid it was not synced when `undone` was written, so that after
  /// a power cut it is undone again. That does no harm, nor does an `undone` that was lost: the state that it leads
  /// back to is that of the savepoint's beginning, and what happened after it is undone first.
  void drop_undone(const std::string& now) {
    if (!is_visible(now)) return;
    std::ranges::copy_if(undo, std::back_inserter(undone), &undo_entry::undone);
    std::erase_if(undo, [](const undo_entry& e) { return e.undone; });
  }

  [[nodiscard]] recovered_mutation summary() const {
    using decision = recovered_mutation::decision;
    return {number, operation, committed ? decision::roll_forward : decision::roll_back};
  }
};

struct folded_journal {
  std::uint64_t next_number = 1;
  std::vector<pending_mutation> pending;  ///< by number
};

/// A record as it rides in the body of a `generation` record.
[[nodiscard]] inline nlohmann::json enclosed(const journal::record& r) {
  return {{"kind", static_cast<unsigned>(r.kind)}, {"mutation", r.mutation}, {"body", r.body}};
}

/// Folds records in order. Throws `bad_record` or a json exception on one that makes no sense: the journal is damaged.
class journal_fold {
 public:
  void add(const journal::record& r) {
    using kind = journal::record_kind;
    next_ = std::max(next_, r.kind == kind::generation ? r.mutation : r.mutation + 1);
    switch (r.kind) {
      case kind::generation: return open(r);
      case kind::retired:
      case kind::rolled_back:
        pending_.erase(r.mutation);
        live_.erase(r.mutation);
        return;
      case kind::rolling_back: of(r); return;
      case kind::published:
        if (const auto p = pending_.find(r.mutation); p != pending_.end() && p->second.committed) {
          of(r).published = true;
        }
        return;
      case kind::copying:
        if (const auto p = pending_.find(r.mutation); p != pending_.end() && p->second.committed) {
          of(r).copying = true;
        }
        return;
      case kind::commit: return commit(r);
      case kind::undone: return undone(r);
      case kind::compensate:
      case kind::protect:
      case kind::will_create:
      case kind::created:
      case kind::scratch:
      case kind::sibling: break;
    }
    auto& p = of(r);
    for (const auto& e : r.body.at("entries")) {
      p.undo.push_back(e.get<undo_entry>());
      p.undo.back().record = r.kind;
      live_[r.mutation].push_back(p.undo.size() - 1);
    }
  }

  [[nodiscard]] folded_journal result() && {
    folded_journal folded{next_, {}};
    for (auto& [number, p] : pending_) folded.pending.push_back(std::move(p));
    return folded;
  }

 private:
  void open(const journal::record& r) {
    pending_.clear();
    live_.clear();
    if (!r.body.contains("pending")) return;
    for (const auto& e : r.body["pending"]) {
      journal::record inner{static_cast<journal::record_kind>(e.at("kind").get<std::uint16_t>()),
                            e.at("mutation").get<std::uint64_t>(),
                            e.at("body"),
                            {}};
      if (!journal::is_known(inner.kind) || inner.kind == journal::record_kind::generation) {
        throw bad_record("it carries a record of an unknown kind");
      }
      add(inner);
    }
  }

  pending_mutation& of(const journal::record& r) {
    auto& p = pending_[r.mutation];
    p.number = r.mutation;
    const auto cache = r.body.value("cache", std::string{});
    p.one_cache = p.one_cache && (p.records.empty() || cache == p.cache);
    p.cache = cache;
    p.durability = r.body.value("durability", std::string{});
    if (p.operation.empty()) p.operation = r.body.value("operation", std::string{});
    p.records.push_back(r);
    return p;
  }

  void undone(const journal::record& r) {
    auto& p = of(r);
    auto& live = live_[r.mutation];
    const auto remaining = r.body.at("remaining").get<std::uint64_t>();
    if (p.committed || remaining > live.size()) throw bad_record("it undoes what is not there");
    for (; live.size() > remaining; live.pop_back()) p.undo[live.back()].undone = true;
  }

  void commit(const journal::record& r) {
    if (r.body.contains("retires")) {
      const auto upto = r.body["retires"].get<std::uint64_t>();
      if (upto >= r.mutation) throw bad_record("it retires mutations that come after it");
      // Whatever of them is still here: with a transactional journal the row that says that one was committed went in
      // the transaction that this record came in, while its undo records stand in the log.
      std::erase_if(pending_, [&](const auto& p) { return p.first <= upto; });
      std::erase_if(live_, [&](const auto& l) { return l.first <= upto; });
    }
    auto& p = of(r);
    p.committed = true;
    p.redo = r.body.at("redo").get<std::vector<redo_entry>>();
  }

  std::uint64_t next_ = 1;
  std::map<std::uint64_t, pending_mutation> pending_;
  std::map<std::uint64_t, std::vector<std::size_t>> live_;  // the entries of each that no savepoint has undone
};

}  // namespace commitpoint::detail
