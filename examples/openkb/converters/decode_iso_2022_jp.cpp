#include "converters/decode_target.hpp"
#include "converters/encoding_index.hpp"

namespace openkb {

namespace {

class iso_2022_jp_decoder {
 public:
  iso_2022_jp_decoder(std::string_view bytes, const encoding& as, decode_target& to)
      : bytes_(bytes), index_(encoding_index::of(as)), to_(to) {}

  void run() {
    while (at_ < bytes_.size()) {
      if (bytes_[at_] == '\x1B')
        escape();
      else
        character();
    }
  }

 private:
  enum class set { ascii, roman, katakana, two_bytes };

  void put(char32_t c, std::size_t size) {
    just_switched_ = false;
    to_.put(c);
    at_ += size;
  }
  void fail(std::size_t size) {
    just_switched_ = false;
    to_.fail(at_);
    at_ += size;
  }

  // Two escapes with nothing between them are a mistake: they could hide what stands around them.
  void escape() {
    const auto name = bytes_.substr(at_ + 1, 2);
    const bool known = name == "(B" || name == "(J" || name == "(I" || name == "$@" || name == "$B";
    if (!known) return fail(1);
    set_ = name == "(B" ? set::ascii : name == "(J" ? set::roman : name == "(I" ? set::katakana : set::two_bytes;
    if (just_switched_) to_.fail(at_);
    just_switched_ = true;
    at_ += 3;
  }

  void character() {
    const auto byte = static_cast<unsigned char>(bytes_[at_]);
    if (set_ == set::two_bytes) return two_bytes(byte);
    if (set_ == set::katakana) {
      if (byte < 0x21 || byte > 0x5F) return fail(1);
      return put(0xFF61U - 0x21U + byte, 1);
    }
    if (byte >= 0x80 || byte == 0x0E || byte == 0x0F) return fail(1);
    if (set_ == set::roman && byte == '\\') return put(0xA5, 1);
    if (set_ == set::roman && byte == '~') return put(0x203E, 1);
    put(byte, 1);
  }

  void two_bytes(unsigned char lead) {
    if (lead < 0x21 || lead > 0x7E || at_ + 1 == bytes_.size()) return fail(1);
    const auto trail = static_cast<unsigned char>(bytes_[at_ + 1]);
    if (trail == 0x1B) return fail(1);
    if (trail < 0x21 || trail > 0x7E) return fail(2);
    const auto c = index_.at(lead | 0x80U, trail | 0x80U);
    if (c != 0)
      put(c, 2);
    else
      fail(2);
  }

  std::string_view bytes_;
  const encoding_index& index_;
  decode_target& to_;
  std::size_t at_ = 0;
  set set_ = set::ascii;
  bool just_switched_ = false;
};

}  // namespace

void decode_iso_2022_jp(std::string_view bytes, const encoding& as, decode_target& to) {
  iso_2022_jp_decoder(bytes, as, to).run();
}

}  // namespace openkb
