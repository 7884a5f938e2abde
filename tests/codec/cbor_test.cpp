// The CBOR of records, against an independent reader and writer of the same.

#include <commitpoint/codec/cbor.hpp>
#include <commitpoint/details.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <utility>

namespace codec = commitpoint::codec;
using codec::cbor_view;
using nlohmann::json;

namespace {

std::string cbor_of(const json& value) {
  const auto bytes = json::to_cbor(value);
  return {bytes.begin(), bytes.end()};
}

template <class F>
std::string written(F write) {
  std::string bytes;
  write(codec::cbor_writer(bytes));
  return bytes;
}

// Any value that an application may put into details.
json any_value(std::mt19937_64& random, int levels) {
  switch (random() % (levels > 0 ? 9 : 7)) {
    case 0: return nullptr;
    case 1: return random() % 2 == 0;
    case 2: return random() >> random() % 64;
    case 3: return -static_cast<std::int64_t>(random() >> (1 + random() % 63));
    case 4: return std::string(random() % 300, static_cast<char>(random()));
    case 5: return static_cast<double>(random()) / 3;
    case 6: return json::binary(std::vector<std::uint8_t>(random() % 40, 7), random() % 200);
    case 7: {
      auto list = json::array();
      for (auto left = random() % 30; left > 0; --left) list.push_back(any_value(random, levels - 1));
      return list;
    }
    default: {
      auto map = json::object();
      for (auto left = random() % 30; left > 0; --left) {
        map[std::to_string(random() % 1000)] = any_value(random, levels - 1);
      }
      return map;
    }
  }
}

}  // namespace

TEST_CASE("numbers have the shortest form, as everywhere") {
  for (const std::uint64_t n : {std::uint64_t{0}, std::uint64_t{23}, std::uint64_t{24}, std::uint64_t{255},
                                std::uint64_t{256}, std::uint64_t{65535}, std::uint64_t{65536}, std::uint64_t{1} << 32U,
                                (std::uint64_t{1} << 32U) - 1, std::numeric_limits<std::uint64_t>::max()}) {
    const auto bytes = written([&](auto to) { to.number(n); });
    CHECK(bytes == cbor_of(n));
    CHECK(cbor_view::whole(bytes)->number() == n);
  }
  for (const std::int64_t n :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{-24}, std::int64_t{-25}, std::int64_t{-256}, std::int64_t{-257},
        std::int64_t{-65537}, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    const auto bytes = written([&](auto to) { to.integer(n); });
    CHECK(bytes == cbor_of(n));
    CHECK(cbor_view::whole(bytes)->integer() == n);
  }
  CHECK_FALSE(cbor_view::whole(cbor_of(-1))->number());
  CHECK_FALSE(cbor_view::whole(cbor_of(std::numeric_limits<std::uint64_t>::max()))->integer());
}

TEST_CASE("a map is what json makes of the same members") {
  std::string bytes;
  codec::cbor_map map(bytes);
  map.member("a").text("caf\xE9");
  map.member("b").bytes(std::string_view("\0\xFF", 2));
  codec::cbor_map inner(map.map_member("c"));
  inner.member("x").boolean(true);
  inner.member("y").null();
  map.member("d").array(2);
  codec::cbor_writer(bytes).number(1);
  codec::cbor_writer(bytes).integer(-1);
  const json same{
      {"a", "caf\xE9"}, {"b", json::binary({0, 0xFF})}, {"c", {{"x", true}, {"y", nullptr}}}, {"d", {1, -1}}};
  CHECK(bytes == cbor_of(same));

  const auto view = cbor_view::whole(bytes).value();
  CHECK(view.is_map());
  CHECK(view.size() == 4);
  CHECK(view.find("a")->text() == "caf\xE9");
  CHECK(view.find("b")->bytes() == std::string_view("\0\xFF", 2));
  CHECK(view.find("c")->find("x")->boolean() == true);
  CHECK(view.find("c")->find("y")->is_null());
  CHECK(view.find("c")->encoded() == cbor_of(same["c"]));
  std::string items;
  view.find("d")->each_item([&](const cbor_view& item) { items += std::to_string(item.integer().value()) + " "; });
  CHECK(items == "1 -1 ");
  CHECK_FALSE(view.find("e"));
  CHECK_FALSE(view.find("a")->find("a"));
}

