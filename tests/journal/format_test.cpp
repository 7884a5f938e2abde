#include "log_fixture.hpp"

#include <commitpoint/codec/cbor.hpp>
#include <commitpoint/detail/records/replaced_tree.hpp>
#include <commitpoint/files/block_sums.hpp>
#include <commitpoint/journal/format.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <sstream>

using namespace journal_test;

namespace {

// The worked example of docs/formats/log.md, taken from that very page: the lines `0000  43 50 4c 52 ...`.
std::string example_of_the_page() {
  cp::path page = cp::path(__FILE__).parent_path() / "../../docs/formats/log.md";
  for (cp::path up = "docs/formats/log.md"; !boost::filesystem::exists(page); up = ".." / up) page = up;
  std::istringstream lines(slurp(page));
  std::string bytes;
  for (std::string line; std::getline(lines, line);) {
    if (line.size() < 7 || line.find_first_not_of("0123456789abcdef") != 4 || line.substr(4, 2) != "  ") continue;
    REQUIRE(std::stoul(line.substr(0, 4), nullptr, 16) == bytes.size());
    std::istringstream digits(line.substr(6, 3 * 16));
    for (std::string byte; digits >> byte;) bytes += static_cast<char>(std::stoul(byte, nullptr, 16));
  }
  return bytes;
}

std::string nested(std::size_t levels) {
  auto body = nlohmann::json::object();
  for (std::size_t i = 1; i < levels; ++i) body = nlohmann::json{{"x", std::move(body)}};
  std::string bytes;
  nlohmann::json::to_cbor(body, bytes);
  return bytes;
}

}  // namespace

TEST_CASE("the bytes of a record are where the page says") {
  format::header head;
  head.kind = 7;
  head.mutation = 0x0102030405060708;
  head.generation = 2;
  head.salt = 3;
  head.synced_upto = 4;
  head.previous = 5;
  const auto bytes = format::encode(head, "body", "contents.");
  REQUIRE(bytes.size() == 72);
  CHECK(bytes.substr(0, 8) == std::string("CPLR\1\0\7\0", 8));
  CHECK(bytes.substr(8, 8) == "\x08\x07\x06\x05\x04\x03\x02\x01");
  CHECK(bytes.substr(16, 8) == std::string("\2\0\0\0\0\0\0\0", 8));
  CHECK(bytes.substr(24, 8) == std::string("\3\0\0\0\0\0\0\0", 8));
  CHECK(bytes.substr(32, 8) == std::string("\4\0\0\0\0\0\0\0", 8));
  CHECK(bytes.substr(40, 12) == std::string("\4\0\0\0\x09\0\0\0\5\0\0\0", 12));
  CHECK(bytes.substr(56) == std::string("bodycontents.\0\0\0", 16));
}

TEST_CASE("a record that was encoded is parsed, with anything behind it") {
  format::header head;
  head.kind = 3;
  head.mutation = 9;
  auto bytes = format::encode(head, "b", "");
  bytes += "whatever";
  const auto found = format::parse(bytes);
  REQUIRE(found);
  CHECK(found->head.mutation == 9U);
  CHECK(found->body == "b");
  CHECK(found->contents.empty());
  CHECK(found->size == bytes.size() - 8);
}

TEST_CASE("F13: no flipped bit of a record goes unnoticed, padding included") {
  format::header head;
  head.kind = 3;
  const auto bytes = format::encode(head, "body", "12345");
  REQUIRE(bytes.size() == 72);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    CHECK_FALSE(format::parse(flipped));
  }
}

TEST_CASE("no prefix of a record is a record, and no length is believed") {
  format::header head;
  const auto bytes = format::encode(head, "body", "contents");
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(format::parse(bytes.substr(0, size)));
  auto hostile = bytes;
  for (std::size_t at = 40; at < 48; ++at) hostile[at] = '\xFF';
  CHECK_FALSE(format::parse(hostile));
}

