#include "converters/charset.hpp"
#include "converters/images.hpp"
#include "converters/likely_encoding.hpp"
#include "terminal/utf8.hpp"
#include "text/npos.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace openkb {

namespace {

using namespace std::string_view_literals;

std::string add_it_with(std::string_view label) { return "add it with --encoding " + utf8::lowered(label); }

// What files of other kinds begin with.
std::string other_kind(std::string_view bytes) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> known{
      {{"%PDF-", "it is a PDF: give it a name that ends in .pdf"},
       {"PK\3\4", "it is a ZIP archive, as .docx, .odt and .epub are: save it as PDF, HTML or text"},
       {"\xD0\xCF\x11\xE0", "it is an old office document: save it as PDF, HTML or text"},
       {"\x1F\x8B", "it is compressed: gunzip it"},
       {"\x7F"
        "ELF",
        "it is a program"}}};
  const auto* const found = std::ranges::find_if(known, [&](const auto& k) { return bytes.starts_with(k.first); });
  if (found != known.end()) return std::string(found->second);
  return is_image(bytes) ? "it is an image" : std::string{};
}

// Every other byte of ASCII in UTF-16 is NUL.
std::string about_nul(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE\0\0"sv))
    return "it is UTF-32, which browsers do not read either; convert it: iconv -f UTF-32 -t UTF-8";
  std::array<std::size_t, 2> zeros{};
  for (std::size_t i = 0; i < bytes.size(); ++i) zeros[i % 2] += bytes[i] == '\0' ? 1U : 0U;
  const auto many = [&](std::size_t n) { return n > bytes.size() / 8; };
  const auto few = [&](std::size_t n) { return n <= bytes.size() / 100; };
  const bool little = many(zeros[1]) && few(zeros[0]);
  const bool big = many(zeros[0]) && few(zeros[1]);
  if (little || big) {
    return std::string("it looks like UTF-16 without a byte order mark: ") + add_it_with(big ? "utf-16be" : "utf-16le");
  }
  return "byte " + std::to_string(bytes.find('\0')) + " is NUL, which no text has: check that it is the file you meant";
}

// Characters beyond ASCII, each of several bytes.
std::size_t count_beyond_ascii(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0xC0; }));
}

}  // namespace

std::string advice_on_encoding(std::string_view bytes) {
  if (auto other = other_kind(bytes); !other.empty()) return other;
  if (bytes.find('\0') != npos) return about_nul(bytes);
  const auto as_utf8 = decode(bytes, utf_8());
  if (as_utf8.errors == 0)
    return "it looks like iso-2022-jp: " + add_it_with("iso-2022-jp") + ", or as it is with --encoding utf-8";
  const auto where =
      "byte " + std::to_string(as_utf8.first_error) + " is not UTF-8, and it does not say what else it is; ";
  if (count_beyond_ascii(as_utf8.text) > 5 * as_utf8.errors) {
    return where + "most of it is UTF-8, though: " + add_it_with("utf-8") + ", and what is wrong becomes U+FFFD";
  }
  if (const auto* likely = likely_encoding(bytes))
    return where + "it is probably " + std::string(likely->name) + ": " + add_it_with(likely->name);
  return where + "find out what, and " + add_it_with("") + "LABEL, such as windows-1252 or shift_jis";
}

bool has_escapes_of_iso_2022_jp(std::string_view bytes) noexcept {
  const auto begins = std::min(bytes.find("\x1B$B"), bytes.find("\x1B$@"));
  return begins != npos && std::min(bytes.find("\x1B(B", begins), bytes.find("\x1B(J", begins)) != npos;
}

}  // namespace openkb
