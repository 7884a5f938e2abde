#pragma once

/// \file
/// `journal::log`: an append-only log in two files that are used in turn, one generation at a time.
///
///     read              choose the newest generation; where its records end is where appends go on
///     append, sync      one write, one sync; the room for both was written beforehand
///     commit            the same, and a failure says whether the record may be on disk
///     begin_generation  in the other file: until its first record is whole, the older generation rules
///
/// Invariants:
///  1. `synced_upto` of a record never claims what no successful sync of ours covered.
///  2. Behind the end of the log there is no whole record of its generation when a record is appended.
///  3. After a failure that leaves the end of the log unknown nothing more is written until a new `read`.
///
/// docs/formats/log.md has the bytes, and what the format cannot do.

#include <commitpoint/journal/interface.hpp>
#include <commitpoint/journal/log_file.hpp>
#include <commitpoint/journal/log_reader.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::journal {

/// Bytes of a log that only records which settle a mutation may use.
inline constexpr std::uint64_t settling_room = 2048;

/// The working part of `log`. The system and the handles of its `place` outlive it.
class log_backend final : public backend {
 public:
  log_backend(const place& where, std::uint64_t preallocate)
      : system_(&where.system),
        directory_(where.state_directory),
        step_(std::max<std::uint64_t>(preallocate, 4096)),
        files_{log_file(where.system, where.state, log_names[0], directory_, where.looks_only),
               log_file(where.system, where.state, log_names[1], directory_, where.looks_only)} {}

  /// Reads everything, and opens what appends go to. A damaged log is no failure but an image that says so.
  /// \errors not_a_regular_file; EFBIG; the system's (EACCES, EIO ...).
  result<image> read() override;

  /// Adds a record at the end. A failure leaves the log as it was, and usable, unless what was written of the record
  /// could not be erased; then every later call fails with it until the next `read`.
  /// \durability none before `sync`; readable at once.
  /// \errors std::errc::invalid_argument (the body); EFBIG; the system's.
  result<void> append(const record& r) override {
    bool there = false;
    return put(r, false, there);
  }

  /// Makes durable what was read and appended.
  /// \errors the system's. Never tried again: every later call fails with it until the next `read`.
  result<void> sync() override;

  /// Appends, and syncs if `durable`. Room is made, and made durable, before the record is begun.
  /// \errors as `append` and `sync`; with `outcome::unknown` if the record may be on disk, and otherwise it is not.
  result<void> commit(const record& r, bool durable) override;

  /// Replaces everything by one record, in the other file. This is also the way on after damage was read.
  /// \durability of the one record, if `durable`; what was appended before needs none any more.
  /// \crash the older generation rules until the record is whole.
  /// \errors as `append` and `sync`.
  result<void> begin_generation(const record& r, bool durable) override;

  [[nodiscard]] std::string bookmark() const override;
  result<bool> resume(std::string_view bookmark) override;
  result<bool> go_on(std::string_view bookmark) override;
  result<bool> saw_all() override;

  /// Where the log goes on; the generation and its salt tell this life of it from every other.
  [[nodiscard]] const log_tail& tail() const noexcept { return tail_; }
  [[nodiscard]] bool is_full() const override { return tail_.end > step_; }
  [[nodiscard]] bool is_known_durable() const override { return tail_.synced != 0; }
  [[nodiscard]] std::string identity() const override { return "log"; }
  [[nodiscard]] std::vector<std::string> evidence() const override {
    return {std::string(log_names[0]), std::string(log_names[1])};
  }

 private:
  // Where a bookmark says that the log ends, and how large its files are.
  struct end_of_log {
    log_tail tail;
    std::array<std::uint64_t, 2> sizes;
  };
  [[nodiscard]] static std::optional<end_of_log> decode(std::string_view bookmark);
  void continue_at(const log_tail& tail);

  [[nodiscard]] result<void> usable();
  // Nothing more is written after this.
  result<void> broken(result<void>&& failed) {
    broken_ = failed.error();
    return std::move(failed);
  }

  result<std::string> encode(const record& r, format::header& head) const;
  result<void> put(const record& r, bool durable_room, bool& there);
  result<void> prepare(log_file& file, std::uint64_t end, bool durable);
  result<void> write_unsettled(log_file& file);
  result<bool> ends_at(const log_tail& tail);

