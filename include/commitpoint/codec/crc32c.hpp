#pragma once

/// \file
/// CRC-32C (Castagnoli): finds every flipped bit and every burst of up to 32 bits. It protects against accidents, not
/// against people.
/// \source RFC 3720, appendix B.4 (the checksum of "123456789" is 0xE3069283)

#include <boost/crc.hpp>

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace commitpoint::detail {

/// A checksum over bytes that come in parts; where they are divided makes no difference.
class crc32c {
 public:
  crc32c() = default;
  crc32c(std::initializer_list<std::string_view> parts) {
    for (const auto part : parts) add(part);
  }

  void add(std::string_view bytes) { sum_.process_bytes(bytes.data(), bytes.size()); }
  [[nodiscard]] std::uint32_t value() const { return sum_.checksum(); }

 private:
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> sum_;
};

}  // namespace commitpoint::detail
