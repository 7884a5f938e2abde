#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/system/faulty.hpp>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::system {

struct faulty_door::state {
  std::mutex mutex;
  fault_plan plan;
  std::uint64_t matched = 0;
  bool halves = false;  // the call at work is a short one
  call_counts counts;
};

COMMITPOINT_INLINE result<void> faulty_door::lost_if_failed(const handle& node, result<void> done) {
  if (!done) behind().lose_unsynced(node);
  return done;
}

COMMITPOINT_INLINE std::optional<fault_plan> faulty_door::count(call which, bool changes) {
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

COMMITPOINT_INLINE std::size_t faulty_door::shortened(std::size_t length) const {
  const std::scoped_lock guard(shared_->mutex);
  const auto most = shared_->halves ? (length + 1) / 2 : length;
  return std::min(most, shared_->plan.largest_transfer);
}

COMMITPOINT_INLINE result<std::size_t> faulty_door::written(result<std::size_t> moved) {
  const std::scoped_lock guard(shared_->mutex);
  if (moved) shared_->counts.bytes_written += moved.value();
  return moved;
}

template <class F>
auto faulty_door::pass(call which, F perform, bool changes) -> decltype(perform()) {
  const auto planned = count(which, changes);
  if (!planned) return perform();
  if (planned->effect == fault::ends_process) ::kill(::getpid(), SIGKILL);
  if (planned->effect == fault::is_short) return perform();
  if (planned->effect == fault::fails_after_effect) static_cast<void>(perform());
  return commitpoint::system_error(planned->error);
}
template <class F>
auto faulty_door::pass(call which, F perform) -> decltype(perform()) {
  return pass(which, std::move(perform), changes_something(which));
}

template <class Bytes>
Bytes faulty_door::shortened(Bytes bytes) const {
  return bytes.first(shortened(bytes.size()));
}

COMMITPOINT_INLINE faulty_door::faulty_door(std::shared_ptr<door> behind, fault_plan plan)
    : forwarding_door(std::move(behind)), shared_(std::make_shared<state>()) {
  arm(plan);
}

COMMITPOINT_INLINE void faulty_door::arm(fault_plan plan) {
  const std::scoped_lock guard(shared_->mutex);
  shared_->plan = plan;
  shared_->matched = 0;
}

COMMITPOINT_INLINE void faulty_door::disarm() { arm({}); }

COMMITPOINT_INLINE call_counts faulty_door::counts() const {
  const std::scoped_lock guard(shared_->mutex);
  return shared_->counts;
}

COMMITPOINT_INLINE void faulty_door::reset_counts() {
  const std::scoped_lock guard(shared_->mutex);
  shared_->counts = {};
}

COMMITPOINT_INLINE result<handle> faulty_door::open_root(const std::string& name) {
  return pass(call::open_root, [&] { return behind().open_root(name); });
}

COMMITPOINT_INLINE result<handle> faulty_door::open(const handle& dir, const std::string& name, const open_how& how) {
  return pass(
      call::open, [&] { return behind().open(dir, name, how); }, how.create || how.create_exclusive);
}

COMMITPOINT_INLINE result<handle> faulty_door::open_beneath(const handle& dir, const std::string& name,
                                                            const open_how& how) {
  return pass(
      call::open_beneath, [&] { return behind().open_beneath(dir, name, how); }, how.create || how.create_exclusive);
}

COMMITPOINT_INLINE result<void> faulty_door::make_directory(const handle& dir, const std::string& name,
                                                            std::uint32_t mode) {
  return pass(call::make_directory, [&] { return behind().make_directory(dir, name, mode); });
}

COMMITPOINT_INLINE result<void> faulty_door::make_symlink(const std::string& target, const handle& dir,
                                                          const std::string& name) {
  return pass(call::make_symlink, [&] { return behind().make_symlink(target, dir, name); });
}

COMMITPOINT_INLINE result<std::string> faulty_door::read_symlink(const handle& dir, const std::string& name) {
  return pass(call::read_symlink, [&] { return behind().read_symlink(dir, name); });
}

COMMITPOINT_INLINE result<void> faulty_door::remove_file(const handle& dir, const std::string& name) {
  return pass(call::remove_file, [&] { return behind().remove_file(dir, name); });
}

COMMITPOINT_INLINE result<void> faulty_door::remove_directory(const handle& dir, const std::string& name) {
  return pass(call::remove_directory, [&] { return behind().remove_directory(dir, name); });
}

COMMITPOINT_INLINE result<void> faulty_door::rename(const handle& from, const std::string& old_name, const handle& to,
                                                    const std::string& new_name, rename_how how) {
  return pass(call::rename, [&] { return behind().rename(from, old_name, to, new_name, how); });
}

COMMITPOINT_INLINE result<void> faulty_door::link(const handle& from, const std::string& old_name, const handle& to,
                                                  const std::string& new_name) {
  return pass(call::link, [&] { return behind().link(from, old_name, to, new_name); });
}

COMMITPOINT_INLINE result<file_status> faulty_door::status(const handle& dir, const std::string& name) {
  return pass(call::status, [&] { return behind().status(dir, name); });
}

COMMITPOINT_INLINE result<file_status> faulty_door::status(const handle& node) {
  return pass(call::status, [&] { return behind().status(node); });
}

COMMITPOINT_INLINE result<std::size_t> faulty_door::read(const handle& file, std::uint64_t offset,
                                                         std::span<char> buffer) {
  return pass(call::read, [&] { return behind().read(file, offset, shortened(buffer)); });
}

COMMITPOINT_INLINE result<std::size_t> faulty_door::write(const handle& file, std::uint64_t offset,
                                                          std::span<const char> bytes) {
  return pass(call::write, [&] { return written(behind().write(file, offset, shortened(bytes))); });
}

COMMITPOINT_INLINE result<void> faulty_door::clone(const handle& from, const handle& to) {
  return pass(call::clone, [&] { return behind().clone(from, to); });
}

COMMITPOINT_INLINE result<std::size_t> faulty_door::copy_range(const handle& from, std::uint64_t from_offset,
                                                               const handle& to, std::uint64_t to_offset,
                                                               std::size_t length) {
  return pass(call::copy_range,
              [&] { return written(behind().copy_range(from, from_offset, to, to_offset, shortened(length))); });
}

COMMITPOINT_INLINE result<void> faulty_door::truncate(const handle& file, std::uint64_t size) {
  return pass(call::truncate, [&] { return behind().truncate(file, size); });
}

COMMITPOINT_INLINE result<std::optional<extent>> faulty_door::next_data(const handle& file, std::uint64_t offset) {
  return pass(call::next_data, [&] { return behind().next_data(file, offset); });
}

COMMITPOINT_INLINE result<std::vector<directory_entry>> faulty_door::list(const handle& dir) {
  return pass(call::list, [&] { return behind().list(dir); });
}

COMMITPOINT_INLINE result<void> faulty_door::set_mode(const handle& node, std::uint32_t mode) {
  return pass(call::set_mode, [&] { return behind().set_mode(node, mode); });
}

COMMITPOINT_INLINE result<void> faulty_door::set_owner(const handle& dir, const std::string& name, std::uint32_t user,
                                                       std::uint32_t group) {
  return pass(call::set_owner, [&] { return behind().set_owner(dir, name, user, group); });
}

COMMITPOINT_INLINE result<void> faulty_door::set_modified(const handle& dir, const std::string& name,
                                                          std::int64_t nanoseconds) {
  return pass(call::set_modified, [&] { return behind().set_modified(dir, name, nanoseconds); });
}

COMMITPOINT_INLINE result<attribute_map> faulty_door::attributes(const handle& node) {
  return pass(call::attributes, [&] { return behind().attributes(node); });
}
COMMITPOINT_INLINE result<attribute_map> faulty_door::attributes_at(const handle& directory, const std::string& name) {
  return pass(call::attributes, [&] { return behind().attributes_at(directory, name); });
}

COMMITPOINT_INLINE result<void> faulty_door::set_attribute(const handle& node, const std::string& name,
                                                           const std::string& value) {
  return pass(call::set_attribute, [&] { return behind().set_attribute(node, name, value); });
}

COMMITPOINT_INLINE result<void> faulty_door::remove_attribute(const handle& node, const std::string& name) {
  return pass(call::remove_attribute, [&] { return behind().remove_attribute(node, name); });
}

COMMITPOINT_INLINE result<void> faulty_door::sync(const handle& node) {
  return lost_if_failed(node, pass(call::sync, [&] { return behind().sync(node); }));
}

COMMITPOINT_INLINE result<void> faulty_door::sync_data(const handle& file) {
  return lost_if_failed(file, pass(call::sync_data, [&] { return behind().sync_data(file); }));
}

COMMITPOINT_INLINE result<void> faulty_door::sync_filesystem(const handle& node) {
  auto done = pass(call::sync_filesystem, [&] { return behind().sync_filesystem(node); });
  if (!done) behind().lose_unsynced_filesystem(node);
  return done;
}

COMMITPOINT_INLINE result<bool> faulty_door::lock(const handle& file, lock_mode mode, bool wait) {
  return pass(call::lock, [&] { return behind().lock(file, mode, wait); });
}

COMMITPOINT_INLINE result<void> faulty_door::unlock(const handle& file) {
  return pass(call::unlock, [&] { return behind().unlock(file); });
}

COMMITPOINT_INLINE result<void> faulty_door::check_writable(const handle& dir) {
  return pass(call::check_writable, [&] { return behind().check_writable(dir); });
}

}  // namespace commitpoint::system
