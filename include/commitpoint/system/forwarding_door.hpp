#pragma once

/// \file
/// A door that passes everything on to another one. A wrapper derives from it and overrides what it changes.

#include <commitpoint/system/door.hpp>

#include <memory>
#include <utility>

namespace commitpoint::system {

/// Passes every call on. Copies share the door behind it.
class forwarding_door : public door {
 public:
  explicit forwarding_door(std::shared_ptr<door> to) noexcept : to_(std::move(to)) {}

  result<handle> open_root(const std::string& path) override { return to_->open_root(path); }
  result<handle> open(const handle& directory, const std::string& name, const open_how& how) override {
    return to_->open(directory, name, how);
  }
  result<handle> open_beneath(const handle& directory, const std::string& path, const open_how& how) override {
    return to_->open_beneath(directory, path, how);
  }
  result<void> make_directory(const handle& directory, const std::string& name, std::uint32_t mode) override {
    return to_->make_directory(directory, name, mode);
  }
  result<void> make_symlink(const std::string& target, const handle& directory, const std::string& name) override {
    return to_->make_symlink(target, directory, name);
  }
  result<std::string> read_symlink(const handle& directory, const std::string& name) override {
    return to_->read_symlink(directory, name);
  }
  result<void> remove_file(const handle& directory, const std::string& name) override {
    return to_->remove_file(directory, name);
  }
  result<void> remove_directory(const handle& directory, const std::string& name) override {
    return to_->remove_directory(directory, name);
  }
  result<void> rename(const handle& from, const std::string& old_name, const handle& to, const std::string& new_name,
                      rename_how how) override {
    return to_->rename(from, old_name, to, new_name, how);
  }
  result<void> link(const handle& from, const std::string& old_name, const handle& to,
                    const std::string& new_name) override {
    return to_->link(from, old_name, to, new_name);
  }
  result<std::vector<directory_entry>> list(const handle& directory) override { return to_->list(directory); }
  result<file_status> status(const handle& directory, const std::string& name) override {
    return to_->status(directory, name);
  }
  result<file_status> status(const handle& node) override { return to_->status(node); }
  result<std::size_t> read(const handle& file, std::uint64_t offset, std::span<char> buffer) override {
    return to_->read(file, offset, buffer);
  }
  result<std::size_t> write(const handle& file, std::uint64_t offset, std::span<const char> bytes) override {
    return to_->write(file, offset, bytes);
  }
  result<void> clone(const handle& from, const handle& to) override { return to_->clone(from, to); }
  result<std::size_t> copy_range(const handle& from, std::uint64_t from_offset, const handle& to,
                                 std::uint64_t to_offset, std::size_t length) override {
    return to_->copy_range(from, from_offset, to, to_offset, length);
  }
  result<void> truncate(const handle& file, std::uint64_t size) override { return to_->truncate(file, size); }
  result<std::optional<extent>> next_data(const handle& file, std::uint64_t offset) override {
    return to_->next_data(file, offset);
  }
  result<void> set_mode(const handle& node, std::uint32_t mode) override { return to_->set_mode(node, mode); }
  result<void> set_owner(const handle& directory, const std::string& name, std::uint32_t user,
                         std::uint32_t group) override {
    return to_->set_owner(directory, name, user, group);
  }
  result<void> set_modified(const handle& directory, const std::string& name, std::int64_t nanoseconds) override {
    return to_->set_modified(directory, name, nanoseconds);
  }
  result<attribute_map> attributes(const handle& node) override { return to_->attributes(node); }
  result<attribute_map> attributes_at(const handle& directory, const std::string& name) override {
    return to_->attributes_at(directory, name);
  }
  result<void> set_attribute(const handle& node, const std::string& name, const std::string& value) override {
    return to_->set_attribute(node, name, value);
  }
  result<void> remove_attribute(const handle& node, const std::string& name) override {
    return to_->remove_attribute(node, name);
  }
  result<void> check_writable(const handle& directory) override { return to_->check_writable(directory); }
  result<void> sync(const handle& node) override { return to_->sync(node); }
  result<void> sync_data(const handle& file) override { return to_->sync_data(file); }
  result<void> sync_filesystem(const handle& node) override { return to_->sync_filesystem(node); }
  void start_writeback(const handle& file) override { to_->start_writeback(file); }
  void lose_unsynced(const handle& node) override { to_->lose_unsynced(node); }
  void lose_unsynced_filesystem(const handle& node) override { to_->lose_unsynced_filesystem(node); }
  bool ordered_metadata(const handle& node) override { return to_->ordered_metadata(node); }
  bool counts_subdirectories(const handle& node) override { return to_->counts_subdirectories(node); }
  std::string cache_identity(const handle& node) override { return to_->cache_identity(node); }
  result<bool> lock(const handle& file, lock_mode mode, bool wait) override { return to_->lock(file, mode, wait); }
  result<void> unlock(const handle& file) override { return to_->unlock(file); }
  std::string lock_holder(const handle& file) override { return to_->lock_holder(file); }
  result<int> inheritable(const handle& node) override { return to_->inheritable(node); }
  result<std::string> path_of(const handle& node) override { return to_->path_of(node); }
  [[nodiscard]] const char* database_vfs() const noexcept override { return to_->database_vfs(); }
  std::int64_t now() override { return to_->now(); }
  std::chrono::steady_clock::time_point steady_now() override { return to_->steady_now(); }
  void pause(std::chrono::nanoseconds duration) override { to_->pause(duration); }
  std::int64_t process() override { return to_->process(); }
  std::uint32_t user() override { return to_->user(); }
  std::string user_name(std::uint32_t user) override { return to_->user_name(user); }
  std::uint32_t umask() override { return to_->umask(); }
  std::uint64_t most_handles() override { return to_->most_handles(); }
  std::uint64_t random() override { return to_->random(); }

 protected:
  /// The door behind this one.
  [[nodiscard]] door& behind() const noexcept { return *to_; }

 private:
  std::shared_ptr<door> to_;
};

}  // namespace commitpoint::system
