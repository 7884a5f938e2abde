#pragma once

/// \file
/// `faulty<Inner>`: another door, in which one call goes wrong where a test says so. It also counts.
///
/// A sweep runs the operation once with nothing planned, takes the count, and runs it again for every n:
///
///     cp::system::faulty<cp::system::native> system;
///     run(system);
///     const auto length = system.counts().total;
///     for (std::uint64_t n = 1; n <= length; ++n) {
///       system.arm({.nth = n, .effect = cp::system::fault::fails, .error = ENOSPC});
///       run(system);                                        // and look at the tree
///     }

#include <commitpoint/system/forwarding_door.hpp>

#include <array>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::system {

/// What happens at the chosen call.
enum class fault : std::uint8_t {
  fails,               ///< it fails and did nothing
  fails_after_effect,  ///< it fails, and yet it did what it was asked
  ends_process,        ///< the process ends before the call, by SIGKILL: nothing is unwound, nothing flushed
  is_short,            ///< it moves half of the bytes it was asked to; what moves none is as always
};

/// Which call goes wrong, and how. Calls are counted from 1, and from the moment the plan is armed.
struct fault_plan {
  std::uint64_t nth = 0;  ///< the call that goes wrong, among those that count; 0 is none
  fault effect = fault::fails;
  int error = EIO;             ///< an `errno` value
  std::uint64_t times = 1;     ///< so many in a row, from the nth on
  std::optional<call> only{};  ///< count only this kind of call
  bool only_changes = false;   ///< count only calls that change something; `open` does when it may create
  std::size_t largest_transfer =
      std::numeric_limits<std::size_t>::max();  ///< a read, write or copy_range moves at most so much
};

/// What was called, since the beginning or the last `reset_counts`.
struct call_counts {
  std::uint64_t total = 0;
  std::uint64_t changes = 0;  ///< of them, those that change something
  std::uint64_t faults = 0;   ///< of them, those that went wrong by plan
  std::uint64_t bytes_written = 0;
  std::optional<call> last_fault{};
  std::array<std::uint64_t, call_names.size()> by_call{};

  [[nodiscard]] std::uint64_t of(call c) const { return by_call[static_cast<std::size_t>(c)]; }
  /// Calls of the sync family.
  [[nodiscard]] std::uint64_t syncs() const { return of(call::sync) + of(call::sync_data) + of(call::sync_filesystem); }
};

/// A door in which one call goes wrong. Copies share plan, counts and the door behind, so that a test keeps one and
/// gives the other away. Without a plan it does no harm. Its handles are those of the door behind it. What is not in
/// `call` (clocks, names, `ordered_metadata`) passes through uncounted.
class faulty_door : public forwarding_door {
 public:
  explicit faulty_door(std::shared_ptr<door> behind, fault_plan plan = {});

  /// Sets the plan in place of the one before, and counts towards it from here.
  void arm(fault_plan plan);
  /// Nothing goes wrong any more.
  void disarm();

  [[nodiscard]] call_counts counts() const;
  void reset_counts();

  // The calls of door.hpp.

  result<handle> open_root(const std::string& name) override;
  result<handle> open(const handle& dir, const std::string& name, const open_how& how) override;
  result<handle> open_beneath(const handle& dir, const std::string& name, const open_how& how) override;
  result<void> make_directory(const handle& dir, const std::string& name, std::uint32_t mode) override;
  result<void> make_symlink(const std::string& target, const handle& dir, const std::string& name) override;
  result<std::string> read_symlink(const handle& dir, const std::string& name) override;
  result<void> remove_file(const handle& dir, const std::string& name) override;
  result<void> remove_directory(const handle& dir, const std::string& name) override;
  result<void> rename(const handle& from, const std::string& old_name, const handle& to, const std::string& new_name,
                      rename_how how) override;
  result<void> link(const handle& from, const std::string& old_name, const handle& to,
                    const std::string& new_name) override;
  result<file_status> status(const handle& dir, const std::string& name) override;
  result<file_status> status(const handle& node) override;
  result<std::size_t> read(const handle& file, std::uint64_t offset, std::span<char> buffer) override;
  result<std::size_t> write(const handle& file, std::uint64_t offset, std::span<const char> bytes) override;
  result<void> clone(const handle& from, const handle& to) override;
  result<std::size_t> copy_range(const handle& from, std::uint64_t from_offset, const handle& to,
                                 std::uint64_t to_offset, std::size_t length) override;
  result<void> truncate(const handle& file, std::uint64_t size) override;
  result<std::optional<extent>> next_data(const handle& file, std::uint64_t offset) override;
  result<std::vector<directory_entry>> list(const handle& dir) override;
  result<void> set_mode(const handle& node, std::uint32_t mode) override;
  result<void> set_owner(const handle& dir, const std::string& name, std::uint32_t user, std::uint32_t group) override;
  result<void> set_modified(const handle& dir, const std::string& name, std::int64_t nanoseconds) override;
  result<attribute_map> attributes(const handle& node) override;
  result<attribute_map> attributes_at(const handle& directory, const std::string& name) override;
  result<void> set_attribute(const handle& node, const std::string& name, const std::string& value) override;
  result<void> remove_attribute(const handle& node, const std::string& name) override;
  result<void> sync(const handle& node) override;
  result<void> sync_data(const handle& file) override;
  result<void> sync_filesystem(const handle& node) override;
  result<bool> lock(const handle& file, lock_mode mode, bool wait) override;
  result<void> unlock(const handle& file) override;
  result<void> check_writable(const handle& dir) override;

 private:
  struct state;

  // Every counted call goes through here.
  template <class F>
  auto pass(call which, F perform, bool changes) -> decltype(perform());
  template <class F>
  auto pass(call which, F perform) -> decltype(perform());

  // A simulated disk forgets what a failed sync was to make durable.
  result<void> lost_if_failed(const handle& node, result<void> done);

  // The plan, when it is this call's turn.
  std::optional<fault_plan> count(call which, bool changes);

  // What a transfer may move at most.
  template <class Bytes>
  Bytes shortened(Bytes bytes) const;
  std::size_t shortened(std::size_t length) const;

  result<std::size_t> written(result<std::size_t> moved);

  std::shared_ptr<state> shared_;
};

/// The faulty door in front of a door of one type, which it makes or is given.
template <std::derived_from<door> Inner>
class faulty : public faulty_door {
 public:
  faulty() : faulty(Inner{}) {}
  explicit faulty(Inner inner, fault_plan plan = {}) : faulty(plan, std::make_shared<Inner>(std::move(inner))) {}

  /// The door that does the work; copies share it.
  [[nodiscard]] Inner& inner() const noexcept { return *inner_; }

 private:
  faulty(fault_plan plan, std::shared_ptr<Inner> inner) : faulty_door(inner, plan), inner_(std::move(inner)) {}

  std::shared_ptr<Inner> inner_;
};

}  // namespace commitpoint::system

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/system/faulty.ipp>
#endif
