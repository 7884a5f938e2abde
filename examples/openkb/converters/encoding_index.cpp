#include "converters/encoding_index.hpp"

#include "terminal/utf8.hpp"

#include <iconv.h>

#include <array>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>

namespace openkb {

namespace {

class converter {
 public:
  explicit converter(const char* name) : open_(iconv_open("UTF-8", name)) {
    // Only where glibc's modules for it are not installed.
    if (open_ == reinterpret_cast<iconv_t>(-1)) {  // NOLINT(performance-no-int-to-ptr): its way to say no
      throw std::runtime_error(std::string("iconv cannot read ") + name);
    }
  }
  converter(const converter&) = delete;
  converter& operator=(const converter&) = delete;
  ~converter() { iconv_close(open_); }

  // Some encodings keep a letter back until they know whether a mark follows: they are asked to give what they have.
  [[nodiscard]] char32_t character(std::string_view bytes) const {
    std::array<char, 16> source{};
    bytes.copy(source.data(), source.size());
    std::array<char, 16> out{};
    auto* in = source.data();
    auto in_left = bytes.size();
    auto* to = out.data();
    auto left = out.size();
    constexpr auto failed = static_cast<std::size_t>(-1);
    iconv(open_, nullptr, nullptr, nullptr, nullptr);
    if (iconv(open_, &in, &in_left, &to, &left) == failed || iconv(open_, nullptr, nullptr, &to, &left) == failed) {
      return 0;
    }
    const std::string_view text(out.data(), out.size() - left);
    const auto first = text.empty() ? utf8::character{} : utf8::decode(text, 0);
    return first.size == text.size() ? first.code : 0;
  }

 private:
  iconv_t open_;
};

// Where the standard and glibc differ: so many characters from these bytes on.
struct difference {
  std::string_view encoding;
  unsigned bytes;
  char32_t character;
  unsigned count = 1;
};

constexpr std::array<difference, 12> differences{{{"KOI8-U", 0xAE, 0x45E},
                                                  {"KOI8-U", 0xBE, 0x40E},
                                                  {"macintosh", 0xC6, 0x2206},
                                                  {"macintosh", 0xF0, 0xF8FF},
                                                  {"windows-1255", 0xCA, 0x5BA},
                                                  {"x-mac-cyrillic", 0xFF, 0x20AC},
                                                  {"GBK", 0x80, 0x20AC},
                                                  {"gb18030", 0x80, 0x20AC},
                                                  {"GBK", 0xA3A0, 0x3000},
                                                  {"gb18030", 0xA3A0, 0x3000},
                                                  {"Shift_JIS", 0x80, 0x80},
                                                  {"Big5", 0xA3C0, 0x2400, 32}}};

std::string pair(unsigned lead, unsigned trail) { return {static_cast<char>(lead), static_cast<char>(trail)}; }

// What EUC-JP and Shift_JIS spell differently is one set of characters in the standard, with the rows of vendors.
std::string shift_jis_of(unsigned lead, unsigned trail) {
  if (trail < 0xA1) return {};
  if (lead == 0x8E) return trail <= 0xDF ? std::string(1, static_cast<char>(trail)) : std::string{};
  if (lead < 0xA1) return {};
  const auto place = (lead - 0xA1) * 94 + trail - 0xA1;
  const auto high = place / 188;
  const auto low = place % 188;
  return pair(high + (high < 0x1F ? 0x81 : 0xC1), low + (low < 0x3F ? 0x40 : 0x41));
}

}  // namespace

encoding_index::encoding_index(const encoding& e) : single_(256) {
  for (unsigned byte = 0; byte < 0x80; ++byte) single_[byte] = byte;
  const bool single = e.read_as == encoding::family::single_byte;
  const converter from(e.converter);
  for (unsigned byte = 0x80; byte < 256; ++byte) {
    // Beside ASCII one byte is a character in Shift_JIS alone, of the encodings with two: a half-width letter.
    const bool control = byte < 0xA0;
    if (single || (e.name == "Shift_JIS" && !control))
      single_[byte] = from.character(std::string(1, static_cast<char>(byte)));
    // What the vendors of windows code pages left open is a control character.
    if (single && control && single_[byte] == 0) single_[byte] = byte;
  }
  if (!single) fill_pairs(e);
  override_with_standard(e.name);
}

void encoding_index::fill_pairs(const encoding& e) {
  pairs_.resize(std::size_t{128} * 256);
  const converter from(e.converter);
  const converter plain_big5("BIG5");
  const bool rows = e.name == "EUC-JP" || e.name == "ISO-2022-JP";
  for (unsigned lead = 0x81; lead < 0xFF; ++lead) {
    // The punctuation of Big5 is that of its first version.
    const auto& best = e.name == "Big5" && lead >= 0xA1 && lead <= 0xA3 ? plain_big5 : from;
    for (unsigned trail = 0x40; trail < 0xFF; ++trail) {
      const auto bytes = rows ? shift_jis_of(lead, trail) : pair(lead, trail);
      pairs_[(lead - 0x80U) * 256U + trail] = bytes.empty() ? 0 : best.character(bytes);
    }
  }
}

void encoding_index::override_with_standard(std::string_view name) {
  for (const auto& d : differences) {
    if (d.encoding != name) continue;
    for (unsigned i = 0; i < d.count; ++i) {
      auto& place = d.bytes < 256 ? single_[d.bytes + i] : pairs_[d.bytes - 0x8000U + i];
      place = d.character + i;
    }
  }
}

const encoding_index& encoding_index::of(const encoding& e) {
  static std::mutex mutex;
  static std::map<std::string_view, encoding_index> known;
  const std::scoped_lock guard(mutex);
  return known.try_emplace(e.name, e).first->second;
}

char32_t character_by_iconv(const char* from, std::string_view bytes) {
  thread_local std::map<std::string, converter> open;
  return open.try_emplace(from, from).first->second.character(bytes);
}

}  // namespace openkb
