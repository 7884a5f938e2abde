#pragma once

/// \file
/// Journals as hostile input: records from a scenario with right checksums, and what must hold of a backend whatever it
/// read.

#include "fuzzing.hpp"
#include "support/record_body.hpp"

#include <commitpoint/detail/records/pending.hpp>
#include <commitpoint/journal/format.hpp>
#include <commitpoint/journal/json_format.hpp>
#include <commitpoint/journal/record.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace fuzzing {

namespace format = cp::journal::format;
using cp::journal::record;
using cp::journal::record_kind;

/// Bytes that stand for themselves (`"cbor"`), or an object in CBOR, which may be one that the library would not write.
[[nodiscard]] inline std::string body_of(const json& one) {
  if (has(one, "cbor")) return bytes(one, "cbor");
  return support::body_of(value(one, "body", json::object()));
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

/// The text of a file of `journal::json_file` with the right last line. What is missing of its members is what the name
/// says.
[[nodiscard]] inline std::string sealed(const std::string& name, const json& says) {
  const auto known = cp::journal::json_format::parse_name(name);
  json file{{"journal", "commitpoint"}, {"version", 1}, {"salt", 17}};
  file["generation"] = known ? known->generation : 1;
  if (known && !known->is_generation()) {
    file.update({{"mutation", known->mutation}, {"state", known->state}, {"durable", json::object()}});
  } else {
    file["synced"] = true;
  }
  if (says.is_object()) file.update(says);
  auto text = file.dump(2, ' ', false, json::error_handler_t::replace);
  text.resize(text.size() - 2);  // the closing brace
  return text + cp::journal::json_format::seal(cp::codec::crc32c{text}.value());
}

/// Whether two records say the same.
[[nodiscard]] inline bool same(const record& one, const record& other) {
  return one.kind == other.kind && one.mutation == other.mutation && one.contents == other.contents &&
         one.body == other.body;
}
[[nodiscard]] inline bool same(const std::vector<record>& one, const std::vector<record>& other) {
  return std::ranges::equal(one, other, [](const auto& a, const auto& b) { return same(a, b); });
}

/// What a journal may say instead of doing something.
inline void require_documented(const cp::failure& f) {
  const bool documented = f == std::errc::invalid_argument || f == std::errc::operation_not_permitted ||
                          f == std::errc::file_too_large || f == std::errc::no_space_on_device ||
                          f == cp::errc::journal_corrupt || f == cp::errc::unsupported ||
                          std::string_view(f.code.category().name()) == "sqlite";
  require(documented, "a journal refused with something that is not documented: " + f.message());
}

/// Whether the records of each mutation follow each other as an engine writes them. Of what nobody would write only the
/// end is compared.
[[nodiscard]] inline bool is_orderly(const std::vector<record>& records) {
  std::set<std::uint64_t> settled;
  for (const auto& r : records) {
    const auto body = cp::codec::cbor_view::whole(r.body);
    if (!body || body->find("retires") || settled.contains(r.mutation)) return false;
    if (r.kind == record_kind::retired || r.kind == record_kind::rolled_back) settled.insert(r.mutation);
    if (r.kind != record_kind::generation && r.mutation < records.front().mutation) return false;
  }
  return true;
}

/// What an engine would find pending, or nothing where the records make no sense to it.
[[nodiscard]] inline std::optional<std::vector<std::pair<std::uint64_t, bool>>> pending_in(
    const std::vector<record>& records) {
  const auto folded = cp::detail::journal_fold(records).fold();
  if (!folded.wrong.empty()) return {};
  std::vector<std::pair<std::uint64_t, bool>> found;
  for (const auto& p : folded.pending) found.emplace_back(p.number, p.committed);
  return found;
}

/// The same for a journal that may forget what is settled.
[[nodiscard]] inline bool same_pending(const std::vector<record>& one, const std::vector<record>& other) {
  if (!is_orderly(one)) return true;
  const auto expected = pending_in(one);
  return !expected || pending_in(other) == expected;
}

/// One life after another of a program whose journal says whatever the input says. Whatever was read:
/// - what is damaged takes no record, and everything else does;
/// - what was acknowledged is there in the next life, with what was read, as `Same` sees it;
/// - a generation is the way on from everything; unless the scenario is `"short"`.
template <class Open, class Same>
class journal_life {
 public:
  /// `sound` is false where more than a journal was tampered with: then a later look may find what the first did not.
  journal_life(Open open, Same same_images, const json& scenario, bool sound = true)
      : open_(std::move(open)), same_(std::move(same_images)), backend_(open_()), scenario_(scenario), sound_(sound) {}

  void live() {
    const auto image = backend_->read();
    if (!image) return;  // a directory, a link, too large; or no database
    accept(image.value());
    for (const auto& step : list(scenario_, "then", 12)) {
      if (!lost_) take(step);
    }
    if (!lost_) reopen();
    if (number(scenario_, "short") % 2 == 1) return;
    if (!lost_) begin(json{{"body", {{"accepted", "q1"}}}});
    if (!lost_) reopen();
    if (!lost_) add(json::object(), record_kind::protect, {{"entries", json::array()}});
    if (!lost_) reopen();
  }

 private:
  // Where more was tampered with, the system has its own reasons.
  void check(const cp::failure& f) const {
    if (sound_) require_documented(f);
  }

  void accept(const cp::journal::image& image) {
    known_ = image.records;
    damaged_ = image.damage.has_value();
    require(damaged_ || known_.empty() || known_.front().kind == record_kind::generation,
            "what was read does not begin with a generation");
    for (const auto& r : known_) {
      if (r.mutation == ~std::uint64_t{0}) has_numbers_ = false;
      next_ = std::max(next_, r.mutation + 1);
    }
  }

  void take(const json& step) {
    const auto what = word(step, "do");
    if (what == "begin") return begin(step);
    if (what == "reopen") return reopen();
    if (what == "sync") return sync();
    // In the engine's own order: protect, commit, settle, and then the next mutation.
    if (what == "commit") {
      if (!committed_) committed_ = add(step, record_kind::commit, {{"redo", json::array()}});
    } else if (what == "settle") {
      if (add(step, committed_ ? record_kind::retired : record_kind::rolled_back, json::object())) next();
    } else if (!committed_) {
      add(step, record_kind::protect, {{"entries", json::array()}});
    }
  }

  void next() {
    committed_ = false;
    if (++next_ == 0) has_numbers_ = false;
  }

  bool add(const json& step, record_kind kind, json body) {
    if (!has_numbers_) return false;
    if (const auto more = value(step, "body"); more.is_object()) {
      for (const auto& [key, element] : more.items()) body.emplace(key, element);
    }
    if (body.is_object()) body.erase("retires");
    const bool commits = kind == record_kind::commit;
    const record r{kind, next_, support::body_of(body), commits ? bytes(step, "contents") : ""};
    const auto done = commits ? backend_->commit(r, number(step, "lazy") % 2 == 0) : backend_->append(r);
    if (!done) {
      check(done.error());
      require(damaged_ || known_.empty() || done.error() != std::errc::operation_not_permitted,
              "a journal that was read took no record");
      if (done.error().outcome() == cp::outcome::unknown) lost_ = true;
      return false;
    }
    require(!damaged_ && !known_.empty(), "a damaged journal took a record, or one that was never begun");
    known_.push_back(r);
    return true;
  }

  void sync() {
    const auto done = backend_->sync();
    if (!done) check(done.error());
  }

  void begin(const json& step) {
    auto body = value(step, "body", json::object());
    if (body.is_object()) body.erase("pending");
    const record r{record_kind::generation, next_, support::body_of(body), {}};
    const auto done = backend_->begin_generation(r, number(step, "lazy") % 2 == 0);
    if (!done) return check(done.error());
    known_ = {r};
    damaged_ = committed_ = false;
  }

  void reopen() {
    backend_ = open_();
    const auto image = backend_->read();
    if (!sound_ && (!image || image.value().damage)) {
      lost_ = true;
      return;
    }
    require(image.has_value(), "a journal that was read cannot be read any more");
    require(image.value().damage.has_value() == damaged_,
            "a journal became damaged by itself: " + image.value().damage.value_or("it was damaged before"));
    require(damaged_ || same_(known_, image.value().records), "a record is not what it was");
    accept(image.value());
    if (committed_) next();
  }

  Open open_;
  Same same_;
  std::invoke_result_t<Open&> backend_;
  const json& scenario_;
  bool sound_;
  std::vector<record> known_;
  bool damaged_ = false;
  bool committed_ = false;
  bool lost_ = false;  // nothing can be said any more
  bool has_numbers_ = true;
  std::uint64_t next_ = 1;
};

}  // namespace fuzzing
