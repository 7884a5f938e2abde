#pragma once

/// \file
/// What a snapshot strategy must do. docs/policies/snapshot.md says when to choose which.

#include <commitpoint/policy.hpp>
#include <commitpoint/system/door.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace commitpoint::snapshot {

/// By what a backup is known again: numbers and words by name, a small object in the journal.
class evidence {
 public:
  using value = std::variant<std::int64_t, std::uint64_t, std::string>;
  struct member {
    std::string name;
    evidence::value value;
  };

  evidence() = default;
  evidence(std::initializer_list<std::pair<std::string_view, evidence::value>> members) {
    for (const auto& [name, of] : members) set(name, of);
  }

  /// Adds a member, or gives it another value.
  void set(std::string_view name, evidence::value of) {
    const auto at = std::ranges::lower_bound(members_, name, {}, &member::name);
    if (at != members_.end() && at->name == name) {
      at->value = std::move(of);
    } else {
      members_.insert(at, {std::string(name), std::move(of)});
    }
  }

  /// A number that fits; nothing where there is no such one.
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const {
    const auto* found = find(name);
    if (found == nullptr) return std::nullopt;
    if (const auto* integer = std::get_if<std::int64_t>(found)) return *integer;
    if (const auto* large = std::get_if<std::uint64_t>(found)) return static_cast<std::int64_t>(*large);
    return std::nullopt;
  }
  /// A word; nothing where there is no such one.
  [[nodiscard]] std::optional<std::string_view> word(std::string_view name) const {
    const auto* found = find(name);
    const auto* text = found == nullptr ? nullptr : std::get_if<std::string>(found);
    return text == nullptr ? std::nullopt : std::optional<std::string_view>(*text);
  }
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  [[nodiscard]] bool empty() const noexcept { return members_.empty(); }
  /// By name.
  [[nodiscard]] const std::vector<member>& members() const noexcept { return members_; }

 private:
  [[nodiscard]] const evidence::value* find(std::string_view name) const {
    const auto at = std::ranges::lower_bound(members_, name, {}, &member::name);
    return at != members_.end() && at->name == name ? &at->value : nullptr;
  }

  std::vector<member> members_;
};

/// A saved file.
struct saved {
  system::handle backup;        ///< open, so that the barrier can sync it
  snapshot::evidence evidence;  ///< by which the backup is known again, for the journal
};

/// The working part of a snapshot policy. A policy derives from it and can be copied, or makes one by
/// `std::unique_ptr<snapshot::strategy> make() const`. It saves one regular file at a time; trees, links, metadata and
/// restoring are the engine's. All members may be called from several threads at once.
class strategy {
 public:
  using kind = commitpoint::kind::snapshot;

  virtual ~strategy() = default;

  /// Makes `backup` in `backups` of the file `name` in `directory`; `writers_replace` says that nobody writes into the
  /// file itself.
  virtual result<saved> save(system::door& system, const system::handle& directory, const std::string& name,
                             const system::handle& backups, const std::string& backup, bool writers_replace) = 0;

  /// Whether the backup is there, whole and unchanged; its absence is a no.
  ///
  /// The evidence comes from a journal, may be anything, and may have been made by another policy in another program:
  /// `is_intact` of evidence.hpp answers for those of the library. A restore may give the backup a second name, put the
  /// metadata of the saved file on it (modification time included), and be interrupted then: it must still count as
  /// intact.
  /// \errors snapshot_violated when something wrote through the backup; unsupported for evidence that it does not know.
  /// Both mean that a person has to look.
  virtual result<bool> intact(system::door& system, const system::handle& backups, const std::string& backup,
                              const snapshot::evidence& evidence) = 0;

 protected:
  strategy() = default;
  strategy(const strategy&) = default;
  strategy& operator=(const strategy&) = default;
};

}  // namespace commitpoint::snapshot
