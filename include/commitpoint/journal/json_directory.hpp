#pragma once

/// \file
/// The directory of `journal::json_file` as a place of small files that are written once: how they come to be, and how
/// one more of them fits on a full disk. What they say is known to json_reader.hpp and json_file.hpp.

#include <commitpoint/files/io.hpp>
#include <commitpoint/journal/json_format.hpp>
#include <commitpoint/journal/json_reader.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/system/door.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::journal {

/// A file that claims to be larger is not read, and none is made.
inline constexpr std::uint64_t largest_json_file = std::uint64_t{1} << 30;

/// The directory `journal` in the state directory, or the absence of one. Every failure carries its path.
class json_directory {
 public:
  using handle = system::handle;
  using file_name = json_format::file_name;

  static constexpr const char* name = "journal";

  /// `shown` is the path of the state directory, for messages.
  json_directory(system::door& system, const handle& state, const std::string& shown)
      : system_(&system), state_(&state), shown_(shown + "/" + name) {}

  /// Reads every file in it that is the journal's; changes nothing.
  /// \errors not_a_regular_file; EFBIG; the system's.
  [[nodiscard]] result<json_files> read();
  /// Makes the directory if it is not there.
  [[nodiscard]] result<void> create();

  /// The files that stand, apart from the spare ones.
  [[nodiscard]] const std::set<file_name>& standing() const noexcept { return standing_; }

  /// Writes a new file, and gives its handle for the sync to come. With `from_spare` it fits on a full disk as well. A
  /// failure has left nothing behind, durably, unless `is_uncertain()`.
  /// \errors the system's.
  [[nodiscard]] result<handle> write(const file_name& file, std::string_view bytes, bool from_spare);
  [[nodiscard]] bool is_uncertain() const noexcept { return uncertain_; }
  /// Makes the names durable.
  [[nodiscard]] result<void> sync();
  /// Removes a file that is not needed any more; whether it is gone. What cannot be removed stays, and is tried again
  /// by whoever asks again.
  bool remove(const file_name& file) {
    const auto gone = unless_missing(system_->remove_file(opened_, file.text()));
    if (gone) standing_.erase(file);
    return static_cast<bool>(gone);
  }
  /// Sees to it that each spare file has room for `bytes`: there are two, because a rollback writes two states before
  /// the first one can be removed.
  [[nodiscard]] result<void> reserve(std::uint64_t bytes);

  [[nodiscard]] failure about(failure f) const { return std::move(f).on(shown_); }
  [[nodiscard]] const std::string& shown() const noexcept { return shown_; }

 private:
  static constexpr std::array<const char*, 2> spares{"spare.0", "spare.1"};

  template <class T>
  [[nodiscard]] result<T> told(result<T> r, const std::string& file = {}) const {
    if (!r) return std::move(r).error().on(file.empty() ? shown_ : shown_ + "/" + file);
    return r;
  }
  [[nodiscard]] static result<void> unless_missing(result<void> done) {
    if (!done && done.error() == std::errc::no_such_file_or_directory) return success();
    return done;
  }
  result<std::string> read_file(const std::string& file);
  result<handle> write_to_spare(const std::string& file, std::string_view bytes, failure full);
  result<void> reserve_one(const std::string& spare, std::uint64_t bytes);
  bool take_back(const std::string& file);

  system::door* system_;
  const handle* state_;
  std::string shown_;
  handle opened_{};
  bool entry_unsynced_ = true;
  bool uncertain_ = false;
  std::set<file_name> standing_;
  std::uint64_t reserved_ = 0;  // what each spare file is known to have room for
};

inline result<json_files> json_directory::read() {
  opened_ = {};
  standing_.clear();
  reserved_ = 0;
  entry_unsynced_ = true;  // for all that is known of it
  uncertain_ = false;
  json_files files;
  BOOST_OUTCOME_TRY(const auto there, told(system_->status(*state_, name)));
  if (there.type == system::node_type::none) return files;
  if (there.type != system::node_type::directory) {
    return about(failure(errc::not_a_regular_file).because("nothing but a directory belongs there"));
  }
  BOOST_OUTCOME_TRY(opened_, told(system_->open(*state_, name, {.directory = true})));
  BOOST_OUTCOME_TRY(const auto names, told(system_->list(opened_)));
  for (const auto& entry : names) {
    const auto file = json_format::parse_name(entry.name);
    if (!file) continue;
    BOOST_OUTCOME_TRY(files[*file], told(read_file(entry.name), entry.name));
    standing_.insert(*file);
  }
  return files;
}

