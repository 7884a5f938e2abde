#pragma once

/// \file
/// `recording<Inner>`: another door, which remembers what was made or written and not synced since.

#include <commitpoint/system/forwarding_door.hpp>

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>

namespace commitpoint::testing {

/// A file that was written to and not synced since.
struct unsynced_file {
  std::string name;     ///< it was last reached by, if that is known
  std::string durable;  ///< its content as it was synced last; empty where it could not be read (a handle for writing)
};

/// What a sync did not cover yet, by inode; and what was synced.
struct sync_record {
  std::map<std::uint64_t, unsynced_file> contents;       ///< files that were written to
  std::map<std::uint64_t, std::set<std::string>> names;  ///< names that came, by their directory
  std::multiset<std::uint64_t> synced;                   ///< inodes that were synced, one entry each time
  std::multiset<std::uint64_t> filesystems;              ///< devices that were synced as a whole

  /// Empty when everything is durable; otherwise what is not, for people.
  [[nodiscard]] std::string unsynced() const;
};

/// Passes calls on, and records. Copies share the record. A sync that failed covers nothing.
class recording_door : public system::forwarding_door {
 public:
  explicit recording_door(std::shared_ptr<system::door> behind);

  /// A copy of the record.
  [[nodiscard]] sync_record record() const;
  /// Forgets everything, as if all had been synced.
  void forget();

  // The calls that change or sync something.

  result<handle> open(const handle& dir, const std::string& name, const system::open_how& how) override;
  result<void> make_directory(const handle& dir, const std::string& name, std::uint32_t mode) override;
  result<void> make_symlink(const std::string& target, const handle& dir, const std::string& name) override;
  result<void> remove_file(const handle& dir, const std::string& name) override;
  result<void> remove_directory(const handle& dir, const std::string& name) override;
  result<void> rename(const handle& from, const std::string& old_name, const handle& to, const std::string& new_name,
                      system::rename_how how) override;
  result<void> link(const handle& from, const std::string& old_name, const handle& to,
                    const std::string& new_name) override;
  result<std::size_t> write(const handle& file, std::uint64_t offset, std::span<const char> bytes) override;
  result<void> truncate(const handle& file, std::uint64_t size) override;
  result<void> clone(const handle& from, const handle& to) override;
  result<std::size_t> copy_range(const handle& from, std::uint64_t from_offset, const handle& to,
                                 std::uint64_t to_offset, std::size_t length) override;
  result<void> sync(const handle& node) override;
  result<void> sync_data(const handle& file) override;
  result<void> sync_filesystem(const handle& node) override;

 private:
  struct state;

  // A call that then fails may have written all the same.
  void about_to_write(const handle& file, const std::string& name = "?");
  void named(const handle& dir, const std::string& name);
  void went(const handle& dir, const std::string& name);
  result<void> named_if(result<void> done, const handle& dir, const std::string& name);
  result<void> synced(const handle& node, bool with_names);

  std::shared_ptr<state> shared_;
};

/// The recording door in front of a door of one type, which it makes or is given.
template <std::derived_from<system::door> Inner>
class recording final : public recording_door {
 public:
  recording() : recording(Inner{}) {}
  explicit recording(Inner inner) : recording_door(std::make_shared<Inner>(std::move(inner))) {}
};

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/recording.ipp>
#endif
