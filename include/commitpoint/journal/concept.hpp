#pragma once

/// \file
/// What a journal backend must do.

#include <commitpoint/journal/record.hpp>
#include <commitpoint/system/concept.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace commitpoint::journal {

/// Where a journal lives.
template <system::System S>
struct place {
  const typename S::handle& root;
  const typename S::handle& state;     ///< the state directory
  const std::string& state_directory;  ///< its path, relative to the root
};

/// The working part of a journal policy `J` is `J::template backend<S>`.
///
/// | member | contract |
/// | --- | --- |
/// | `open(system, place, settings)` | static; without the lock; creates nothing |
/// | `read()` | under a shared or exclusive lock; looks, changes nothing; a failure means "cannot be read" |
/// | `append(record)` | after `read`, under the exclusive lock; readable, not yet durable |
/// | `sync()` | what was appended is durable; a failed sync is never retried |
/// | `begin_generation(record, durable)` | what was there before is superseded at once, in one atomic step |
/// | `commit(record, durable)` | the commit point; outcome `unknown` in the failure if it may be on disk |
/// | `is_full()` | a new generation is wanted when nothing is pending |
/// | `reserves(path)` | whether a root-relative path outside the state directory is the journal's own |
/// | `evidence()` | names in the state directory that hold the journal, to be kept in quarantine |
///
/// A transactional journal (`transactional` is true) also has `begin() -> result<sqlite3*>`, which opens the
/// application's transaction unless it is open, and `abandon()`, which rolls it back; and, for savepoints in it by the
/// depth at which they are nested, `savepoint(depth)`, `release(depth)` and `roll_back_to(depth)`, all `result<void>`.
template <class B, class S, class Settings>
concept JournalBackend = std::movable<B> && requires(B& b, const B& c, S& s, const place<S>& where,
                                                     const Settings& settings, const record& r, std::string_view text) {
  { B::transactional } -> std::convertible_to<bool>;
  { B::open(s, where, settings) } -> std::same_as<result<B>>;
  { b.read() } -> std::same_as<result<image>>;
  { b.append(r) } -> std::same_as<result<void>>;
  { b.sync() } -> std::same_as<result<void>>;
  { b.begin_generation(r, bool{}) } -> std::same_as<result<void>>;
  { b.commit(r, bool{}) } -> std::same_as<result<void>>;
  { c.is_full() } -> std::same_as<bool>;
  { c.reserves(text) } -> std::same_as<bool>;
  { c.evidence() } -> std::same_as<std::vector<std::string>>;
};

}  // namespace commitpoint::journal
