#include "library.hpp"
#include "program.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace fs = std::filesystem;
using openkb::testing::content_of;
using openkb::testing::fill_library;
using openkb::testing::place;

}  // namespace

TEST_CASE("openkb: 1,000 documents in batches are those of one at a time, also when killed at 20 moments") {
  const place serial;
  fill_library(serial.path() / "docs", 1000);
  REQUIRE(serial.run({"init"}).code == 0);
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(serial.run({"add", (serial.path() / "docs").native()}).code == 0);
  const auto took = std::chrono::steady_clock::now() - began;
  CHECK(serial.wrong() == "");
  auto expected = serial.image(false);

  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const std::vector<std::string> add{"add", "--jobs", "2", "--batch", "64", (serial.path() / "docs").native()};
  std::mt19937 random(2);
  std::size_t killed = 0;
  for (int i = 0; i < 20; ++i) {
    CAPTURE(i);
    const auto running = at.start(add);
    // Twenty moments of the time that all of it takes, or takes again.
    std::this_thread::sleep_for(took / 20 * static_cast<int>(random() % 100) / 50);
    running.signal(SIGKILL);
    killed += running.wait().code == 137 ? 1U : 0U;
    REQUIRE(at.run({"recover"}).code == 0);
    if (i % 7 == 0) CHECK(at.wrong() == "");
  }
  MESSAGE(killed << " of 20 were killed before they were done");
  REQUIRE(at.run(add).code == 0);
  CHECK(at.wrong() == "");
  CHECK(difference_text(expected, at.image(false)) == "");
}

TEST_CASE("F26, F27: two processes add folders while readers come and go, some adders are killed") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  fill_library(at.path() / "docs", 200);  // two folders
  const auto start = [&](const std::string& folder) {
    return at.start({"add", "--jobs", "2", "--batch", "8", (at.path() / "docs" / folder).native()}, {},
                    "said-" + folder);
  };
  std::mt19937 random(3);
  std::size_t last = 0;
  for (int round = 0; round < 6; ++round) {
    const auto one = start("0");
    const auto two = start("1");
    for (int i = 0; i < 4; ++i) {
      const auto listed = at.run({"--json", "list"});
      REQUIRE(listed.code == 0);
      const auto documents = listed.json()["documents"].size();
      CHECK(documents >= last);  // what was committed once stays
      last = documents;
    }
    if (round < 5) {
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 300));
      (round % 2 == 0 ? one : two).signal(SIGKILL);
    }
    const auto ended_one = one.wait();
    const auto ended_two = two.wait();
    for (const auto code : {ended_one.code, ended_two.code}) CHECK((code == 0 || code == 137));
    REQUIRE(at.run({"recover"}).code == 0);
    CHECK(at.wrong() == "");
  }
  CHECK(at.run({"--json", "list"}).json()["documents"].size() == 200);
}