TEST_CASE("the worked example of the page is what the library writes and reads") {
  const auto bytes = example_of_the_page();
  const auto found = cp::journal::read_log(bytes, {});
  REQUIRE_FALSE(found.image.damage);
  CHECK(kinds(found.image) == std::vector{record_kind::generation, record_kind::will_create, record_kind::commit});
  CHECK(found.image.records[0].mutation == 7);
  CHECK(found.image.records[1].body == nlohmann::json{{"path", "a"}});
  CHECK(found.image.records[2].contents == "hello");
  CHECK(found.tail.generation == 1);
  CHECK(found.tail.end == bytes.size());

  // And the other way round: the same records give the same bytes.
  std::string written;
  std::uint32_t previous = 0;
  for (std::size_t i = 0; i < found.image.records.size(); ++i) {
    const auto& r = found.image.records[i];
    format::header head;
    head.kind = static_cast<std::uint16_t>(r.kind);
    head.mutation = r.mutation;
    head.generation = 1;
    head.salt = 0x8877665544332211;
    head.synced_upto = i == 0 ? 0 : borders(bytes)[i];
    head.previous = previous;
    written += format::encode(head, cp::journal::encode_body(r.body).value(), r.contents);
    previous = head.checksum;
  }
  CHECK(written == bytes);
}

TEST_CASE("F16: a body that is nested too deeply, or claims too much, is refused before anything is built") {
  CHECK(cp::journal::decode_body(nested(cp::journal::deepest_body)));
  CHECK_FALSE(cp::journal::decode_body(nested(cp::journal::deepest_body + 1)));
  CHECK_FALSE(cp::journal::decode_body(std::string(1'000'000, '\x81')));  // arrays in arrays, for ever
  CHECK_FALSE(cp::journal::decode_body(std::string(1'000'000, '\xBF')));
  CHECK_FALSE(cp::journal::decode_body("\x9B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"));  // an array of 2^63-1 elements
  CHECK_FALSE(cp::journal::decode_body("\xBB\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE"));  // as many as there can be
  CHECK_FALSE(cp::journal::decode_body("\x5B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"));  // a string as long
  CHECK_FALSE(cp::journal::decode_body(""));
  CHECK_FALSE(cp::journal::decode_body("\x80"));                      // not an object
  CHECK_FALSE(cp::journal::decode_body(std::string("\xA0\x00", 2)));  // something behind it
}

TEST_CASE("a body that could not be read back is not written") {
  CHECK(cp::journal::encode_body(nlohmann::json::array()).error() == std::errc::invalid_argument);
  auto deep = nlohmann::json::object();
  for (std::size_t i = 0; i < cp::journal::deepest_body; ++i) deep = nlohmann::json{{"x", std::move(deep)}};
  CHECK(cp::journal::encode_body(deep).error() == std::errc::invalid_argument);
  const nlohmann::json any_bytes{{"path", "caf\xE9\xFF"}};
  CHECK(cp::journal::decode_body(cp::journal::encode_body(any_bytes).value()) == any_bytes);
}

TEST_CASE("F16: no bytes at all make the reader do harm") {
  std::mt19937_64 random(20240607);
  const auto example = example_of_the_page();
  for (int round = 0; round < 3000; ++round) {
    auto bytes = example + std::string(200, '\0');
    for (int change = 0; change < 1 + round % 8; ++change) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    // Half of them with right checksums, so that what is behind the checksum is tried, too.
    if (round % 2 == 0) {
      for (const auto at : borders(example)) {
        format::header head;
        std::memcpy(&head, bytes.data() + at, format::header_size);
        if (at + format::record_size(head.body_length, head.contents_length) <= bytes.size()) fix_checksum(bytes, at);
      }
    }
    std::optional<std::string_view> other;
    if (round % 3 == 0) other = bytes;
    const auto found = cp::journal::read_log(bytes, other);
    CHECK(found.image.records.size() <= 3);
    CHECK((found.image.damage || found.tail.begun == !found.image.records.empty()));
  }
}

TEST_CASE("F16: a file of records that overlap each other is refused in linear time") {
  // Every header claims the rest of the file, so that each one would cost a checksum over all of it.
  std::string bytes(std::size_t{4} << 20, '\0');
  for (std::size_t at = 56; at + 56 < bytes.size(); at += 56) {
    format::header head;
    head.generation = 1;
    head.body_length = static_cast<std::uint32_t>(bytes.size() - at - 56);
    std::memcpy(bytes.data() + at, &head, 56);
  }
  CHECK(cp::journal::read_log(bytes, {}).image.damage);
}

TEST_CASE("F16: files of staging that are nested without end are nobody's, and use up no stack") {
  const std::string nested(1U << 18U, '\x81');  // arrays of one element
  CHECK(commitpoint::detail::decode_cbor(nested).is_discarded());
  CHECK(commitpoint::detail::decode_states(nested).empty());
  CHECK_FALSE(commitpoint::files::sums_from(nested));
}
