#include "documents/readable_text.hpp"

#include "converters/charset.hpp"
#include "converters/declared_encoding.hpp"
#include "converters/likely_encoding.hpp"
#include "documents/source_file.hpp"
#include "terminal/utf8.hpp"
#include "text/npos.hpp"
#include "text/plain_text.hpp"

#include <algorithm>

namespace openkb {

namespace {

constexpr std::string_view asked = "--encoding";

// What a document is said to be, and by whom.
struct declaration {
  const encoding* is = nullptr;  // null: nobody says anything
  std::string_view by = {};
};

declaration declaration_of(const original& source, std::string_view bytes, const reading& how) {
  if (const auto mark = byte_order_mark_of(bytes); mark.is != nullptr) return {mark.is, "its byte order mark"};
  if (how.encoded_as != nullptr) return {how.encoded_as, asked};
  if (const auto* e = encoding_of(source.charset)) return {e, "its server"};
  return {source.format == format::html ? declared_in_html(bytes) : nullptr, "the page"};
}

cp::failure refusal_of(const declaration& said, const original& source) {
  auto advice = std::string(said.by) +
                " says that it is in an encoding that browsers refuse, since it can hide markup; "
                "convert it, for example with: iconv ";
  if (!source.charset.empty()) advice += "-f " + source.charset + " ";
  return {make_error_code(error::bad_encoding), source.place, advice + "-t UTF-8"};
}

std::string about_errors(const decoded& d, std::string_view bytes, const declaration& said) {
  auto out = counted(d.errors, "place", "places") + " cannot be read as " + std::string(said.is->name) + ", which " +
             std::string(said.by) + " says it is, and became U+FFFD; the first is byte " +
             std::to_string(d.first_error);
  const auto* likely = d.errors > 3 ? likely_encoding(bytes) : nullptr;
  if (likely != nullptr && likely != said.is) out += "; it is probably " + std::string(likely->name);
  return out;
}

// Something was lost before the document came here.
std::string about_own_replacements(std::size_t count, std::string_view bytes) {
  auto out = "it has " + std::to_string(count) + " U+FFFD of its own, where something was lost before";
  const auto first = bytes.find(replacement_character);
  if (first != npos) out += "; the first is byte " + std::to_string(first);
  return out;
}

// Letters beyond ASCII that are valid UTF-8 are hardly ever anything else.
bool is_rather_utf8(std::string_view bytes, const declaration& said) {
  const auto as = said.is->read_as;
  const bool one_by_one = as == encoding::family::single_byte || as == encoding::family::double_byte;
  const bool beyond_ascii = std::ranges::any_of(bytes, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  return one_by_one && said.by != asked && beyond_ascii && utf8::first_error(bytes) == npos;
}

cp::result<readable_text> read_as(const declaration& said, std::string_view bytes, const original& source) {
  if (said.is->read_as == encoding::family::refused) return refusal_of(said, source);
  const auto mark = byte_order_mark_of(bytes);
  const auto begin = mark.is == said.is ? mark.size : 0;
  auto read = decode(bytes.substr(begin), *said.is);
  readable_text out;
  if (read.errors > 0) {
    read.first_error += begin;
    out.warnings.push_back(about_errors(read, bytes, said));
  } else if (is_rather_utf8(bytes, said)) {
    out.warnings.push_back(
        std::string(said.by) + " says that it is " + std::string(said.is->name) +
        ", and it is valid UTF-8 as well; if it reads wrong, remove it and add it with --encoding utf-8");
  }
  const auto own = count_replacements(read.text) - read.errors;
  if (own > 0) out.warnings.push_back(about_own_replacements(own, bytes));
  out.text = std::move(read.text);
  return out;
}

}  // namespace

cp::result<readable_text> text_of(const original& source, const reading& how) {
  std::string held;
  if (!source.file.empty()) {
    BOOST_OUTCOME_TRY(auto read, read_source(source.file, largest_text));
    held = std::move(read.bytes);
  }
  const std::string_view bytes = source.file.empty() ? source.bytes : held;
  auto said = declaration_of(source, bytes, how);
  if (said.is == nullptr) {
    const bool text = bytes.find('\0') == npos;
    if (!text || utf8::first_error(bytes) != npos || has_escapes_of_iso_2022_jp(bytes)) {
      return cp::failure(make_error_code(text ? error::not_utf8 : error::not_text), source.place,
                         advice_on_encoding(bytes));
    }
    said.is = &utf_8();
  }
  BOOST_OUTCOME_TRY(auto out, read_as(said, bytes, source));
  if (out.text.find('\0') != npos) {
    return cp::failure(make_error_code(error::not_text), source.place, advice_on_encoding(bytes));
  }
  if (trimmed(out.text).empty()) return cp::failure(make_error_code(error::no_text), source.place);
  return out;
}

}  // namespace openkb
