#include <commitpoint/codec/crc32c.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using commitpoint::codec::crc32c;
namespace steps = commitpoint::codec::crc32c_steps;

TEST_CASE("CRC-32C gives the published values") {
  CHECK(crc32c{"123456789"}.value() == 0xE3069283U);
  CHECK(crc32c{std::string(32, '\0')}.value() == 0x8A9136AAU);
  CHECK(crc32c{std::string(32, '\xFF')}.value() == 0x62A8AB43U);
  CHECK(crc32c{}.value() == 0U);
}

TEST_CASE("CRC-32C does not depend on where its parts are divided") {
  crc32c grown;
  grown.add("123");
  grown.add("");
  grown.add("456789");
  CHECK(grown.value() == crc32c{"123456789"}.value());
  CHECK(crc32c{"12345", "6789"}.value() == crc32c{"123456789"}.value());
}

TEST_CASE("CRC-32C by tables and by the processor agree, at every length and every place") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) bytes += static_cast<char>(i * 37 + 11);
  for (std::size_t from = 0; from < 9; ++from) {
    for (std::size_t length = 0; length < 200; ++length) {
      const auto part = std::string_view(bytes).substr(from, length);
      std::uint32_t one_by_one = 0xFFFFFFFF;
      for (const char byte : part) one_by_one = steps::add_byte(one_by_one, byte);
      CHECK(steps::by_tables(0xFFFFFFFF, part) == one_by_one);
      if (steps::has_processor()) CHECK(steps::by_processor(0xFFFFFFFF, part) == one_by_one);
      CHECK(crc32c{part}.value() == ~one_by_one);
    }
  }
}

TEST_CASE("CRC-32C notices every flipped bit") {
  const std::string bytes = "commitpoint";
  const auto right = crc32c{bytes}.value();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    CHECK(crc32c{flipped}.value() != right);
  }
}
