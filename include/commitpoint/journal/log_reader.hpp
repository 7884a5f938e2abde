#pragma once

/// \file
/// What the two files of a log say: a function of their bytes alone, so that it can be tried with any.
///
/// The newest generation whose first record is whole rules. In it, records follow each other until one is bad. A bad
/// record is *damage* if some later record of the generation says that it was durable already (`synced_upto`), and a
/// *torn tail*, which is ignored, otherwise.

#include <commitpoint/codec/cbor.hpp>
#include <commitpoint/journal/format.hpp>
#include <commitpoint/journal/record.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::journal {

/// The names of the two files, in the state directory.
inline constexpr std::array<std::string_view, 2> log_names{"journal.0", "journal.1"};

/// Where a log goes on.
struct log_tail {
  bool begun = false;    ///< whether there is a generation to append to
  std::size_t file = 1;  ///< which file it is in; the next generation goes to the other one
  std::uint64_t generation = 0;
  std::uint64_t salt = 0;
  std::uint64_t end = 0;          ///< where the next record goes
  std::uint64_t synced = 0;       ///< everything before this offset is known to be durable
  std::uint32_t previous = 0;     ///< the checksum of the last record
  std::uint64_t stale_until = 0;  ///< whole records of this very generation stand between `end` and here
  std::uint64_t highest = 0;      ///< the highest generation seen anywhere
};

/// The content of a log, and where it goes on.
struct log_reading {
  journal::image image;
  log_tail tail;
};

}  // namespace commitpoint::journal

namespace commitpoint::detail {

class log_reader {
 public:
  using file_bytes = std::array<std::optional<std::string_view>, 2>;

  explicit log_reader(const file_bytes& files) noexcept : files_(files) {}

  [[nodiscard]] journal::log_reading read() && {
    choose();
    if (!damaged() && reading_.tail.begun) walk();
    if (damaged()) reading_.tail.begun = false;  // what was read stays, for a person
    return std::move(reading_);
  }

 private:
  // What scanning on behind a bad record finds.
  struct remains {
    std::uint64_t generation = 0;  // the highest one
    std::uint64_t durable = 0;     // the highest one with a record that says something was durable
    std::uint64_t synced = 0;      // the highest synced_upto
    std::uint64_t until = 0;       // the end of the last whole record
  };

  [[nodiscard]] bool damaged() const noexcept { return reading_.image.damage.has_value(); }
  void damage(std::size_t file, std::uint64_t offset, std::string_view why) {
    auto text = std::string(journal::log_names[file]).append(" at offset ").append(std::to_string(offset));
    reading_.image.damage = text.append(": ").append(why);
  }

  // The whole records from `offset` on, of one generation or of any. Their lengths are anybody's, so that the work is
  // bounded: records do not overlap, and a file made to look as if they did is damage.
  template <class Wanted>
  [[nodiscard]] remains scan(std::size_t file, std::uint64_t offset, Wanted wanted) {
    remains found;
    const auto bytes = *files_[file];
    const std::string_view magic(journal::format::magic.data(), journal::format::magic.size());
    auto effort = 4 * bytes.size();
    for (auto at = bytes.find(magic, offset); at != std::string_view::npos; at = bytes.find(magic, offset)) {
      offset = at + 1;
      const auto head = journal::format::peek(bytes.substr(at));
      if (at % journal::format::alignment != 0 || !head || !wanted(*head)) continue;
      const auto size = journal::format::record_size(head->body_length, head->contents_length);
      if (size > effort) {
        damage(file, at, "records that overlap each other");
        return found;
      }
      effort -= size;
      if (!journal::format::parse(bytes.substr(at))) continue;
      found.generation = std::max<std::uint64_t>(found.generation, head->generation);
      if (head->synced_upto > 0) found.durable = std::max<std::uint64_t>(found.durable, head->generation);
      found.synced = std::max<std::uint64_t>(found.synced, head->synced_upto);
      found.until = offset = at + size;
    }
    return found;
  }

