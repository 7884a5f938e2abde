#include "http_server.hpp"
#include "program.hpp"

#include <doctest/doctest.h>

#include <semaphore>
#include <sstream>
#include <string>
#include <vector>

namespace {

using openkb::testing::http_question;
using openkb::testing::http_reply;
using openkb::testing::http_server;
using openkb::testing::place;

std::vector<std::string> statuses_of(const std::string& said) {
  std::vector<std::string> out;
  std::istringstream lines(said);
  for (std::string line; std::getline(lines, line);) out.push_back(nlohmann::json::parse(line).at("status"));
  return out;
}

}  // namespace

TEST_CASE("openkb manners: each argument is accounted for, whatever is wrong with one of them") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto a = at.write("a.md", "# A\n\nText.\n").native();
  const auto b = at.write("b.md", "# B\n\nOther text.\n").native();
  for (const auto& how :
       {std::vector<std::string>{"--json", "add"}, {"--json", "add", "--jobs", "2", "--batch", "4"}}) {
    auto arguments = how;
    for (const auto& argument : {std::string{}, a, std::string("http://"), b}) arguments.push_back(argument);
    const auto run = at.run(arguments);
    INFO(run.out);
    CHECK(run.code == 1);
    CHECK(statuses_of(run.out) == std::vector<std::string>{"failed", "added", "failed", "added"});
    CHECK(at.run({"remove", "a", "b"}).code == 0);
  }
}

TEST_CASE("openkb manners: exit 130 says what had been added, and what was interrupted has not failed") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  std::binary_semaphore asked(0);
  std::binary_semaphore over(0);
  const http_server server([&](const http_question&) -> http_reply {
    asked.release();
    over.acquire();
    return {.status = 404};
  });
  const auto a = at.write("a.md", "# A\n\nText.\n").native();
  const auto b = at.write("b.md", "# B\n\nOther text.\n").native();
  for (const bool json : {false, true}) {
    std::vector<std::string> arguments{"add", a, server.url("/x"), b};
    if (json) arguments.insert(arguments.begin(), "--json");
    const auto adding = at.start(arguments);
    asked.acquire();
    adding.signal(SIGINT);
    const auto run = adding.wait();
    over.release();
    CHECK(run.code == 130);
    INFO(run.out);
    INFO(run.err);
    if (json) {
      CHECK(statuses_of(run.out) == std::vector<std::string>{"added", "interrupted", "not begun"});
    } else {
      CHECK(run.out.ends_with("1 added, 0 skipped, 0 failed, 1 interrupted, 1 not begun\n"));
      CHECK(run.err.find("added before, and here to stay: 1 document\n") != std::string::npos);
    }
    CHECK(at.run({"--json", "status"}).json()["documents"] == 1);
    REQUIRE(at.run({"remove", "a"}).code == 0);
  }
}
