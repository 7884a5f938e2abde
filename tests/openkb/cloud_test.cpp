#include "http_server.hpp"
#include "program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

using nlohmann::json;
using openkb::testing::content_of;
using openkb::testing::http_question;
using openkb::testing::http_reply;
using openkb::testing::http_server;
using openkb::testing::place;

const std::string key = "secret-key";

// What the cloud has: by id.
struct cloud_document {
  json metadata;
  json pages;
  json tree = json::array();
  int failures = 0;  // 429 so many times first
  std::string status = "completed";
};

cloud_document document_of(std::size_t pages, const std::string& name) {
  cloud_document out;
  out.metadata = {{"id", "x"}, {"name", name}, {"status", "completed"}, {"pageNum", pages}, {"unknown", {1, 2}}};
  out.pages = json::array();
  for (std::size_t i = 1; i <= pages; ++i) {
    out.pages.push_back({{"page_index", i},
                         {"markdown", "Page " + std::to_string(i) + " of Ada Lovelace's report on the atomic commit."},
                         {"images", json::array()}});
  }
  return out;
}

class cloud {
 public:
  explicit cloud(std::map<std::string, cloud_document> documents) : documents_(std::move(documents)) {}

  http_reply operator()(const http_question& asked) {
    const std::scoped_lock guard(mutex_);
    const auto sent = asked.headers.find("api_key");
    if (sent == asked.headers.end() || sent->second != key) return {.status = 401};
    const auto rest = asked.path.substr(std::string("/doc/").size());
    const auto found = documents_.find(rest.substr(0, rest.find('/')));
    if (asked.method != "GET" || found == documents_.end()) return {.status = 404};
    auto& d = found->second;
    if (d.failures > 0) {
      --d.failures;
      return {.status = 429};
    }
    if (rest.ends_with("/metadata")) return answer(d.metadata);
    if (rest.ends_with("/?type=ocr&format=page")) return answer({{"status", d.status}, {"result", d.pages}});
    if (rest.ends_with("/?type=tree&summary=true")) {
      return d.tree.is_null() ? http_reply{.status = 404} : answer({{"status", d.status}, {"result", d.tree}});
    }
    return {.status = 400};
  }

 private:
  static http_reply answer(const json& body) {
    return {.headers = {"Content-Type: application/json"}, .body = body.dump()};
  }

  std::mutex mutex_;
  std::map<std::string, cloud_document> documents_;
};

struct cloud_place : place {
  explicit cloud_place(const std::map<std::string, cloud_document>& documents)
      : all(documents), server([this](const http_question& asked) { return all(asked); }) {
    REQUIRE(run({"init"}).code == 0);
    set("PAGEINDEX_API_KEY=" + key);
    set("PAGEINDEX_BASE_URL=" + server.url());
  }
  openkb::testing::ended import(const std::string& id) const {
    return run({"--json", "add", "--from-pageindex-cloud", id});
  }
  cloud all;
  http_server server;
};

}  // namespace

