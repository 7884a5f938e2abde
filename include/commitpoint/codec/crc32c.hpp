#pragma once

/// \file
/// CRC-32C (Castagnoli): finds every flipped bit and every burst of up to 32 bits. It protects against accidents, not
/// against people.
/// \source RFC 3720, appendix B.4 (the checksum of "123456789" is 0xE3069283); the Intel 64 manual, CRC32; Kounavis and
/// Berry, "A Systematic Approach to Building High Performance Software-Based CRC Generators", ISCC 2005 (eight tables)

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string_view>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

namespace commitpoint::codec {

namespace crc32c_steps {

using tables = std::array<std::array<std::uint32_t, 256>, 8>;

// tables[k][b] is what the byte b adds that stands k bytes before the end.
[[nodiscard]] constexpr tables make_tables() noexcept {
  tables all{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t sum = b;
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? 0x82F63B78U : 0U);
    all[0][b] = sum;
  }
  for (std::size_t k = 1; k < all.size(); ++k) {
    for (std::size_t b = 0; b < 256; ++b) all[k][b] = (all[k - 1][b] >> 8U) ^ all[0][all[k - 1][b] & 0xFFU];
  }
  return all;
}

inline constexpr tables by_eight = make_tables();

[[nodiscard]] constexpr std::uint32_t add_byte(std::uint32_t sum, char byte) noexcept {
  return (sum >> 8U) ^ by_eight[0][(sum ^ static_cast<unsigned char>(byte)) & 0xFFU];
}

/// Eight bytes at a time, by tables.
[[nodiscard]] constexpr std::uint32_t by_tables(std::uint32_t sum, std::string_view bytes) noexcept {
  std::size_t at = 0;
  for (; bytes.size() - at >= 8; at += 8) {
    const auto byte = [&](std::size_t i) -> std::uint32_t { return static_cast<unsigned char>(bytes[at + i]); };
    const std::uint32_t low = sum ^ (byte(0) | byte(1) << 8U | byte(2) << 16U | byte(3) << 24U);
    sum = by_eight[7][low & 0xFFU] ^ by_eight[6][(low >> 8U) & 0xFFU] ^ by_eight[5][(low >> 16U) & 0xFFU] ^
          by_eight[4][low >> 24U] ^ by_eight[3][byte(4)] ^ by_eight[2][byte(5)] ^ by_eight[1][byte(6)] ^
          by_eight[0][byte(7)];
  }
  for (; at < bytes.size(); ++at) sum = add_byte(sum, bytes[at]);
  return sum;
}

#if defined(__x86_64__)
/// Eight bytes at a time, by the processor's own instruction.
[[gnu::target("sse4.2")]] [[nodiscard]] inline std::uint32_t by_processor(std::uint32_t sum,
                                                                          std::string_view bytes) noexcept {
  std::uint64_t wide = sum;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes.data(), sizeof eight);
    wide = _mm_crc32_u64(wide, eight);
  }
  sum = static_cast<std::uint32_t>(wide);
  for (const char byte : bytes) sum = _mm_crc32_u8(sum, static_cast<unsigned char>(byte));
  return sum;
}
[[nodiscard]] inline bool has_processor() noexcept {
  static const bool has = __builtin_cpu_supports("sse4.2") != 0;
  return has;
}
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
[[nodiscard]] inline std::uint32_t by_processor(std::uint32_t sum, std::string_view bytes) noexcept {
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes.data(), sizeof eight);
    sum = __crc32cd(sum, eight);
  }
  for (const char byte : bytes) sum = __crc32cb(sum, static_cast<unsigned char>(byte));
  return sum;
}
[[nodiscard]] constexpr bool has_processor() noexcept { return true; }
#else
[[nodiscard]] constexpr std::uint32_t by_processor(std::uint32_t sum, std::string_view bytes) noexcept {
  return by_tables(sum, bytes);
}
[[nodiscard]] constexpr bool has_processor() noexcept { return false; }
#endif

/// The product of two polynomials modulo that of the checksum, whose highest bit stands for x^0. `a` is not 0.
[[nodiscard]] constexpr std::uint32_t multiply(std::uint32_t a, std::uint32_t b) noexcept {
  std::uint32_t product = 0;
  for (std::uint32_t bit = 1U << 31U; bit != 0; bit >>= 1U) {
    if ((a & bit) != 0) product ^= b;
    b = (b >> 1U) ^ ((b & 1U) != 0 ? 0x82F63B78U : 0U);
  }
  return product;
}

/// What `count` bytes of zeros make of a sum: it is multiplied by x^(8 * count).
/// \source zlib's crc32_combine
[[nodiscard]] constexpr std::uint32_t by_zeros(std::uint32_t sum, std::uint64_t count) noexcept {
  std::uint32_t power = 1U << 31U;   // x^0
  std::uint32_t square = 1U << 23U;  // x^8
  for (; count != 0; count >>= 1U) {
    if ((count & 1U) != 0) power = multiply(square, power);
    square = multiply(square, square);
  }
  return multiply(power, sum);
}

}  // namespace crc32c_steps

/// A checksum over bytes that come in parts; where they are divided makes no difference.
class crc32c {
 public:
  crc32c() = default;
  crc32c(std::initializer_list<std::string_view> parts) noexcept {
    for (const auto part : parts) add(part);
  }

  void add(std::string_view bytes) noexcept {
    sum_ =
        crc32c_steps::has_processor() ? crc32c_steps::by_processor(sum_, bytes) : crc32c_steps::by_tables(sum_, bytes);
  }
  /// So many bytes of zeros, at the same cost however many.
  void add_zeros(std::uint64_t count) noexcept { sum_ = crc32c_steps::by_zeros(sum_, count); }
  [[nodiscard]] std::uint32_t value() const noexcept { return ~sum_; }

 private:
  std::uint32_t sum_ = 0xFFFFFFFF;
};

}  // namespace commitpoint::codec
