#include "http_server.hpp"
#include "pdf.hpp"
#include "program.hpp"
#include "remote/fetch.hpp"
#include "remote/http.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace fs = std::filesystem;
using openkb::testing::content_of;
using openkb::testing::http_question;
using openkb::testing::http_reply;
using openkb::testing::http_server;
using openkb::testing::pdf_writer;
using openkb::testing::place;

const std::string page =
    "<!DOCTYPE html><html><head><title>On commits</title></head><body><h1>Atomic commits</h1><p>The atomic commit of "
    "Ada "
    "Lovelace. The <a href='more.html'>atomic commit</a> again. <img src='/i.png'></p></body></html>";

std::string small_pdf() {
  pdf_writer pdf;
  pdf.page({"The atomic commit of Ada Lovelace is in a PDF."});
  return pdf.bytes();
}

http_reply site(const http_question& asked) {
  if (asked.path == "/wiki/Atomic.html") return {.headers = {"Content-Type: text/html; charset=utf-8"}, .body = page};
  if (asked.path == "/moved") return {.status = 302, .headers = {"Location: /wiki/Atomic.html"}};
  if (asked.path == "/loop") return {.status = 302, .headers = {"Location: /loop"}};
  if (asked.path == "/file") return {.status = 302, .headers = {"Location: file:///etc/passwd"}};
  if (asked.path == "/lying.html") return {.headers = {"Content-Type: text/html"}, .body = small_pdf()};
  if (asked.path == "/lying.pdf") return {.headers = {"Content-Type: application/pdf"}, .body = page};
  if (asked.path == "/named") {
    return {.headers = {"Content-Type: application/octet-stream",
                        "Content-Disposition: attachment; filename=\"../My Notes.md\""},
            .body = "# Notes\n\nOf the atomic commit, see [there](x.md).\n"};
  }
  if (asked.path == "/latin") {
    return {.headers = {"Content-Type: text/html; charset=iso-8859-1"}, .body = "<html><p>Caf\xE9 au lait</p></html>"};
  }
  if (asked.path == "/cut.html") return {.headers = {"Content-Type: text/html"}, .body = page, .announced = 100'000};
  if (asked.path == "/slow.html")
    return {.headers = {"Content-Type: text/html"}, .body = page, .announced = 100'000, .hang = true};
  if (asked.path == "/video") return {.headers = {"Content-Type: video/mp4"}, .padding = std::size_t{100} << 20U};
  if (asked.path == "/empty.html") return {.headers = {"Content-Type: text/html"}};
  return {.status = 404, .headers = {"Content-Type: text/html"}, .body = page};
}

#if defined(__SANITIZE_ADDRESS__)
constexpr bool is_sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif
#else
constexpr bool is_sanitized = false;
#endif

}  // namespace

TEST_CASE("http: names and addresses") {
  CHECK(openkb::name_in_url("http://h/a/b%20c.html?x=1#y") == "b c.html");
  CHECK(openkb::name_in_url("http://h.org/") == "h.org");
  CHECK(openkb::name_in_disposition("attachment; filename=\"a \\\"b\\\".pdf\"; size=1") == "a \"b\".pdf");
  CHECK(openkb::name_in_disposition("attachment; filename=plain.txt; x") == "plain.txt");
  CHECK(openkb::name_in_disposition("attachment; filename=\"x.txt\"; filename*=UTF-8''na%C3%AFve.txt") == "naïve.txt");
  CHECK(openkb::name_in_disposition("attachment; filename=\"../../etc/passwd\"") == "passwd");
  CHECK(openkb::name_in_disposition("inline").empty());
  CHECK(openkb::resolved_url("http://h/a/b?c", "../d e.html#f") == "http://h/d%20e.html#f");
  CHECK(openkb::is_http_url("HTTPS://h"));
  CHECK_FALSE(openkb::is_http_url("ftp://h"));
}

TEST_CASE("fetch: first bytes count before the content type, and that before the name") {
  using openkb::format;
  const auto kind = [](std::string_view bytes, std::string_view type, const std::string& name) {
    return openkb::kind_of(bytes, type, name, "http://h/");
  };
  CHECK(kind("%PDF-1.7", "text/html", "a.html").value() == format::pdf);
  CHECK(kind(" <!DOCTYPE HTML>", "application/pdf", "a.pdf").value() == format::html);
  CHECK(kind("<p>x", "text/html", "a.md").value() == format::html);
  CHECK(kind("# x", "text/plain", "a.md").value() == format::markdown);
  CHECK(kind("x", "text/plain", "a").value() == format::text);
  CHECK(kind("x", "", "a.txt").value() == format::text);
  CHECK(kind(std::string_view("\0x", 2), "text/plain", "a.txt").error() == openkb::error::not_a_document);
  CHECK(kind("x", "application/json", "a.json").error() == openkb::error::not_a_document);
}

TEST_CASE("openkb add URL: html, redirects, lying content types, names, encodings") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const http_server server(site);
  const auto add = [&](const std::string& path) { return at.run({"--json", "add", server.url(path)}); };
  const auto first = add("/wiki/Atomic.html");
  REQUIRE(first.code == 0);
  CHECK(first.json()["name"] == "atomic");
  CHECK(first.json()["title"] == "Atomic commits");
  CHECK(content_of(at.kb() / "raw/atomic.html") == page);
  const auto source = content_of(at.kb() / "wiki/sources/atomic.md");
  CHECK(source.find("[atomic commit](" + server.url("/wiki/more.html") + ")") != std::string::npos);
  CHECK(source.find("](" + server.url("/i.png") + ")") != std::string::npos);

  const auto before = at.image();
  const auto registry = content_of(at.kb() / ".openkb/registry.db");
  for (const auto* same : {"/wiki/Atomic.html", "/moved", "/lying.pdf"}) {
    CAPTURE(same);
    CHECK(add(same).json()["status"] == "skipped");
  }
  CHECK(difference_text(before, at.image()) == "");
  CHECK(content_of(at.kb() / ".openkb/registry.db") == registry);

  const auto pdf = add("/lying.html").json();
  CHECK(pdf["name"] == "lying");
  CHECK(content_of(at.kb() / "raw/lying.pdf") == small_pdf());
  CHECK(add("/named").json()["name"] == "my-notes");
  CHECK(add("/latin").json()["status"] == "added");
  CHECK(content_of(at.kb() / "wiki/sources/latin.md").find("Café au lait") != std::string::npos);
  CHECK(at.wrong() == "");
  CHECK(at.run({"lint"}).code == 0);
  CHECK(at.run({"--json", "remove", server.url("/named")}).json()["name"] == "my-notes");
}

