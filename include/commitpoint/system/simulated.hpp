#pragma once

/// \file
/// A machine in memory: a door whose disks remember what is durable and what is not, so that a test can ask what a
/// power cut would leave. docs/crash_model.md says what it assumes of disks, and what it does not.
///
///     cp::system::simulated machine;
///     cp::system::hand hand(machine);
///     hand.make_directory("/tree");
///     auto kb = cp::coordinator<cp::system::simulated>::open("/tree", {}, machine);
///     ...
///     const auto world = machine.world();                          // a copy; costs little
///     const cp::system::simulation::power_cut cut(world);          // what may be left of it
///     cp::system::simulated again(cut.survivor(answers));          // and go on from there

#include <commitpoint/system/door.hpp>
#include <commitpoint/system/simulated/machine.hpp>
#include <commitpoint/system/simulated/power_cut.hpp>
#include <commitpoint/system/simulated/world.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace commitpoint::system {

/// The door that leads to no machine at all. door.hpp says what each call does; here stands what is special about it.
///
/// Copies share one machine. It is deterministic: the same calls give the same inodes, times and random numbers. The
/// caller is root, so that no permission is ever missing. All members may be called from several threads at once.
///
/// Not simulated: mapped memory, special files, default ACLs, quotas (a `fault` gives EDQUOT), and subprocesses, which
/// is why `inheritable` fails with `errc::unsupported`.
class simulated : public door {
 public:
  /// A machine with one empty disk.
  simulated();
  /// A machine with these disks; nobody has anything open.
  explicit simulated(simulation::world disks);

  /// The disks as they are now, a copy.
  [[nodiscard]] simulation::world world() const;
  /// The machine, for those who change its settings. Not while another thread calls.
  [[nodiscard]] simulation::machine& machine() const noexcept { return *machine_; }
  /// Mounts an empty file system on a directory.
  void mount(const handle& directory, const simulation::device_settings& settings) const;
  /// Sets the clock that is read and stamped with, on or back; the steady one stays as it is.
  void set_clock(std::chrono::nanoseconds by) const;

  // Opening.

  result<handle> open_root(const std::string& name) override;
  result<handle> open(const handle& dir, const std::string& name, const open_how& how) override;
  result<handle> open_beneath(const handle& dir, const std::string& path_text, const open_how& how) override;

  // Names.

  result<void> make_directory(const handle& dir, const std::string& name, std::uint32_t mode) override;
  result<void> make_symlink(const std::string& target, const handle& dir, const std::string& name) override;
  result<std::string> read_symlink(const handle& dir, const std::string& name) override;
  result<void> remove_file(const handle& dir, const std::string& name) override;
  result<void> remove_directory(const handle& dir, const std::string& name) override;
  result<void> rename(const handle& from, const std::string& old_name, const handle& to, const std::string& new_name,
                      rename_how how) override;
  result<void> link(const handle& from, const std::string& old_name, const handle& to,
                    const std::string& new_name) override;
  result<std::vector<directory_entry>> list(const handle& dir) override;

  // What stands there.

  result<file_status> status(const handle& dir, const std::string& name) override;
  result<file_status> status(const handle& node) override;

  // Content.

  result<std::size_t> read(const handle& file, std::uint64_t offset, std::span<char> buffer) override;
  result<std::size_t> write(const handle& file, std::uint64_t offset, std::span<const char> bytes) override;
  result<void> clone(const handle& from, const handle& to) override;
  result<std::size_t> copy_range(const handle& from, std::uint64_t from_offset, const handle& to,
                                 std::uint64_t to_offset, std::size_t length) override;
  result<void> truncate(const handle& file, std::uint64_t size) override;
  /// All of a file counts as data.
  result<std::optional<extent>> next_data(const handle& file, std::uint64_t offset) override;

  // Metadata.

  result<void> set_mode(const handle& node, std::uint32_t mode) override;
  result<void> set_owner(const handle& dir, const std::string& name, std::uint32_t user, std::uint32_t group) override;
  result<void> set_modified(const handle& dir, const std::string& name, std::int64_t nanoseconds) override;
  result<attribute_map> attributes(const handle& node) override;
  result<void> set_attribute(const handle& node, const std::string& name, const std::string& value) override;
  result<void> remove_attribute(const handle& node, const std::string& name) override;

  // Durability.

  result<void> sync(const handle& node) override;
  /// Content and size; mode, owner, times and attributes may be lost.
  result<void> sync_data(const handle& file) override;
  result<void> sync_filesystem(const handle& node) override;
  /// What a sync leaves that fails, for `faulty`: the pages count as clean, and are not on the disk.
  void lose_unsynced(const handle& node) override;
  void lose_unsynced_filesystem(const handle& node) override;
  void start_writeback(const handle&) override {}
  result<void> check_writable(const handle& dir) override;

  // Locks, of the open file description, as flock.

  result<bool> lock(const handle& file, lock_mode mode, bool wait) override;
  result<void> unlock(const handle& file) override;

  // Where and who we are.

  result<int> inheritable(const handle&) override { return commitpoint::errc::unsupported; }
  bool ordered_metadata(const handle& node) override;
  std::string cache_identity(const handle& node) override;
  result<std::string> path_of(const handle& node) override;
  std::int64_t now() override;
  std::chrono::steady_clock::time_point steady_now() override;
  /// Time goes on, and nobody waits.
  void pause(std::chrono::nanoseconds duration) override;
  std::int64_t process() override { return machine_->process; }
  std::uint32_t user() override { return 0; }
  std::uint32_t umask() override { return machine_->umask; }
  /// \source Vigna, splitmix64
  std::uint64_t random() override;

 private:
  static constexpr std::int64_t call_takes = 1000;  // ns

  // What a handle of this machine stands for.
  static const simulation::open_node& open_of(const handle& h) noexcept;
  static bool can_read(const handle& h) noexcept;
  static bool can_write(const handle& h) noexcept;

  // A call that looks; one that changes something; an open, which does if it may create.
  template <class F>
  auto at(call what, F perform) const -> std::invoke_result_t<F&, simulation::world&>;
  template <class F>
  auto change(call what, std::string_view name, F perform) const -> std::invoke_result_t<F&, simulation::world&>;
  template <class F>
  auto at(call what, F perform, const open_how& how, std::string_view name) const
      -> std::invoke_result_t<F&, simulation::world&>;

  [[nodiscard]] handle opened(simulation::inode_number n, open_how::access_mode access) const;
  [[nodiscard]] static result<simulation::inode_number> existing(const simulation::world& w,
                                                                 simulation::inode_number directory,
                                                                 const std::string& name);

  // An absolute or relative path, through symbolic links.
  [[nodiscard]] static result<simulation::inode_number> resolve(const simulation::world& w,
                                                                simulation::inode_number from, std::string_view path,
                                                                int links_left);

  [[nodiscard]] result<handle> open_in(simulation::world& w, simulation::inode_number directory,
                                       const std::string& name, const open_how& how) const;

  [[nodiscard]] result<handle> open_below(simulation::world& w, simulation::inode_number directory,
                                          std::string_view path, const open_how& how) const;

  std::shared_ptr<simulation::machine> machine_;
};

}  // namespace commitpoint::system

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/system/simulated.ipp>
#endif
