#pragma once

/// \file
/// What a barrier has to make durable.

#include <commitpoint/system/door.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::files {

/// Collects the files and directories that the next barrier must cover. As long as they are few, the handles that
/// they were written through are kept, so that no write-back error can be missed; beyond `few` only their number
/// counts, and the barrier syncs whole file systems, through handles that were opened before the first write.
class sync_set {
 public:
  explicit sync_set(std::size_t few) : few_(few) {}

  /// A file or directory that was written.
  void add(system::handle written) {
    ++count_;
    if (count_ <= few_ && !whole_) {
      nodes_.push_back(std::move(written));
    } else {
      nodes_.clear();
      whole_ = true;
    }
  }

  /// Whether so many more handles would be kept; otherwise they need not be opened for it.
  [[nodiscard]] bool takes(std::size_t more) const noexcept { return !whole_ && count_ + more <= few_; }

  /// Something was or may have been written there that has no handle here.
  void add_unknown() {
    nodes_.clear();
    whole_ = true;
  }

  /// A file system that is written to. Of each the first handle is kept.
  result<void> add_filesystem(system::door& system, const system::handle& directory, std::uint64_t device) {
    for (const auto& known : filesystems_) {
      if (known.device == device) return success();
    }
    BOOST_OUTCOME_TRY(auto held, system.open(directory, ".", {.directory = true}));
    filesystems_.push_back({device, std::make_shared<const system::handle>(std::move(held))});
    return success();
  }

  /// The same, through a handle to anything on it that is open for reading or writing.
  void add_filesystem(system::handle held, std::uint64_t device) {
    add_filesystem(std::make_shared<const system::handle>(std::move(held)), device);
  }
  void add_filesystem(std::shared_ptr<const system::handle> held, std::uint64_t device) {
    for (const auto& known : filesystems_) {
      if (known.device == device) return;
    }
    filesystems_.push_back({device, std::move(held)});
  }

  /// The file system of what stands at a name, where that is another than its directory's: something is mounted there.
  result<void> add_mounted(system::door& system, const system::handle& directory, const std::string& name,
                           const system::file_status& there) {
    if (there.type != system::node_type::directory && there.type != system::node_type::regular) return success();
    BOOST_OUTCOME_TRY(const auto around, system.status(directory));
    if (around.device == there.device) return success();
    const bool is_directory = there.type == system::node_type::directory;
    BOOST_OUTCOME_TRY(auto held, system.open(directory, name, {.directory = is_directory}));
    add_filesystem(std::move(held), there.device);
    return success();
  }

  /// A file system that was written to before this set was made. What is to hear of an error then must have been open
  /// before it, so that of all such handles the oldest is the one to sync through; a smaller serial is an older one.
  void add_older(std::uint64_t device, std::uint64_t serial, std::shared_ptr<const system::handle> opened_before) {
    add_unknown();
    for (auto& known : filesystems_) {
      if (known.device != device) continue;
      if (serial < known.serial) known = {device, std::move(opened_before), serial};
      return;
    }
    filesystems_.push_back({device, std::move(opened_before), serial});
  }

  void merge(sync_set&& other) {
    if (other.whole_) add_unknown();
    for (auto& theirs : other.nodes_) add(std::move(theirs));
    for (auto& theirs : other.filesystems_) {
      bool known = false;
      for (auto& mine : filesystems_) {
        if (mine.device != theirs.device) continue;
        known = true;
        if (theirs.serial < mine.serial) mine = theirs;
      }
      if (!known) filesystems_.push_back(std::move(theirs));
    }
    other = sync_set(few_);
  }

  /// Whether the handles are all there, so that syncing each is enough.
  [[nodiscard]] bool has_all_nodes() const noexcept { return !whole_; }
  [[nodiscard]] const std::vector<system::handle>& nodes() const noexcept { return nodes_; }
  [[nodiscard]] bool empty() const noexcept { return !whole_ && nodes_.empty(); }

  struct filesystem {
    std::uint64_t device = 0;
    std::shared_ptr<const system::handle> handle;
    std::uint64_t serial = std::numeric_limits<std::uint64_t>::max();
  };
  [[nodiscard]] const std::vector<filesystem>& filesystems() const noexcept { return filesystems_; }

 private:
  std::size_t few_;
  std::size_t count_ = 0;
  bool whole_ = false;
  std::vector<system::handle> nodes_;
  std::vector<filesystem> filesystems_;
};

}  // namespace commitpoint::files
