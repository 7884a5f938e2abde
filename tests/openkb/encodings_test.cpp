#include "http_server.hpp"
#include "program.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::string_view_literals;
using openkb::testing::content_of;
using openkb::testing::ended;
using openkb::testing::http_question;
using openkb::testing::http_reply;
using openkb::testing::http_server;
using openkb::testing::place;

std::string text(std::string_view bytes) { return std::string(bytes); }

std::string in_utf16(std::string_view ascii, bool big) {
  std::string out = big ? "\xFE\xFF" : "\xFF\xFE";
  for (const char c : ascii) out += big ? std::string{'\0', c} : std::string{c, '\0'};
  return out;
}

struct library : place {
  library() { REQUIRE(run({"init"}).code == 0); }

  /// What an add said, and the text that came out of it.
  struct outcome {
    ended run;
    std::string source;
    [[nodiscard]] bool has(std::string_view part) const { return source.find(part) != std::string::npos; }
    [[nodiscard]] std::string warnings() const {
      std::string out;
      const auto said = run.json();
      for (const auto& w : said["warnings"]) out += w.get<std::string>() + "\n";
      return out;
    }
    [[nodiscard]] std::string advice() const { return run.json()["error"]["advice"].get<std::string>(); }
  };
  [[nodiscard]] outcome add_bytes(const std::string& name, std::string_view bytes,
                                  std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"--json", "add", write(name, bytes).native()});
    return add_with(std::move(options));
  }
  [[nodiscard]] outcome add_with(std::vector<std::string> arguments) const {
    outcome out{run(std::move(arguments)), {}};
    if (out.run.code == 0) {
      out.source = content_of(kb() / "wiki/sources" / (out.run.json()["name"].get<std::string>() + ".md"));
    }
    return out;
  }
};

}  // namespace

TEST_CASE("openkb encodings: a page is read as it says of itself, by the labels that browsers know") {
  const library at;
  const auto with = [](std::string_view meta, std::string_view bytes) {
    return "<!DOCTYPE html><html><head>" + text(meta) + "<title>t</title></head><body><p>Words: " + text(bytes) +
           "</p></body></html>";
  };
  struct row {
    std::string name;
    std::string page;
    std::string_view read;
  };
  const std::vector<row> rows{
      {"latin1.html", with("<meta charset=ISO-8859-1>", "Caf\xE9 \x80 \x93x\x94"), "Café € “x”"},
      {"ascii.html", with("<META CHARSET='us-ascii'>", "\x85\x99"), "…™"},
      {"sjis.html",
       with("<meta http-equiv='Content-Type' content='text/html; charset=Shift_JIS'>",
            "\x93\xFA\x96{\x8C\xEA \x87@ \xED@ \xFA\\ \xB1"),
       "日本語 ① 纊 纊 ｱ"},
      {"eucjp.html", with("<meta charset=x-euc-jp>", "\xC6\xFC\xCB\xDC \xAD\xA1 \x8E\xB1 \x8F\xB0\xA1"), "日本 ① ｱ 丂"},
      {"jis.html", with("<meta charset=iso-2022-jp>", "\x1B$BF|K\\\x1B(B = \x1B$B-!\x1B(B"), "日本 = ①"},
      {"gb.html", with("<meta charset=\"gb2312\">", "\xD6\xD0 \x81@ \x94\x39\xDA\x33"), "中 丂 💩"},
      {"ks.html",
       with("<meta charset=ks_c_5601-1987>",
            "\xC7\xD1\xB1\xB9 \xB0\xA2 \x81"
            "A"),
       "한국 각 갂"},
      {"big5.html",
       with("<meta charset=big5>",
            "\xA4\xA4\xA4\xE5 \x88"
            "b \xFE\xFE"),
       "中文 Ê̄ 秔"},
      {"turkish.html", with("<meta charset=latin5>", "\xD0\xFD\xFE"), "Ğış"},
      {"koi.html", with("<meta charset=koi8-u>", "\xD0\xD2\xC9 \xA6\xAE"), "при іў"},
      {"mac.html", with("<meta charset=x-mac-cyrillic>", "\x8F\xDC \xFF"), "П№ €"},
      {"wide.html", with("<meta charset=utf-16>", "Caf\xC3\xA9"), "Café"},
      {"xhtml.html", "<?xml version=\"1.0\" encoding=\"iso-8859-2\"?>\n" + with("", "\xB1\xE6\xEA"), "ąćę"},
      {"comment.html",
       with("<!-- <meta charset=koi8-r> --><meta name=x content='charset=koi8-r'><meta charset=latin1>", "\xE9"), "é"},
      {"late.html", with("<!--" + std::string(2000, 'x') + "--><meta charset=windows-1251>", "\xCF\xF0\xE8"), "При"},
      {"unknown.html", with("<meta charset=nonsense>", "Caf\xC3\xA9"), "Café"},
      {"numbers.html", with("<meta charset=latin1>", "&#233; &#x20AC; &#150; &eacute;"), "é € – é"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.name);
    const auto added = at.add_bytes(r.name, r.page);
    REQUIRE(added.run.code == 0);
    CHECK_MESSAGE(added.has("Words: " + text(r.read)), added.source);
    CHECK(added.warnings() == "");
    CHECK(content_of(at.kb() / "raw" / r.name) == r.page);  // the original stays as it is
  }
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb encodings: a byte order mark says it before everything else, in every kind of text") {
  const library at;
  const auto page = "<meta charset=koi8-r><p>Plain words</p>"sv;
  for (const bool big : {false, true}) {
    const std::string end = big ? "-be" : "-le";
    CHECK(at.add_bytes("a" + end + ".html", in_utf16(text(page) + end, big)).has("Plain words"));
    CHECK(at.add_bytes("b" + end + ".txt", in_utf16("Plain words" + end, big)).has("Plain words"));
    CHECK(at.add_bytes("c" + end + ".md", in_utf16("# Head\n\nPlain words" + end, big)).has("# Head\n\nPlain words"));
  }
  const auto marked = at.add_bytes("d.html", "\xEF\xBB\xBF<meta charset=latin1><p>Caf\xC3\xA9</p>");
  CHECK(marked.has("Café"));
  CHECK_FALSE(marked.has("\xEF\xBB\xBF"));
  CHECK(at.add_bytes("e.txt",
                     "\xEF\xBB\xBF"
                     "caf\xC3\xA9 one",
                     {"--encoding", "latin1"})
            .has("café one"));
}

