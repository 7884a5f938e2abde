#include "mutations/document_name.hpp"

#include "knowledge_base/layout.hpp"
#include "text/nfc.hpp"
#include "text/slug.hpp"

#include <algorithm>
#include <filesystem>

namespace openkb {

namespace {

constexpr std::size_t longest_digest = 64;  // digits

bool is_another(const std::string& file, const std::string& place) {
  std::error_code ignored;
  return file != place && std::filesystem::exists(file, ignored) && !std::filesystem::equivalent(file, place, ignored);
}

// The first one, and what it becomes for every eight digits more that it takes to be another one.
std::string possible_name(const document& d, std::size_t digits) {
  if (digits == 0) return d.stem;
  if (digits <= longest_digest) return distinct_slug(d.stem, nfc(d.place), digits);
  return distinct_slug(d.stem, d.place + std::to_string(digits), longest_digest);
}

// What stands where the document is to have this file, and is not the document; empty when nothing does.
cp::result<std::string> obstacle_to(const std::string& file, const document& d, const name_lookup& in) {
  for (const auto& written : spellings_of(file)) {
    BOOST_OUTCOME_TRY(const bool there, in.is_there(written));
    if (there && written != d.lies_at) return written;
  }
  return std::string{};
}

cp::result<bool> stands_in_the_way(const document& d, const std::string& name, const name_lookup& in) {
  for (const auto& file : own_files(d, name)) {
    BOOST_OUTCOME_TRY(const auto there, obstacle_to(file, d, in));
    if (!there.empty()) return true;
  }
  return false;
}

// Of a file that is there under its name written otherwise, the other one may be a document of its own.
cp::result<std::optional<entry>> document_at(const document& d, const name_lookup& in) {
  for (const auto& written : {d.place, nfc(d.place), nfd(d.place)}) {
    BOOST_OUTCOME_TRY(auto known, in.by_place(written));
    if (known && !is_another(known->source_path, d.place)) return known;
  }
  if (nfc(d.place) == nfd(d.place)) return std::nullopt;
  // A path may be written partly in one way and partly in the other; the name that it gave is the same.
  for (std::size_t digits = 0; digits <= longest_digest; digits += 8) {
    BOOST_OUTCOME_TRY(auto known, in.by_name(possible_name(d, digits)));
    if (known && same_name(known->source_path, d.place) && !is_another(known->source_path, d.place)) return known;
  }
  return std::nullopt;
}

cp::result<std::string> free_name(const document& d, const name_lookup& in) {
  for (std::size_t digits = 0;; digits += 8) {
    auto name = possible_name(d, digits);
    BOOST_OUTCOME_TRY(const auto known, in.by_name(name));
    BOOST_OUTCOME_TRY(const bool there, stands_in_the_way(d, name, in));
    if (!known && !there) return name;
  }
}

// What lies in raw/ is a document that somebody put there, or the original of one that came from somewhere else.
cp::result<void> refuse_original(const document& d, const name_lookup& in) {
  if (d.lies_at.empty()) return cp::success();
  BOOST_OUTCOME_TRY(const auto known, in.by_name(nfc(std::filesystem::path(d.lies_at).stem().native())));
  if (!known || known->source_path == d.place) return cp::success();
  BOOST_OUTCOME_TRY(const auto files, in.files_of(*known));
  if (std::ranges::none_of(files, [&](const std::string& f) { return same_name(f, d.lies_at); })) return cp::success();
  return cp::failure(make_error_code(error::inside_knowledge_base), d.place,
                     "it is the original of " + known->name + ", which came from " + known->source_path);
}

cp::result<void> refuse_foreign_files(const document& d, const entry& known, const name_lookup& in) {
  BOOST_OUTCOME_TRY(const auto files, in.files_of(known));
  for (const auto& file : own_files(d, known.name)) {
    if (std::ranges::any_of(files, [&](const std::string& f) { return same_name(f, file); })) continue;
    BOOST_OUTCOME_TRY(const auto there, obstacle_to(file, d, in));
    if (!there.empty()) return cp::failure(make_error_code(error::foreign_file), there);
  }
  return cp::success();
}

// What lies in raw/ is moved to where an original has its place.
std::string place_under(const document& d, const std::string& name) {
  if (d.lies_at.empty()) return d.place;
  return d.place.substr(0, d.place.size() - d.lies_at.size()) + layout::raw(name, d.extension);
}

}  // namespace

cp::result<row_change> row_for(const document& d, const compiled& c, const std::string& now, const name_lookup& in) {
  BOOST_OUTCOME_TRYV(refuse_original(d, in));
  BOOST_OUTCOME_TRY(auto known, document_at(d, in));
  row_change out;
  if (known) {
    BOOST_OUTCOME_TRYV(refuse_foreign_files(d, *known, in));
    out.before = *std::move(known);
    out.now = out.before;
    out.now.source_path = d.place;
  } else {
    out.now.added_at = now;
    BOOST_OUTCOME_TRY(out.now.name, free_name(d, in));
    out.now.source_path = place_under(d, out.now.name);
  }
  out.now.sha256 = d.sha256;
  out.now.format = to_string(d.format);
  out.now.title = c.title;
  out.now.updated_at = now;
  out.now.size = static_cast<std::int64_t>(d.size);
  out.now.stem = d.stem;
  out.now.own_title = d.title;
  return out;
}

bool keeps_original(const document& d) noexcept { return !d.extension.empty(); }

std::vector<std::string> own_files(const document& d, const std::string& name) {
  std::vector<std::string> out;
  if (keeps_original(d)) out.push_back(layout::raw(name, d.extension));
  out.push_back(layout::source(name));
  out.push_back(layout::summary(name));
  for (const auto& i : d.images) out.push_back(layout::images(name) + '/' + i.name);
  return out;
}

}  // namespace openkb
