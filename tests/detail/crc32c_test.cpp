#include <commitpoint/codec/crc32c.hpp>

#include <doctest/doctest.h>

#include <string>

using commitpoint::detail::crc32c;

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

TEST_CASE("CRC-32C notices every flipped bit") {
  const std::string bytes = "commitpoint";
  const auto right = crc32c{bytes}.value();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    CHECK(crc32c{flipped}.value() != right);
  }
}
