#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/commitpoint.hpp>

#include <doctest/doctest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <system_error>

namespace {

namespace cp = commitpoint;
using support::place;
using support::tree;

// So much address space more than this process has now.
bool limit_memory(std::uint64_t more) {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t pages = 0;
  statm >> pages;
  const rlim_t most = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) + more;
  const rlimit limit{most, most};
  return ::setrlimit(RLIMIT_AS, &limit) == 0;
}

}  // namespace

TEST_CASE("what does not fit in memory is a failure that says so, for owners and readers") {
  const place p(tree{{"large", ""}, {"small", "small"}});
  support::fs::resize_file(p / "large", std::uint64_t{512} << 20U);
  auto kb = cp::coordinator<>::open(p.root()).value();
  support::child limited([&]() -> std::string {
    if (!limit_memory(std::uint64_t{64} << 20U)) return "no limit";
    const auto expected = [](const cp::failure& why) {
      const auto text = why.message();
      const bool says_it = why == std::errc::not_enough_memory && why.path() == "large" &&
                           text.find("536870912 bytes") != std::string::npos &&
                           text.find("in parts") != std::string::npos;
      return says_it ? std::string() : text;
    };
    {
      auto owner = kb.acquire().value();
      std::string trouble;
      const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
        const auto text = m.read("large");
        trouble = text ? "it fitted" : expected(text.error());
        return m.write("new", m.read("small").value());  // a read that fails does no harm
      });
      if (!trouble.empty()) return trouble;
      if (!done) return done.error().message();
    }
    auto reader = kb.read().value();
    const auto text = reader.read("large");
    if (text) return "it fitted";
    if (const auto trouble = expected(text.error()); !trouble.empty()) return trouble;
    return reader.read("new").value() == "small" ? "" : "not committed";
  });
  CHECK(limited.answer() == "");
}
