#pragma once

/// \file
/// `journal::json_file`: one readable file a mutation, below `journal/` in the state directory.
///
///     read              the newest whole generation, and in it the newest whole state of each mutation
///     append, sync      the mutation's next state is a new file; then it and its directory are synced
///     commit            the same, and a failure says whether the record may be on disk
///     begin_generation  one new file, which supersedes all others at once
///
/// Invariants:
///  1. No file is ever changed, or given a name that another one has.
///  2. A file is removed only after the one that supersedes it is durable (or was only in between two that stand).
///  3. Before the first record of an owner is durable, everything that it read is: in a generation of its own.
///  4. The file of a settled mutation goes only when its older states are gone durably, and another file has a higher
///     number: so nothing comes back, and no number is used again.
///  5. After a failure that leaves unknown what is there nothing more is written until a new `read`.
///
/// docs/formats/json.md has the text of the files, and what the format cannot do.

#include <commitpoint/journal/interface.hpp>
#include <commitpoint/journal/json_directory.hpp>
#include <commitpoint/journal/json_format.hpp>
#include <commitpoint/journal/json_reader.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::journal {

/// The working part of `json_file`. The system and the handles of its `place` outlive it.
class json_backend final : public backend {
 public:
  json_backend(const place& where, std::uint64_t reserve)
      : system_(&where.system),
        directory_(where.system, where.state, where.state_directory),
        reserve_(std::max<std::uint64_t>(reserve, 4096)) {}

  /// Reads everything. A damaged journal is no failure but an image that says so.
  /// \errors not_a_regular_file; EFBIG; the system's (EACCES, EIO ...).
  result<image> read() override;

  /// Writes the mutation's next state, with one record more. A failure leaves the journal as it was, and usable, unless
  /// what it left behind could not be removed for certain; then every later call fails with it until the next `read`.
  /// \durability none before `sync`; readable at once.
  /// \errors std::errc::invalid_argument (the body); EFBIG; the system's.
  result<void> append(const record& r) override {
    bool there = false;
    return put(r, there);
  }

  /// Makes durable what was read and appended.
  /// \errors the system's. Never tried again: every later call fails with it until the next `read`.
  result<void> sync() override;

  /// Appends, and syncs if `durable`.
  /// \errors as `append` and `sync`; with `outcome::unknown` if the record may be on disk, and otherwise it is not.
  result<void> commit(const record& r, bool durable) override;

  /// Replaces everything by one record. This is also the way on after damage was read.
  /// \durability of the one record, if `durable`; what was appended before needs none any more.
  /// \crash the older generation rules until the file is whole.
  /// \errors as `append` and `sync`.
  result<void> begin_generation(const record& r, bool durable) override;

  [[nodiscard]] bool is_full() const override { return now_.bytes > reserve_; }
  // By an owner that syncs, a state is written after its generation is durable, and so is a second generation.
  [[nodiscard]] bool is_known_durable() const override {
    return now_.begun && now_.generation.synced && (now_.generation.name.generation > 1 || !now_.lives.empty());
  }
  [[nodiscard]] std::string identity() const override { return "json_file"; }
  [[nodiscard]] std::vector<std::string> evidence() const override { return {json_directory::name}; }

 private:
  using handle = system::handle;
  using file_name = json_format::file_name;

  // What is known of a mutation beyond what can be read.
  struct progress {
    handle unsynced{};          // of its newest state
    std::uint64_t durable = 0;  // the state that is known to be
    bool alone = false;         // that no other state of it stands is durable, too
  };

  static constexpr std::size_t most_lives = 64;  // then everything goes into one file again

  [[nodiscard]] result<void> usable() const;
  // Nothing more is written after this.
  result<void> broken(result<void>&& failed) {
    broken_ = failed.error();
    return std::move(failed);
  }
  result<void> put(const record& r, bool& there);
  result<void> begin(std::vector<record> records, bool durable);
  result<void> take_over();
  void tidy(bool synced);
  [[nodiscard]] std::uint64_t room_for_all(std::uint64_t next) const;
  [[nodiscard]] bool is_done(std::uint64_t mutation, const json_life& life) const;

  system::door* system_;
  json_directory directory_;
  std::uint64_t reserve_;
  json_journal now_;
  std::map<std::uint64_t, progress> progress_;
  bool unsettled_ = false;  // what was read may not be durable
  bool syncs_ = false;      // syncs are asked for; otherwise what is readable counts as durable
  std::optional<failure> broken_ =
      failure(std::make_error_code(std::errc::operation_not_permitted), {}, "the journal was not read yet");
};

