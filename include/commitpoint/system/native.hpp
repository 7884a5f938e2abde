#pragma once

/// \file
/// The real operating system: Linux. The bodies, and with them every POSIX header, are in native.ipp, which
/// coordinator.hpp includes where the library is not compiled.

#include <commitpoint/config.hpp>
#include <commitpoint/system/door.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace commitpoint::system {

/// What can be set of `native`, for tests.
struct native_settings {
  bool use_openat2 = true;                 ///< false: as a kernel before 5.6
  std::optional<bool> ordered_metadata{};  ///< instead of what the file system's type says
};

/// The door that is the machine itself. door.hpp says what each call does; native.ipp what is Linux about it.
///
/// Nothing follows a symbolic link, every descriptor is close-on-exec, and opening a FIFO or a device neither waits
/// nor takes a terminal (callers look at the type). EINTR is retried everywhere; nothing else is, and a failed sync
/// never.
class native : public door {
 public:
  native() = default;
  explicit native(const native_settings& settings) : settings_(settings) {}

  result<handle> open_root(const std::string& name) override;
  result<handle> open(const handle& directory, const std::string& name, const open_how& how) override;
  result<handle> open_beneath(const handle& directory, const std::string& path, const open_how& how) override;
  result<void> make_directory(const handle& directory, const std::string& name, std::uint32_t mode) override;
  result<void> make_symlink(const std::string& target, const handle& directory, const std::string& name) override;
  result<std::string> read_symlink(const handle& directory, const std::string& name) override;
  result<void> remove_file(const handle& directory, const std::string& name) override;
  result<void> remove_directory(const handle& directory, const std::string& name) override;
  result<void> rename(const handle& from, const std::string& old_name, const handle& to, const std::string& new_name,
                      rename_how how) override;
  result<void> link(const handle& from, const std::string& old_name, const handle& to,
                    const std::string& new_name) override;
  result<std::vector<directory_entry>> list(const handle& directory) override;
  result<file_status> status(const handle& directory, const std::string& name) override;
  result<file_status> status(const handle& node) override;
  result<std::size_t> read(const handle& file, std::uint64_t offset, std::span<char> buffer) override;
  result<std::size_t> write(const handle& file, std::uint64_t offset, std::span<const char> bytes) override;
  result<void> clone(const handle& from, const handle& to) override;
  result<std::size_t> copy_range(const handle& from, std::uint64_t from_offset, const handle& to,
                                 std::uint64_t to_offset, std::size_t length) override;
  result<void> truncate(const handle& file, std::uint64_t size) override;
  result<std::optional<extent>> next_data(const handle& file, std::uint64_t offset) override;
  result<void> set_mode(const handle& node, std::uint32_t mode) override;
  result<void> set_owner(const handle& directory, const std::string& name, std::uint32_t user,
                         std::uint32_t group) override;
  result<void> set_modified(const handle& directory, const std::string& name, std::int64_t nanoseconds) override;
  result<attribute_map> attributes(const handle& node) override;
  result<attribute_map> attributes_at(const handle& directory, const std::string& name) override;
  result<void> set_attribute(const handle& node, const std::string& name, const std::string& value) override;
  result<void> remove_attribute(const handle& node, const std::string& name) override;
  result<void> check_writable(const handle& directory) override;
  result<void> sync(const handle& node) override;
  result<void> sync_data(const handle& file) override;
  result<void> sync_filesystem(const handle& node) override;
  void start_writeback(const handle& file) override;
  bool ordered_metadata(const handle& node) override;
  bool counts_subdirectories(const handle& node) override;
  std::string cache_identity(const handle& node) override;
  result<bool> lock(const handle& file, lock_mode mode, bool wait) override;
  result<void> unlock(const handle& file) override;
  std::string lock_holder(const handle& file) override;
  result<int> inheritable(const handle& node) override;
  result<std::string> path_of(const handle& node) override;
  std::int64_t now() override;
  std::chrono::steady_clock::time_point steady_now() override;
  void pause(std::chrono::nanoseconds duration) override;
  std::int64_t process() override;
  std::uint32_t user() override;
  std::string user_name(std::uint32_t user) override;
  std::uint32_t umask() override;
  std::uint64_t most_handles() override;
  std::uint64_t random() override;

 private:
  native_settings settings_;
};

}  // namespace commitpoint::system