TEST_CASE("openkb encodings: the server's word counts before the page's, and after a byte order mark") {
  const library at;
  const auto html = [](std::string_view charset, std::string body) -> http_reply {
    return {.headers = {"Content-Type: text/html; charset=" + text(charset)}, .body = std::move(body)};
  };
  const http_server server([&](const http_question& asked) -> http_reply {
    if (asked.path == "/one.html") return html("windows-1251", "<html><meta charset=koi8-r><p>\xCF\xF0\xE8</p></html>");
    if (asked.path == "/two.html") return html("koi8-r", in_utf16("<html><p>two bytes each</p></html>", false));
    if (asked.path == "/three.html") return html("nonsense", "<html><meta charset=koi8-r><p>\xD0\xD2\xC9</p></html>");
    if (asked.path == "/four.html") return html("utf-16be", in_utf16("<html><p>no mark</p></html>", true).substr(2));
    if (asked.path == "/five.html") return html("latin1", "<html><p>Caf\xC3\xA9</p></html>");
    return html("iso-2022-kr", "<html><p>hidden</p></html>");
  });
  const auto add = [&](const std::string& path) { return at.add_with({"--json", "add", server.url(path)}); };
  CHECK(add("/one.html").has("При"));
  CHECK(add("/two.html").has("two bytes each"));
  CHECK(add("/three.html").has("при"));
  CHECK(add("/four.html").has("no mark"));
  // As browsers do; but whoever wonders is told why.
  const auto mistaken = add("/five.html");
  CHECK(mistaken.has("CafÃ©"));
  CHECK(mistaken.warnings().find("valid UTF-8") != std::string::npos);
  const auto refused = add("/six.html");
  CHECK(refused.run.code == 1);
  CHECK(refused.advice().find("iconv -f iso-2022-kr") != std::string::npos);
}