// What follows is the implementation.

inline result<image> json_backend::read() {
  now_ = {};
  progress_.clear();
  auto files = directory_.read();
  if (!files) return broken(std::move(files).error()).error();
  now_ = read_json(files.value());
  unsettled_ = now_.begun;
  syncs_ = now_.generation.synced;
  broken_.reset();
  auto damage = now_.damage;
  if (damage) damage = directory_.shown() + "/" + *damage;
  return image{now_.records(), std::move(damage)};
}

inline result<void> json_backend::usable() const {
  if (broken_) return *broken_;
  if (now_.begun) return success();
  return failure(std::make_error_code(std::errc::operation_not_permitted), directory_.shown(),
                 "the journal has no generation to append to");
}

// What a drain may have to carry into its generation, where it stands further to the right.
inline std::uint64_t json_backend::room_for_all(std::uint64_t next) const {
  auto room = now_.bytes + next + 2048;
  for (const auto& [number, life] : now_.lives) room += life.bytes;
  return (2 * room + reserve_ - 1) / reserve_ * reserve_;
}

inline result<void> json_backend::put(const record& r, bool& there) {
  BOOST_OUTCOME_TRYV(usable());
  if (syncs_ && (unsettled_ || now_.lives.size() > most_lives)) {
    BOOST_OUTCOME_TRYV(take_over());
  }
  const auto known = now_.lives.find(r.mutation);
  const json_life before = known == now_.lives.end() ? json_life{} : known->second;
  json_format::content next{{now_.generation.name.generation, r.mutation, 1}, now_.generation.salt};
  if (!before.standing.empty()) next.name.state = *before.standing.rbegin() + 1;
  for (const auto& [number, about] : progress_) {
    if (about.durable > 0) next.durable[number] = about.durable;
  }
  next.records = before.records;
  next.records.push_back(r);
  BOOST_OUTCOME_TRY(const auto text, json_format::encode(next));

  // What settles a mutation may use the spare files, which everything else leaves alone.
  const bool settling = settles(r.kind);
  if (!settling) {
    BOOST_OUTCOME_TRYV(directory_.reserve(room_for_all(text.size())));
  }
  auto file = directory_.write(next.name, text, settling);
  if (!file) {
    there = directory_.is_uncertain();
    auto why = std::move(file).error();
    if (there) return broken(std::move(why));
    return why;
  }
  there = true;
  auto& life = now_.lives[r.mutation];
  life.records = std::move(next.records);
  life.bytes = text.size();
  // Between the oldest state, which stands until a newer one is durable, and this one nothing is needed.
  for (auto between = life.standing.begin(); between != life.standing.end();) {
    const bool needed = between == life.standing.begin() || *between == progress_[r.mutation].durable;
    const bool stays = needed || !directory_.remove({next.name.generation, r.mutation, *between});
    between = stays ? std::next(between) : life.standing.erase(between);
  }
  life.standing.insert(next.name.state);
  now_.highest_mutation = std::max(now_.highest_mutation, r.mutation);
  progress_[r.mutation].unsynced = std::move(file).value();
  progress_[r.mutation].alone = false;
  if (!syncs_) tidy(false);
  return success();
}

inline result<void> json_backend::sync() {
  BOOST_OUTCOME_TRYV(usable());
  if (unsettled_ || !syncs_) return take_over();
  bool changed = false;
  for (auto& [number, about] : progress_) {
    if (!about.unsynced) continue;
    auto done = system_->sync(about.unsynced);
    if (!done) return broken(directory_.about(std::move(done).error()));
    changed = true;
  }
  if (!changed) return success();
  auto done = directory_.sync();
  if (!done) return broken(std::move(done));
  tidy(true);
  return success();
}

inline result<void> json_backend::commit(const record& r, bool durable) {
  BOOST_OUTCOME_TRYV(usable());
  if (durable && (unsettled_ || !syncs_)) {
    BOOST_OUTCOME_TRYV(take_over());
  }
  syncs_ = durable;
  bool there = false;
  auto done = put(r, there);
  if (done && durable) done = sync();
  if (!done && there) return std::move(done).error().with(outcome::unknown);
  return done;
}

inline result<void> json_backend::begin_generation(const record& r, bool durable) {
  if (broken_) return *broken_;
  auto first = r;
  // What is damaged may have had records of mutations that nobody else knows of.
  if (now_.damage) first.mutation = std::max(first.mutation, now_.highest_mutation + 1);
  return begin({std::move(first)}, durable);
}

