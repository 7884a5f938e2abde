#pragma once

/// \file
/// What coordinator, owner and reader share.

#include <commitpoint/detail/root/holders.hpp>
#include <commitpoint/detail/root/lease_register.hpp>
#include <commitpoint/detail/root/open_databases.hpp>
#include <commitpoint/detail/root/trusted_owners.hpp>
#include <commitpoint/detail/root/workspace.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/durability/interface.hpp>
#include <commitpoint/journal/interface.hpp>
#include <commitpoint/observe/interface.hpp>
#include <commitpoint/options.hpp>
#include <commitpoint/publish/interface.hpp>
#include <commitpoint/snapshot/interface.hpp>
#include <commitpoint/working_parts.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace commitpoint::detail {

/// An opened root: everything that does not depend on who holds the lock.
struct opened_root {
  opened_root(working_parts of, options how, workspace at)
      : parts(std::move(of)), settings(std::move(how)), where(std::move(at)) {}

  working_parts parts;
  options settings;
  workspace where;
  std::shared_ptr<system::door> door = where.is_shared ? std::make_shared<group_door>(parts.system) : parts.system;
  system::door& system = *door;
  trusted_owners owners{system, where.root, where.state, where.state_directory, settings.trust};
  snapshot::strategy& snapshot = *parts.snapshot;
  const publish::way& publish = *parts.publish;
  const durability::promise& durability = *parts.durability;
  std::shared_ptr<holders> threads = std::make_shared<holders>();
  lease_register leases = {};
  open_databases databases = {};

  /// What an observer throws (it is out of memory) does not become the mutation's: it misses an event.
  void say(step at, std::uint64_t mutation = 0, std::string_view plain = {}, std::uint64_t bytes = 0) const noexcept {
    if (!parts.observer) return;
    try {
      parts.observer->hear(observe::event{at, mutation, plain, bytes});
    } catch (...) {  // NOLINT(bugprone-empty-catch)
    }
  }

  [[nodiscard]] result<std::unique_ptr<journal::backend>> open_journal() {
    return parts.open_journal(journal::place{system, where.root, where.state, where.state_directory});
  }
  /// To look at it only.
  [[nodiscard]] result<std::unique_ptr<journal::backend>> open_journal_to_look(bool is_trusted) {
    return parts.open_journal(journal::place{system, where.root, where.state, where.state_directory, true, is_trusted});
  }
};

/// Says at its end that the thread leaves the protocol, so that an observer knows how long the last step took.
class leaving {
 public:
  /// The opened_root outlives it; there may be none.
  explicit leaving(const opened_root* shared) noexcept : shared_(shared) {}
  leaving(const leaving&) = delete;
  leaving& operator=(const leaving&) = delete;
  ~leaving() {
    if (shared_ != nullptr) shared_->say(step::none);
  }

 private:
  const opened_root* shared_;
};

}  // namespace commitpoint::detail
