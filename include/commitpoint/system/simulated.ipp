#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/system/simulated.hpp>
#include <commitpoint/system/simulated/opening.ipp>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <utility>

namespace commitpoint::system {

COMMITPOINT_INLINE simulated::simulated() : simulated(simulation::world()) {}

COMMITPOINT_INLINE simulated::simulated(simulation::world disks)
    : machine_(std::make_shared<simulation::machine>(std::move(disks))) {}

template <class F>
auto simulated::at(call /*what*/, F perform) const -> std::invoke_result_t<F&, simulation::world&> {
  const std::scoped_lock guard(machine_->mutex);
  machine_->disks.clock += call_takes;
  return perform(machine_->disks);
}

template <class F>
auto simulated::change(call what, std::string_view name, F perform) const
    -> std::invoke_result_t<F&, simulation::world&> {
  const std::scoped_lock guard(machine_->mutex);
  if (machine_->before_change) machine_->before_change({what, name, machine_->by_hand}, machine_->disks);
  machine_->disks.clock += call_takes;
  return perform(machine_->disks);
}

template <class F>
auto simulated::at(call what, F perform, const open_how& how, std::string_view name) const
    -> std::invoke_result_t<F&, simulation::world&> {
  return how.create || how.create_exclusive ? change(what, name, perform) : at(what, perform);
}

COMMITPOINT_INLINE simulation::world simulated::world() const {
  const std::scoped_lock guard(machine_->mutex);
  return machine_->disks;
}

COMMITPOINT_INLINE void simulated::mount(const handle& directory, const simulation::device_settings& settings) const {
  const std::scoped_lock guard(machine_->mutex);
  machine_->disks.mount(open_of(directory).node(), settings);
}

COMMITPOINT_INLINE result<handle> simulated::open_root(const std::string& name) {
  return at(call::open_root, [&](simulation::world& w) -> result<handle> {
    BOOST_OUTCOME_TRY(const auto n, resolve(w, w.root(), name, 40));
    if (w.at(n).type != node_type::directory) return system_error(ENOTDIR);
    return opened(n, open_how::access_mode::read);
  });
}

COMMITPOINT_INLINE result<handle> simulated::open(const handle& dir, const std::string& name, const open_how& how) {
  return at(
      call::open, [&](simulation::world& w) { return open_in(w, open_of(dir).node(), name, how); }, how, name);
}

COMMITPOINT_INLINE result<handle> simulated::open_beneath(const handle& dir, const std::string& path_text,
                                                          const open_how& how) {
  return at(
      call::open_beneath, [&](simulation::world& w) { return open_below(w, open_of(dir).node(), path_text, how); }, how,
      path_text);
}

COMMITPOINT_INLINE result<void> simulated::make_directory(const handle& dir, const std::string& name,
                                                          std::uint32_t mode) {
  return change(call::make_directory, name, [&](simulation::world& w) -> result<void> {
    BOOST_OUTCOME_TRYV(w.create(open_of(dir).node(), name, node_type::directory, mode & ~machine_->umask));
    return success();
  });
}

COMMITPOINT_INLINE result<void> simulated::make_symlink(const std::string& target, const handle& dir,
                                                        const std::string& name) {
  return change(call::make_symlink, name, [&](simulation::world& w) -> result<void> {
    if (target.empty()) return system_error(ENOENT);
    BOOST_OUTCOME_TRYV(w.create(open_of(dir).node(), name, node_type::symlink, 0777, target));
    return success();
  });
}

COMMITPOINT_INLINE result<std::string> simulated::read_symlink(const handle& dir, const std::string& name) {
  return at(call::read_symlink, [&](simulation::world& w) -> result<std::string> {
    BOOST_OUTCOME_TRY(const auto n, existing(w, open_of(dir).node(), name));
    if (w.at(n).type != node_type::symlink) return system_error(EINVAL);
    return w.at(n).target;
  });
}

COMMITPOINT_INLINE result<void> simulated::remove_file(const handle& dir, const std::string& name) {
  return change(call::remove_file, name,
                [&](simulation::world& w) { return w.remove_file(open_of(dir).node(), name); });
}

COMMITPOINT_INLINE result<void> simulated::remove_directory(const handle& dir, const std::string& name) {
  return change(call::remove_directory, name,
                [&](simulation::world& w) { return w.remove_directory(open_of(dir).node(), name); });
}

COMMITPOINT_INLINE result<void> simulated::rename(const handle& from, const std::string& old_name, const handle& to,
                                                  const std::string& new_name, rename_how how) {
  return change(call::rename, new_name, [&](simulation::world& w) {
    return w.rename(open_of(from).node(), old_name, open_of(to).node(), new_name, how);
  });
}

COMMITPOINT_INLINE result<void> simulated::link(const handle& from, const std::string& old_name, const handle& to,
                                                const std::string& new_name) {
  return change(call::link, new_name, [&](simulation::world& w) {
    return w.link(open_of(from).node(), old_name, open_of(to).node(), new_name);
  });
}

COMMITPOINT_INLINE result<std::vector<directory_entry>> simulated::list(const handle& dir) {
  return at(call::list, [&](simulation::world& w) -> result<std::vector<directory_entry>> {
    if (w.at(open_of(dir).node()).type != node_type::directory) return system_error(ENOTDIR);
    std::vector<directory_entry> all;
    for (const auto& [name, n] : w.at(open_of(dir).node()).names) all.push_back({name, w.at(n).type});
    return all;
  });
}

COMMITPOINT_INLINE result<file_status> simulated::status(const handle& dir, const std::string& name) {
  return at(call::status, [&](simulation::world& w) -> result<file_status> {
    BOOST_OUTCOME_TRY(const auto n, w.find(open_of(dir).node(), name));
    return n == 0 ? file_status{} : w.status(n);
  });
}

COMMITPOINT_INLINE result<file_status> simulated::status(const handle& node) {
  return at(call::status, [&](simulation::world& w) -> result<file_status> { return w.status(open_of(node).node()); });
}

COMMITPOINT_INLINE result<std::size_t> simulated::read(const handle& file, std::uint64_t offset,
                                                       std::span<char> buffer) {
  return at(call::read, [&](simulation::world& w) -> result<std::size_t> {
    const auto& one = w.at(open_of(file).node());
    if (one.type == node_type::directory) return system_error(EISDIR);
    if (!can_read(file)) return system_error(EBADF);
    const auto& bytes = one.content.bytes();
    if (offset >= bytes.size()) return std::size_t{0};
    const auto length = std::min<std::size_t>(buffer.size(), bytes.size() - offset);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), length, buffer.begin());
    return length;
  });
}

