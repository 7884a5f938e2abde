#pragma once

/// \file
/// What a barrier has to make durable.

#include <commitpoint/system/concept.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// Collects the files and directories that the next barrier must cover. As long as they are few, the handles that
/// they were written through are kept, so that no write-back error can be missed; beyond `few` only their number
/// counts, and the barrier syncs whole file systems, through handles that were opened before the first write.
template <system::System S>
class sync_set {
 public:
  explicit sync_set(std::size_t few) : few_(few) {}

  /// A file or directory that was written.
  void add(typename S::handle written) {
    ++count_;
    if (count_ <= few_ && !whole_) {
      nodes_.push_back(std::move(written));
    } else {
      nodes_.clear();
      whole_ = true;
    }
  }

  /// Something was or may have been written there that has no handle here.
  void add_unknown() {
    nodes_.clear();
    whole_ = true;
  }

  /// A file system that is written to. Of each the first handle is kept.
  result<void> add_filesystem(S& system, const typename S::handle& directory, std::uint64_t device) {
    for (const auto& known : filesystems_) {
      if (known.device == device) return success();
    }
    BOOST_OUTCOME_TRY(auto held, system.open(directory, ".", {.directory = true}));
    filesystems_.push_back({device, std::move(held)});
    return success();
  }

  /// The same, through a handle to anything on it that is open for reading or writing.
  void add_filesystem(typename S::handle held, std::uint64_t device) {
    for (const auto& known : filesystems_) {
      if (known.device == device) return;
    }
    filesystems_.push_back({device, std::move(held)});
  }

  void merge(sync_set&& other) {
    if (other.whole_) add_unknown();
    for (auto& theirs : other.nodes_) add(std::move(theirs));
    for (auto& theirs : other.filesystems_) {
      bool known = false;
      for (const auto& mine : filesystems_) known = known || mine.device == theirs.device;
      if (!known) filesystems_.push_back(std::move(theirs));
    }
    other = sync_set(few_);
  }

  /// Whether the handles are all there, so that syncing each is enough.
  [[nodiscard]] bool has_all_nodes() const noexcept { return !whole_; }
  [[nodiscard]] const std::vector<typename S::handle>& nodes() const noexcept { return nodes_; }
  [[nodiscard]] bool empty() const noexcept { return !whole_ && nodes_.empty(); }

  struct filesystem {
    std::uint64_t device;
    typename S::handle handle;
  };
  [[nodiscard]] const std::vector<filesystem>& filesystems() const noexcept { return filesystems_; }

 private:
  std::size_t few_;
  std::size_t count_ = 0;
  bool whole_ = false;
  std::vector<typename S::handle> nodes_;
  std::vector<filesystem> filesystems_;
};

}  // namespace commitpoint::detail