// After a failed sync of a dead owner its files may be readable and yet lost, and a sync alone would do nothing.
// Written again as one new file, everything that was read is durable, or the sync says that it is not.
inline result<void> json_backend::take_over() {
  auto carried = now_.generation.records;
  // The number that comes next stays known although what is settled is left out.
  const auto next = carried.front().mutation;
  for (const auto& [number, life] : now_.lives) {
    if (is_done(number, life)) continue;
    carried.insert(carried.end(), life.records.begin(), life.records.end());
  }
  carried.front().mutation = std::max(next, now_.highest_mutation + 1);
  return begin(std::move(carried), true);
}

inline result<void> json_backend::begin(std::vector<record> records, bool durable) {
  if (now_.highest == std::numeric_limits<std::uint64_t>::max()) {
    return directory_.about(failure(errc::journal_corrupt).because("it leaves no number for the next generation"));
  }
  json_format::content next{{now_.highest + 1, 0, 0}, system_->random(), durable, {}, std::move(records)};
  BOOST_OUTCOME_TRY(const auto text, json_format::encode(next));
  BOOST_OUTCOME_TRYV(directory_.create());
  // Whoever was killed while it wrote the first generation has left a name that may not be durable. As long as that
  // stands, a reader knows that no later one was.
  if (durable && !now_.damage && !is_known_durable() && !directory_.standing().empty()) {
    if (auto named = directory_.sync(); !named) return broken(std::move(named));
  }
  auto file = directory_.write(next.name, text, true);
  if (!file) {
    if (!directory_.is_uncertain()) return std::move(file).error();
    return broken(std::move(file).error());
  }
  if (durable) {
    auto done = system_->sync(file.value());
    if (done) done = directory_.sync();
    if (!done) return broken(directory_.about(std::move(done).error()));
  }
  const auto highest_mutation = now_.highest_mutation;
  now_ = {.begun = true, .generation = std::move(next), .bytes = text.size(), .highest = now_.highest + 1};
  now_.highest_mutation = highest_mutation;
  progress_.clear();
  unsettled_ = false;
  syncs_ = durable;
  tidy(false);
  return success();
}

// Whether nothing is lost with the records of a mutation but its number.
inline bool json_backend::is_done(std::uint64_t mutation, const json_life& life) const {
  const auto next = now_.generation.records.front().mutation;
  const auto retires = [](const json_life& of) -> std::optional<std::uint64_t> {
    for (const auto& r : of.records) {
      if (r.kind != record_kind::commit) continue;
      if (const auto upto = retired_by(r)) return upto;
    }
    return {};
  };
  // The generation's own records may speak of a smaller number, and what settles it must stay with them.
  if (mutation < next || retires(life).value_or(next) < next) return false;
  if (life.is_settled()) return true;
  return life.has(record_kind::commit) && std::ranges::any_of(now_.lives, [&](const auto& other) {
           return other.first > mutation && retires(other.second).value_or(0) >= mutation;
         });
}

// Removes what is superseded. `synced`: everything that stands is durable now, and everything that does not is gone
// durably. Otherwise nobody asked for more than to outlive the process, and what is readable counts as durable.
inline void json_backend::tidy(bool synced) {
  // Its generation goes before what belongs to it, so that an old generation without its states is never believed.
  const auto all = directory_.standing();
  for (const bool generations : {true, false}) {
    for (const auto& file : all) {
      if (file.generation == now_.generation.name.generation || file.is_generation() != generations) continue;
      directory_.remove(file);
    }
  }
  for (auto life = now_.lives.begin(); life != now_.lives.end();) {
    auto& about = progress_[life->first];
    auto& [mutation, what] = *life;
    const auto newest = *what.standing.rbegin();
    about.unsynced = {};
    if (synced) about.durable = newest;
    const bool alone = what.standing.size() == 1;
    const bool has_highest_number = mutation == now_.lives.rbegin()->first;
    if ((about.alone || !synced) && alone && !has_highest_number && is_done(mutation, what) &&
        directory_.remove({now_.generation.name.generation, mutation, newest})) {
      progress_.erase(mutation);
      life = now_.lives.erase(life);
      continue;
    }
    about.alone = alone && synced;
    // One that cannot be removed stands as long as the newest, which says what came after it.
    for (auto state = what.standing.begin(); *state != newest;) {
      const bool gone = directory_.remove({now_.generation.name.generation, mutation, *state});
      state = gone ? what.standing.erase(state) : std::next(state);
    }
    ++life;
  }
}

}  // namespace commitpoint::journal
