#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/path.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cp = commitpoint;
using namespace std::string_literals;
using namespace std::string_view_literals;

TEST_CASE("plain_path: what is accepted, and how it is spelled afterwards") {
  struct spelling {
    std::string_view given;
    std::string_view plain;
  };
  for (const auto& row : std::vector<spelling>{
           {"a", "a"},
           {"a/b", "a/b"},
           {"a//b", "a/b"},
           {"a/./b", "a/b"},
           {"./a", "a"},
           {"././a/.", "a"},
           {"a/", "a"},
           {"a///", "a"},
           {"...", "..."},
           {"..a/b..", "..a/b.."},
           {".a/.b", ".a/.b"},
           {" ", " "},
           {"a\\..\\b", "a\\..\\b"},
           {"\xff\xfe", "\xff\xfe"},
           {"a\nb", "a\nb"},
       }) {
    CAPTURE(row.given);
    const auto result = cp::files::plain_path(row.given);
    REQUIRE(result.has_value());
    CHECK(result.value() == row.plain);
    CHECK(cp::files::plain_path(result.value()).value() == row.plain);
  }
}

TEST_CASE("F16: plain_path: what is refused, and as what") {
  struct refusal {
    std::string_view given;
    cp::errc error;
  };
  for (const auto& row : std::vector<refusal>{
           {"", cp::errc::invalid_path},           {".", cp::errc::invalid_path},
           {"./", cp::errc::invalid_path},         {"././.", cp::errc::invalid_path},
           {"a\0b"sv, cp::errc::invalid_path},     {"\0"sv, cp::errc::invalid_path},
           {"a/../b\0"sv, cp::errc::invalid_path}, {"/", cp::errc::outside_root},
           {"//", cp::errc::outside_root},         {"/etc/passwd", cp::errc::outside_root},
           {"//a", cp::errc::outside_root},        {"..", cp::errc::outside_root},
           {"../", cp::errc::outside_root},        {"../x", cp::errc::outside_root},
           {"a/..", cp::errc::outside_root},       {"a/../b", cp::errc::outside_root},
           {"a/../../b", cp::errc::outside_root},  {"./../a", cp::errc::outside_root},
           {"a//..//b", cp::errc::outside_root},
       }) {
    CAPTURE(row.given);
    const auto result = cp::files::plain_path(row.given);
    REQUIRE(result.has_error());
    CHECK(result.error() == row.error);
    CHECK(result.error().path() == row.given.substr(0, row.given.find('\0')));
  }
}

TEST_CASE("the parts of a plain path") {
  CHECK(cp::files::parent_of("a/b/c") == "a/b");
  CHECK(cp::files::parent_of("a") == "");
  CHECK(cp::files::name_of("a/b/c") == "c");
  CHECK(cp::files::name_of("a") == "a");
}

TEST_CASE("is_at_or_below compares whole components") {
  CHECK(cp::files::is_at_or_below("a/b", "a"));
  CHECK(cp::files::is_at_or_below("a", "a"));
  CHECK_FALSE(cp::files::is_at_or_below("ab", "a"));
  CHECK_FALSE(cp::files::is_at_or_below("a", "a/b"));
  CHECK_FALSE(cp::files::is_at_or_below("b/a", "a"));
}

TEST_CASE("a path parameter takes literals, strings, and Boost's and the standard's paths") {
  auto text = [](cp::path_view p) { return std::string(p.text()); };
  CHECK(text("a/b") == "a/b");
  CHECK(text("a/b"s) == "a/b");
  CHECK(text("a/b"sv) == "a/b");
  CHECK(text(cp::path("a/b")) == "a/b");
  CHECK(text(std::filesystem::path("a/b")) == "a/b");
}

TEST_CASE("two literals in braces are a set of two paths, not a range of characters") {
  auto texts = [](const cp::path_set& set) {
    std::vector<std::string> all;
    for (const auto& p : set) all.emplace_back(p.text());
    return all;
  };
  CHECK(texts({"a", "b"}) == std::vector{"a"s, "b"s});
  CHECK(texts({"a"}) == std::vector{"a"s});
  CHECK(texts("a/b") == std::vector{"a/b"s});
  CHECK(texts(std::vector{"a"s, "b"s, "c"s}) == std::vector{"a"s, "b"s, "c"s});
  CHECK(texts(cp::path("x")) == std::vector{"x"s});
  CHECK(texts({}).empty());
}

TEST_CASE("bytes are taken from text and from ranges of bytes") {
  auto text = [](cp::bytes_view b) { return std::string(b.text()); };
  CHECK(text("abc") == "abc");
  CHECK(text("a\0c"sv) == "a\0c"s);
  CHECK(text(std::vector<unsigned char>{'a', 'b'}) == "ab");
  CHECK(text(std::vector<std::byte>{std::byte{'a'}, std::byte{0}}) == "a\0"s);
}