COMMITPOINT_INLINE result<std::size_t> simulated::write(const handle& file, std::uint64_t offset,
                                                        std::span<const char> bytes) {
  return change(call::write, {}, [&](simulation::world& w) -> result<std::size_t> {
    if (!can_write(file)) return system_error(EBADF);
    return w.write(open_of(file).node(), offset, std::string_view(bytes.data(), bytes.size()));
  });
}

COMMITPOINT_INLINE result<void> simulated::clone(const handle& from, const handle& to) {
  return change(call::clone, {}, [&](simulation::world& w) -> result<void> {
    if (!can_read(from) || !can_write(to)) return system_error(EBADF);
    return w.clone(open_of(from).node(), open_of(to).node());
  });
}

COMMITPOINT_INLINE result<std::size_t> simulated::copy_range(const handle& from, std::uint64_t from_offset,
                                                             const handle& to, std::uint64_t to_offset,
                                                             std::size_t length) {
  return change(call::copy_range, {}, [&](simulation::world& w) -> result<std::size_t> {
    if (!can_read(from) || !can_write(to)) return system_error(EBADF);
    if (w.at(open_of(from).node()).device != w.at(open_of(to).node()).device) return system_error(EXDEV);
    const auto& bytes = w.at(open_of(from).node()).content.bytes();
    if (from_offset >= bytes.size()) return std::size_t{0};
    return w.write(open_of(to).node(), to_offset, bytes.substr(from_offset, length));
  });
}

