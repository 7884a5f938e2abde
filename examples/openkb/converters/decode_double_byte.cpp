#include "converters/decode_target.hpp"
#include "converters/encoding_index.hpp"

#include <array>

namespace openkb {

namespace {

// One character that two bytes cannot say, or nothing: then the bytes are read as if there were no such.
struct longer_character {
  char32_t code = 0;
  std::size_t size = 0;
};

class double_byte_decoder {
 public:
  double_byte_decoder(std::string_view bytes, const encoding& as, decode_target& to)
      : bytes_(bytes), index_(encoding_index::of(as)), as_(as), to_(to) {}

  void run() {
    while (at_ < bytes_.size()) step();
  }

 private:
  [[nodiscard]] unsigned char byte(std::size_t ahead) const noexcept {
    return at_ + ahead < bytes_.size() ? static_cast<unsigned char>(bytes_[at_ + ahead]) : 0;
  }
  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size() - at_; }
  [[nodiscard]] bool is(std::string_view name) const noexcept { return as_.name == name; }

  [[nodiscard]] bool is_lead(unsigned char b) const noexcept {
    if (is("Shift_JIS")) return (b >= 0x81 && b <= 0x9F) || (b >= 0xE0 && b <= 0xFC);
    if (is("EUC-JP")) return b == 0x8E || b == 0x8F || (b >= 0xA1 && b <= 0xFE);
    return b >= 0x81 && b <= 0xFE;
  }

  void step() {
    const auto first = byte(0);
    if (const auto c = index_.at(first); c != 0 || first == 0) return put(c, 1);
    if (!is_lead(first)) return fail(1);
    if (left() == 1) return fail(1);
    if (is("GBK") || is("gb18030")) {
      if (byte(1) >= '0' && byte(1) <= '9') return four_bytes();
    } else if (is("EUC-JP")) {
      if (first == 0x8F && byte(1) >= 0xA1 && byte(1) <= 0xFE) return three_bytes();
    } else if (is("Big5") && combined()) {
      return;
    }
    if (const auto c = index_.at(first, byte(1)); c != 0) return put(c, 2);
    // A byte of ASCII is never swallowed: it may be markup.
    fail(byte(1) < 0x80 ? 1 : 2);
  }

  void put(char32_t c, std::size_t size) {
    to_.put(c);
    at_ += size;
  }
  void fail(std::size_t size) {
    to_.fail(at_);
    at_ += size;
  }

  void four_bytes() {
    if (left() < 4 && (left() == 2 || (byte(2) >= 0x81 && byte(2) <= 0xFE))) return fail(left());  // cut off
    const bool whole = byte(2) >= 0x81 && byte(2) <= 0xFE && byte(3) >= '0' && byte(3) <= '9';
    if (!whole) return fail(1);
    const auto c = four_byte_character();
    if (c != 0)
      put(c, 4);
    else
      fail(4);
  }

  // The characters that have had a place among the two bytes since 2005 lost this one in glibc.
  [[nodiscard]] char32_t four_byte_character() const {
    const auto place = (((byte(0) - 0x81U) * 10 + byte(1) - 0x30U) * 126 + byte(2) - 0x81U) * 10 + byte(3) - 0x30U;
    if (place >= 19057 && place <= 19064) return 0x9FB4 + place - 19057;
    if (place >= 39076 && place <= 39085) return 0xFE10 + place - 39076;
    return character_by_iconv(as_.converter, bytes_.substr(at_, 4));
  }

  void three_bytes() {
    if (left() == 2) return fail(2);
    const auto c = character_by_iconv("EUC-JP", bytes_.substr(at_, 3));
    if (c != 0) return put(c, 3);
    fail(byte(2) < 0x80 ? 2 : 3);
  }

  // Four pairs of Big5 are a letter and a mark above it.
  bool combined() {
    const auto pair = (unsigned{byte(0)} << 8U) | byte(1);
    constexpr std::array<std::array<char32_t, 3>, 4> known{
        {{0x8862, 0xCA, 0x304}, {0x8864, 0xCA, 0x30C}, {0x88A3, 0xEA, 0x304}, {0x88A5, 0xEA, 0x30C}}};
    for (const auto& k : known) {
      if (k[0] != pair) continue;
      to_.put(k[1]);
      put(k[2], 2);
      return true;
    }
    return false;
  }

  std::string_view bytes_;
  const encoding_index& index_;
  const encoding& as_;
  decode_target& to_;
  std::size_t at_ = 0;
};

}  // namespace

void decode_double_byte(std::string_view bytes, const encoding& as, decode_target& to) {
  double_byte_decoder(bytes, as, to).run();
}

}  // namespace openkb