TEST_CASE("of members of one name the last counts") {
  const std::string bytes(
      "\xA2\x61"
      "a\x01\x61"
      "a\x02",
      7);
  CHECK(cbor_view::whole(bytes)->find("a")->number() == 2);
}

TEST_CASE("whatever json writes is looked at as it is") {
  std::mt19937_64 random(5);  // NOLINT(cert-msc51-cpp): a failure has to come back
  for (int round = 0; round < 400; ++round) {
    const auto value = any_value(random, 4);
    const auto bytes = cbor_of(value);
    const auto view = cbor_view::whole(bytes);
    REQUIRE(view);
    CHECK(view->encoded() == bytes);
    if (!value.is_object()) continue;
    CHECK(view->size() == value.size());
    for (const auto& [name, member] : value.items()) {
      const auto found = view->find(name);
      REQUIRE(found);
      CHECK(found->encoded() == cbor_of(member));
    }
  }
}

TEST_CASE("F16: bytes that are not one whole item are none, whatever they are") {
  std::mt19937_64 random(6);  // NOLINT(cert-msc51-cpp): a failure has to come back
  for (int round = 0; round < 400; ++round) {
    const auto bytes = cbor_of(any_value(random, 3));
    for (std::size_t end = 0; end < bytes.size(); ++end) CHECK_FALSE(cbor_view::whole(bytes.substr(0, end)));
    CHECK_FALSE(cbor_view::whole(bytes + '\0'));
    auto other = bytes;
    for (int change = 0; change < 5; ++change) {
      other[random() % other.size()] = static_cast<char>(random());
      if (const auto view = cbor_view::whole(other)) {  // then all of it can be walked through
        view->each_member([](std::string_view, const cbor_view& value) { (void)value.size(); });
        view->each_item([](const cbor_view& item) { (void)item.size(); });
        (void)view->find("1");
      }
    }
  }
  for (const std::string_view hostile :
       {std::string_view("\x9B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
        std::string_view("\xBB\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE"),
        std::string_view("\x5B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), std::string_view("\x9F\xFF"),
        std::string_view("\x7F\xFF"), std::string_view("\xA1\x01\x01"), std::string_view("\x1C"),
        std::string_view("")}) {
    CHECK_FALSE(cbor_view::whole(hostile));
  }
  CHECK_FALSE(cbor_view::whole(std::string(1'000'000, '\xC1')));  // tags of tags, for ever
  CHECK_FALSE(cbor_view::whole(std::string(1'000'000, '\x81')));
}

TEST_CASE("what stands behind the first item is not looked at where that is asked for") {
  const auto bytes = cbor_of({{"a", 1}});
  CHECK(cbor_view::first(bytes + "\xFF\xFF")->encoded() == bytes);
  CHECK_FALSE(cbor_view::first(""));
}

TEST_CASE("details are made of whatever is like json") {
  using commitpoint::details;
  const std::string name = "tea";
  CHECK(details().bytes().empty());
  CHECK(details(nullptr).bytes().empty());
  CHECK(details(name).bytes() == cbor_of("tea"));
  CHECK(details("tea").bytes() == cbor_of("tea"));
  CHECK(details(-3).bytes() == cbor_of(-3));
  CHECK(details(true).bytes() == cbor_of(true));
  CHECK(details(json{{"x", {1, 2}}}).bytes() == cbor_of({{"x", {1, 2}}}));
  const details listed = {{"pages", 12}, {"document", name}, {"nothing", nullptr}, {"pages", 13}};
  CHECK(listed.bytes() == cbor_of({{"document", "tea"}, {"nothing", nullptr}, {"pages", 13}}));
}