COMMITPOINT_INLINE result<void> simulated::truncate(const handle& file, std::uint64_t size) {
  return change(call::truncate, {}, [&](simulation::world& w) -> result<void> {
    if (!can_write(file)) return system_error(EBADF);
    return w.resize(open_of(file).node(), size);
  });
}

COMMITPOINT_INLINE result<std::optional<extent>> simulated::next_data(const handle& file, std::uint64_t offset) {
  return at(call::next_data, [&](simulation::world& w) -> result<std::optional<extent>> {
    const auto size = w.at(open_of(file).node()).content.size();
    if (offset >= size) return std::nullopt;
    return extent{offset, size};
  });
}

COMMITPOINT_INLINE result<void> simulated::set_mode(const handle& node, std::uint32_t mode) {
  return change(call::set_mode, {}, [&](simulation::world& w) { return w.set_mode(open_of(node).node(), mode); });
}

COMMITPOINT_INLINE result<void> simulated::set_owner(const handle& dir, const std::string& name, std::uint32_t user,
                                                     std::uint32_t group) {
  return change(call::set_owner, name, [&](simulation::world& w) -> result<void> {
    BOOST_OUTCOME_TRY(const auto n, existing(w, open_of(dir).node(), name));
    return w.set_owner(n, user, group);
  });
}

COMMITPOINT_INLINE result<void> simulated::set_modified(const handle& dir, const std::string& name,
                                                        std::int64_t nanoseconds) {
  return change(call::set_modified, name, [&](simulation::world& w) -> result<void> {
    BOOST_OUTCOME_TRY(const auto n, existing(w, open_of(dir).node(), name));
    return w.set_modified(n, nanoseconds);
  });
}

COMMITPOINT_INLINE result<attribute_map> simulated::attributes(const handle& node) {
  return at(call::attributes, [&](simulation::world& w) -> result<attribute_map> {
    const auto& held = w.at(open_of(node).node()).now.extended;
    return held ? *held : attribute_map{};
  });
}

COMMITPOINT_INLINE result<void> simulated::set_attribute(const handle& node, const std::string& name,
                                                         const std::string& value) {
  return change(call::set_attribute, name,
                [&](simulation::world& w) { return w.set_attribute(open_of(node).node(), name, &value); });
}

COMMITPOINT_INLINE result<void> simulated::remove_attribute(const handle& node, const std::string& name) {
  return change(call::remove_attribute, name,
                [&](simulation::world& w) { return w.set_attribute(open_of(node).node(), name, nullptr); });
}

COMMITPOINT_INLINE result<void> simulated::sync(const handle& node) {
  return change(call::sync, {}, [&](simulation::world& w) -> result<void> {
    if (open_of(node).access() == open_how::access_mode::path) return system_error(EBADF);
    w.sync(open_of(node).node(), true);
    return success();
  });
}

COMMITPOINT_INLINE result<void> simulated::sync_data(const handle& file) {
  return change(call::sync_data, {}, [&](simulation::world& w) -> result<void> {
    if (open_of(file).access() == open_how::access_mode::path) return system_error(EBADF);
    w.sync(open_of(file).node(), false);
    return success();
  });
}

COMMITPOINT_INLINE result<void> simulated::sync_filesystem(const handle& node) {
  return change(call::sync_filesystem, {}, [&](simulation::world& w) -> result<void> {
    if (open_of(node).access() == open_how::access_mode::path) return system_error(EBADF);
    w.sync_device(w.at(open_of(node).node()).device);
    return success();
  });
}

