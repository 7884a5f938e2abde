#pragma once

/// \file
/// What a mutation has staged, by path: the difference between the live tree and the one that its body sees.

#include <commitpoint/detail/records/boxed.hpp>
#include <commitpoint/detail/records/entries.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/metadata.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/path.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// What will stand at one path.
struct staged_entry {
  enum class kind : std::uint8_t {
    absent,
    file,
    symlink,
    directory,
    append,       ///< the live file with staged bytes behind it
    tree,         ///< a staged directory that takes the place of a live one as a whole
    from_caller,  ///< whatever the caller's tool made at `source`: a file or a tree
  };
  kind what = kind::absent;
  std::string source = {};     ///< below the mutation's staging directory
  node live = node::none;      ///< what stood there when the path was first named
  bool rewrites = false;       ///< file: new content for this path, which may go into the live file itself
  bool is_live_file = false;   ///< file: `source` is another link to a live file, and must not be written to
  std::uint32_t mode = 0777;   ///< directory without `about`: its permission bits
  boxed<metadata> about = {};  ///< directory: what it is to be like; from_caller: the replaced file
  file_end end = {};           ///< append
  std::uint64_t length = 0;    ///< append: bytes staged so far
  /// file: its state after it had been written, as long as nothing else is done to it
  std::optional<version_state> made = {};
  std::optional<std::uint32_t> chosen_mode = {};    ///< file: the permission bits that the caller named
  std::shared_ptr<const staged_entry> before = {};  ///< from_caller: what was staged here when `stage` was called

  /// Whether what is below it stands as it was made in staging, without entries of its own.
  [[nodiscard]] bool is_as_made() const noexcept { return what == kind::from_caller || what == kind::tree; }
};

/// The entries, ordered so that a directory stands before everything below it.
class overlay {
 public:
  using map = std::map<std::string, staged_entry, std::less<>>;

  [[nodiscard]] const staged_entry* find(std::string_view plain) const {
    const auto e = entries_.find(plain);
    return e == entries_.end() ? nullptr : &e->second;
  }

  /// The nearest staged directory above a path that decides what is at the path: with its path, or null.
  [[nodiscard]] std::pair<std::string_view, const staged_entry*> above(std::string_view plain) const {
    for (auto p = parent_of(plain); !p.empty(); p = parent_of(p)) {
      if (const auto* e = find(p)) return {p, e};
    }
    return {{}, nullptr};
  }

  /// Puts an entry; what stood live there when the path was first named is kept from the entry before.
  void put(const std::string& plain, staged_entry e) {
    note(plain);
    const auto [slot, is_new] = entries_.try_emplace(plain);
    if (!is_new) e.live = slot->second.live;
    slot->second = std::move(e);
  }
  void forget(const std::string& plain) {
    note(plain);
    entries_.erase(plain);
  }
  /// Forgets everything below a directory, not itself.
  void forget_below(const std::string& plain) {
    for (auto e = entries_.lower_bound(plain + "/"); e != entries_.end() && is_at_or_below(e->first, plain);) {
      note(e->first);
      e = entries_.erase(e);
    }
  }
  /// An entry that is there, to be changed.
  [[nodiscard]] staged_entry& change(const std::string& plain) {
    note(plain);
    return entries_.find(plain)->second;
  }

  /// Whether what is replaced from here on is kept, so that `rewind` can put it back; `false` forgets it. What this
  /// costs is that of the changes, and not of the entries.
  void record(bool wanted) {
    recording_ = wanted;
    if (!wanted) history_.clear();
  }
  [[nodiscard]] std::size_t mark() const noexcept { return history_.size(); }
  /// Takes back what changed since a mark.
  void rewind(std::size_t mark) {
    for (; history_.size() > mark; history_.pop_back()) {
      auto& [plain, before] = history_.back();
      if (before) {
        entries_.insert_or_assign(std::move(plain), *std::move(before));
      } else {
        entries_.erase(plain);
      }
    }
  }

  [[nodiscard]] const map& entries() const noexcept { return entries_; }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

 private:
  void note(const std::string& plain) {
    if (!recording_) return;
    const auto e = entries_.find(plain);
    history_.emplace_back(plain, e == entries_.end() ? std::nullopt : std::optional(e->second));
  }

  map entries_;
  std::vector<std::pair<std::string, std::optional<staged_entry>>> history_;
  bool recording_ = false;
};

}  // namespace commitpoint::detail
