#include "documents/document.hpp"

#include "converters/images.hpp"
#include "documents/find_documents.hpp"
#include "program.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using openkb::read_document;
using openkb::testing::place;
using openkb::testing::png;
namespace cp = commitpoint;

TEST_CASE("document: read once, with its hash and its place") {
  const place directory;
  const auto read = read_document(directory.write("My Notes.MD", "# Hello\n"));
  REQUIRE(read);
  CHECK(read.value().stem == "my-notes");
  CHECK(read.value().extension == ".md");
  CHECK(read.value().place == (directory.path() / "My Notes.MD").native());
  CHECK(read.value().sha256.size() == 64);
  CHECK(read.value().bytes == "# Hello\n");
}

TEST_CASE("document: what cannot be added says why") {
  const place directory;
  const auto error_of = [&](const std::string& name, std::string_view bytes) {
    return read_document(directory.write(name, bytes)).error();
  };
  CHECK(error_of("a.md", "ab\xff") == openkb::error::not_utf8);
  CHECK(error_of("b.txt", std::string_view("a\0b", 3)) == openkb::error::not_text);
  CHECK(error_of("c.txt", "") == openkb::error::no_text);
  CHECK(error_of("d.txt", " \n\t\n") == openkb::error::no_text);
  CHECK(error_of("e.html", "<script>x</script>") == openkb::error::no_text);
  CHECK(error_of("f.pdf", "x") == openkb::error::bad_pdf);
  CHECK(error_of("f.docx", "x") == openkb::error::not_a_document);
  CHECK(read_document(directory.path() / "none.md").error() == std::errc::no_such_file_or_directory);
  CHECK(read_document(directory.path()).error() == openkb::error::not_a_file);
  const auto pipe = directory.path() / "pipe.md";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(read_document(pipe).error() == openkb::error::not_a_file);
  CHECK(read_document(pipe).error().path() == pipe.native());
}

TEST_CASE("document: images are copied once each, under safe names") {
  const place directory;
  directory.write("doc/img/a.png", png("A"));
  directory.write("doc/img/B c.PNG", png("B"));
  directory.write("a.png", png("other A"));
  const auto file = directory.write(
      "doc/x.md",
      "![1](img/a.png) ![2](img/a.png?raw=true) ![3](<img/B c.PNG>) ![4](img/B%20c.PNG) ![5](../a.png)\n"
      "![6](https://x.org/a.png) ![7](none.png) ![8](data:image/png;base64,AA)\n");
  const auto read = read_document(file, {.images_from = {directory.path()}});
  REQUIRE(read);
  const auto& d = read.value();
  REQUIRE(d.images.size() == 3);
  CHECK(d.images[0].name == "a.png");
  CHECK(d.images[0].bytes == png("A"));
  CHECK(d.images[1].name == "b-c.png");
  CHECK(d.images[2].bytes == png("other A"));
  CHECK(d.images[2].name.size() == std::string("a-12345678.png").size());
  CHECK(d.markdown.find("![7](none.png)") != std::string::npos);
  CHECK(d.markdown.find("![6](https://x.org/a.png)") != std::string::npos);
  REQUIRE(d.warnings.size() == 1);
  CHECK(d.warnings[0].find("none.png") != std::string::npos);
}

TEST_CASE("document: no image is taken from elsewhere, and nothing that is no image") {
  const place directory;
  directory.write("secret.png", png("secret"));
  directory.write("doc/text.png", "a key");
  directory.write("doc/own.png", png("own"));
  std::filesystem::create_symlink("../secret.png", directory.path() / "doc/link.png");
  std::filesystem::create_symlink("..", directory.path() / "doc/up");
  std::filesystem::create_symlink("own.png", directory.path() / "doc/inside.png");
  REQUIRE(::mkfifo((directory.path() / "doc/pipe.png").c_str(), 0600) == 0);
  const std::vector<std::string> bad{"/proc/self/environ",
                                     "../secret.png",
                                     "..%2fsecret.png",
                                     "link.png",
                                     "up/secret.png",
                                     "up/doc/../secret.png",
                                     (directory.path() / "secret.png").native(),
                                     "text.png",
                                     "pipe.png",
                                     "up",
                                     "a%00b.png"};
  for (const auto* kind : {"x.md", "x.html"}) {
    std::string text = "Words.\n\n";
    const bool html = std::string(kind) == "x.html";
    for (const auto& target : bad) text += html ? "<img src='" + target + "'>" : "![](" + target + ")\n";
    text += html ? "<img src='inside.png'>" : "![](inside.png)\n";
    const auto read = read_document(directory.write(std::string("doc/") + kind, text));
    REQUIRE(read);
    CHECK(read.value().warnings.size() == bad.size());
    REQUIRE(read.value().images.size() == 1);
    CHECK(read.value().images.front().bytes == png("own"));
    for (const auto& target : bad) {
      CAPTURE(target);
      CHECK(read.value().markdown.find("](" + target + ")") != std::string::npos);
      CHECK(std::ranges::any_of(read.value().warnings,
                                [&](const auto& w) { return w.find("'" + target + "'") != std::string::npos; }));
    }
  }
}

