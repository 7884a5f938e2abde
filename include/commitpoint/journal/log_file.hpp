#pragma once

/// \file
/// One of the two files of a log, as a place of bytes: how it is opened, gets room, and is synced. What the bytes mean
/// is known to log_reader.hpp and log.hpp.

#include <commitpoint/files/io.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/system/door.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::journal {

/// A file that claims to be larger is not read, and none is made.
inline constexpr std::uint64_t largest_log = std::uint64_t{1} << 30;

/// Of a hole at the end of a file so much is read: more than the longest value, an extended attribute, that can be
/// zeros.
inline constexpr std::uint64_t read_of_hole = std::uint64_t{1} << 20;

/// A file in the state directory, or the absence of one. Every failure carries its path.
class log_file {
 public:
  using handle = system::handle;

  /// `shown` is the path of the directory, for messages.
  log_file(system::door& system, const handle& directory, std::string_view name, const std::string& shown,
           bool looks_only)
      : system_(&system), directory_(&directory), name_(name), shown_(shown + "/" + name_), looks_only_(looks_only) {}

  /// Opens it if it is there, for writing unless it is only looked at, or the file system is read-only. The handle is
  /// kept: it is older than every write that a later sync covers, so that no write-back error is missed. \errors
  /// not_a_regular_file; EFBIG; the system's.
  [[nodiscard]] result<void> open();
  /// Opens it for writing, where it is known to be there, and to have this size; nothing else is looked at before
  /// something is written. False where that is not so.
  [[nodiscard]] bool open_known(std::uint64_t size);
  /// The same, when it is first needed.
  void open_later(std::uint64_t size);
  /// Opens it, and makes it if it is not there.
  [[nodiscard]] result<void> create();

