#include <commitpoint/commitpoint.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace cp = commitpoint;

namespace {

// Both files always say the same number; each mutation adds one to it.
cp::result<void> count_up(cp::mutation& m) {
  BOOST_OUTCOME_TRY(const auto text, m.read("a"));
  const auto next = std::to_string(std::stoi(text) + 1);
  BOOST_OUTCOME_TRYV(m.write("a", next));
  BOOST_OUTCOME_TRYV(m.write("b", next));
  return m.append("log", next + "\n");
}

}  // namespace

TEST_CASE("threads that share a coordinator exclude each other, and readers see committed states only") {
  const cp::testing::temporary_directory directory;
  auto opened = cp::coordinator<cp::durability::process_crash>::open(directory.path());
  REQUIRE(opened);
  auto& kb = opened.value();
  REQUIRE(kb.acquire().value().run({}, [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("a", "0"));
    return m.write("b", "0");
  }));

  constexpr int writers = 4;
  constexpr int rounds = 25;
  std::atomic<int> failures{0};
  std::atomic<int> torn{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < writers; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < rounds; ++i) {
        auto owner = kb.acquire();
        if (!owner || !owner.value().run({.operation = "count"}, count_up)) ++failures;
      }
    });
    threads.emplace_back([&] {
      for (int i = 0; i < rounds; ++i) {
        auto reader = kb.read();
        if (!reader) {
          ++failures;
          continue;
        }
        if (reader.value().read("a").value() != reader.value().read("b").value()) ++torn;
      }
    });
  }
  for (auto& t : threads) t.join();

  CHECK(failures == 0);
  CHECK(torn == 0);
  auto reader = kb.read();
  REQUIRE(reader);
  CHECK(reader.value().read("a").value() == std::to_string(writers * rounds));
  std::string expected;
  for (int i = 1; i <= writers * rounds; ++i) expected += std::to_string(i) + "\n";
  CHECK(reader.value().read("log").value() == expected);
}
