#include "text/printable.hpp"

namespace openkb {

std::string printable(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto c = static_cast<unsigned char>(out[i]);
    // U+0080 to U+009F, which some terminals obey as well.
    const bool second_set = c == 0xC2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xA0;
    if (second_set) out[i] = out[i + 1] = ' ';
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) out[i] = ' ';
  }
  return out;
}

}  // namespace openkb
