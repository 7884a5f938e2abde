#include "topics/ranking.hpp"

#include <bit>

namespace openkb {

namespace {

constexpr unsigned fraction_bits = 8;

// The binary logarithm of n >= 1 in 256ths: the integral part by position, then a bit for each squaring.
std::int64_t log2_of(std::uint64_t n) noexcept {
  const auto integral = static_cast<unsigned>(std::bit_width(n)) - 1;
  constexpr unsigned precision = 30;
  auto x = integral > precision ? n >> (integral - precision) : n << (precision - integral);  // 1 <= x < 2, scaled
  auto out = static_cast<std::int64_t>(integral) << fraction_bits;
  for (auto bit = fraction_bits; bit-- > 0;) {
    x = x * x >> precision;
    if (x >> (precision + 1) == 0) continue;
    x >>= 1U;
    out += std::int64_t{1} << bit;
  }
  return out;
}

}  // namespace

std::int64_t rank_of(std::int64_t weight, std::int64_t documents, std::int64_t all) noexcept {
  const auto rarity = log2_of(static_cast<std::uint64_t>(all + 1)) - log2_of(static_cast<std::uint64_t>(documents));
  return weight * rarity;
}

bool is_everywhere(std::int64_t documents, std::int64_t all) noexcept {
  constexpr std::int64_t always_told = 4;
  return documents > always_told && documents * 8 > all;
}

}  // namespace openkb