TEST_CASE("openkb add --from-pageindex-cloud: a document without an original, once") {
  auto d = document_of(3, "The Report.pdf");
  d.pages[0]["images"] = {"data:image/png;base64,iVBORw0KGgo="};
  d.pages[1] = {{"markdown", "See ![](img-0.jpeg) and [x](https://x.org)."}};  // no number, no images
  std::swap(d.pages[0], d.pages[2]);
  d.pages[2]["page_index"] = 1;
  const cloud_place at({{"pi-1", d}});
  const auto run = at.import("pi-1");
  REQUIRE(run.code == 0);
  CHECK(run.json()["name"] == "the-report");
  CHECK(run.json()["images"] == 1);
  const auto source = content_of(at.kb() / "wiki/sources/the-report.md");
  CHECK(source.find("Page 1 of") < source.find("<!-- page 2 -->"));
  CHECK(source.find("<!-- page 2 -->") < source.find("Page 3 of"));
  CHECK(source.find("See  and [x](https://x.org).") != std::string::npos);
  CHECK(source.find("`pageindex-cloud:pi-1`") != std::string::npos);
  CHECK(content_of(at.kb() / "wiki/sources/images/the-report/p1-1.png") == "\x89PNG\r\n\x1a\n");
  CHECK(std::filesystem::is_empty(at.kb() / "raw"));
  CHECK(at.wrong() == "");
  CHECK(at.run({"lint"}).code == 0);
  CHECK(at.run({"--json", "recompile", "--all"}).json()["status"] == "unchanged");

  const auto asked = at.server.asked().size();
  const auto before = at.image();
  CHECK(at.import("pi-1").json()["status"] == "skipped");
  CHECK(at.server.asked().size() == asked);
  CHECK(difference_text(before, at.image()) == "");
  for (const auto& a : at.server.asked()) CHECK(a.starts_with("GET /doc/pi-1/"));
  CHECK(at.run({"--json", "remove", "pageindex-cloud:pi-1"}).json()["name"] == "the-report");
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb add --from-pageindex-cloud: its name, its description and the summaries of its tree are used") {
  auto d = document_of(3, "The Great Report.PDF");
  d.pages[0]["markdown"] = "# Page 1\n\nAda Lovelace's report.";
  d.metadata["description"] = "It tells how <b>commits</b> are made atomic. Journals are explained.";
  d.tree = {{{"title", "Beginnings"},
             {"node_id", "0000"},
             {"page_index", 1},
             {"summary", "How it all began."},
             {"nodes", {{{"title", "The *first* journal"}, {"page_index", 2}, {"summary", "A file beside a file."}}}}},
            {{"title", "Ends"}, {"text", "x"}, {"nodes", json::array()}}};
  auto plain = d;
  plain.metadata.erase("description");
  plain.metadata["name"] = "Plain";
  plain.pages[1]["markdown"] = "Another second page.";
  auto bare = plain;
  bare.metadata["name"] = "Bare";
  bare.pages[1]["markdown"] = "A third second page.";
  bare.tree = nullptr;
  const cloud_place at({{"d", d}, {"plain", plain}, {"bare", bare}});
  const auto run = at.import("d");
  REQUIRE(run.code == 0);
  CHECK(run.json()["title"] == "The Great Report");
  CHECK(run.json()["name"] == "the-great-report");
  CHECK(run.json()["warnings"].empty());
  const auto summary = content_of(at.kb() / "wiki/summaries/the-great-report.md");
  INFO(summary);
  CHECK(summary.starts_with("# The Great Report\n\nIt tells how "));
  CHECK(summary.find("commits") < summary.find("are made atomic.\nJournals are explained.\n"));
  const auto source = content_of(at.kb() / "wiki/sources/the-great-report.md");
  INFO(source);
  CHECK(source.find("- Beginnings (page 1): How it all began.\n  - The \\*first\\* journal (page 2): A file beside a "
                    "file.\n- Ends\n") < source.find("<!-- page 1 -->"));
  REQUIRE(at.import("plain").code == 0);
  CHECK(content_of(at.kb() / "wiki/summaries/plain.md").starts_with("# Plain\n\nHow it all began.\n"));
  const auto without = at.import("bare");
  REQUIRE(without.code == 0);
  CHECK(without.json()["warnings"] == json{"its outline and summaries could not be had: the server has nothing there"});
  CHECK(at.wrong() == "");
  CHECK(at.run({"lint"}).code == 0);
  CHECK(at.run({"--json", "recompile", "--all"}).json()["status"] == "unchanged");
}

