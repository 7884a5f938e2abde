#include "documents/digest.hpp"
#include "terminal/utf8.hpp"
#include "text/slug.hpp"

#include <doctest/doctest.h>

#include <string>

using openkb::slug;

TEST_CASE("names: a slug is lower-case words and hyphens") {
  CHECK(slug("My Notes (2024)") == "my-notes-2024");
  CHECK(slug("  --a__b--  ") == "a-b");
  CHECK(slug("don't") == "dont");
  CHECK(slug("Übung Ärger") == "übung-ärger");
  CHECK(slug("../../etc/passwd") == "etc-passwd");
  CHECK(slug("...") == "untitled");
  CHECK(slug("\xff\xfe!") == "untitled");
  CHECK(slug("a\xff b") == "a-b");
  CHECK(slug("日本語 テスト") == "日本語-テスト");
}

TEST_CASE("names: long texts stay apart, and no character is cut") {
  const std::string common(100, 'x');
  CHECK(slug(common + "a") != slug(common + "b"));
  CHECK(slug(common).size() <= 80);
  std::string wide;
  for (int i = 0; i < 60; ++i) wide += "ü";
  CHECK(utf8::first_error(slug(wide)) == std::string::npos);
}

TEST_CASE("names: file names are safe") {
  CHECK(openkb::safe_file_name("b c.PNG") == "b-c.png");
  CHECK(openkb::safe_file_name(".hidden") == "hidden");
  CHECK(openkb::safe_file_name("x.tar.gz") == "x-tar.gz");
  CHECK(openkb::safe_file_name("x.p/../g") == "x-p-g");
  CHECK(openkb::safe_file_name("....") == "file");
}

TEST_CASE("names: another path gives another suffix, always the same one") {
  const auto a = openkb::distinct_slug("notes", "/a/notes.md");
  CHECK(a.size() == std::string("notes-").size() + 8);
  CHECK(a == openkb::distinct_slug("notes", "/a/notes.md"));
  CHECK(a != openkb::distinct_slug("notes", "/b/notes.md"));
}

TEST_CASE("names: SHA-256 is the known one") {
  CHECK(openkb::sha256_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("names: UTF-8 is checked strictly") {
  using utf8::first_error;
  CHECK(first_error("aä€😀") == std::string::npos);
  CHECK(first_error("ab\xff") == 2);
  CHECK(first_error("\xC0\xAF") == 0);          // overlong
  CHECK(first_error("\xED\xA0\x80") == 0);      // surrogate
  CHECK(first_error("\xF4\x90\x80\x80") == 0);  // beyond Unicode
  CHECK(first_error("x\xE2\x82") == 1);         // cut short
}
