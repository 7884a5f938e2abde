#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/system/io.hpp>
#include <commitpoint/system/simulated/hand.hpp>

#include <algorithm>
#include <mutex>
#include <system_error>
#include <type_traits>

namespace commitpoint::system {

// As long as it lives, what is called is this hand's.
class hand::working {
 public:
  working(const simulated& on, std::string_view path) : on_(on.machine()) { on_.by_hand = path; }
  working(const working&) = delete;
  working& operator=(const working&) = delete;
  ~working() { on_.by_hand.clear(); }

 private:
  simulation::machine& on_;
};

namespace simulation {

template <class T>
T ok(result<T> done, std::string_view path = {}) {
  if (!done) throw std::system_error(done.error().code, "by hand: '" + std::string(path) + "'");
  if constexpr (!std::is_void_v<T>) return std::move(done).value();
}

}  // namespace simulation

// First, since what it gives is deduced.
template <class F>
auto hand::on(std::string_view path, F perform) const {
  const auto [directory, name] = split(path);
  return simulation::ok(perform(simulation::ok(machine_.open_root(directory), path), name), path);
}

COMMITPOINT_INLINE std::string hand::absolute(std::string_view path) const {
  auto all = base_ + "/" + std::string(path);
  while (all.size() > 1 && all.back() == '/') all.pop_back();
  return all;
}

COMMITPOINT_INLINE std::pair<std::string, std::string> hand::split(std::string_view path) const {
  const auto whole = absolute(path);
  const auto slash = whole.rfind('/');
  auto name = whole.substr(slash + 1);
  return {whole.substr(0, std::max<std::size_t>(slash, 1)), name.empty() ? "." : std::move(name)};
}

COMMITPOINT_INLINE handle hand::open(std::string_view path, const open_how& how) const {
  return on(path, [&](const auto& parent, const std::string& name) { return machine_.open(parent, name, how); });
}

COMMITPOINT_INLINE void hand::write(std::string_view path, std::string_view bytes) {
  const working by(machine_, path);
  const auto file = open(path, {.access = open_how::access_mode::read_write, .create = true, .mode = 0644});
  simulation::ok(machine_.truncate(file, 0));
  simulation::ok(write_all(machine_, file, 0, bytes));
}

COMMITPOINT_INLINE void hand::append(std::string_view path, std::string_view bytes) {
  const working by(machine_, path);
  const auto file = open(path, {.access = open_how::access_mode::read_write, .create = true, .mode = 0644});
  simulation::ok(write_all(machine_, file, simulation::ok(machine_.status(file)).size, bytes));
}

COMMITPOINT_INLINE void hand::replace(std::string_view path, std::string_view bytes) {
  const auto aside = std::string(path) + ".aside";
  write(aside, bytes);
  rename(aside, path);
}

COMMITPOINT_INLINE std::string hand::read(std::string_view path) const {
  return simulation::ok(read_whole(machine_, open(path, {}), std::uint64_t{1} << 30U));
}

COMMITPOINT_INLINE bool hand::exists(std::string_view path) const {
  const auto [directory, name] = split(path);
  const auto parent = machine_.open_root(directory);
  if (!parent) return false;
  const auto there = machine_.status(parent.value(), name);
  if (!there && there.error() == std::errc::not_a_directory) return false;
  return simulation::ok(there).type != node_type::none;
}

COMMITPOINT_INLINE file_status hand::status(std::string_view path) const {
  return on(path, [&](const auto& parent, const std::string& name) { return machine_.status(parent, name); });
}

COMMITPOINT_INLINE std::vector<directory_entry> hand::list(std::string_view path) const {
  return simulation::ok(machine_.list(simulation::ok(machine_.open_root(absolute(path)))));
}

COMMITPOINT_INLINE void hand::make_directory(std::string_view path, std::uint32_t mode) {
  const working by(machine_, path);
  on(path, [&](const auto& parent, const std::string& name) { return machine_.make_directory(parent, name, mode); });
}

COMMITPOINT_INLINE void hand::make_symlink(const std::string& target, std::string_view path) {
  const working by(machine_, path);
  on(path, [&](const auto& parent, const std::string& name) { return machine_.make_symlink(target, parent, name); });
}

COMMITPOINT_INLINE void hand::remove(std::string_view path) {
  const working by(machine_, path);
  on(path, [&](const auto& parent, const std::string& name) {
    const auto there = simulation::ok(machine_.status(parent, name));
    return there.type == node_type::directory ? machine_.remove_directory(parent, name)
                                              : machine_.remove_file(parent, name);
  });
}

COMMITPOINT_INLINE void hand::rename(std::string_view from, std::string_view to) {
  const working by(machine_, from);
  const auto [to_directory, to_name] = split(to);
  const auto target = simulation::ok(machine_.open_root(to_directory));
  const auto& new_name = to_name;
  on(from, [&](const auto& parent, const std::string& name) {
    return machine_.rename(parent, name, target, new_name, rename_how::replace);
  });
}

COMMITPOINT_INLINE void hand::link(std::string_view from, std::string_view to) {
  const working by(machine_, from);
  const auto [to_directory, to_name] = split(to);
  const auto target = simulation::ok(machine_.open_root(to_directory));
  const auto& new_name = to_name;
  on(from, [&](const auto& parent, const std::string& name) { return machine_.link(parent, name, target, new_name); });
}

COMMITPOINT_INLINE void hand::set_mode(std::string_view path, std::uint32_t mode) {
  const working by(machine_, path);
  simulation::ok(machine_.set_mode(open(path, {.access = open_how::access_mode::path}), mode));
}

COMMITPOINT_INLINE void hand::set_modified(std::string_view path, std::int64_t time) {
  const working by(machine_, path);
  on(path, [&](const auto& parent, const std::string& name) { return machine_.set_modified(parent, name, time); });
}

COMMITPOINT_INLINE void hand::set_attribute(std::string_view path, const std::string& name, const std::string& value) {
  const working by(machine_, path);
  simulation::ok(machine_.set_attribute(open(path, {.access = open_how::access_mode::path}), name, value));
}

COMMITPOINT_INLINE void hand::mount(std::string_view path, const simulation::device_settings& settings) {
  machine_.mount(simulation::ok(machine_.open_root(absolute(path))), settings);
}

COMMITPOINT_INLINE void hand::sync(std::string_view path) {
  const working by(machine_, path);
  simulation::ok(machine_.sync(open(path, {})));
}

COMMITPOINT_INLINE void hand::sync_all() {
  auto& machine = machine_.machine();
  const std::scoped_lock guard(machine.mutex);
  for (std::uint32_t d = 0; d < machine.disks.devices().size(); ++d) machine.disks.sync_device(d);
}

COMMITPOINT_INLINE void hand::age(std::string_view path, std::int64_t oldest) {
  std::vector<std::string> all{std::string(path)};
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (status(all[i]).type != node_type::directory) continue;
    for (const auto& e : list(all[i])) all.push_back(all[i] + "/" + e.name);
  }
  for (const auto& one : all) set_modified(one, oldest++);
}

}  // namespace commitpoint::system