  // Picks the newest generation whose first record is whole.
  void choose() {
    auto& tail = reading_.tail;
    std::array<std::optional<journal::format::parsed>, 2> first;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (files_[i]) first[i] = journal::format::parse(*files_[i]);
      if (!first[i]) continue;
      if (tail.begun && first[i]->head.generation == tail.generation) {
        damage(i, 0, "the other file has the same generation");
      }
      tail.highest = std::max<std::uint64_t>(tail.highest, first[i]->head.generation);
      if (tail.begun && first[i]->head.generation <= tail.generation) continue;
      tail.begun = true;
      tail.file = i;
      tail.generation = first[i]->head.generation;
      tail.salt = first[i]->head.salt;
    }
    // A file without a whole first record is one whose new generation never got durable, unless records behind it
    // know better. Scanned even if something is damaged already: the next generation must be higher than all of them.
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (!files_[i] || first[i]) continue;
      const auto found = scan(i, 0, [](const journal::format::header&) { return true; });
      tail.highest = std::max(tail.highest, found.generation);
      if (found.durable > tail.generation && !damaged()) {
        damage(i, 0, "the first record is bad, and was durable according to a later one");
      }
    }
    if (!tail.begun && files_[1] && !damaged()) {
      damage(1, 0, "neither this file nor journal.0 begins with a whole record, and one of them did when it was made");
    }
  }

  void walk() {
    auto& tail = reading_.tail;
    const auto bytes = *files_[tail.file];
    while (tail.end < bytes.size()) {
      const auto found = journal::format::parse(bytes.substr(tail.end));
      if (!found || !is_next(found->head)) {
        return tail.end == 0 ? damage(tail.file, 0, "the first record says that there is one before it") : judge();
      }
      if (const auto wrong = take(*found); !wrong.empty()) return damage(tail.file, tail.end, wrong);
      tail.synced = std::max<std::uint64_t>(tail.synced, found->head.synced_upto);
      tail.previous = found->head.checksum;
      tail.end += found->size;
    }
  }

  [[nodiscard]] bool is_next(const journal::format::header& head) const noexcept {
    const auto& tail = reading_.tail;
    return head.generation == tail.generation && head.salt == tail.salt && head.previous == tail.previous;
  }

  // Stores a record that is whole and in its place; gives what is wrong with it all the same.
  [[nodiscard]] std::string take(const journal::format::parsed& found) {
    const auto kind = static_cast<journal::record_kind>(static_cast<std::uint16_t>(found.head.kind));
    if (found.head.version != journal::format::version) {
      return "unknown version " + std::to_string(found.head.version) + " (written by a newer commitpoint?)";
    }
    if (!journal::is_known(kind)) {
      return "unknown kind of record " + std::to_string(found.head.kind) + " (written by a newer commitpoint?)";
    }
    if ((kind == journal::record_kind::generation) != (reading_.tail.end == 0)) {
      return "a generation record anywhere but first, or another one first";
    }
    if (found.head.synced_upto > reading_.tail.end) return "it says that what was not written yet was durable";
    if (!journal::is_readable_body(found.body)) return "the checksum is right, and the body is not an object in CBOR";
    reading_.image.records.push_back({kind, found.head.mutation, std::string(found.body), std::string(found.contents)});
    return {};
  }

  // Damage or a torn tail?
  void judge() {
    auto& tail = reading_.tail;
    const auto found = scan(tail.file, tail.end, [&](const journal::format::header& head) {
      return head.generation == tail.generation && head.salt == tail.salt;
    });
    if (damaged()) return;
    if (found.synced > tail.end) {
      damage(tail.file, tail.end,
             "a bad record, which was durable according to a later one (up to offset " + std::to_string(found.synced) +
                 ")");
    }
    tail.stale_until = found.until;
  }

  file_bytes files_;
  journal::log_reading reading_;
};

}  // namespace commitpoint::detail

namespace commitpoint::journal {

/// Reads a log. A file that is not there is empty; two that are not there are a journal that was never begun.
[[nodiscard]] inline log_reading read_log(std::optional<std::string_view> first,
                                          std::optional<std::string_view> second) {
  return detail::log_reader({first, second}).read();
}

}  // namespace commitpoint::journal
