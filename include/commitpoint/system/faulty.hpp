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

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
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

/// A door in which one call goes wrong. Copies share plan, counts and the door behind, so that a test keeps one and gives
/// the other away. Without a plan it does no harm. Its handles are those of the door behind it. What is not in `call`
/// (clocks, names, `ordered_metadata`) passes through uncounted.
class faulty_door : public forwarding_door {
 public:
  explicit faulty_door(std::shared_ptr<door> behind, fault_plan plan = {}) : forwarding_door(std::move(behind)) {
    arm(plan);
  }

  /// Sets the plan in place of the one before, and counts towards it from here.
  void arm(fault_plan plan) {
    const std::scoped_lock guard(shared_->mutex);
    shared_->plan = plan;
    shared_->matched = 0;
  }
  /// Nothing goes wrong any more.
  void disarm() { arm({}); }

  [[nodiscard]] call_counts counts() const {
    const std::scoped_lock guard(shared_->mutex);
    return shared_->counts;
  }
  void reset_counts() {
    const std::scoped_lock guard(shared_->mutex);
    shared_->counts = {};
  }

  // The calls of door.hpp.

  result<handle> open_root(const std::string& name) override {
    return pass(call::open_root, [&] { return behind().open_root(name); });
  }
  result<handle> open(const handle& dir, const std::string& name, const open_how& how) override {
    return pass(
        call::open, [&] { return behind().open(dir, name, how); }, creates(how));
  }
  result<handle> open_beneath(const handle& dir, const std::string& name, const open_how& how) override {
    return pass(
        call::open_beneath, [&] { return behind().open_beneath(dir, name, how); }, creates(how));
  }
  result<void> make_directory(const handle& dir, const std::string& name, std::uint32_t mode) override {
    return pass(call::make_directory, [&] { return behind().make_directory(dir, name, mode); });
  }
  result<void> make_symlink(const std::string& target, const handle& dir, const std::string& name) override {
    return pass(call::make_symlink, [&] { return behind().make_symlink(target, dir, name); });
  }
  result<std::string> read_symlink(const handle& dir, const std::string& name) override {
    return pass(call::read_symlink, [&] { return behind().read_symlink(dir, name); });
  }
  result<void> remove_file(const handle& dir, const std::string& name) override {
    return pass(call::remove_file, [&] { return behind().remove_file(dir, name); });
  }
  result<void> remove_directory(const handle& dir, const std::string& name) override {
    return pass(call::remove_directory, [&] { return behind().remove_directory(dir, name); });
  }
  result<void> rename(const handle& from, const std::string& old_name, const handle& to, const std::string& new_name,
                      rename_how how) override {
    return pass(call::rename, [&] { return behind().rename(from, old_name, to, new_name, how); });
  }
  result<void> link(const handle& from, const std::string& old_name, const handle& to, const std::string& new_name) override {
    return pass(call::link, [&] { return behind().link(from, old_name, to, new_name); });
  }
  result<file_status> status(const handle& dir, const std::string& name) override {
    return pass(call::status, [&] { return behind().status(dir, name); });
  }
  result<file_status> status(const handle& node) override {
    return pass(call::status, [&] { return behind().status(node); });
  }
  result<std::size_t> read(const handle& file, std::uint64_t offset, std::span<char> buffer) override {
    return pass(call::read, [&] { return behind().read(file, offset, shortened(buffer)); });
  }
  result<std::size_t> write(const handle& file, std::uint64_t offset, std::span<const char> bytes) override {
    return pass(call::write, [&] { return written(behind().write(file, offset, shortened(bytes))); });
  }
  result<void> clone(const handle& from, const handle& to) override {
    return pass(call::clone, [&] { return behind().clone(from, to); });
  }
  result<std::size_t> copy_range(const handle& from, std::uint64_t from_offset, const handle& to,
                                 std::uint64_t to_offset, std::size_t length) override {
    return pass(call::copy_range,
                [&] { return written(behind().copy_range(from, from_offset, to, to_offset, shortened(length))); });
  }
  result<void> truncate(const handle& file, std::uint64_t size) override {
    return pass(call::truncate, [&] { return behind().truncate(file, size); });
  }
  result<std::optional<extent>> next_data(const handle& file, std::uint64_t offset) override {
    return pass(call::next_data, [&] { return behind().next_data(file, offset); });
  }
  result<std::vector<directory_entry>> list(const handle& dir) override {
    return pass(call::list, [&] { return behind().list(dir); });
  }
  result<void> set_mode(const handle& node, std::uint32_t mode) override {
    return pass(call::set_mode, [&] { return behind().set_mode(node, mode); });
  }
  result<void> set_owner(const handle& dir, const std::string& name, std::uint32_t user, std::uint32_t group) override {
    return pass(call::set_owner, [&] { return behind().set_owner(dir, name, user, group); });
  }
  result<void> set_modified(const handle& dir, const std::string& name, std::int64_t nanoseconds) override {
    return pass(call::set_modified, [&] { return behind().set_modified(dir, name, nanoseconds); });
  }
  result<attribute_map> attributes(const handle& node) override {
    return pass(call::attributes, [&] { return behind().attributes(node); });
  }
  result<void> set_attribute(const handle& node, const std::string& name, const std::string& value) override {
    return pass(call::set_attribute, [&] { return behind().set_attribute(node, name, value); });
  }
  result<void> remove_attribute(const handle& node, const std::string& name) override {
    return pass(call::remove_attribute, [&] { return behind().remove_attribute(node, name); });
  }
  result<void> sync(const handle& node) override {
    return lost_if_failed(node, pass(call::sync, [&] { return behind().sync(node); }));
  }
  result<void> sync_data(const handle& file) override {
    return lost_if_failed(file, pass(call::sync_data, [&] { return behind().sync_data(file); }));
  }
  result<void> sync_filesystem(const handle& node) override {
    auto done = pass(call::sync_filesystem, [&] { return behind().sync_filesystem(node); });
    if constexpr (requires { behind().sync_filesystem_failed(node); }) override {
      if (!done) behind().sync_filesystem_failed(node);
    }
    return done;
  }
  result<bool> lock(const handle& file, lock_mode mode, bool wait) override {
    return pass(call::lock, [&] { return behind().lock(file, mode, wait); });
  }
  result<void> unlock(const handle& file) override {
    return pass(call::unlock, [&] { return behind().unlock(file); });
  }

