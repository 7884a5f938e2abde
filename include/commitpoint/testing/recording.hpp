#pragma once

/// \file
/// `recording<Inner>`: another door, which remembers what was made or written and not synced since.

#include <commitpoint/files/io.hpp>
#include <commitpoint/system/forwarding_door.hpp>

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
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
  [[nodiscard]] std::string unsynced() const {
    std::string text;
    for (const auto& [inode, file] : contents) text += " the content of '" + file.name + "'";
    for (const auto& [inode, all] : names) {
      for (const auto& name : all) text += " the name '" + name + "'";
    }
    return text;
  }
};

/// Passes calls on, and records. Copies share the record. A sync that failed covers nothing.
class recording_door : public system::forwarding_door {
 public:
  explicit recording_door(std::shared_ptr<system::door> behind) : forwarding_door(std::move(behind)) {}

  /// A copy of the record.
  [[nodiscard]] sync_record record() const {
    const std::scoped_lock guard(shared_->mutex);
    return shared_->record;
  }
  /// Forgets everything, as if all had been synced.
  void forget() {
    const std::scoped_lock guard(shared_->mutex);
    shared_->record = {};
  }

  // The calls that change or sync something.

  result<handle> open(const handle& dir, const std::string& name, const system::open_how& how) override {
    const bool creates = how.create || how.create_exclusive;
    bool is_new = creates;
    if (how.create) {
      const auto there = behind().status(dir, name);
      is_new = there && there.value().type == system::node_type::none;
    }
    auto opened = behind().open(dir, name, how);
    if (opened && is_new) {
      named(dir, name);
      about_to_write(opened.value(), name);
    }
    return opened;
  }
  result<void> make_directory(const handle& dir, const std::string& name, std::uint32_t mode) override {
    return named_if(behind().make_directory(dir, name, mode), dir, name);
  }
  result<void> make_symlink(const std::string& target, const handle& dir, const std::string& name) override {
    return named_if(behind().make_symlink(target, dir, name), dir, name);
  }
  result<void> remove_file(const handle& dir, const std::string& name) override {
    BOOST_OUTCOME_TRY(const auto there, behind().status(dir, name));
    BOOST_OUTCOME_TRYV(behind().remove_file(dir, name));
    went(dir, name);
    const std::scoped_lock guard(shared_->mutex);
    if (there.links == 1) shared_->record.contents.erase(there.inode);
    return success();
  }
  result<void> remove_directory(const handle& dir, const std::string& name) override {
    BOOST_OUTCOME_TRYV(behind().remove_directory(dir, name));
    went(dir, name);
    return success();
  }
  result<void> rename(const handle& from, const std::string& old_name, const handle& to, const std::string& new_name,
                      system::rename_how how) override {
    BOOST_OUTCOME_TRYV(behind().rename(from, old_name, to, new_name, how));
    how == system::rename_how::exchange ? named(from, old_name) : went(from, old_name);
    named(to, new_name);
    return success();
  }
  result<void> link(const handle& from, const std::string& old_name, const handle& to, const std::string& new_name) override {
    return named_if(behind().link(from, old_name, to, new_name), to, new_name);
  }
  result<std::size_t> write(const handle& file, std::uint64_t offset, std::span<const char> bytes) override {
    about_to_write(file);
    return behind().write(file, offset, bytes);
  }
  result<void> truncate(const handle& file, std::uint64_t size) override {
    about_to_write(file);
    return behind().truncate(file, size);
  }
  result<void> clone(const handle& from, const handle& to) override {
    about_to_write(to);
    return behind().clone(from, to);
  }
  result<std::size_t> copy_range(const handle& from, std::uint64_t from_offset, const handle& to,
                                 std::uint64_t to_offset, std::size_t length) override {
    about_to_write(to);
    return behind().copy_range(from, from_offset, to, to_offset, length);
  }
  result<void> sync(const handle& node) override {
    BOOST_OUTCOME_TRYV(behind().sync(node));
    return synced(node, true);
  }
  result<void> sync_data(const handle& file) override {
    BOOST_OUTCOME_TRYV(behind().sync_data(file));
    return synced(file, false);
  }
  result<void> sync_filesystem(const handle& node) override {
    BOOST_OUTCOME_TRYV(behind().sync_filesystem(node));
    BOOST_OUTCOME_TRY(const auto there, behind().status(node));
    const std::scoped_lock guard(shared_->mutex);
    shared_->record.contents.clear();
    shared_->record.names.clear();
    shared_->record.filesystems.insert(there.device);
    return success();
  }

 private:
  struct state {
    std::mutex mutex;
    sync_record record;
  };

  // A call that then fails may have written all the same.
  void about_to_write(const handle& file, const std::string& name = "?") {
    const auto there = behind().status(file);
    if (!there) return;
    const std::scoped_lock guard(shared_->mutex);
    auto& known = shared_->record.contents;
    if (known.contains(there.value().inode)) return;
    auto durable = commitpoint::detail::read_whole(behind(), file, there.value().size);
    known.emplace(there.value().inode, unsynced_file{name, durable ? std::move(durable).value() : std::string()});
  }
  void named(const handle& dir, const std::string& name) {
    const auto there = behind().status(dir);
    if (!there) return;
    const std::scoped_lock guard(shared_->mutex);
    shared_->record.names[there.value().inode].insert(name);
  }
  void went(const handle& dir, const std::string& name) {
    const auto there = behind().status(dir);
    if (!there) return;
    const std::scoped_lock guard(shared_->mutex);
    const auto known = shared_->record.names.find(there.value().inode);
    if (known == shared_->record.names.end()) return;
    known->second.erase(name);
    if (known->second.empty()) shared_->record.names.erase(known);
  }
  result<void> named_if(result<void> done, const handle& dir, const std::string& name) {
    if (done) named(dir, name);
    return done;
  }
  result<void> synced(const handle& node, bool with_names) {
    BOOST_OUTCOME_TRY(const auto there, behind().status(node));
    const std::scoped_lock guard(shared_->mutex);
    shared_->record.contents.erase(there.inode);
    if (with_names) shared_->record.names.erase(there.inode);
    shared_->record.synced.insert(there.inode);
    return success();
  }

  std::shared_ptr<state> shared_ = std::make_shared<state>();
};

/// The recording door in front of a door of one type, which it makes or is given.
template <std::derived_from<system::door> Inner>
class recording final : public recording_door {
 public:
  recording() : recording(Inner{}) {}
  explicit recording(Inner inner) : recording_door(std::make_shared<Inner>(std::move(inner))) {}
};

}  // namespace commitpoint::testing
