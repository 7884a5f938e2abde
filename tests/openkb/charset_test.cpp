#include "converters/charset.hpp"

#include "converters/declared_encoding.hpp"
#include "converters/likely_encoding.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace {

using namespace std::string_view_literals;

openkb::decoded read(std::string_view label, std::string_view bytes) {
  const auto* e = openkb::encoding_of(label);
  REQUIRE(e != nullptr);
  return openkb::decode(bytes, *e);
}

std::string_view declared(std::string_view html) {
  const auto* e = openkb::declared_in_html(html);
  return e == nullptr ? "" : e->name;
}

}  // namespace

TEST_CASE("charset: labels are those of the Encoding Standard") {
  constexpr std::array<std::array<std::string_view, 2>, 14> known{{{" UTF-8\n", "UTF-8"},
                                                                   {"unicode11utf8", "UTF-8"},
                                                                   {"Latin1", "windows-1252"},
                                                                   {"US-ASCII", "windows-1252"},
                                                                   {"iso-8859-9", "windows-1254"},
                                                                   {"iso-8859-11", "windows-874"},
                                                                   {"gb2312", "GBK"},
                                                                   {"ks_c_5601-1987", "EUC-KR"},
                                                                   {"utf-16", "UTF-16LE"},
                                                                   {"ucs-2", "UTF-16LE"},
                                                                   {"koi8-ru", "KOI8-U"},
                                                                   {"visual", "ISO-8859-8"},
                                                                   {"ms932", "Shift_JIS"},
                                                                   {"hz-gb-2312", "replacement"}}};
  for (const auto& row : known) {
    CAPTURE(row[0]);
    REQUIRE(openkb::encoding_of(row[0]) != nullptr);
    CHECK(openkb::encoding_of(row[0])->name == row[1]);
  }
  for (const auto* unknown : {"", " ", "utf-7", "utf-32", "cp437", "iso-8859-1 utf-8", "utf"}) {
    CAPTURE(unknown);
    CHECK(openkb::encoding_of(unknown) == nullptr);
  }
  std::size_t labels = 0;
  for (const auto& e : openkb::encodings()) labels += static_cast<std::size_t>(std::ranges::count(e.labels, ' ')) + 1;
  CHECK(openkb::encodings().size() == 40);
  CHECK(labels == 228);
}

TEST_CASE("charset: what code pages leave open, and what vendors added") {
  CHECK(read("windows-1252", "\x81\x8D\x8F\x90\x9D").text == "\xC2\x81\xC2\x8D\xC2\x8F\xC2\x90\xC2\x9D");
  CHECK(read("windows-1252", "\x80\x9F\xA0\xFF").text == "€Ÿ\xC2\xA0ÿ");
  CHECK(read("windows-1253", "\xAA").errors == 1);
  CHECK(read("windows-1255", "\xE0\xC8\xCA").text == "\xD7\x90\xD6\xB8\xD6\xBA");  // a letter and marks, not one
  CHECK(read("windows-1258", "a\xEC").text == "a\xCC\x81");
  CHECK(read("koi8-u", "\xAE\xBE").text == "ўЎ");
  CHECK(read("shift_jis", "\x80\x87\x54\xFC\x4B").text == "\xC2\x80Ⅰ黑");
  CHECK(read("euc-jp", "\xF9\xA1\x8F\xA2\xC3").text == "纊¦");
  CHECK(read("gbk", "\x80\xA3\xA0\xA8\xBC").text == "€\xE3\x80\x80ḿ");
  CHECK(read("gb18030", "\x81\x30\x81\x30\x90\x30\x81\x30\x84\x31\x82\x36").text == "\xC2\x80𐀀\xEF\xB8\x90");
  CHECK(read("big5", "\xA3\xE1\xA1\x45\xC6\xA1\x87\x40").text == "€‧①䏰");
  CHECK(read("euc-kr", "\x81\x41\xC8\xFE\xFD\xFE").text == "갂힝詰");
  CHECK(read("x-user-defined", "a\x80\xFF").text == "a\xEF\x9E\x80\xEF\x9F\xBF");
}

TEST_CASE("charset: one U+FFFD for each mistake, and no markup is swallowed") {
  struct row {
    std::string_view label;
    std::string_view bytes;
    std::string_view text;
    std::size_t first;
  };
  for (const auto& r : {row{"utf-8", "a\xF0\x9F\x92<", "a�<", 1}, row{"utf-8", "\xC0\x80\xED\xA0\x80", "�����", 0},
                        row{"utf-8", "\xE0\x80\xF4\x90\xF8", "�����", 0},
                        row{"utf-16le",
                            "a\0\0\xD8"
                            "b\0\0\xDC"
                            "c"sv,
                            "a�b��", 2},
                        row{"utf-16be", "\xD8\x3D\xDC\xA9\xD8\x3D"sv, "💩�", 4},
                        row{"shift_jis", "\x81<b>\x81\x7F\xFD\x81", "�<b>�\x7F��", 0},
                        row{"gbk", "\x81\x30\x81<\xFF\x81\x30", "�0�<��", 0}, row{"big5", "\x81<\x81\x81", "�<�", 0},
                        row{"euc-jp", "\x8F\xA1<\x81\xA1\xA1\xA1", "�<�\xE3\x80\x80�", 0},
                        row{"euc-kr", "\xC8\x20\xC9\xA1\xFF", "� ��", 0},
                        row{"iso-2022-jp", "\x1B(X\x1B(B\x1B(B\x80\x1B$B!", "�(X���", 0}}) {
    CAPTURE(r.label);
    const auto d = read(r.label, r.bytes);
    CHECK(d.text == r.text);
    CHECK(d.errors == openkb::count_replacements(d.text));
    CHECK(d.first_error == r.first);
  }
  CHECK(read("iso-2022-kr", "any bytes").text == "�");
}

