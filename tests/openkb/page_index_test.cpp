#include "page_index/page_index.hpp"

#include "page_index/error.hpp"
#include "page_index/pdf_process.hpp"
#include "page_index/poppler_document.hpp"
#include "pdf.hpp"
#include "program.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

namespace {

namespace fs = std::filesystem;
using openkb::testing::content_of;
using openkb::testing::pdf_writer;
using openkb::testing::place;
using openkb::testing::typeset;
using store = page_index::index;

fs::path small_pdf(const place& at, const std::string& name, const std::string& text = "Some text.") {
  pdf_writer pdf;
  pdf.page({text}, 32, 200);
  pdf.page({"The second page of " + text});
  return at.write(name, pdf.bytes());
}

}  // namespace

TEST_CASE("pdf_file: pages, text, images, outline of documents that somebody else made") {
  const place at;
  SUBCASE("by hand") {
    const page_index::pdf_file pdf(small_pdf(at, "a.pdf"));
    REQUIRE(pdf.pages() == 2);
    CHECK(pdf.text(1) == "Some text.");
    std::vector<std::string> images;
    pdf.images(1, [&](std::string&& png) { images.push_back(std::move(png)); });
    REQUIRE(images.size() == 1);
    CHECK(images[0].starts_with("\x89PNG"));
    pdf.images(2, [&](std::string&&) { FAIL("there is no image"); });
    CHECK(pdf.sections().empty());
  }
  SUBCASE("by groff") {
    typeset({at.write("one.txt", "The first text.\n"), at.write("two.txt", "The \\second text, 50% (x).\n")},
            at.path() / "b.pdf");
    const page_index::pdf_file pdf(at.path() / "b.pdf");
    REQUIRE(pdf.pages() == 2);
    CHECK(pdf.text(2).find("The \\second text, 50% (x).") != std::string::npos);
    REQUIRE(pdf.sections().size() == 2);
    CHECK(pdf.sections()[1].title.find("two") != std::string::npos);
    CHECK(pdf.sections()[1].page == 2);
  }
  SUBCASE("what is none") {
    for (const auto* bytes : {"", "%PDF-1.4\n", "no PDF"}) {
      CHECK_THROWS_AS(page_index::pdf_file(at.write("x.pdf", bytes)), page_index::error);
    }
    CHECK_THROWS_AS(page_index::pdf_file(at.path() / "none.pdf"), page_index::error);
  }
}

TEST_CASE("page index: a document is stored under a name of its own, page by page") {
  const place at;
  store pages(at.path() / "index");
  const auto source = small_pdf(at, "a.pdf");
  const auto done = pages.add("docs", source, "label");
  CHECK(done.created);
  const auto blob = at.path() / "index/files/docs" / (done.id + ".pdf");
  CHECK(content_of(blob) == content_of(source));
  const auto seen = pages.pages("docs", done.id);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].text == "Some text.");
  REQUIRE(seen[0].images.size() == 1);
  CHECK(fs::exists(at.path() / "index" / store::image_directory("docs", done.id) / seen[0].images[0]));
  CHECK(pages.find("docs", done.id)->label == "label");
  CHECK(pages.strays().empty());
  for (const auto& name : done.new_paths) CHECK(fs::exists(at.path() / "index" / name));

  // Opened again, by whoever.
  store again(at.path() / "index");
  CHECK(again.documents().size() == 1);
  again.remove("docs", done.id);
  again.remove("docs", done.id);
  CHECK(pages.documents().empty());
  CHECK(pages.pages("docs", done.id).empty());
  CHECK(fs::is_empty(at.path() / "index/files/docs"));
}

TEST_CASE("F22: the page index keeps equal contents once, and forgets by label only what that label created") {
  const place at;
  store pages(at.path() / "index");
  const auto first = pages.add("docs", small_pdf(at, "a.pdf"), "one");
  const auto second = pages.add("docs", small_pdf(at, "b.pdf"), "two");
  CHECK(second.id == first.id);
  CHECK_FALSE(second.created);
  CHECK(second.new_paths.empty());
  pages.remove_labelled("two");
  CHECK(pages.find("docs", first.id)->ready);
  CHECK(pages.add("other", small_pdf(at, "a.pdf")).created);  // collections know nothing of each other
  pages.remove_labelled("one");
  CHECK(pages.documents().size() == 1);
}

