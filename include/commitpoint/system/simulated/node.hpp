#pragma once

/// \file
/// One file, directory or link of the simulated file system: what is seen of it, and what a power cut may leave of it.

#include <commitpoint/system/door.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::system::simulation {

/// The number of a node; 0 is none.
using inode_number = std::uint32_t;

/// Where files may tear: a write reaches the disk in blocks of so many bytes, each whole or not at all.
inline constexpr std::uint64_t block_size = 512;

/// Everything of a node that is neither its content nor its names.
struct node_metadata {
  std::uint32_t mode = 0;
  std::uint32_t user = 0;
  std::uint32_t group = 0;
  std::int64_t modified = 0;
  std::int64_t changed = 0;
  std::shared_ptr<const attribute_map> extended;  ///< null for none

  /// Whether both say the same to whoever compares trees; the time of change is nobody's to choose.
  [[nodiscard]] bool same_as(const node_metadata& other) const;
};

/// One write, or one change of the size, that no sync has covered yet.
struct pending_write {
  std::uint64_t begin = 0;
  std::uint64_t length = 0;                  ///< 0 when only the size changed
  std::shared_ptr<const std::string> bytes;  ///< null: zeros
  std::uint64_t size = 0;                    ///< of the file afterwards
};

/// The content of a regular file. Copies share the bytes until one of them is written to.
class file_content {
 public:
  [[nodiscard]] const std::string& bytes() const noexcept { return now_->text; }
  [[nodiscard]] std::uint64_t size() const noexcept { return now_->text.size(); }
  /// Of the bytes, as `std::hash`; counted once for all that share them.
  [[nodiscard]] std::uint64_t hash() const;
  [[nodiscard]] bool is_durable() const noexcept { return pending_.empty() && !is_behind_; }
  [[nodiscard]] const std::vector<pending_write>& pending() const noexcept { return pending_; }

  void write(std::uint64_t offset, std::string_view what);
  void resize(std::uint64_t size);
  /// Shares the blocks of another file; the new file must be empty.
  void clone(const file_content& from);
  void sync();
  /// A sync that fails: the pages count as clean from now on, and what was written is lost. It can still be read, and
  /// another sync has nothing left to do.
  void fail_to_sync();

  /// The blocks that may be found in several versions, in order.
  [[nodiscard]] std::vector<std::uint64_t> torn_blocks() const;
  /// In how many versions a block may be found: as it was durable, and after each write to it.
  [[nodiscard]] std::uint32_t versions_of(std::uint64_t block) const;
  /// Whether there was such a block before; where not, old garbage may be found in it.
  [[nodiscard]] bool is_new(std::uint64_t block) const { return block * block_size >= durable_->text.size(); }
  /// The sizes that the file had since it was durable, that one first.
  [[nodiscard]] std::vector<std::uint64_t> sizes() const;

  /// What a power cut leaves: a size, and a version of each torn block; `garbage` is one more than the last version.
  void survive(std::uint64_t size, const std::vector<std::pair<std::uint64_t, std::uint32_t>>& versions);

 private:
  // Bytes that copies share, and their hash when somebody has asked for it (0: nobody has).
  struct shared_bytes {
    std::string text;
    std::atomic<std::uint64_t> hash{0};
  };

  [[nodiscard]] static std::shared_ptr<shared_bytes> sharing(std::string bytes);
  [[nodiscard]] std::shared_ptr<shared_bytes> with_pending() const;
  // Where the nth change stops writing. A truncation takes blocks away, and writes to no more than the rest of the last
  // one, unless the file grows again: then what was taken away are zeros.
  [[nodiscard]] std::uint64_t end_of(std::size_t i) const;
  [[nodiscard]] bool touches(std::size_t i, std::uint64_t block) const;
  void put_version(std::string& left, std::uint64_t block, std::uint32_t version) const;
  std::string& own_bytes();
  [[nodiscard]] static std::shared_ptr<shared_bytes> nothing();

  std::shared_ptr<shared_bytes> now_ = nothing();
  std::shared_ptr<shared_bytes> durable_ = now_;
  std::vector<pending_write> pending_;
  bool is_behind_ = false;  // a sync failed: what is durable is older than what is seen, and nobody will write it
};

using names_of_directory = std::map<std::string, inode_number, std::less<>>;

/// One node.
struct node {
  node_type type = node_type::none;
  std::uint32_t device = 0;  ///< an index
  std::int64_t born = 0;
  std::uint32_t links = 0;
  node_metadata now;
  std::vector<node_metadata> older;  ///< what may be found instead after a power cut; the durable one first
  bool chosen = false;               ///< the metadata that it has was set, and did not just change with the content
  file_content content;              ///< of a regular file
  std::string target;                ///< of a symbolic link
  names_of_directory names;          ///< of a directory
  std::shared_ptr<const names_of_directory> durable_names;
  inode_number parent = 0;  ///< of a directory

  /// Before the metadata is changed. What was set by somebody may be found on the disk; a time that merely went on
  /// with the content is found as it was last durable, or as it is now.
  void note_metadata(bool is_choice);
  void sync_metadata();
};

}  // namespace commitpoint::system::simulation

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/system/simulated/node.ipp>
#endif