  result<void> check_writable(const handle& dir) override {
    return pass(call::check_writable, [&] { return behind().check_writable(dir); });
  }

 private:
  struct state {
    std::mutex mutex;
    fault_plan plan;
    std::uint64_t matched = 0;
    bool halves = false;  // the call at work is a short one
    call_counts counts;
  };

  static bool creates(const open_how& how) noexcept { return how.create || how.create_exclusive; }

  // Every counted call goes through here.
  template <class F>
  auto pass(call which, F perform, bool changes) -> decltype(perform()) {
    const auto planned = count(which, changes);
    if (!planned) return perform();
    if (planned->effect == fault::ends_process) ::kill(::getpid(), SIGKILL);
    if (planned->effect == fault::is_short) return perform();
    if (planned->effect == fault::fails_after_effect) static_cast<void>(perform());
    return commitpoint::system_error(planned->error);
  }
  template <class F>
  auto pass(call which, F perform) -> decltype(perform()) {
    return pass(which, std::move(perform), changes_something(which));
  }

  // A simulated disk forgets what a failed sync was to make durable.
  result<void> lost_if_failed(const handle& node, result<void> done) {
    if (!done) behind().lose_unsynced(node);
    return done;
  }

  // The plan, when it is this call's turn.
  std::optional<fault_plan> count(call which, bool changes) {
    const std::scoped_lock guard(shared_->mutex);
    auto& [mutex, plan, matched, halves, counts] = *shared_;
    ++counts.total;
    ++counts.by_call[static_cast<std::size_t>(which)];
    if (changes) ++counts.changes;
    if ((plan.only && *plan.only != which) || (plan.only_changes && !changes)) return std::nullopt;
    ++matched;
    halves = false;
    if (plan.nth == 0 || matched < plan.nth || matched - plan.nth >= plan.times) return std::nullopt;
    ++counts.faults;
    counts.last_fault = which;
    halves = plan.effect == fault::is_short;
    return plan;
  }

  template <class Bytes>
  Bytes shortened(Bytes bytes) const {
    return bytes.first(shortened(bytes.size()));
  }
  std::size_t shortened(std::size_t length) const {
    const std::scoped_lock guard(shared_->mutex);
    const auto most = shared_->halves ? (length + 1) / 2 : length;
    return std::min(most, shared_->plan.largest_transfer);
  }

  result<std::size_t> written(result<std::size_t> moved) {
    const std::scoped_lock guard(shared_->mutex);
    if (moved) shared_->counts.bytes_written += moved.value();
    return moved;
  }

  std::shared_ptr<state> shared_ = std::make_shared<state>();
};

/// The faulty door in front of a door of one type, which it makes or is given.
template <std::derived_from<door> Inner>
class faulty final : public faulty_door {
 public:
  faulty() : faulty(Inner{}) {}
  explicit faulty(Inner inner, fault_plan plan = {}) : faulty(std::make_shared<Inner>(std::move(inner)), plan) {}

  /// The door that does the work; copies share it.
  [[nodiscard]] Inner& inner() noexcept { return *inner_; }

 private:
  faulty(std::shared_ptr<Inner> inner, fault_plan plan) : faulty_door(inner, plan), inner_(std::move(inner)) {}

  std::shared_ptr<Inner> inner_;
};

}  // namespace commitpoint::system