COMMITPOINT_INLINE void simulated::lose_unsynced(const handle& node) {
  const std::scoped_lock guard(machine_->mutex);
  machine_->disks.fail_to_sync(open_of(node).node());
}

COMMITPOINT_INLINE void simulated::lose_unsynced_filesystem(const handle& node) {
  const std::scoped_lock guard(machine_->mutex);
  machine_->disks.fail_to_sync_device(machine_->disks.at(open_of(node).node()).device);
}

COMMITPOINT_INLINE result<void> simulated::check_writable(const handle& dir) {
  return at(call::check_writable, [&](simulation::world& w) { return w.writable(open_of(dir).node()); });
}

COMMITPOINT_INLINE result<bool> simulated::lock(const handle& file, lock_mode mode, bool wait) {
  std::unique_lock guard(machine_->mutex);
  machine_->disks.clock += call_takes;
  const auto free = [&] { return machine_->can_lock(open_of(file).node(), open_of(file).description(), mode); };
  if (!free()) {
    if (!wait) return false;
    machine_->lock_given_back.wait(guard, free);
  }
  std::erase_if(machine_->locks, [&](const auto& l) { return l.description == open_of(file).description(); });
  machine_->locks.push_back({open_of(file).node(), open_of(file).description(), mode});
  open_of(file).note_lock();
  return true;
}

COMMITPOINT_INLINE result<void> simulated::unlock(const handle& file) {
  const std::scoped_lock guard(machine_->mutex);
  machine_->unlock(open_of(file).description());
  return success();
}

COMMITPOINT_INLINE bool simulated::ordered_metadata(const handle& node) {
  const std::scoped_lock guard(machine_->mutex);
  return machine_->disks.settings_of(open_of(node).node()).ordered_metadata;
}

COMMITPOINT_INLINE std::string simulated::cache_identity(const handle& node) {
  const std::scoped_lock guard(machine_->mutex);
  if (!machine_->has_identity) return {};
  return "boot " + std::to_string(machine_->disks.boots) + " mount " +
         std::to_string(machine_->disks.at(open_of(node).node()).device);
}

COMMITPOINT_INLINE result<std::string> simulated::path_of(const handle& node) {
  const std::scoped_lock guard(machine_->mutex);
  return machine_->disks.path_of(open_of(node).node());
}

COMMITPOINT_INLINE std::int64_t simulated::now() {
  const std::scoped_lock guard(machine_->mutex);
  return machine_->disks.now();
}

COMMITPOINT_INLINE std::chrono::steady_clock::time_point simulated::steady_now() {
  const std::scoped_lock guard(machine_->mutex);
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(machine_->disks.clock));
}

COMMITPOINT_INLINE void simulated::pause(std::chrono::nanoseconds duration) {
  const std::scoped_lock guard(machine_->mutex);
  machine_->disks.clock += std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
}

COMMITPOINT_INLINE void simulated::set_clock(std::chrono::nanoseconds by) const {
  const std::scoped_lock guard(machine_->mutex);
  machine_->disks.set_by += by.count();
}

COMMITPOINT_INLINE std::uint64_t simulated::random() {
  const std::scoped_lock guard(machine_->mutex);
  auto z = machine_->disks.seed += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

COMMITPOINT_INLINE const simulation::open_node& simulated::open_of(const handle& h) noexcept {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): `opened` made the number of a pointer
  return *reinterpret_cast<const simulation::open_node*>(h.number());
}

COMMITPOINT_INLINE bool simulated::can_read(const handle& h) noexcept {
  return open_of(h).access() == open_how::access_mode::read || open_of(h).access() == open_how::access_mode::read_write;
}

COMMITPOINT_INLINE bool simulated::can_write(const handle& h) noexcept {
  return open_of(h).access() == open_how::access_mode::write ||
         open_of(h).access() == open_how::access_mode::read_write;
}

}  // namespace commitpoint::system
