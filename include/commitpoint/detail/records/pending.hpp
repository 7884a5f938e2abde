#pragma once

/// \file
/// From the records of a journal to the mutations that are not settled.

#include <commitpoint/detail/records/codec.hpp>
#include <commitpoint/detail/records/entries.hpp>
#include <commitpoint/journal/record.hpp>
#include <commitpoint/report.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
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
  std::optional<std::int64_t> looked_at;  ///< when it last looked at what it replaces, by the file system's clock
  bool copying = false;                   ///< live files of the redo list may have been written to
  std::vector<undo_entry> undo;           ///< oldest first
  std::vector<undo_entry> undone;         ///< of them, those that need not be undone again; after `drop_undone`
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
  std::string wrong;                      ///< why a record makes no sense: then the journal is damaged
};

/// Whether a journal says that it was begun by another root, as one that was linked or copied from there does. What is
/// wrong with it, or nothing.
[[nodiscard]] inline std::string other_root_in(const std::vector<journal::record>& records, std::string_view own) {
  const auto body = records.empty() ? std::nullopt : codec::cbor_view::whole(records.front().body);
  const auto said = body ? body->find("root") : std::nullopt;
  const auto root = said ? said->text() : std::nullopt;
  if (!root || *root == own) return {};
  return "the journal is that of another root, '" + std::string(*root) +
         "', and the file 'format' says that this one is '" + std::string(own) +
         "': a tool has linked or copied it here";
}

/// Folds the records of a journal, in their order. Only what is pending is decoded: what is settled costs a look at its
/// kind.
class journal_fold {
 public:
  explicit journal_fold(std::vector<journal::record> records) : records_(std::move(records)) {}

  [[nodiscard]] folded_journal fold() && {
    unfold_generation();
    for (const auto& r : records_) {
      next_ = std::max(next_, r.kind == journal::record_kind::generation ? r.mutation : r.mutation + 1);
    }
    leave_out_settled();
    for (auto& r : records_) {
      add(std::move(r));
      if (!wrong_.empty()) break;
    }
    folded_journal folded{next_, {}, wrong_};
    if (!wrong_.empty()) return folded;
    for (auto& [number, p] : pending_) folded.pending.push_back(std::move(p));
    return folded;
  }

 private:
  using kind = journal::record_kind;

  void refuse(std::string_view why) {
    if (wrong_.empty()) wrong_ = why;
  }

  // A mutation's records, and which of its undo entries no savepoint has undone.
  struct open_mutation : pending_mutation {
    std::vector<std::size_t> live;
  };

  // What was pending when the generation began stands in its first record: as if it stood in front of the others.
  void unfold_generation() {
    if (records_.empty() || records_.front().kind != kind::generation) return;
    const auto body = codec::cbor_view::whole(records_.front().body);
    if (!body || !body->is_map()) return refuse("its first record is no object");
    const auto carried = body->find("pending");
    if (!carried) return;
    if (!carried->is_array()) return refuse("it carries no list of records");
    std::vector<journal::record> all{records_.front()};  // a copy: `carried` looks into the bytes of this one
    carried->each_item([&](const codec::cbor_view& item) {
      const members in(item, wrong_);
      const auto value = in.number("kind");
      const auto inner = static_cast<kind>(value);
      const auto number = in.number("mutation");
      const auto its_body = in.find("body");
      if (value > 0xFFFF || !journal::is_known(inner) || inner == kind::generation || !its_body) {
        return refuse("it carries a record of an unknown kind");
      }
      all.push_back({inner, number, std::string(its_body->encoded()), {}});
    });
    all.insert(all.end(), std::make_move_iterator(records_.begin() + 1), std::make_move_iterator(records_.end()));
    records_ = std::move(all);
  }

  // From the newest backwards: what came before a record that settles it says nothing any more.
  void leave_out_settled() {
    std::set<std::uint64_t> settled;
    std::uint64_t upto = 0;
    const auto is_settled = [&](std::uint64_t number) { return number <= upto || settled.contains(number); };
    std::vector<journal::record> left;
    for (auto r = records_.rbegin(); r != records_.rend(); ++r) {
      const bool gone = is_settled(r->mutation);
      switch (r->kind) {
        case kind::generation: continue;
        case kind::retired:
        case kind::rolled_back: settled.insert(r->mutation); continue;
        case kind::commit:
          if (r->mutation > upto) upto = std::max(upto, settled_by(*r));
          break;
        default: break;
      }
      if (!gone) left.push_back(std::move(*r));
    }
    records_.assign(std::make_move_iterator(left.rbegin()), std::make_move_iterator(left.rend()));
  }

  // Up to which number a commit record says that everything is settled.
  [[nodiscard]] std::uint64_t settled_by(const journal::record& r) {
    const auto upto = journal::retired_by(r).value_or(0);
    if (upto != 0 && upto >= r.mutation) refuse("it retires mutations that come after it");
    return upto;
  }

  void add(journal::record r) {
    const auto body = codec::cbor_view::whole(r.body);
    if (!body) return refuse("the body of a record is no object in CBOR");
    const members in(*body, wrong_);
    const auto found = pending_.find(r.mutation);
    if (r.kind == kind::published || r.kind == kind::copying) {
      if (found == pending_.end() || !found->second.committed) return;
      (r.kind == kind::published ? found->second.published : found->second.copying) = true;
      keep(std::move(r), in);
      return;
    }
    if (r.kind == kind::commit) return commit(std::move(r), in);
    if (r.kind == kind::undone) return undone(std::move(r), in);
    const auto record = r.kind;
    auto& p = keep(std::move(r), in);
    if (record == kind::rolling_back) return;
    const auto entries = in.find("entries");
    if (!entries || !entries->is_array()) return refuse("it has no 'entries'");
    entries->each_item([&](const codec::cbor_view& item) {
      p.undo.push_back(decode_undo(members(item, wrong_)));
      p.undo.back().record = record;
      p.live.push_back(p.undo.size() - 1);
    });
  }

  // Takes note of what every record says.
  open_mutation& keep(journal::record r, const members& in) {
    auto& p = pending_[r.mutation];
    p.number = r.mutation;
    auto cache = in.text_or_empty("cache");
    p.one_cache = p.one_cache && (p.records.empty() || cache == p.cache);
    p.cache = std::move(cache);
    p.durability = in.text_or_empty("durability");
    if (p.operation.empty()) p.operation = in.text_or_empty("operation");
    p.records.push_back(std::move(r));
    return p;
  }

  void undone(journal::record r, const members& in) {
    const auto remaining = in.number("remaining");
    auto& p = keep(std::move(r), in);
    if (p.committed || remaining > p.live.size()) return refuse("it undoes what is not there");
    for (; p.live.size() > remaining; p.live.pop_back()) p.undo[p.live.back()].undone = true;
  }

  void commit(journal::record r, const members& in) {
    const auto redo = in.find("redo");
    if (in.has("retires")) (void)in.number("retires");
    const auto looked_at = in.optional_integer("looked_at");
    auto& p = keep(std::move(r), in);
    p.committed = true;
    p.looked_at = looked_at;
    p.redo.clear();
    if (!redo || !redo->is_array()) return refuse("it has no 'redo'");
    p.redo.reserve(std::min<std::size_t>(redo->size(), redo->encoded().size() / 64));  // none takes fewer bytes
    redo->each_item([&](const codec::cbor_view& item) { p.redo.push_back(decode_redo(members(item, wrong_))); });
  }

  std::vector<journal::record> records_;
  std::uint64_t next_ = 1;
  std::string wrong_;
  std::map<std::uint64_t, open_mutation> pending_;
};

}  // namespace commitpoint::detail
