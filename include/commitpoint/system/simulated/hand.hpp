#pragma once

/// \file
/// Somebody who works on the simulated machine and knows nothing of commitpoint: an editor, an indexer, an attacker.

#include <commitpoint/system/door.hpp>
#include <commitpoint/system/simulated.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::system {

/// Works by path, below a directory that it was told. Everything throws an `std::system_error` when it fails, and
/// nothing is durable until it is synced.
class hand {
 public:
  explicit hand(simulated machine, std::string base = "") : machine_(std::move(machine)), base_(std::move(base)) {}

  /// The same, with paths below another directory.
  [[nodiscard]] hand below(const std::string& directory) const { return hand(machine_, base_ + "/" + directory); }

  /// Writes a file: an existing one is emptied first, and keeps its inode.
  void write(std::string_view path, std::string_view bytes);
  /// Adds bytes at the end of a file.
  void append(std::string_view path, std::string_view bytes);
  /// Writes a file aside and renames it over the old one, as careful programs do, but for the sync.
  void replace(std::string_view path, std::string_view bytes);
  [[nodiscard]] std::string read(std::string_view path) const;
  [[nodiscard]] bool exists(std::string_view path) const;
  [[nodiscard]] file_status status(std::string_view path) const;
  [[nodiscard]] std::vector<directory_entry> list(std::string_view path) const;

  void make_directory(std::string_view path, std::uint32_t mode = 0755);
  void make_symlink(const std::string& target, std::string_view path);
  void remove(std::string_view path);
  void rename(std::string_view from, std::string_view to);
  void link(std::string_view from, std::string_view to);
  void set_mode(std::string_view path, std::uint32_t mode);
  /// Nanoseconds since the epoch.
  void set_modified(std::string_view path, std::int64_t time);
  void set_attribute(std::string_view path, const std::string& name, const std::string& value);
  /// Mounts an empty file system on a directory.
  void mount(std::string_view path, const simulation::device_settings& settings);

  /// Makes one file or directory durable; of a directory its names.
  void sync(std::string_view path);
  /// Makes everything durable, on all file systems.
  void sync_all();
  /// Gives everything below a directory, and the directory, a time of its own from long ago.
  void age(std::string_view path, std::int64_t oldest = 1'000'000'000'123'456'789);

  [[nodiscard]] simulated& machine() noexcept { return machine_; }

 private:
  class working;

  [[nodiscard]] std::string absolute(std::string_view path) const;
  [[nodiscard]] std::pair<std::string, std::string> split(std::string_view path) const;
  template <class F>
  auto on(std::string_view path, F perform) const;
  [[nodiscard]] handle open(std::string_view path, const open_how& how) const;

  mutable simulated machine_;  // looking is a call as well
  std::string base_;
};

}  // namespace commitpoint::system

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/system/simulated/hand.ipp>
#endif
