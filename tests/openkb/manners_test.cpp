#include "http_server.hpp"
#include "program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using openkb::testing::content_of;
using openkb::testing::http_question;
using openkb::testing::http_reply;
using openkb::testing::http_server;
using openkb::testing::place;

const std::string article = "# Atomic commit\n\nThe atomic commit of Ada Lovelace keeps a rollback journal.\n";

http_reply said(const std::string& content) {
  return {.headers = {"Content-Type: application/json"},
          .body = json{{"choices", {{{"message", {{"role", "assistant"}, {"content", content}}}}}}}.dump()};
}

}  // namespace

TEST_CASE("openkb --trace: a trace of every step, also of a run that was killed") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto file = at.write("a.md", article).native();
  const auto trace = at.path() / "trace.json";
  REQUIRE(at.run({"--trace", trace.native(), "add", file}).code == 0);
  const auto whole = json::parse(content_of(trace));
  std::set<std::string> steps;
  for (const auto& e : whole) {
    if (e.value("cat", "") == "step" && e["ph"] == "B") steps.insert(e["name"].get<std::string>());
  }
  for (const auto* step : {"lock", "body", "stage", "barrier", "commit", "publish"}) {
    CAPTURE(step);
    CHECK(steps.contains(step));
  }
  at.write("a.md", article + "More.\n");
  REQUIRE(at.run({"--trace", trace.native(), "--crash-at", "committed", "add", file}).code == 137);
  const auto cut = json::parse(content_of(trace) + "]");
  CHECK(cut.back()["name"] == "committed");
  CHECK(at.run({"--trace", "/nowhere/trace.json", "list"}).code == 1);
}

TEST_CASE("openkb --verbose: every step and its time on standard error, and the answer on standard output") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto run = at.run({"--json", "--verbose", "add", at.write("a.md", article).native()});
  CHECK(run.json()["status"] == "added");
  CHECK(run.err.find(" ms  mutation 2  stage wiki/summaries/a.md\n") != std::string::npos);
  CHECK(run.err.find(" ms  mutation 2  publish ") != std::string::npos);
}

TEST_CASE("openkb completion: a script for each shell, and for no other") {
  const place at;
  for (const auto* shell : {"bash", "zsh", "fish"}) {
    const auto run = at.run({"completion", shell});
    CHECK(run.code == 0);
    CHECK(run.out.find(" __complete ") != std::string::npos);
  }
  CHECK(at.run({"completion", "cmd"}).code == 2);
}

TEST_CASE("openkb --llm-url: the model's view goes into the pages, in the measures of the wiki") {
  place at;
  REQUIRE(at.run({"init"}).code == 0);
  at.set("OPENKB_LLM_KEY=secret");
  std::atomic<int> asked = 0;
  const http_server server([&](const http_question& q) -> http_reply {
    if (q.path != "/v1/chat/completions" || q.method != "POST") return {.status = 404};
    if (q.headers.at("authorization") != "Bearer secret") return {.status = 401};
    if (++asked == 1) return {.status = 503};
    const auto body = json::parse(q.body);
    CHECK(body["model"] == "some-model");
    CHECK(body["messages"][1]["content"].get<std::string>().find("rollback journal") != std::string::npos);
    return said(
        R"({"title": "The <b>model's</b> title\n# x", "summary": ["One.", 2], "concepts": [{"title": "Durability",
                    "excerpt": "It lasts."}, {"title": "durability!"}, {"title": "../.."}], "entities": "none"})");
  });
  const auto file = at.write("a.md", article).native();
  const auto run = at.run({"--json", "add", "--llm-url", server.url("/v1"), "--llm-model", "some-model", file});
  REQUIRE(run.code == 0);
  CHECK(run.json()["concepts"] == 0);  // its topics are topics like any other: a second document makes them pages
  const auto second = at.write("b.md", article + "\nSaid again.\n").native();
  const auto both = at.run({"--json", "add", "--llm-url", server.url("/v1"), "--llm-model", "some-model", second});
  CHECK(both.json()["concepts"] == 1);
  CHECK(content_of(at.kb() / "wiki/concepts/durability.md").find("It lasts.") != std::string::npos);
  CHECK(content_of(at.kb() / "wiki/summaries/a.md").find("\n# x") == std::string::npos);
  CHECK(asked == 3);
  CHECK(at.wrong() == "");
  // The configuration names it as well; the built-in one is what is asked for without it.
  at.write("kb/.openkb/config.json", json{{"compiler", {{"url", server.url("/v1")}, {"model", "some-model"}}}}.dump());
  CHECK(at.run({"--json", "recompile", "--all"}).json()["status"] == "unchanged");
  at.write("kb/.openkb/config.json", "{}");
  CHECK(at.run({"--json", "recompile", "--all"}).json()["status"] == "recompiled");
  CHECK(at.wrong() == "");
  at.write("kb/.openkb/config.json", R"({"compiler": {"url": 1}})");
  CHECK(at.run({"add", file}).code == 2);
}

TEST_CASE("openkb --llm-url: a model that fails leaves the tree as it was") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto before = at.image();
  const http_server server([](const http_question& q) -> http_reply {
    if (q.path.starts_with("/refused")) return {.status = 403};
    if (q.path.starts_with("/prose")) return said("I would rather not.");
    return {.body = "no JSON"};
  });
  const auto file = at.write("a.md", article).native();
  for (const auto* path : {"/refused", "/prose", "/else"}) {
    CAPTURE(path);
    const auto run = at.run({"--json", "add", "--llm-url", server.url(path), file});
    CHECK(run.code == 1);
    CHECK(run.json()["error"]["advice"].get<std::string>() != "");
  }
  CHECK(difference_text(before, at.image()) == "");
}