TEST_CASE("openkb encodings: what cannot be read is never a silent U+FFFD") {
  const library at;
  const auto page = at.add_bytes("page.html", "<meta charset=utf-8><p>Caf\xE9 and na\xEFve, \xE2\x82.</p>");
  CHECK(page.run.code == 0);
  CHECK(page.has("Caf� and na�ve, �."));
  CHECK(page.warnings() ==
        "3 places cannot be read as UTF-8, which the page says it is, and became U+FFFD; the first is byte 26\n");
  const auto japanese = at.add_bytes("japanese.html", "<meta charset=sjis><p>\x93\xFA \xA0 \x81<b>x</b></p>");
  CHECK(japanese.has("日 � �**x**"));  // the markup behind a broken character is still markup
  CHECK(japanese.warnings().starts_with("2 places cannot be read as Shift_JIS"));
  CHECK(at.add_bytes("cut.txt", "\xFF\xFEw\0o\0r\0d\0s"sv).warnings().find("the first is byte 10") !=
        std::string::npos);
  const auto said = at.add_bytes("said.txt", "Caf\xE9 again", {"--encoding", "utf-8"});
  CHECK(said.warnings().find("which --encoding says it is") != std::string::npos);
  const auto reference = at.add_bytes("reference.html", "<p>What &#0; and &#xD800; are is not known.</p>");
  CHECK(reference.has("What � and � are"));
  CHECK(reference.warnings() == "2 character references name no character and became U+FFFD\n");
  const auto before = at.add_bytes("before.md", "Lost \xEF\xBF\xBD already.\n");
  CHECK(before.run.code == 0);
  CHECK(before.warnings() == "it has 1 U+FFFD of its own, where something was lost before; the first is byte 5\n");
}

TEST_CASE("openkb encodings: what is not UTF-8 and says nothing is refused, with advice that fits the bytes") {
  const library at;
  const auto advice = [&](const std::string& name, std::string_view bytes) {
    const auto out = at.add_bytes(name, bytes);
    CHECK(out.run.code == 1);
    return out.run.code == 1 ? out.advice() : std::string{};
  };
  const auto fits = [&](std::string_view bytes, std::string_view part) {
    for (const auto* name : {"a.txt", "a.md", "a.html"}) {
      const auto said = advice(name, bytes);
      CHECK_MESSAGE(said.find(part) != std::string::npos, said);
    }
  };
  fits(
      "Les \xE9l\xE8ves \xE9taient \xE0 l\x92\xE9"
      "cole",
      "--encoding windows-1252");
  fits(
      "\x82\xB1\x82\xEA\x82\xCD\x93\xFA\x96{\x8C\xEA\x82\xCC\x95\xB6\x8F\xCD\x82\xC5\x82\xB7\x81"
      "B",
      "--encoding shift_jis");
  fits("\xD1\xFA\xE5\xF8\xFC \xE6\xE5 \xE5\xF9\xB8 \xFD\xF2\xE8\xF5", "--encoding windows-1251");
  fits("A word caf\xC3\xA9, na\xC3\xAFve, r\xC3\xA9sum\xC3\xA9, clich\xC3\xA9, d\xC3\xA9j\xC3\xA0 vu, and one \xE9.",
       "--encoding utf-8");
  fits(in_utf16("two bytes each", false).substr(2), "--encoding utf-16le");
  fits(in_utf16("two bytes each", true).substr(2), "--encoding utf-16be");
  fits("\x1B$BF|K\\\x1B(B in seven bits", "--encoding iso-2022-jp");
  fits(
      "\x7F"
      "ELF\2\1\1\0 and so on"sv,
      "program");
  fits("words \0\1\2 words"sv, "byte 6 is NUL");
  fits("PK\3\4\x14\0\6\0"sv, "ZIP archive");
  fits("%PDF-1.7\n%\xE2\xE3\xCF\xD3", ".pdf");
  fits("x\xACy \xB7z\xAC", "--encoding LABEL");
  CHECK(advice("mark.txt", "\xFF\xFE\0\0a\0\0\0"sv).find("UTF-32") != std::string::npos);
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb encodings: --encoding says what a document does not") {
  const library at;
  CHECK(at.add_bytes("a.txt", "caf\xE9 one", {"--encoding", "ISO-8859-1"}).has("café one"));
  CHECK(at.add_bytes("b.md", "\x93\xFA\x96{ two", {"--encoding", "sjis"}).has("日本 two"));
  CHECK(at.add_bytes("c.html", "<meta charset=latin1><p>\xD0\xD2\xC9</p>", {"--encoding", "koi8-r"}).has("при"));
  CHECK(at.add_bytes("d.txt", "w\0o\0r\0d\0"sv, {"--encoding", "utf-16le"}).has("word"));
  for (const auto* label : {"nonsense", "", "hz-gb-2312"}) {
    const auto refused = at.add_bytes("e.txt", "caf\xE9 two", {"--encoding", label});
    CHECK(refused.run.code == 2);
  }
  const auto binary = at.add_bytes("f.txt", "a\0\0\0 b"sv, {"--encoding", "latin1"});
  CHECK(binary.run.code == 1);
  CHECK(binary.advice().find("NUL") != std::string::npos);
  CHECK(at.wrong() == "");
}
