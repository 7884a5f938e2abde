#include "converters/hyphenation.hpp"
#include "pdf.hpp"
#include "program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using openkb::testing::content_of;
using openkb::testing::deflated_copies;
using openkb::testing::ended;
using openkb::testing::pdf_writer;
using openkb::testing::place;

struct library : place {
  library() { REQUIRE(run({"init"}).code == 0); }

  [[nodiscard]] ended add_pdf(const std::string& name, pdf_writer pdf) const {
    return run({"--json", "add", write(name, pdf.bytes()).native()});
  }
  [[nodiscard]] std::string source(const std::string& name) const {
    return content_of(kb() / "wiki/sources" / (name + ".md"));
  }
};

std::vector<std::string> warnings_of(const ended& run) {
  return run.json()["warnings"].get<std::vector<std::string>>();
}

const std::vector<std::string> body{"The text of the page says something about the atomic commit, and goes on",
                                    "for as many lines as it takes until nobody could think that it is a title."};

}  // namespace

TEST_CASE("openkb pdf: pages without text are a warning that counts them") {
  const library at;
  pdf_writer scan;
  for (int i = 1; i <= 3; ++i) scan.page({}, 24, static_cast<unsigned char>(10 * i));
  const auto run = at.add_pdf("scan.pdf", scan);
  CHECK(run.code == 0);
  REQUIRE(warnings_of(run).size() == 1);
  CHECK(warnings_of(run)[0].starts_with("no text on 3 of 3 pages: a scan?"));
  CHECK(run.json()["images"] == 3);

  pdf_writer mixed;
  mixed.page({"A page with the text of Ada Lovelace."});
  mixed.page({}, 24, 50);
  mixed.page({"Another page with text."});
  const auto some = at.add_pdf("mixed.pdf", mixed);
  REQUIRE(warnings_of(some).size() == 1);
  CHECK(warnings_of(some)[0].starts_with("no text on 1 of 3 pages (2): a scan?"));

  pdf_writer book;
  for (int i = 1; i <= 25; ++i) book.page({}, i == 1 ? 24 : 0, 99);
  const auto indexed = at.add_pdf("book.pdf", book);
  REQUIRE(indexed.json()["indexed"] == true);
  CHECK(warnings_of(indexed)[0].starts_with("no text on 25 of 25 pages: a scan?"));

  pdf_writer text;
  text.page({"Nothing is missing."});
  CHECK(warnings_of(at.add_pdf("text.pdf", text)).empty());
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb pdf: words divided at the end of a line are whole, and compounds keep their hyphen") {
  const library at;
  pdf_writer pdf;
  pdf.page({"The imple-", "mentation of a well-", "known method is state-of-the-", "art. What is well-known needs no",
            "pre- and postconditions, whether pre-", "or postconditions. A trans-", "action, atom-", "ic as it is, re-",
            "ads http://example.org/a-", "b and the option --dry-", "run. See Chapter X-", "Ray, and 2020-", "based.",
            "A word that is XML-", "based."});
  REQUIRE(at.add_pdf("a.pdf", pdf).code == 0);
  const auto text = at.source("a");
  for (const auto* whole :
       {"implementation\nof", "well-known\nmethod", "state-of-the-art.", "pre- and", "whether pre-\nor",
        "transaction,\natomic", "a-\nb and", "--dry-\nrun", "X-\nRay", "2020-\nbased", "reads", "is XML-based."}) {
    CAPTURE(whole);
    CHECK_MESSAGE(text.find(whole) != std::string::npos, text);
  }
  pdf_writer other;
  other.page({"The transac-", "tion of a long document."});
  for (int i = 0; i < 24; ++i) other.page({"Page " + std::to_string(i) + " of the docu-", "ment."});
  REQUIRE(at.add_pdf("b.pdf", other).json()["indexed"] == true);
  CHECK(at.source("b").find("The transaction\nof") != std::string::npos);
  CHECK(at.source("b").find("Page 7 of the document.") != std::string::npos);
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb pdf: soft hyphens, and hyphens of other scripts") {
  const std::string page =
      "Der Atom\xC2\xAD\nkern ist un\xC2\xADsicht\xC2\xAD bar, wie die Über\xE2\x80\x90\nprüfung zeigt. "
      "Пере-\nнос слов.\nNur Grund-\nund Nebensatz, U-\nBahn\nends in-\n";
  const openkb::hyphenation words({page});
  CHECK(words.joined(page) ==
        "Der Atomkern\nist unsicht bar, wie die Überprüfung\nzeigt. Перенос\nслов.\nNur Grund-\nund Nebensatz, "
        "U-\nBahn\nends in-\n");
  CHECK(openkb::hyphenation({}).joined("").empty());
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "ab-\n";
  CHECK(openkb::hyphenation({many}).joined(many).size() > 20'000);
}

TEST_CASE("openkb pdf: a title that a program gave is not believed where there is something better") {
  const library at;
  struct row {
    std::string own;
    std::string largest;
    std::string bookmark;
    std::string title;
  };
  const std::string best = "The Commit Point";
  std::vector<row> rows{{best, "Something else", "", best},
                        {"Microsoft Word - report_final.docx", best, "", best},
                        {"10 Rules for Commits", "10 Rules for Commits", "", "10 Rules for Commits"},
                        {"2001 and later", "Something else", "", "2001 and later"},
                        {"1984", "", "", "Report 4"},
                        {"report.tex", "1 Introduction", "1 Introduction", "Report 5"},
                        {"report.tex", "", best, best},
                        {"report.tex", "", "Contents", "Report 7"},
                        {"report.tex", "3.1. Results", "Results", "Report 8"},
                        {"", "arXiv:2101.00001v1  [cs.DB]  1 Jan 2021", "", "Report 9"}};
  for (const auto* nobodys : {"", "untitled", "Untitled-1", "Document1", "report.dvi", "C:\\\\texts\\\\a.doc",
                              "annual_report_v2", "PowerPoint Presentation", "1 Introduction", "Introduction"}) {
    rows.push_back({nobodys, best, "", best});
  }
  std::vector<std::string> arguments{"--json", "add"};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    pdf_writer pdf;
    pdf.title(rows[i].own);
    if (!rows[i].bookmark.empty()) pdf.bookmark(rows[i].bookmark);
    auto lines = body;
    lines.push_back("Number " + std::to_string(i) + " of its kind.");
    rows[i].largest.empty() ? pdf.page(lines) : pdf.headed_page(rows[i].largest, 22, lines);
    arguments.push_back(at.write("report-" + std::to_string(i) + ".pdf", pdf.bytes()).native());
  }
  std::istringstream out(at.run(arguments).out);
  std::string line;
  for (const auto& r : rows) {
    CAPTURE(r.own);
    REQUIRE(std::getline(out, line));
    CHECK(nlohmann::json::parse(line)["title"] == r.title);
  }
  CHECK(at.run({"--json", "recompile", "--all"}).json()["status"] == "unchanged");
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb pdf: a page that unpacks to more than the limit is refused before it takes the memory") {
  const library at;
  // Long words at many places: poppler sorts them, and that is not to be what takes the time.
  const std::string word(200, 'm');
  std::string text = "BT /F1 4 Tf\n";
  for (int i = 0; text.size() < 20'000; ++i)
    text += "1 0 0 1 20 " + std::to_string(20 + i * 7 % 700) + " Tm (" + word + ") Tj\n";
  constexpr std::size_t unpacked = std::size_t{64} << 20U;
  pdf_writer compressed;
  compressed.page({"An honest page."});
  compressed.page_of(pdf_writer::stream("/Filter /FlateDecode", deflated_copies(text, unpacked)));
  pdf_writer nested;  // each form calls the one before ten times
  auto inner = nested.form("BT /F1 4 Tf 20 20 Td (" + word + ") Tj ET\n");
  for (int level = 0; level < 6; ++level) {
    std::string calls;
    for (int i = 0; i < 10; ++i) calls += "1 0 0 1 0 4.1 cm /F Do\n";
    inner = nested.form(calls, {{"F", inner}});
  }
  nested.page_of(pdf_writer::stream({}, "/F Do"), {{"F", inner}});
  const auto before = at.image();
  for (auto* bomb : {&compressed, &nested}) {
    const auto file = at.write("bomb.pdf", bomb->bytes());
    CHECK(fs::file_size(file) < 1'500'000);
    // What is not refused takes many gigabytes: the machine that the test runs on is not to be its victim.
    const auto run = at.start({"--json", "add", file.native()}, {"prlimit", "--as=8589934592"}).wait();
    CHECK(run.code == 1);
    REQUIRE(run.out != "");
    CHECK(run.json()["error"]["message"] == "the PDF cannot be read");
    const auto advice = run.json()["error"]["advice"].get<std::string>();
    CHECK_MESSAGE(advice.starts_with(bomb == &compressed ? "page 2 takes more than 256 MiB"
                                                         : "the document takes more than 256 MiB"),
                  advice);
    MESSAGE("at most " << run.peak / 1024 << " MiB of memory");
    CHECK(run.peak < 400 * 1024);
  }
  CHECK(difference_text(before, at.image()) == "");
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb pdf: an image that takes more memory than the limit is left out, and its document is not") {
  const library at;
  pdf_writer pdf;
  pdf.page({"A page before it."}, 24, 10);
  const auto image = pdf.empty_image(15'000);
  pdf.page_of(
      pdf_writer::stream({}, "BT /F1 12 Tf 72 720 Td (The page of the image.) Tj ET q 100 0 0 100 72 100 cm /I Do Q"),
      {{"I", image}});
  pdf.page({"A page behind it."}, 24, 20);
  const auto run =
      at.start({"--json", "add", at.write("a.pdf", pdf.bytes()).native()}, {"prlimit", "--as=8589934592"}).wait();
  CHECK(run.code == 0);
  CHECK(run.json()["images"] == 2);
  REQUIRE(warnings_of(run).size() == 1);
  CHECK(warnings_of(run)[0].starts_with("an image on page 2 takes more than 768 MiB"));
  CHECK(at.source("a").find("The page of the image.") != std::string::npos);
  CHECK(run.peak < 900 * 1024);
  CHECK(at.wrong() == "");
}
