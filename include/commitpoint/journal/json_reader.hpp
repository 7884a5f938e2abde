#pragma once

/// \file
/// What the files of `journal::json_file` say: a function of their names and bytes alone, so that it can be tried with
/// any.
///
/// The newest generation that is whole rules. In it, each mutation is what its newest whole state says. A newer file
/// that is not whole is *torn*, which is ignored, as long as what it was to replace still stands: an older file is
/// removed only after the newer one is durable. With nothing older it is *damage*.

#include <commitpoint/journal/json_format.hpp>
#include <commitpoint/journal/record.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace commitpoint::journal {

/// Where one mutation's records stand.
struct json_life {
  std::vector<record> records = {};       ///< of this generation
  std::set<std::uint64_t> standing = {};  ///< states that have a file
  std::uint64_t bytes = 0;                ///< of the newest file

  [[nodiscard]] bool has(record_kind kind) const {
    return std::ranges::any_of(records, [&](const record& r) { return r.kind == kind; });
  }
  [[nodiscard]] bool is_settled() const { return has(record_kind::retired) || has(record_kind::rolled_back); }
};

/// The content of a journal, and where it goes on.
struct json_journal {
  bool begun = false;                    ///< whether there is a generation to append to
  json_format::content generation = {};  ///< the one that rules
  std::uint64_t bytes = 0;               ///< of its file
  std::map<std::uint64_t, json_life> lives = {};
  std::uint64_t highest = 0;           ///< the highest generation that any name speaks of
  std::uint64_t highest_mutation = 0;  ///< the same for mutations
  std::optional<std::string> damage = {};

  /// All records: those that the generation began with, then those of each mutation, by number.
  [[nodiscard]] std::vector<record> records() const {
    auto all = generation.records;
    for (const auto& [number, life] : lives) all.insert(all.end(), life.records.begin(), life.records.end());
    return all;
  }
};

/// The files by name. What has another name than `json_format::file_name` makes is not the journal's.
using json_files = std::map<json_format::file_name, std::string>;

}  // namespace commitpoint::journal

namespace commitpoint::detail {

class json_reader {
 public:
  explicit json_reader(const journal::json_files& files) noexcept : files_(files) {}

  [[nodiscard]] journal::json_journal read() && {
    for (const auto& [name, bytes] : files_) {
      found_.highest = std::max(found_.highest, name.generation);
      found_.highest_mutation = std::max(found_.highest_mutation, name.mutation);
    }
    choose();
    if (found_.begun) {
      read_states();
      compare_claims();
    }
    if (found_.damage) found_.begun = false;  // what was read stays, for a person
    return std::move(found_);
  }

 private:
  using file_name = journal::json_format::file_name;
  using content = journal::json_format::content;

  void damage(const file_name& name, std::string_view why) {
    if (!found_.damage) found_.damage = name.text().append(": ").append(why);
  }

  // Whole and sensible; what is whole and makes no sense is damage.
  [[nodiscard]] std::optional<content> read_file(const file_name& name) {
    auto parsed = journal::json_format::parse(name, files_.at(name));
    if (!parsed) return {};
    if (const auto* why = std::get_if<journal::json_format::senseless>(&*parsed)) {
      damage(name, why->why);
      return {};
    }
    return std::get<content>(std::move(*parsed));
  }

  void choose() {
    std::set<std::uint64_t, std::greater<>> generations;
    for (const auto& [name, bytes] : files_) {
      if (name.is_generation()) generations.insert(name.generation);
    }
    for (const auto number : generations) {
      auto whole = read_file({number, 0, 0});
      if (found_.damage) return;
      if (!whole) continue;
      found_.begun = true;
      found_.bytes = files_.at(whole->name).size();
      found_.generation = std::move(*whole);
      break;
    }
    // A state is written after its generation is durable.
    for (const auto& [name, bytes] : files_) {
      if (name.is_generation() || name.generation <= found_.generation.name.generation) continue;
      damage(name, "its generation is missing or bad, and was there when it was written");
    }
    // As long as the first one stands, no later one was ever durable.
    if (!found_.begun && !generations.empty() && !generations.contains(1)) {
      damage({*generations.begin(), 0, 0}, "it is bad, and there is no older generation");
    }
  }

  void read_states() {
    const auto ruling = found_.generation.name.generation;
    for (const auto& [name, bytes] : files_) {
      if (name.generation == ruling && !name.is_generation()) found_.lives[name.mutation].standing.insert(name.state);
    }
    for (auto& [mutation, life] : found_.lives) {
      for (auto state = life.standing.rbegin(); state != life.standing.rend(); ++state) {
        auto whole = read_file({ruling, mutation, *state});
        if (found_.damage) return;
        if (!whole) continue;
        if (whole->salt != found_.generation.salt) {
          return damage(whole->name, "it belongs to another generation of that number");
        }
        newest_[mutation] = *state;
        for (const auto& [other, durable] : whole->durable) {
          claimed_[other] = std::max(claimed_[other], durable);
        }
        life.records = std::move(whole->records);
        life.bytes = files_.at(whole->name).size();
        break;
      }
      if (!newest_.contains(mutation) && !life.standing.contains(1)) {
        return damage({ruling, mutation, *life.standing.rbegin()}, "it is bad, and there is no older state");
      }
    }
  }

  // What another file says was durable must not be gone while something older or torn of it stands.
  void compare_claims() {
    for (const auto& [mutation, durable] : claimed_) {
      if (found_.lives.contains(mutation) && newest_[mutation] < durable) {
        damage({found_.generation.name.generation, mutation, durable},
               "it is bad or missing, and was durable according to another file");
      }
    }
  }

  const journal::json_files& files_;
  journal::json_journal found_;
  std::map<std::uint64_t, std::uint64_t> newest_;   // the newest whole state, by mutation
  std::map<std::uint64_t, std::uint64_t> claimed_;  // the newest state that is said to be durable
};

}  // namespace commitpoint::detail

namespace commitpoint::journal {

/// Reads a journal. No files are a journal that was never begun.
[[nodiscard]] inline json_journal read_json(const json_files& files) { return detail::json_reader(files).read(); }

}  // namespace commitpoint::journal