TEST_CASE("page index: when indexing fails after the store took the document, nothing of it is left") {
  const place at;
  store pages(at.path() / "index");
  const auto source = small_pdf(at, "a.pdf");
  const auto id = pages.add("docs", source).id;
  pages.remove("docs", id);
  // Where the images are to go stands a file; the blob is stored before that is found out.
  at.write("index/files/docs/" + id + "/images", "in the way");
  CHECK_THROWS_AS(pages.add("docs", source), page_index::error);
  CHECK(pages.documents().empty());
  CHECK(fs::is_empty(at.path() / "index/files/docs"));
  // A document that turns out to be none.
  const auto bad = at.write("bad.pdf", "%PDF-1.4\nnothing");
  CHECK_THROWS_AS(pages.add("docs", bad), page_index::error);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(pages.add("docs", source, "x", stop.get_token()), page_index::error);
  CHECK(pages.documents().empty());
  CHECK(pages.strays().empty());
  CHECK(pages.add("docs", source).created);
  CHECK_THROWS_AS(pages.add("../docs", source), page_index::error);
}

TEST_CASE("pdf_process: what another process reads is what this one reads") {
  const place at;
  pdf_writer pdf;
  pdf.title("A title");
  pdf.bookmark("The  beginning");
  pdf.headed_page("Large words", 20, {"Small words, and more of them than there are large ones."});
  pdf.page({"Two images."}, 32, 200);
  pdf.page({});
  const auto file = at.write("a b.pdf", pdf.bytes());
  page_index::pdf_process there(OPENKB_PROGRAM, file, {});
  page_index::poppler_document here(file);
  const auto facts = there.facts();
  CHECK(facts.pages == 3);
  CHECK(facts.title == "A title");
  CHECK(facts.largest_text == "Large words");
  REQUIRE(facts.sections.size() == 1);
  CHECK(facts.sections[0].title == "The  beginning");
  CHECK(facts.sections[0].page == 1);
  for (std::size_t page = 1; page <= 3; ++page) {
    CHECK(there.text(page) == here.text(page));
    std::string images;
    std::string same;
    CHECK(there.images(page, [&](std::string_view piece) { images.append(piece).append(piece.empty() ? "|" : ""); }));
    CHECK(here.images(page, [&](std::string_view piece) { same.append(piece).append(piece.empty() ? "|" : ""); }));
    CHECK(images == same);
  }
  CHECK_THROWS_WITH_AS(std::ignore = there.text(4), "page 4 cannot be read", page_index::error);
  CHECK(there.text(2) == "Two images.");  // it goes on
}

TEST_CASE("pdf_process: a process that cannot be, one that ends, and one that is not waited for") {
  const place at;
  const auto file = small_pdf(at, "a.pdf");
  const auto why = [&](const std::string& program, const std::stop_token& stop = {}) {
    page_index::pdf_process there(program, file, stop);
    try {
      std::ignore = there.facts();
    } catch (const page_index::error& e) {
      return e;
    }
    return page_index::error(page_index::error::kind::store_failed, "nothing");
  };
  CHECK(why("/nowhere/openkb").why() == page_index::error::kind::no_process);
  CHECK(why("/nowhere/openkb").code() == std::errc::no_such_file_or_directory);
  CHECK(std::string(why("/bin/false").what()) == "the document cannot be read by poppler, which ended with code 1");
  std::stop_source source;
  source.request_stop();
  CHECK(why(OPENKB_PROGRAM, source.get_token()).why() == page_index::error::kind::cancelled);
  const auto silent = at.write("silent", "#!/bin/sh\nexec sleep 600\n");
  fs::permissions(silent, fs::perms::owner_all);
  std::stop_source later;
  const std::jthread stopping([&] { later.request_stop(); });
  CHECK(why(silent.native(), later.get_token()).why() == page_index::error::kind::cancelled);
}