  system::door* system_;
  std::string directory_;
  std::uint64_t step_;
  std::array<log_file, 2> files_;
  log_tail tail_;
  bool trusted_ = false;         // the last read found no damage
  bool is_unseen_ = false;       // it goes on, and its beginning was not looked at
  std::uint64_t unsettled_ = 0;  // what stands between `tail_.synced` and here need not be durable, and was read
  std::optional<failure> broken_ =
      failure(std::make_error_code(std::errc::operation_not_permitted), {}, "the journal was not read yet");
};

// What follows is the implementation.

inline result<image> log_backend::read() {
  tail_ = {};
  trusted_ = false;
  unsettled_ = 0;
  std::array<std::optional<std::string>, 2> bytes;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    auto got = files_[i].open();
    if (got && files_[i]) {
      auto content = files_[i].read();
      if (content) {
        bytes[i] = std::move(content).value();
      } else {
        got = std::move(content).error();
      }
    }
    if (!got) return broken(std::move(got)).error();
  }
  auto found = read_log(bytes[0], bytes[1]);
  tail_ = found.tail;
  // Whoever synced it first synced its name as well.
  if (tail_.begun && tail_.synced != 0) files_[tail_.file].name_is_durable();
  trusted_ = !found.image.damage;
  unsettled_ = tail_.end;
  is_unseen_ = false;
  broken_.reset();
  return std::move(found.image);
}

inline result<void> log_backend::usable() {
  if (broken_) return *broken_;
  if (is_unseen_) {
    BOOST_OUTCOME_TRY(const bool sees_all, saw_all());
    if (!sees_all) {
      return broken(files_[tail_.file].about(
          failure(errc::journal_corrupt).because("a program that leaves no marks has written to it: acquire again")));
    }
  }
  if (tail_.begun) return files_[tail_.file].writable();
  return failure(std::make_error_code(std::errc::operation_not_permitted), directory_,
                 "the journal has no generation to append to");
}

// The bytes of a record whose place in the log `head` has already.
inline result<std::string> log_backend::encode(const record& r, format::header& head) const {
  if (!is_readable_body(r.body)) return unreadable_body();
  if (format::record_size(r.body.size(), r.contents.size()) > largest_log) {
    return failure(system_error(EFBIG), directory_, "one record would be larger than the journal can be");
  }
  head.kind = static_cast<std::uint16_t>(r.kind);
  head.mutation = r.mutation;
  return format::encode(head, r.body, r.contents);
}

inline result<void> log_backend::put(const record& r, bool durable_room, bool& there) {
  BOOST_OUTCOME_TRYV(usable());
  auto& to = files_[tail_.file];
  auto& spare = files_[1 - tail_.file];
  BOOST_OUTCOME_TRYV(to.part());
  // Whole records of this generation behind the end were never acknowledged, and would be believed again if this
  // record happened to be the very one that stood before them.
  if (tail_.stale_until > tail_.end) {
    auto erased = to.erase(tail_.end, tail_.stale_until);
    if (!erased) return broken(std::move(erased));
    tail_.stale_until = 0;
  }

  format::header head;
  head.generation = tail_.generation;
  head.salt = tail_.salt;
  head.synced_upto = tail_.synced;
  head.previous = tail_.previous;
  BOOST_OUTCOME_TRY(const auto bytes, encode(r, head));
  const auto end = tail_.end + bytes.size();
  // What settles a mutation may use room that everything else leaves free, so that it fits on a full disk. The next
  // generation may have to repeat all of this one, so that its file grows with this one's.
  const bool settling = settles(r.kind);
  BOOST_OUTCOME_TRYV(prepare(to, end + (settling ? 0 : settling_room), durable_room));
  if (!settling && spare) {
    BOOST_OUTCOME_TRYV(prepare(spare, end + settling_room, durable_room));
  }

  auto written = to.write(tail_.end, bytes);
  if (!written) {
    // Some of it may be there. If it can be erased for certain it isn't, and the end is where it was.
    there = !to.erase(tail_.end, end);
    if (there) return broken(std::move(written));
    return written;
  }
  there = true;
  tail_.end = end;
  tail_.previous = head.checksum;
  return success();
}

inline result<void> log_backend::prepare(log_file& file, std::uint64_t end, bool durable) {
  BOOST_OUTCOME_TRYV(file.grow(end, step_));
  if (!durable || !file.is_resized()) return success();
  auto synced = file.sync();
  if (!synced) return broken(std::move(synced));
  return success();
}

