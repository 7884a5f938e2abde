#pragma once

/// \file
/// The live directories of one mutation, each opened once.

#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/beneath.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/files/sync_set.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::detail {

/// Opened directories by path, so that a mutation opens each once, and the next barrier can sync them. Only so many
/// stay open; what was looked up of a directory stays known.
class directory_cache {
 public:
  explicit directory_cache(session& by) : system_(&by.system()), where_(&by.where()) {}

  /// One directory. The root is held by its workspace, and not opened again.
  struct opened {
    opened(const workspace& where, system::handle held) : own(std::move(held)), handle(own ? own : where.root) {}

    system::handle own;
    const system::handle& handle;
    system::file_status status = {};
    bool ordered = false;  ///< whether renames in it reach the disk in order
  };
  using pointer = std::shared_ptr<const opened>;

  /// \errors drifted when the path leads to another directory than before.
  [[nodiscard]] result<pointer> get(std::string_view plain) {
    const auto known = directories_.find(plain);
    if (known != directories_.end() && known->second.held) return pointer(known->second.held);
    BOOST_OUTCOME_TRY(auto entry, make(plain));
    const auto& status = entry->status;
    if (known != directories_.end() && !known->second.is(status)) {
      return failure(make_error_code(errc::drifted), std::string(plain), "the directory was replaced");
    }
    if (entry->own && ++open_count_ > most_open()) close_all();
    directories_.insert_or_assign(std::string(plain), entry_of{entry, status.inode, status.device});
    return pointer(std::move(entry));
  }

  /// The directory that stands there now, for once.
  [[nodiscard]] result<pointer> open(std::string_view plain) {
    BOOST_OUTCOME_TRY(auto entry, make(plain));
    return pointer(std::move(entry));
  }

  /// Whether every path still leads to the directory that was opened: one that was moved away meanwhile, perhaps out of
  /// the root, must not be published into. Gives the first that does not.
  [[nodiscard]] result<std::string> moved_away() {
    for (const auto& [plain, known] : directories_) {
      if (plain.empty()) continue;  // it is where every path begins
      if (const auto named = status_by_name(plain); named && known.is(named.value())) continue;
      BOOST_OUTCOME_TRY(const auto again, open_beneath(*system_, where_->root, plain, {.directory = true}));
      BOOST_OUTCOME_TRY(const auto status, system_->status(again));
      if (!known.is(status)) return plain;
    }
    return std::string{};
  }

  /// Hands everything over to a barrier.
  void give_to(sync_set& set) {
    for (auto& [plain, directory] : directories_) {
      if (plain.empty()) continue;
      if (directory.held && directory.held.use_count() == 1) {
        set.add(std::move(directory.held->own));
      } else {
        set.add_unknown();
      }
    }
    if (directories_.contains(std::string_view())) give_root_to(set);
    forget();
  }

  /// Nothing is held, and nothing known, any more.
  void forget() noexcept {
    directories_.clear();
    open_count_ = 0;
  }

 private:
  struct entry_of {
    std::shared_ptr<opened> held;
    std::uint64_t inode = 0;
    std::uint64_t device = 0;

    [[nodiscard]] bool is(const system::file_status& s) const noexcept {
      return s.inode == inode && s.device == device;
    }
  };

  [[nodiscard]] result<std::shared_ptr<opened>> make(std::string_view plain) {
    system::handle own;
    if (!plain.empty()) {
      BOOST_OUTCOME_TRY(own, open_beneath(*system_, where_->root, std::string(plain), {.directory = true}));
    }
    auto entry = std::make_shared<opened>(*where_, std::move(own));
    BOOST_OUTCOME_TRY(entry->status, system_->status(entry->handle));
    entry->ordered = is_ordered(*entry);
    return entry;
  }

  // What has its name in the directory above, if that is held: a link is not followed. Directories come in order, so
  // that the one above was found in its place before.
  [[nodiscard]] result<system::file_status> status_by_name(const std::string& plain) {
    const auto parent = parent_of(plain);
    const std::string name(name_of(plain));
    if (parent.empty()) return system_->status(where_->root, name);
    const auto above = directories_.find(parent);
    if (above == directories_.end() || !above->second.held) return system::file_status{};
    return system_->status(above->second.held->handle, name);
  }

  void give_root_to(sync_set& set) {
    if (!set.takes(1)) return set.add_unknown();
    auto again = system_->open(where_->root, ".", {.directory = true});
    if (!again) return set.add_unknown();
    set.add(std::move(again).value());
  }

  void close_all() {
    for (auto& [plain, directory] : directories_) directory.held.reset();
    open_count_ = 1;
  }

  [[nodiscard]] std::size_t most_open() {
    if (most_open_ == 0) {
      most_open_ = static_cast<std::size_t>(std::clamp<std::uint64_t>(system_->most_handles() / 8, 1, 128));
    }
    return most_open_;
  }

  [[nodiscard]] bool is_ordered(const opened& entry) {
    if (entry.status.device == where_->state_status.device) return where_->ordered;
    const auto known = ordered_.find(entry.status.device);
    if (known != ordered_.end()) return known->second;
    return ordered_.emplace(entry.status.device, system_->ordered_metadata(entry.handle)).first->second;
  }

  system::door* system_;
  const workspace* where_;
  std::map<std::string, entry_of, std::less<>> directories_;
  std::map<std::uint64_t, bool> ordered_;
  std::size_t most_open_ = 0;  // 0: not asked yet
  std::size_t open_count_ = 0;
};

}  // namespace commitpoint::detail