TEST_CASE("charset: what a page declares is found as the HTML standard's prescan does") {
  CHECK(declared("<meta charset=koi8-r>") == "KOI8-R");
  CHECK(declared("<META\tname=x CHARSET = \"koi8-r\" >") == "KOI8-R");
  CHECK(declared("<meta/charset=koi8-r/>").empty());  // the slash belongs to the value
  CHECK(declared("<meta charset=koi8-r charset=utf-8>") == "KOI8-R");
  CHECK(declared("<metacharset=koi8-r>").empty());
  CHECK(declared("<!-- <meta charset=koi8-r> -->").empty());
  CHECK(declared("<!--><meta charset=koi8-r>") == "KOI8-R");
  CHECK(declared("<a title='<meta charset=utf-8>'><meta charset=koi8-r>") == "KOI8-R");
  CHECK(declared("</a x='><meta charset=utf-8>'><meta charset=koi8-r>") == "KOI8-R");
  CHECK(declared("<?x <meta charset=utf-8> ?><meta charset=koi8-r>") == "KOI8-R");
  CHECK(declared("<meta charset=no><meta charset=koi8-r>") == "KOI8-R");
  CHECK(declared("<meta content='text/html; charset=koi8-r'>").empty());
  CHECK(declared("<meta content='a charset charset = \"koi8-r\" b' http-equiv=Content-Type>") == "KOI8-R");
  CHECK(declared("<meta http-equiv=refresh content='charset=koi8-r'>").empty());
  CHECK(declared("<meta http-equiv=content-type content='charset=\"koi8-r'>").empty());
  CHECK(declared("<meta charset=utf-16be>") == "UTF-8");
  CHECK(declared("<meta charset=x-user-defined>") == "windows-1252");
  CHECK(declared("<?xml version='1.0' encoding = 'koi8-r'?><html>") == "KOI8-R");
  CHECK(declared("<?xml encoding='utf-8'?><meta charset=koi8-r>") == "KOI8-R");
  CHECK(declared("<\0?\0x\0m\0l\0"sv) == "UTF-16LE");
  CHECK(declared("<body>" + std::string(1024, ' ') + "<meta charset=koi8-r>").empty());
  for (const auto* cut :
       {"<meta charset", "<meta charset=", "<meta charset='koi8-r", "<meta", "<", "</", "<!--", "<!-"}) {
    CHECK(declared(cut).empty());
  }
  std::string many;
  for (int i = 0; i < 50'000; ++i) many += "<a b='";
  CHECK(declared(many).empty());
}

TEST_CASE("charset: a guess reads the language") {
  struct row {
    std::string_view label;
    std::string_view bytes;
  };
  for (const auto& r : {row{"windows-1252",
                            "El ni\xF1o peque\xF1o comi\xF3 ma\xF1"
                            "ana."},
                        row{"windows-1252", "Price: 20 \x80, \xA9 2004"},
                        row{"windows-1250", "Za\xBF\xF3\xB3\xE6 g\xEA\x9Cl\xB9 ja\x9F\xF1"},
                        row{"windows-1254", "T\xFCrkiye de\xF0i\xFEim \xE7\x61l\xFD\xFE\xFDyor"},
                        row{"koi8-r", "\xF0\xD2\xC9\xD7\xC5\xD4, \xCD\xC9\xD2"},
                        row{"windows-1253", "\xC3\xF1\xDE\xE3\xEF\xF1\xE7 \xE1\xEB\xE5\xF0\xEF\xFD"},
                        row{"euc-jp", "\xA4\xB3\xA4\xEC\xA4\xCF\xC6\xFC\xCB\xDC\xB8\xEC\xA4\xC7\xA4\xB9"},
                        row{"gb18030", "\xD5\xE2\xCA\xC7\xD2\xBB\xB8\xF6\xD6\xD0\xCE\xC4\xCE\xC4\xB1\xBE"},
                        row{"big5", "\xB3o\xACO\xA4@\xAD\xD3\xA4\xA4\xA4\xE5\xA4\xE5\xA5\xBB"},
                        row{"euc-kr", "\xC0\xCC\xB0\xCD\xC0\xBA \xC7\xD1\xB1\xB9\xBE\xEE"}}) {
    CAPTURE(r.label);
    REQUIRE(openkb::likely_encoding(r.bytes) != nullptr);
    CHECK(openkb::likely_encoding(r.bytes) == openkb::encoding_of(r.label));
  }
  CHECK(openkb::likely_encoding("plain") == nullptr);
}