  [[nodiscard]] explicit operator bool() const noexcept { return opened_ || is_later_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// A name that another process has made may still be lost, unless the caller knows better.
  void name_is_durable() noexcept { entry_unsynced_ = false; }
  /// Whether its size changed since its last sync.
  [[nodiscard]] bool is_resized() const noexcept { return resized_; }
  /// Whether there is nothing of it that a sync would have to do, apart from content.
  [[nodiscard]] bool is_settled() const noexcept { return !resized_ && !entry_unsynced_; }
  /// Fails if it could only be opened for reading.
  [[nodiscard]] result<void> writable() {
    BOOST_OUTCOME_TRYV(ready());
    if (readonly_) return about(*readonly_);
    return success();
  }

  /// All of it, but for a hole at its end, of which there are `read_of_hole` bytes: what is written has none, and no
  /// record ends with so many zeros.
  [[nodiscard]] result<std::string> read();
  [[nodiscard]] result<std::string> read(std::uint64_t offset, std::uint64_t length) {
    BOOST_OUTCOME_TRYV(ready());
    return told(commitpoint::files::read_range(*system_, opened_, offset, length));
  }
  /// Writes within the room that there is.
  [[nodiscard]] result<void> write(std::uint64_t offset, std::string_view bytes) {
    BOOST_OUTCOME_TRYV(ready());
    return told(commitpoint::files::write_all(*system_, opened_, offset, bytes));
  }
  /// Before something is written: gives it an inode of its own, durably, where a tool that links equal files has made
  /// it one with another file. What is written here would be written there as well.
  [[nodiscard]] result<void> part();
  /// Overwrites with zeros, durably: what is half erased by a power cut is not erased.
  [[nodiscard]] result<void> erase(std::uint64_t begin, std::uint64_t end);
  /// Makes it at least `end` bytes large, in multiples of `step`.
  /// \errors EFBIG; the system's. Then it has the room that it had.
  [[nodiscard]] result<void> grow(std::uint64_t end, std::uint64_t step);
  /// Cuts it.
  [[nodiscard]] result<void> shrink(std::uint64_t size);
  /// Makes content, size and name durable, in as few calls as that takes.
  [[nodiscard]] result<void> sync();

  [[nodiscard]] failure about(failure f) const { return std::move(f).on(shown_); }

 private:
  template <class T>
  [[nodiscard]] result<T> told(result<T> r) const {
    if (!r) return about(std::move(r).error());
    return r;
  }
  // Opens what was to be opened later.
  result<void> ready();
  result<void> write_zeros(std::uint64_t begin, std::uint64_t end);

  system::door* system_;
  const handle* directory_;
  std::string name_;
  std::string shown_;
  bool looks_only_;
  handle opened_{};
  std::uint64_t size_ = 0;
  bool resized_ = false;
  bool entry_unsynced_ = false;
  bool is_later_ = false;   // not opened yet
  bool is_unseen_ = false;  // opened, and not looked at yet
  std::optional<failure> readonly_;
};

inline bool log_file::open_known(std::uint64_t size) {
  open_later(size);
  using access = system::open_how::access_mode;
  if (looks_only_) readonly_ = failure(std::make_error_code(std::errc::operation_not_permitted));
  auto opened = system_->open(*directory_, name_, {.access = looks_only_ ? access::read : access::read_write});
  if (!opened) return false;
  opened_ = std::move(opened).value();
  is_later_ = false;
  is_unseen_ = true;
  return true;
}

inline void log_file::open_later(std::uint64_t size) {
  opened_ = {};
  size_ = size;
  resized_ = false;
  entry_unsynced_ = is_later_ = true;
  is_unseen_ = false;
  readonly_.reset();
}

inline result<void> log_file::ready() {
  if (!is_later_) return success();
  const auto size = size_;
  const bool entry_unsynced = entry_unsynced_;
  BOOST_OUTCOME_TRYV(open());
  entry_unsynced_ = entry_unsynced && opened_;
  if (opened_ && size_ == size) return success();
  return about(failure(errc::journal_corrupt).because("somebody has changed it who does not hold the lock"));
}

inline result<void> log_file::open() {
  opened_ = {};
  size_ = 0;
  resized_ = entry_unsynced_ = is_later_ = is_unseen_ = false;
  readonly_.reset();
  BOOST_OUTCOME_TRY(const auto there, told(system_->status(*directory_, name_)));
  if (there.type == system::node_type::none) return success();
  // Looked at before it is opened: opening a fifo would wait.
  if (there.type != system::node_type::regular) {
    return about(failure(errc::not_a_regular_file).because("nothing but a regular file belongs there"));
  }
  using access = system::open_how::access_mode;
  if (looks_only_) readonly_ = failure(std::make_error_code(std::errc::operation_not_permitted));
  auto opened = system_->open(*directory_, name_, {.access = looks_only_ ? access::read : access::read_write});
  if (!opened && !looks_only_ && opened.error() == std::errc::read_only_file_system) {
    readonly_ = opened.error();
    opened = system_->open(*directory_, name_, {.access = access::read});
  }
  if (!opened) return about(std::move(opened).error());
  BOOST_OUTCOME_TRY(const auto status, told(system_->status(opened.value())));
  if (status.size > largest_log) return about(system_error(EFBIG));
  opened_ = std::move(opened).value();
  size_ = status.size;
  entry_unsynced_ = true;
  return success();
}

inline result<std::string> log_file::read() {
  BOOST_OUTCOME_TRYV(ready());
  std::uint64_t end = 0;
  while (end < size_) {
    BOOST_OUTCOME_TRY(const auto data, told(system_->next_data(opened_, end)));
    if (!data) break;
    end = data->end;
  }
  return told(commitpoint::files::read_range(*system_, opened_, 0, std::min(size_, end + read_of_hole)));
}

inline result<void> log_file::create() {
  BOOST_OUTCOME_TRYV(ready());
  if (opened_) return success();
  auto made =
      system_->open(*directory_, name_,
                    {.access = system::open_how::access_mode::read_write, .create_exclusive = true, .mode = 0600});
  if (!made) return about(std::move(made).error());
  opened_ = std::move(made).value();
  size_ = 0;
  resized_ = entry_unsynced_ = true;
  return success();
}

inline result<void> log_file::part() {
  BOOST_OUTCOME_TRYV(ready());
  BOOST_OUTCOME_TRY(const auto status, told(system_->status(opened_)));
  if (is_unseen_ && (status.type != system::node_type::regular || status.size != size_)) {
    return about(failure(errc::journal_corrupt).because("somebody has changed it who does not hold the lock"));
  }
  is_unseen_ = false;
  if (status.links < 2) return success();
  const auto copy = name_ + ".parted";
  BOOST_OUTCOME_TRY(const auto left, told(system_->status(*directory_, copy)));
  if (left.type != system::node_type::none) {
    BOOST_OUTCOME_TRYV(told(system_->remove_file(*directory_, copy)));
  }
  using access = system::open_how::access_mode;
  BOOST_OUTCOME_TRY(
      auto own,
      told(system_->open(*directory_, copy, {.access = access::read_write, .create_exclusive = true, .mode = 0600})));
  for (std::uint64_t at = 0; at < size_; at += commitpoint::files::stream_block) {
    BOOST_OUTCOME_TRY(const auto bytes,
                      read(at, std::min<std::uint64_t>(commitpoint::files::stream_block, size_ - at)));
    BOOST_OUTCOME_TRYV(told(commitpoint::files::write_all(*system_, own, at, bytes)));
  }
  BOOST_OUTCOME_TRYV(told(system_->sync(own)));
  BOOST_OUTCOME_TRYV(told(system_->rename(*directory_, copy, *directory_, name_, system::rename_how::replace)));
  opened_ = std::move(own);
  resized_ = false;
  entry_unsynced_ = true;
  return success();
}

inline result<void> log_file::erase(std::uint64_t begin, std::uint64_t end) {
  BOOST_OUTCOME_TRYV(write_zeros(begin, end));
  return sync();
}

// Zeros are written and not left as a hole: a block that is first allocated when a record comes makes every sync one
// of metadata, too, and can fail for want of room.
inline result<void> log_file::grow(std::uint64_t end, std::uint64_t step) {
  if (end <= size_) return success();
  if (end > largest_log) {
    return about(failure(system_error(EFBIG))
                     .because("the records of one mutation are too many for the journal: make it several mutations"));
  }
  BOOST_OUTCOME_TRYV(part());
  const auto size = (end + step - 1) / step * step;
  resized_ = true;
  BOOST_OUTCOME_TRYV(write_zeros(size_, size));
  size_ = size;
  return success();
}

inline result<void> log_file::shrink(std::uint64_t size) {
  BOOST_OUTCOME_TRYV(part());
  resized_ = true;
  BOOST_OUTCOME_TRYV(told(system_->truncate(opened_, size)));
  size_ = size;
  return success();
}

inline result<void> log_file::sync() {
  BOOST_OUTCOME_TRYV(ready());
  BOOST_OUTCOME_TRYV(told(resized_ ? system_->sync(opened_) : system_->sync_data(opened_)));
  resized_ = false;
  if (entry_unsynced_) {
    BOOST_OUTCOME_TRYV(told(system_->sync(*directory_)));
    entry_unsynced_ = false;
  }
  return success();
}

inline result<void> log_file::write_zeros(std::uint64_t begin, std::uint64_t end) {
  const std::string zeros(std::min<std::uint64_t>(end - begin, commitpoint::files::stream_block), '\0');
  while (begin < end) {
    const auto some = std::string_view(zeros).substr(0, end - begin);
    BOOST_OUTCOME_TRYV(write(begin, some));
    begin += some.size();
  }
  return success();
}

}  // namespace commitpoint::journal
