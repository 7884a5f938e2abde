#include "converters/likely_encoding.hpp"

#include "converters/charset.hpp"
#include "terminal/utf8.hpp"

#include <algorithm>
#include <array>

namespace openkb {

namespace {

constexpr std::size_t looked_at = 1 << 16;  // bytes
constexpr double good_enough = 0.55;

enum class script { latin, cyrillic, greek, hebrew, arabic, thai, japanese, chinese, korean, other };

struct candidate {
  std::string_view label;
  openkb::script script;
  std::u32string_view usual = {};  // letters by which a language is known among those of its script
};

// In order of preference, where two read equally well.
constexpr std::array<candidate, 17> known_candidates{
    {{"windows-1252", script::latin, U"àâäåæçèéêëíñóôõöøùúüßÄÖÜÅØÆÉÀÁÍÓÚÑãáîïœ"},
     {"windows-1250", script::latin, U"ąćęłńóśźżĄĆŁŚŹŻáčďéěíňóřšťúůýžÁÉÍÓÚČŘŠŽöőüűÖŐÜŰăâîşţŞŢ"},
     {"windows-1254", script::latin, U"çğıöşüÇĞİÖŞÜâî"},
     {"windows-1257", script::latin, U"āčēģīķļņšūžąęėįųõäöü"},
     {"windows-1251", script::cyrillic},
     {"koi8-r", script::cyrillic},
     {"ibm866", script::cyrillic},
     {"windows-1253", script::greek},
     {"windows-1255", script::hebrew},
     {"windows-1256", script::arabic},
     {"windows-874", script::thai},
     {"shift_jis", script::japanese},
     {"euc-jp", script::japanese},
     {"gb18030", script::chinese},
     {"big5", script::chinese},
     {"euc-kr", script::korean},
     {"macintosh", script::latin, U"éèêëàâäçöüñáíóúßÄÖÜîïôûå"}}};

bool is_between(char32_t c, char32_t first, char32_t last) noexcept { return c >= first && c <= last; }

script script_of(char32_t c) noexcept {
  if (is_between(c, 0xC0, 0x24F) && c != 0xD7 && c != 0xF7) return script::latin;
  if (is_between(c, 0x370, 0x3FF)) return script::greek;
  if (is_between(c, 0x400, 0x45F) || is_between(c, 0x490, 0x491)) return script::cyrillic;
  if (is_between(c, 0x5D0, 0x5EA)) return script::hebrew;
  if (is_between(c, 0x621, 0x64A)) return script::arabic;
  if (is_between(c, 0xE01, 0xE5B)) return script::thai;
  if (is_between(c, 0x3040, 0x30FF)) return script::japanese;
  if (is_between(c, 0x4E00, 0x9FFF)) return script::chinese;
  if (is_between(c, 0xAC00, 0xD7A3)) return script::korean;
  return script::other;
}

bool is_typographic(char32_t c) noexcept {
  return is_between(c, 0x2013, 0x2026) || is_between(c, 0x3000, 0x3011) || is_between(c, 0xFF01, 0xFF5E) ||
         c == 0x20AC || c == 0xA0 || c == 0xA9 || c == 0xAB || c == 0xBB || c == 0xB0 || c == 0xA7 || c == 0x2122 ||
         c == 0x2116;
}

bool is_ascii_letter(char32_t c) noexcept { return is_between(c | 0x20U, 'a', 'z'); }
bool is_letter(char32_t c) noexcept { return is_ascii_letter(c) || (c >= 0x80 && script_of(c) != script::other); }

// How much better than chance one character fits, from -2 to 1: by its neighbours too.
class reading_of {
 public:
  reading_of(const candidate& as, std::u32string text) : as_(as), text_(std::move(text)) {}

  [[nodiscard]] double score() const {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] < 0x80) continue;
      ++count;
      sum += fit(i);
    }
    return count == 0 ? 0 : sum / static_cast<double>(count);
  }

 private:
  [[nodiscard]] char32_t at(std::size_t i) const noexcept { return i < text_.size() ? text_[i] : U' '; }

  [[nodiscard]] double fit(std::size_t i) const {
    const auto c = text_[i];
    const auto before = i == 0 ? U' ' : text_[i - 1];
    const auto after = at(i + 1);
    if (c == 0xFFFD || is_between(c, 0x80, 0x9F) || is_between(c, 0xE000, 0xF8FF)) return -2;
    const bool inside = is_letter(before) && is_letter(after);
    if (is_typographic(c)) return inside && c != 0x2019 ? -0.5 : 0.7;
    const auto is = script_of(c);
    if (is == script::other) return inside ? -1.5 : -0.5;
    switch (as_.script) {
      case script::latin: return latin(c, before, after);
      case script::japanese: return is == script::japanese ? 1 : is == script::chinese ? 0.6 : -1;
      case script::chinese: return chinese(c, is);
      case script::korean: return is == script::korean ? 1 : is == script::chinese ? 0.1 : -1;
      default: return is == as_.script ? own_letter(c, before, after) : -1;
    }
  }

  // Scripts of their own stand in words of their own, small behind large.
  [[nodiscard]] double own_letter(char32_t c, char32_t before, char32_t after) const {
    if (is_ascii_letter(before) || is_ascii_letter(after)) return -1;
    if (script_of(before) != as_.script && script_of(after) != as_.script) return 0;
    if (as_.script == script::hebrew) return 1.05;  // what would be Cyrillic without a single capital
    if (as_.script != script::cyrillic && as_.script != script::greek) return 0.8;
    const bool behind_small = script_of(before) == as_.script && !utf8::is_upper(before);
    if (utf8::is_upper(c)) return behind_small ? -1 : 0.5;
    return 1;
  }

  [[nodiscard]] double latin(char32_t c, char32_t before, char32_t after) const {
    if (before >= 0x80 && after >= 0x80) return -0.5;
    if (!is_letter(before) && !is_letter(after)) return 0;
    const bool small_before = is_between(before, 'a', 'z');
    if (small_before && utf8::is_upper(c)) return -1;
    return as_.usual.find(c) != std::u32string_view::npos ? 1 : 0.1;
  }

  // Half of all Chinese text is a few hundred characters; these are the most frequent of both ways to write it.
  [[nodiscard]] double chinese(char32_t c, script is) const {
    constexpr std::u32string_view frequent =
        U"的一是不了在人有我他这這个個们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于於着下自"
        U"之年过過发發后後作"
        U"里用道行所然家种種事成方多经經么麼去法学學如都同现現当當没沒动動面起看定天分还還进進好小部其些主样樣理心她本"
        U"前开開但因只从從想实實";
    if (frequent.find(c) != std::u32string_view::npos) return 1.5;
    if (is == script::chinese) return 0.45;
    return is == script::japanese ? 0.1 : -1;
  }

  const candidate& as_;
  std::u32string text_;
};

}  // namespace

const encoding* likely_encoding(std::string_view bytes) {
  const auto* const begin = std::ranges::find_if(bytes, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  const auto from = static_cast<std::size_t>(begin - bytes.begin());
  const auto sample = bytes.substr(from > 64 ? from - 64 : 0, looked_at);
  const encoding* best = nullptr;
  double most = good_enough;
  for (const auto& c : known_candidates) {
    const auto* e = encoding_of(c.label);
    const auto score = reading_of(c, utf8::characters_of(decode(sample, *e).text)).score();
    if (score <= most) continue;
    most = score;
    best = e;
  }
  return best;
}

}  // namespace openkb
