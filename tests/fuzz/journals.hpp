#pragma once

/// \file
/// Journals as hostile input: records from a scenario with right checksums, and what must hold of a backend whatever it
/// read.

#include "fuzzing.hpp"

#include <commitpoint/detail/pending.hpp>
#include <commitpoint/journal/format.hpp>
#include <commitpoint/journal/record.hpp>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fuzzing {

namespace format = cp::journal::format;
using cp::journal::record;
using cp::journal::record_kind;

/// Bytes that stand for themselves (`"cbor"`), or an object in CBOR, which may be one that the library would not write.
[[nodiscard]] inline std::string body_of(const json& one) {
  if (has(one, "cbor")) return bytes(one, "cbor");
  std::string cbor;
  json::to_cbor(value(one, "body", json::object()), cbor);
  return cbor;
}

/// The bytes of a file of the log: records that follow each other as they should, but for what the scenario says of
/// each. They belong to a generation and a salt, and say that everything before them was durable.
[[nodiscard]] inline std::string framed(const std::vector<json>& records, std::uint64_t generation,
                                        std::uint64_t salt) {
  std::string file;
  std::uint32_t previous = 0;
  for (const auto& one : records) {
    file.append(number(one, "skip") % 256 * format::alignment, '\0');
    format::header head;
    head.version = static_cast<std::uint16_t>(number(one, "version", format::version));
    head.kind = static_cast<std::uint16_t>(number(one, "kind", file.empty() ? 1 : 2));
    head.mutation = number(one, "mutation", 7);
    head.generation = number(one, "generation", generation);
    head.salt = number(one, "salt", salt);
    head.synced_upto = number(one, "synced_upto", file.size());
    head.previous = static_cast<std::uint32_t>(number(one, "previous", previous));
    file += format::encode(head, body_of(one), bytes(one, "contents"));
    previous = head.checksum;
  }
  return file;
}

/// Whether two records say the same. As CBOR, because a number that is none differs from itself.
[[nodiscard]] inline bool same(const record& one, const record& other) {
  return one.kind == other.kind && one.mutation == other.mutation && one.contents == other.contents &&
         json::to_cbor(one.body) == json::to_cbor(other.body);
}
[[nodiscard]] inline bool same(const std::vector<record>& one, const std::vector<record>& other) {
  return std::ranges::equal(one, other, [](const auto& a, const auto& b) { return same(a, b); });
}

/// What a journal may say instead of doing something.
inline void require_documented(const cp::failure& f) {
  const bool documented = f == std::errc::invalid_argument || f == std::errc::operation_not_permitted ||
                          f == std::errc::file_too_large || f == std::errc::no_space_on_device ||
                          f == cp::errc::journal_corrupt;
  require(documented, "a journal refused with something that is not documented: " + f.message());
}

/// One life after another of a program whose journal says whatever the input says. Whatever was read:
/// - what is damaged takes no record, and everything else does;
/// - what was acknowledged is there in the next life, with what was read, as `Same` sees it;
/// - a generation is the way on from everything.
template <class Open, class Same>
class journal_life {
 public:
  journal_life(Open open, Same same_images, const json& scenario)
      : open_(std::move(open)), same_(std::move(same_images)), backend_(open_()), scenario_(scenario) {}

  void live() {
    const auto image = backend_.read();
    if (!image) return;  // a directory, a link, or too large
    accept(image.value());
    for (const auto& step : list(scenario_, "then", 12)) take(step);
    reopen();
    begin(json{{"body", {{"accepted", "q1"}}}});
    reopen();
    append(json{{"body", {{"entries", json::array()}}}});
    reopen();
  }

 private:
  void accept(const cp::journal::image& image) {
    known_ = image.records;
    damaged_ = image.damage.has_value();
    require(damaged_ || known_.empty() || known_.front().kind == record_kind::generation,
            "what was read does not begin with a generation");
    for (const auto& r : known_) next_ = std::max(next_, r.mutation + 1);
  }

  void take(const json& step) {
    const auto what = word(step, "do");
    if (what == "begin") return begin(step);
    if (what == "reopen") return reopen();
    if (what == "commit") return commit(step);
    if (what == "settle") return settle(step);
    if (what == "sync") return sync();
    append(step);
  }

  // The engine's own order: protect, commit, settle, and then the next mutation.
  void append(const json& step) { add(step, record_kind::protect, {{"entries", json::array()}}); }
  void commit(const json& step) {
    if (!committed_) committed_ = add(step, record_kind::commit, {{"redo", json::array()}});
  }
  void settle(const json& step) {
    if (!add(step, committed_ ? record_kind::retired : record_kind::rolled_back, json::object())) return;
    committed_ = false;
    ++next_;
  }
  bool add(const json& step, record_kind kind, json body) {
    if (next_ == 0) return false;  // the numbers have come to an end
    auto more = value(step, "body");
    if (more.is_object()) body.update(more);
    for (const auto* key : {"entries", "redo"}) {
      if (body.contains(key)) body[key] = json::array();
    }
    body.erase("retires");
    const record r{kind, next_, std::move(body), kind == record_kind::commit ? bytes(step, "contents") : ""};
    const auto done =
        kind == record_kind::commit ? backend_.commit(r, number(step, "lazy") % 2 == 0) : backend_.append(r);
    if (!done) {
      require_documented(done.error());
      require(damaged_ || known_.empty() || done.error() != std::errc::operation_not_permitted,
              "a journal that was read took no record");
      return false;
    }
    require(!damaged_ && !known_.empty(), "a damaged journal took a record, or one that was never begun");
    known_.push_back(r);
    return true;
  }
  void sync() {
    const auto done = backend_.sync();
    if (!done) require_documented(done.error());
  }

  void begin(const json& step) {
    auto body = value(step, "body", json::object());
    const record r{record_kind::generation, next_, std::move(body), {}};
    const auto done = backend_.begin_generation(r, number(step, "lazy") % 2 == 0);
    if (!done) return require_documented(done.error());
    const bool was_damaged = damaged_;
    known_ = {r};
    damaged_ = committed_ = false;
    if (was_damaged) renumbered_ = true;  // it may know of more mutations than could be read
  }

  void reopen() {
    backend_ = open_();
    const auto image = backend_.read();
    require(image.has_value(), "a journal that was read cannot be read any more");
    require(image.value().damage.has_value() == damaged_,
            "a journal became damaged by itself: " + image.value().damage.value_or("it was damaged before"));
    if (!damaged_ && !renumbered_) require(same_(known_, image.value().records), "a record is not what it was");
    renumbered_ = false;
    accept(image.value());
    if (committed_) ++next_;
    committed_ = false;
  }

  Open open_;
  Same same_;
  std::invoke_result_t<Open&> backend_;
  const json& scenario_;
  std::vector<record> known_;
  bool damaged_ = false;
  bool committed_ = false;
  bool renumbered_ = false;
  std::uint64_t next_ = 1;
};

}  // namespace fuzzing