TEST_CASE("openkb add URL: what goes wrong is named, and the tree is untouched") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const http_server server(site);
  const auto before = at.image();
  const auto message = [&](const std::string& url, std::vector<std::string> options = {}) {
    options.insert(options.begin(), {"--json", "add", url});
    const auto run = at.run(options);
    CHECK(run.code == 1);
    CHECK(run.json()["document"] == url);
    return run.json()["error"]["message"].get<std::string>();
  };
  CHECK(message(server.url("/nothing")) == "the server has nothing there");
  CHECK(message(server.url("/cut.html")) == "the server could not be reached, or broke off");
  CHECK(message(server.url("/slow.html"), {"--timeout", "1"}) == "the server took too long");
  CHECK(message(server.url("/loop")) == "the server could not be reached, or broke off");
  CHECK(message(server.url("/file")) == "the server could not be reached, or broke off");
  CHECK(message(server.url("/video")) == "not a kind of document that openkb knows");
  CHECK(message(server.url("/empty.html")) == "the document has no text");
  CHECK(message("http://127.0.0.1:1/") == "the server could not be reached, or broke off");
  CHECK(difference_text(before, at.image()) == "");
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb add URL: a body of 200 MB is streamed, and a smaller limit refuses it") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  pdf_writer small;
  small.page({"A small text in a large file about the atomic commit."});
  constexpr std::size_t size = std::size_t{200} << 20U;
  const auto [head, tail] = small.around(size);
  const http_reply reply{.headers = {"Content-Type: application/pdf"}, .body = head, .padding = size, .tail = tail};
  const auto large = [&](const http_question&) { return reply; };
  const http_server server(large);
  const auto refused = at.run({"--json", "add", "--max-size", "100", server.url("/large.pdf")});
  CHECK(refused.code == 1);
  CHECK(refused.json()["error"]["message"] == "the file is too large");
  CHECK(at.wrong() == "");
  const auto run = at.run({"--json", "add", server.url("/large.pdf")});
  REQUIRE(run.code == 0);
  MESSAGE("at most " << run.peak / 1024 << " MiB of memory");
  if (!is_sanitized) CHECK(run.peak < 64 * 1024);
  CHECK(fs::file_size(at.kb() / "raw/large.pdf") > size);
  CHECK(at.wrong() == "");
}

TEST_CASE("F30: Ctrl-C ends a download with 130, and nothing is changed") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const http_server server(site);
  const auto before = at.image();
  const auto running = at.start({"add", server.url("/slow.html")});
  while (server.asked().empty()) std::this_thread::yield();
  running.signal(SIGINT);
  CHECK(running.wait().code == 130);
  CHECK(difference_text(before, at.image()) == "");
  CHECK(at.wrong() == "");
}
