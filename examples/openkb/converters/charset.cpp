#include "converters/charset.hpp"

#include <iconv.h>

#include <array>
#include <cerrno>

namespace openkb {

std::optional<std::string> to_utf8(std::string_view text, const std::string& charset) {
  const auto converter = iconv_open("UTF-8", charset.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;  // NOLINT(performance-no-int-to-ptr): its way
  std::string out;
  std::string source(text);
  auto* in = source.data();
  auto in_left = source.size();
  bool good = true;
  while (good && in_left > 0) {
    std::array<char, 4096> buffer{};
    auto* to = buffer.data();
    auto left = buffer.size();
    good = iconv(converter, &in, &in_left, &to, &left) != static_cast<std::size_t>(-1) || errno == E2BIG;
    out.append(buffer.data(), buffer.size() - left);
  }
  iconv_close(converter);
  return good ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace openkb