inline result<void> log_backend::write_unsettled(log_file& file) {
  if (unsettled_ <= tail_.synced) return success();
  BOOST_OUTCOME_TRY(const auto bytes, file.read(tail_.synced, unsettled_ - tail_.synced));
  return file.write(tail_.synced, bytes);
}

// Where the log ends, as numbers in the order of `log_tail`.
inline std::string log_backend::bookmark() const {
  // Behind an end that stale records follow, nobody could tell them from new ones by three headers.
  if (broken_ || !tail_.begun || !trusted_ || tail_.stale_until > tail_.end) return {};
  std::string bytes;
  codec::cbor_writer list(bytes);
  list.array(9);
  for (const std::uint64_t number :
       {std::uint64_t{tail_.file}, tail_.generation, tail_.salt, tail_.end, tail_.synced, std::uint64_t{tail_.previous},
        tail_.highest, files_[0].size(), files_[1].size()}) {
    list.number(number);
  }
  return bytes;
}

inline std::optional<log_backend::end_of_log> log_backend::decode(std::string_view bookmark) {
  const auto list = codec::cbor_view::whole(bookmark);
  if (!list || !list->is_array()) return std::nullopt;
  std::vector<std::uint64_t> numbers;
  list->each_item([&](const codec::cbor_view& item) {
    if (const auto number = item.number()) numbers.push_back(*number);
  });
  if (numbers.size() == 7) numbers.resize(9);  // of before version 0.2: without sizes
  if (numbers.size() != 9 || numbers[0] > 1 || numbers[5] > 0xFFFFFFFF) return std::nullopt;
  const log_tail tail{.begun = true,
                      .file = static_cast<std::size_t>(numbers[0]),
                      .generation = numbers[1],
                      .salt = numbers[2],
                      .end = numbers[3],
                      .synced = numbers[4],
                      .previous = static_cast<std::uint32_t>(numbers[5]),
                      .stale_until = 0,
                      .highest = numbers[6]};
  return end_of_log{tail, {numbers[7], numbers[8]}};
}

inline result<bool> log_backend::resume(std::string_view bookmark) {
  const auto end = decode(bookmark);
  if (!end) return false;
  for (auto& file : files_) {
    auto opened = file.open();
    if (!opened) return broken(std::move(opened)).error();
  }
  BOOST_OUTCOME_TRY(const bool same, ends_at(end->tail));
  if (same) continue_at(end->tail);
  return same;
}

// Looks only whether anything stands behind the end; `saw_all` looks at the beginning, before anything is written. The
// other file is opened when it is needed.
inline result<bool> log_backend::go_on(std::string_view bookmark) {
  const auto end = decode(bookmark);
  if (!end) return false;
  const auto& tail = end->tail;
  auto& file = files_[tail.file];
  const auto size = end->sizes[tail.file];
  const auto other_size = end->sizes[1 - tail.file];
  if (tail.end + format::header_size > size || size > largest_log || other_size > largest_log) return false;
  if (tail.end > step_ || other_size == 0 || tail.synced > tail.end || tail.highest < tail.generation)
    return resume(bookmark);
  if (!file.open_known(size)) return resume(bookmark);
  const auto behind = file.read(tail.end, format::header_size);
  if (!behind || behind.value().size() != format::header_size) return resume(bookmark);
  const auto head = format::header_of(behind.value());
  if (head && head->generation == tail.generation && head->salt == tail.salt) return false;
  files_[1 - tail.file].open_later(other_size);
  continue_at(tail);
  is_unseen_ = true;
  return true;
}

// A program that leaves no marks has written behind the end before it began another generation, since this one was not
// full; and what it wrote is still there unless a generation was begun over it.
inline result<bool> log_backend::saw_all() {
  if (!is_unseen_) return true;
  BOOST_OUTCOME_TRY(const auto bytes, files_[tail_.file].read(0, format::header_size));
  const auto first = format::header_of(bytes);
  const bool same = first && first->generation == tail_.generation && first->salt == tail_.salt;
  is_unseen_ = !same;
  return same;
}

inline void log_backend::continue_at(const log_tail& tail) {
  tail_ = tail;
  trusted_ = true;
  unsettled_ = tail_.end;
  is_unseen_ = false;
  if (tail_.synced != 0) files_[tail_.file].name_is_durable();
  broken_.reset();
}