TEST_CASE("document: an image that not everybody may read stays so, and images are known by their bytes") {
  const place directory;
  REQUIRE(::chmod(directory.write("closed.png", png("")).c_str(), 0600) == 0);
  REQUIRE(::chmod(directory.write("open.png", png("open")).c_str(), 0644) == 0);
  const auto read = read_document(directory.write("x.md", "![](closed.png) ![](open.png)\n"));
  REQUIRE(read);
  REQUIRE(read.value().images.size() == 2);
  CHECK(read.value().images[0].mode == 0600U);
  CHECK_FALSE(read.value().images[1].mode);
  using namespace std::string_view_literals;
  for (const auto bytes :
       {"\x89PNG\r\n\x1a\n..."sv, "\xFF\xD8\xFF\xE0"sv, "GIF89a;"sv, "RIFF\0\0\0\0WEBPVP8 "sv, "II*\0...."sv,
        "\0\0\0\x1c"
        "ftypavif"sv,
        "<svg xmlns='x'/>"sv, "\xEF\xBB\xBF<?xml version='1.0'?>\n<!-- a > b -->\n<!DOCTYPE svg>\n<svg>"sv}) {
    CHECK(openkb::is_image(bytes));
  }
  for (const auto bytes : {""sv, "A"sv, "BM and words"sv, "root:x:0:0"sv, "<svgs>"sv, "<html><svg/>"sv, "<?xml"sv,
                           "<!-- <svg>"sv, "RIFF\0\0\0\0WAVEfmt "sv,
                           "\0\0\0\x1c"
                           "ftypmp42"sv}) {
    CHECK_FALSE(openkb::is_image(bytes));
  }
}

TEST_CASE("document: other relative links lead to where they led") {
  const place directory;
  const auto read = read_document(directory.write("d/x.md", "[a](../b c.md#d) [e](#f) [g](https://h.org) `[i](j)`\n"));
  REQUIRE(read);
  CHECK(read.value().markdown == "[a](../b c.md#d) [e](#f) [g](https://h.org) `[i](j)`\n");  // a blank: no link
  const auto other = read_document(directory.write("d/y.md", "[a](../b%20c.md#d)\n"));
  REQUIRE(other);
  CHECK(other.value().markdown == "[a](file://" + directory.path().native() + "/b%20c.md#d)\n");
}

TEST_CASE("document: a directory gives its documents in order") {
  const place directory;
  for (const auto* name : {"b.md", "a/z.txt", "a/skip.bin", ".hidden/x.md", "own/y.md", "c.HTM"}) {
    directory.write(name, "x");
  }
  std::filesystem::create_symlink(directory.path(), directory.path() / "loop");
  std::filesystem::create_symlink("nowhere", directory.path() / "dead.md");
  std::filesystem::create_symlink("/etc/hostname", directory.path() / "out.md");
  const auto found = openkb::find_documents(directory.path(), {directory.path() / "own"});
  std::vector<std::string> names;
  for (const auto& file : found.files) names.push_back(std::filesystem::relative(file, directory.path()).native());
  REQUIRE(found.unreadable.size() == 1);
  CHECK(found.unreadable.front() == openkb::error::leads_outside);
  CHECK(found.unreadable.front().path() == (directory.path() / "out.md").native());
  REQUIRE(found.files.size() == 4);
  CHECK(found.files[0] == directory.path() / "a/z.txt");
  CHECK(found.files[1] == directory.path() / "b.md");
  CHECK(found.files[2] == directory.path() / "c.HTM");
  CHECK(found.files[3] == directory.path() / "dead.md");
  CHECK(openkb::lies_in(directory.path() / "own/deep/x.md", {directory.path() / "own"}));
  CHECK_FALSE(openkb::lies_in(directory.path() / "own.md", {directory.path() / "own"}));
}
