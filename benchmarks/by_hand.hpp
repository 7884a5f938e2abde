#pragma once

/// \file
/// The same adds by hand, in raw system calls: the floor, and what is done without any framework.

#include "raw_calls.hpp"
#include "workload.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace benchmarks {

/// Directories of a tree, each opened once.
class open_directories {
 public:
  open_directories(raw_calls& calls, const std::string& root)
      : calls_(calls), root_(calls.open_directory(AT_FDCWD, root)) {}

  [[nodiscard]] const descriptor& root() const noexcept { return root_; }
  [[nodiscard]] const descriptor& parent_of(std::string_view path);

 private:
  raw_calls& calls_;
  descriptor root_;
  std::map<std::string, descriptor, std::less<>> known_;
};

/// What can hardly be done with less: new versions in temporary files, one barrier, one journal record of 512 bytes
/// and its sync, renames. It checks nothing, keeps no metadata of what it replaces, and nobody could recover from its
/// journal; like a commitpoint owner between two mutations, it leaves the renames to the next barrier.
class floor_protocol {
 public:
  enum class barrier { filesystem, each_file, none };
  /// What an add does at its end: a session waits until what it published is durable.
  enum class end { next_barrier, last_barrier };

  floor_protocol(const std::string& root, barrier how, end at_end = end::next_barrier);
  void add(const changes& all);
  [[nodiscard]] raw_calls& calls() noexcept { return calls_; }

 private:
  raw_calls calls_;
  barrier how_;
  end at_end_;
  open_directories directories_;
  descriptor staging_;
  descriptor journal_;
  std::uint64_t journal_end_ = 0;
};

/// Each file by itself: a temporary file beside it, fsync, rename. A crash leaves any number of them changed.
class file_by_file {
 public:
  /// With `durable` the directories are synced at the end as well, each once: before that a power cut may undo any of
  /// the renames.
  file_by_file(const std::string& root, bool durable) : durable_(durable), directories_(calls_, root) {}
  void add(const changes& all);
  [[nodiscard]] raw_calls& calls() noexcept { return calls_; }

 private:
  raw_calls calls_;
  bool durable_;
  open_directories directories_;
};

}  // namespace benchmarks