TEST_CASE("openkb add --from-pageindex-cloud: documents of 1, 1,000 and 2,500 pages") {
  const cloud_place at({{"a", document_of(1, "a")}, {"b", document_of(1000, "b")}, {"c", document_of(2500, "c")}});
  for (const auto& each : {std::pair{"a", 1}, {"b", 1000}, {"c", 2500}}) {
    const std::string id = each.first;
    const auto run = at.import(id);
    CAPTURE(id);
    REQUIRE(run.code == 0);
    CHECK(run.json()["pages"] == each.second);
    const auto source = content_of(at.kb() / "wiki/sources" / (id + ".md"));
    CHECK(source.find("Page " + std::to_string(each.second) + " of") != std::string::npos);
  }
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb add --from-pageindex-cloud: what goes wrong is named, and the tree is untouched") {
  auto processing = document_of(2, "p");
  processing.metadata["status"] = "processing";
  auto late = document_of(2, "l");
  late.status = "processing";
  auto fewer = document_of(5, "f");
  fewer.pages.erase(3);
  auto twice = document_of(3, "t");
  twice.pages[1]["page_index"] = 1;
  auto broken = document_of(1, "b");
  broken.pages[0]["images"] = {"no base64!"};
  auto none = document_of(0, "n");
  const cloud_place at({{"processing", processing},
                        {"late", late},
                        {"fewer", fewer},
                        {"twice", twice},
                        {"broken", broken},
                        {"none", none}});
  const auto before = at.image();
  const auto message = [&](const std::string& id) {
    const auto run = at.import(id);
    CHECK(run.code == 1);
    CHECK(run.json()["document"] == "pageindex-cloud:" + id);
    return run.json()["error"]["message"].get<std::string>();
  };
  CHECK(message("processing") == "the PageIndex cloud is still processing the document");
  CHECK(message("late") == "the PageIndex cloud is still processing the document");
  for (const auto* id : {"fewer", "twice", "broken"}) {
    CHECK(message(id) == "the answer of the PageIndex cloud is not what it should be");
  }
  CHECK(message("none") == "the document has no text");
  CHECK(message("unknown") == "the server has nothing there");
  CHECK(message("../list") == "the server has nothing there");
  CHECK(
      at.import("fewer").json()["error"]["advice"].get<std::string>().starts_with("it announces 5 pages and sends 4"));
  CHECK(difference_text(before, at.image()) == "");
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb add --from-pageindex-cloud: a wrong key, and none") {
  place at;
  REQUIRE(at.run({"init"}).code == 0);
  CHECK(at.run({"add", "--from-pageindex-cloud", "a"}).code == 2);
  const http_server server([all = std::make_shared<cloud>(std::map<std::string, cloud_document>{})](
                               const http_question& q) { return (*all)(q); });
  at.set("PAGEINDEX_API_KEY=wrong");
  at.set("PAGEINDEX_BASE_URL=" + server.url() + "/");
  const auto run = at.run({"--json", "add", "--from-pageindex-cloud", "a"});
  CHECK(run.code == 1);
  CHECK(run.json()["error"]["message"] == "the server refused");
  CHECK(server.asked().size() == 1);  // what is refused is not tried again
}

TEST_CASE("openkb add --from-pageindex-cloud: a busy server is asked again") {
  auto d = document_of(1, "d");
  d.failures = 1;
  const cloud_place at({{"d", d}});
  CHECK(at.import("d").code == 0);
  CHECK(at.server.asked().size() == 4);
}

TEST_CASE("openkb add --from-pageindex-cloud: of two imports of one id at once, one is skipped") {
  const cloud_place at({{"d", document_of(200, "d")}});
  const auto one = at.start({"--json", "add", "--from-pageindex-cloud", "d"}, {}, "one");
  const auto two = at.start({"--json", "add", "--from-pageindex-cloud", "d"}, {}, "two");
  std::set<std::string> said;
  for (const auto* each : {&one, &two}) {
    const auto ended = each->wait();
    CHECK(ended.code == 0);
    said.insert(ended.json()["status"].get<std::string>());
  }
  CHECK(said == std::set<std::string>{"added", "skipped"});
  CHECK(at.wrong() == "");
  CHECK(at.run({"--json", "list"}).json()["documents"].size() == 1);
}