inline result<std::string> json_directory::read_file(const std::string& file) {
  // Looked at before it is opened: opening a fifo would wait.
  BOOST_OUTCOME_TRY(const auto there, system_->status(opened_, file));
  if (there.type != system::node_type::regular) {
    return failure(errc::not_a_regular_file).because("nothing but a regular file belongs there");
  }
  if (there.size > largest_json_file) return system_error(EFBIG);
  BOOST_OUTCOME_TRY(const auto opened, system_->open(opened_, file, {}));
  return files::read_whole(*system_, opened, largest_json_file);
}

inline result<void> json_directory::create() {
  if (opened_) return success();
  auto made = system_->make_directory(*state_, name, 0700);
  // One that is there was made by whoever was cut short, or failed at the first file.
  if (!made && made.error() != std::errc::file_exists) return told(std::move(made));
  BOOST_OUTCOME_TRY(opened_, told(system_->open(*state_, name, {.directory = true})));
  return success();
}

inline result<system::handle> json_directory::write(const file_name& file, std::string_view bytes, bool from_spare) {
  const auto text = file.text();
  if (bytes.size() > largest_json_file) return told(result<handle>(system_error(EFBIG)), text);
  auto written = files::write_new_file(*system_, opened_, text, bytes, 0600);
  if (!written) {
    auto why = std::move(written).error();
    if (why == std::errc::file_exists) return std::move(why).on(shown_ + "/" + text);  // not ours to take back
    uncertain_ = !take_back(text);
    const bool full = why == std::errc::no_space_on_device || why.code.value() == EDQUOT;
    if (uncertain_ || !from_spare || !full) return std::move(why).on(shown_ + "/" + text);
    written = write_to_spare(text, bytes, std::move(why));
    if (!written) {
      uncertain_ = !take_back(text);
      return told(std::move(written), text);
    }
  }
  standing_.insert(file);
  return written;
}

// A spare file gets the bytes while nothing knows it, and then the name. Nothing has that name, so that the worst that
// a power cut can do to the rename is to lose a file that was not acknowledged.
inline result<system::handle> json_directory::write_to_spare(const std::string& file, std::string_view bytes,
                                                             failure full) {
  for (const auto* spare : spares) {
    auto opened = system_->open(opened_, spare, {.access = system::open_how::access_mode::read_write});
    if (!opened) continue;
    BOOST_OUTCOME_TRY(const auto status, system_->status(opened.value()));
    if (status.type != system::node_type::regular || status.size < bytes.size()) continue;
    BOOST_OUTCOME_TRYV(files::write_all(*system_, opened.value(), 0, bytes));
    BOOST_OUTCOME_TRYV(system_->truncate(opened.value(), bytes.size()));
    BOOST_OUTCOME_TRYV(system_->rename(opened_, spare, opened_, file, system::rename_how::keep));
    reserved_ = 0;
    return std::move(opened).value();
  }
  return full;
}

// What a failed call may have made after all must not be found by a drain when it was said not to be there: neither now
// nor after a power cut.
inline bool json_directory::take_back(const std::string& file) {
  auto removed = system_->remove_file(opened_, file);
  if (!removed) return removed.error() == std::errc::no_such_file_or_directory;
  return static_cast<bool>(system_->sync(opened_));
}

inline result<void> json_directory::sync() {
  BOOST_OUTCOME_TRYV(told(system_->sync(opened_)));
  if (!entry_unsynced_) return success();
  BOOST_OUTCOME_TRYV(told(system_->sync(*state_)));
  entry_unsynced_ = false;
  return success();
}

inline result<void> json_directory::reserve(std::uint64_t bytes) {
  if (bytes <= reserved_) return success();
  for (const auto* spare : spares) {
    BOOST_OUTCOME_TRYV(told(reserve_one(spare, bytes), spare));
  }
  reserved_ = bytes;
  return success();
}

// Zeros are written and not left as a hole: a block that is first allocated when it is needed is no reserve.
inline result<void> json_directory::reserve_one(const std::string& spare, std::uint64_t bytes) {
  BOOST_OUTCOME_TRY(const auto file,
                    system_->open(opened_, spare,
                                  {.access = system::open_how::access_mode::read_write, .create = true, .mode = 0600}));
  BOOST_OUTCOME_TRY(const auto status, system_->status(file));
  if (status.size > 4 * bytes) return system_->truncate(file, bytes);  // it was large for one large mutation
  for (auto at = status.size; at < bytes;) {
    const std::string zeros(std::min<std::uint64_t>(bytes - at, files::stream_block), '\0');
    BOOST_OUTCOME_TRYV(files::write_all(*system_, file, at, zeros));
    at += zeros.size();
  }
  return success();
}

}  // namespace commitpoint::journal
