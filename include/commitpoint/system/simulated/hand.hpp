#pragma once

/// \file
/// Somebody who works on the simulated machine and knows nothing of commitpoint: an editor, an indexer, an attacker.

#include <commitpoint/system/door.hpp>
#include <commitpoint/system/io.hpp>
#include <commitpoint/system/simulated.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace commitpoint::system {

/// Works by path, below a directory that it was told. Everything throws an `std::system_error` when it fails, and
/// nothing is durable until it is synced.
class hand {
  // As long as it lives, what is called is this hand's.
  class working {
   public:
    working(const simulated& on, std::string_view path) : on_(on.machine()) { on_.by_hand = path; }
    working(const working&) = delete;
    working& operator=(const working&) = delete;
    ~working() { on_.by_hand.clear(); }

   private:
    simulation::machine& on_;
  };

  // First, since what `on` gives is deduced.
  template <class T>
  static T ok(result<T> done, std::string_view path = {}) {
    if (!done) throw std::system_error(done.error().code, "by hand: '" + std::string(path) + "'");
    if constexpr (!std::is_void_v<T>) return std::move(done).value();
  }

  [[nodiscard]] std::string absolute(std::string_view path) const {
    auto all = base_ + "/" + std::string(path);
    while (all.size() > 1 && all.back() == '/') all.pop_back();
    return all;
  }
  [[nodiscard]] std::pair<std::string, std::string> split(std::string_view path) const {
    const auto whole = absolute(path);
    const auto slash = whole.rfind('/');
    auto name = whole.substr(slash + 1);
    return {whole.substr(0, std::max<std::size_t>(slash, 1)), name.empty() ? "." : std::move(name)};
  }
  template <class F>
  auto on(std::string_view path, F perform) const {
    const auto [directory, name] = split(path);
    return ok(perform(ok(machine_.open_root(directory), path), name), path);
  }
  [[nodiscard]] simulated::handle open(std::string_view path, const open_how& how) const {
    return on(path, [&](const auto& parent, const std::string& name) { return machine_.open(parent, name, how); });
  }

 public:
  explicit hand(simulated machine, std::string base = "") : machine_(std::move(machine)), base_(std::move(base)) {}

  /// The same, with paths below another directory.
  [[nodiscard]] hand below(const std::string& directory) const { return hand(machine_, base_ + "/" + directory); }

  /// Writes a file: an existing one is emptied first, and keeps its inode.
  void write(std::string_view path, std::string_view bytes) {
    const working by(machine_, path);
    const auto file = open(path, {.access = open_how::access_mode::read_write, .create = true, .mode = 0644});
    ok(machine_.truncate(file, 0));
    ok(write_all(machine_, file, 0, bytes));
  }
  /// Adds bytes at the end of a file.
  void append(std::string_view path, std::string_view bytes) {
    const working by(machine_, path);
    const auto file = open(path, {.access = open_how::access_mode::read_write, .create = true, .mode = 0644});
    ok(write_all(machine_, file, ok(machine_.status(file)).size, bytes));
  }
  /// Writes a file aside and renames it over the old one, as careful programs do, but for the sync.
  void replace(std::string_view path, std::string_view bytes) {
    const auto aside = std::string(path) + ".aside";
    write(aside, bytes);
    rename(aside, path);
  }
  [[nodiscard]] std::string read(std::string_view path) const {
    auto machine = machine_;
    return ok(read_whole(machine, open(path, {}), std::uint64_t{1} << 30U));
  }
  [[nodiscard]] bool exists(std::string_view path) const {
    const auto [directory, name] = split(path);
    const auto parent = machine_.open_root(directory);
    if (!parent) return false;
    const auto there = machine_.status(parent.value(), name);
    if (!there && there.error() == std::errc::not_a_directory) return false;
    return ok(there).type != node_type::none;
  }
  [[nodiscard]] file_status status(std::string_view path) const {
    return on(path, [&](const auto& parent, const std::string& name) { return machine_.status(parent, name); });
  }
  [[nodiscard]] std::vector<directory_entry> list(std::string_view path) const {
    return ok(machine_.list(ok(machine_.open_root(absolute(path)))));
  }

  void make_directory(std::string_view path, std::uint32_t mode = 0755) {
    const working by(machine_, path);
    on(path, [&](const auto& parent, const std::string& name) { return machine_.make_directory(parent, name, mode); });
  }
  void make_symlink(const std::string& target, std::string_view path) {
    const working by(machine_, path);
    on(path, [&](const auto& parent, const std::string& name) { return machine_.make_symlink(target, parent, name); });
  }
  void remove(std::string_view path) {
    const working by(machine_, path);
    on(path, [&](const auto& parent, const std::string& name) {
      const auto there = ok(machine_.status(parent, name));
      return there.type == node_type::directory ? machine_.remove_directory(parent, name)
                                                : machine_.remove_file(parent, name);
    });
  }
  void rename(std::string_view from, std::string_view to) {
    const working by(machine_, from);
    const auto [to_directory, to_name] = split(to);
    const auto target = ok(machine_.open_root(to_directory));
    const auto& new_name = to_name;
    on(from, [&](const auto& parent, const std::string& name) {
      return machine_.rename(parent, name, target, new_name, rename_how::replace);
    });
  }
  void link(std::string_view from, std::string_view to) {
    const working by(machine_, from);
    const auto [to_directory, to_name] = split(to);
    const auto target = ok(machine_.open_root(to_directory));
    const auto& new_name = to_name;
    on(from,
       [&](const auto& parent, const std::string& name) { return machine_.link(parent, name, target, new_name); });
  }
  void set_mode(std::string_view path, std::uint32_t mode) {
    const working by(machine_, path);
    ok(machine_.set_mode(open(path, {.access = open_how::access_mode::path}), mode));
  }
  /// Nanoseconds since the epoch.
  void set_modified(std::string_view path, std::int64_t time) {
    const working by(machine_, path);
    on(path, [&](const auto& parent, const std::string& name) { return machine_.set_modified(parent, name, time); });
  }
  void set_attribute(std::string_view path, const std::string& name, const std::string& value) {
    const working by(machine_, path);
    ok(machine_.set_attribute(open(path, {.access = open_how::access_mode::path}), name, value));
  }
  /// Mounts an empty file system on a directory.
  void mount(std::string_view path, const simulation::device_settings& settings) {
    machine_.mount(ok(machine_.open_root(absolute(path))), settings);
  }

  /// Makes one file or directory durable; of a directory its names.
  void sync(std::string_view path) {
    const working by(machine_, path);
    ok(machine_.sync(open(path, {})));
  }
  /// Makes everything durable, on all file systems.
  void sync_all() {
    auto& machine = machine_.machine();
    const std::scoped_lock guard(machine.mutex);
    for (std::uint32_t d = 0; d < machine.disks.devices().size(); ++d) machine.disks.sync_device(d);
  }
  /// Gives everything below a directory, and the directory, a time of its own from long ago.
  void age(std::string_view path, std::int64_t oldest = 1'000'000'000'123'456'789) {
    std::vector<std::string> all{std::string(path)};
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (status(all[i]).type != node_type::directory) continue;
      for (const auto& e : list(all[i])) all.push_back(all[i] + "/" + e.name);
    }
    for (const auto& one : all) set_modified(one, oldest++);
  }

  [[nodiscard]] simulated& machine() noexcept { return machine_; }

 private:
  simulated machine_;
  std::string base_;
};

}  // namespace commitpoint::system