// Whether the newest generation is that of a tail, and has no record behind its end. Looks at three headers.
inline result<bool> log_backend::ends_at(const log_tail& tail) {
  const auto header_at = [&](std::size_t file, std::uint64_t offset) -> result<std::optional<format::header>> {
    if (!files_[file] || offset >= files_[file].size()) return std::nullopt;
    BOOST_OUTCOME_TRY(const auto bytes, files_[file].read(offset, format::header_size));
    return format::header_of(bytes);
  };
  const auto in_generation = [&](const format::header& head) {
    return head.generation == tail.generation && head.salt == tail.salt;
  };
  if (!files_[tail.file] || tail.end > files_[tail.file].size() || tail.synced > tail.end ||
      tail.highest < tail.generation || tail.end % format::alignment != 0) {
    return false;
  }
  BOOST_OUTCOME_TRY(const auto first, header_at(tail.file, 0));
  if (!first || !in_generation(*first)) return false;
  BOOST_OUTCOME_TRY(const auto other, header_at(1 - tail.file, 0));
  if (other && (other->generation > tail.highest || other->generation == tail.generation)) return false;
  BOOST_OUTCOME_TRY(const auto behind, header_at(tail.file, tail.end));
  return !behind || !in_generation(*behind);
}

inline result<void> log_backend::sync() {
  BOOST_OUTCOME_TRYV(usable());
  auto& file = files_[tail_.file];
  if (tail_.synced == tail_.end && file.is_settled()) return success();
  // After a failed sync of a dead owner its records may be readable and yet lost, and their pages count as clean: a
  // sync alone would succeed and do nothing. Writing the same bytes again makes it mean something.
  auto done = write_unsettled(file);
  if (done) done = file.sync();
  if (!done) return broken(std::move(done));
  unsettled_ = 0;
  tail_.synced = tail_.end;
  return success();
}

inline result<void> log_backend::commit(const record& r, bool durable) {
  bool there = false;
  auto done = put(r, durable, there);
  if (done && durable) done = sync();
  if (!done && there) return std::move(done).error().with(outcome::unknown);
  return done;
}

inline result<void> log_backend::begin_generation(const record& r, bool durable) {
  if (broken_) return *broken_;
  if (is_unseen_) {
    BOOST_OUTCOME_TRYV(usable());
  }
  // The other file holds what would rule if the newest generation were lost; before it is overwritten, that one has to
  // be durable, and what was read of it need not be.
  if (durable && tail_.begun) {
    BOOST_OUTCOME_TRYV(sync());
  }
  const auto number = 1 - tail_.file;
  auto& to = files_[number];
  auto& spare = files_[tail_.file];
  BOOST_OUTCOME_TRYV(to.writable());
  if (tail_.highest == std::numeric_limits<std::uint64_t>::max()) {
    return to.about(failure(errc::journal_corrupt).because("it leaves no number for the next generation"));
  }
  format::header head;
  head.generation = tail_.highest + 1;
  head.salt = system_->random();
  BOOST_OUTCOME_TRY(const auto bytes, encode(r, head));

  // Until the first byte at the beginning is written nothing has changed, and the ruling generation goes on.
  BOOST_OUTCOME_TRYV(to.create());
  BOOST_OUTCOME_TRYV(to.part());
  // A file that grew for one large mutation is cut back, unless what is in it is evidence.
  if (trusted_ && to.size() > 4 * step_) {
    BOOST_OUTCOME_TRYV(to.shrink(step_));
  }
  BOOST_OUTCOME_TRYV(to.grow(bytes.size() + settling_room, step_));

  auto written = to.write(0, bytes);
  if (written && durable) written = to.sync();
  if (!written) return broken(std::move(written));
  tail_ = {.begun = true,
           .file = number,
           .generation = head.generation,
           .salt = head.salt,
           .end = bytes.size(),
           .synced = durable ? bytes.size() : 0,
           .previous = head.checksum,
           .stale_until = 0,
           .highest = head.generation};
  trusted_ = true;
  unsettled_ = 0;

  // The file of the generation after this one, so that it can be begun on a full disk.
  if (spare.size() >= step_ || !spare.writable()) return success();
  BOOST_OUTCOME_TRYV(spare.create());
  return prepare(spare, step_, durable);
}

}  // namespace commitpoint::journal
