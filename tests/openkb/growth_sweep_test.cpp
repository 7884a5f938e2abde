// An add costs what it touches, however much is in the knowledge base already.

#include "program.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using openkb::testing::content_of;
using openkb::testing::place;

constexpr int few = 100;

// COMMITPOINT_GROWTH=10000 takes some minutes.
int many() {
  const auto* asked = std::getenv("COMMITPOINT_GROWTH");  // NOLINT(concurrency-mt-unsafe): no other thread
  return asked != nullptr ? std::atoi(asked) : 2000;      // NOLINT(cert-err34-c): 0 fails below
}

bool is_usable(const std::string& tool) {
  return std::system((tool + " true >/dev/null 2>&1").c_str()) == 0;  // NOLINT(cert-env33-c): a test's own names
}

// Each has words and a topic of its own, some that it shares with others, and links to two.
std::string text_of(int i) {
  const auto n = [](int number) { return std::to_string(number); };
  return "# Note " + n(i) + "\n\nThe rollback journal of Ada Lovelace number" + n(i) + " and the quorum of paxos" +
         n(i % 97) + " are here. The write ahead log" + n(i % 11) + " follows, and so do [the last](n" + n(i - 1) +
         ".md) and [another](n" + n(i / 2) + ".md).\n";
}

class library : public place {
 public:
  library() {
    REQUIRE(run({"init"}).code == 0);
    for (int i = 0; i < 16; ++i)
      more_.push_back(write("more/m" + std::to_string(i) + ".md", text_of(1'000'000 + i)).native());
    // The registry's statistics and the journal's size are those of a knowledge base in use.
    REQUIRE(add(write("more/first.md", text_of(2'000'000))).code == 0);
  }

  void grow_to(int count) {
    const auto folder = "docs/to-" + std::to_string(count);
    for (; there_ < count; ++there_) write(folder + "/n" + std::to_string(there_) + ".md", text_of(there_));
    REQUIRE(run({"add", "--jobs", "2", "--batch", "128", (path() / folder).native()}).code == 0);
    REQUIRE(run({"--json", "status"}).json()["documents"] == count + 1);
    // Batches leave large records in the journal, which some of the next adds throw away, whatever is there already.
    (void)add_under({});
  }

  /// Of adding the others, one by one: all system calls, and of them those that read and write the pages of SQLite.
  struct calls {
    double all = 0;
    double pages = 0;
  };
  [[nodiscard]] calls system_calls() const {
    const auto counts = path() / "counts";
    (void)add_under({"strace", "-f", "-qq", "-c", "-U", "calls,name", "-o", counts.native()});
    std::istringstream lines(content_of(counts));
    calls out;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream columns(line);
      double number = 0;
      std::string name;
      if (!(columns >> number >> name)) continue;
      if (name == "total") out.all = number / static_cast<double>(more_.size());
      if (name == "pread64" || name == "pwrite64") out.pages += number / static_cast<double>(more_.size());
    }
    REQUIRE(out.all > out.pages);
    return out;
  }

  [[nodiscard]] double instructions() const {
    const auto run = add_under({"valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"});
    const auto at = run.err.find("Collected : ");
    REQUIRE(at != std::string::npos);
    return std::stod(run.err.substr(at + 12)) / static_cast<double>(more_.size());
  }

 private:
  // And takes them out again. A copy would have to be looked through first, as what was written by somebody else.
  [[nodiscard]] openkb::testing::ended add_under(const std::vector<std::string>& tool) const {
    const auto all = [&](std::vector<std::string> command) {
      command.insert(command.end(), more_.begin(), more_.end());
      return command;
    };
    auto out = start(all({"add"}), tool).wait();
    REQUIRE(out.code == 0);
    REQUIRE(run(all({"remove"})).code == 0);
    return out;
  }

  std::vector<std::string> more_;
  int there_ = 0;
};

}  // namespace

TEST_CASE("openkb: an add among thousands makes the system calls and takes the instructions of one among a hundred") {
  const bool strace = is_usable("strace -o /dev/null");
  const bool valgrind = is_usable("valgrind --tool=none");
  if (!strace && !valgrind) {
    MESSAGE("SKIPPED: neither strace nor valgrind can be used here");
    return;
  }
  library at;
  at.grow_to(few);
  const auto calls = strace ? at.system_calls() : library::calls{};
  const auto instructions = valgrind ? at.instructions() : 0;
  at.grow_to(many());
  if (strace) {
    const auto later = at.system_calls();
    MESSAGE("system calls of an add: " << calls.all << ", then " << later.all << "; of them for pages " << calls.pages
                                       << ", then " << later.pages);
    CHECK(later.all - later.pages < (calls.all - calls.pages) * 1.05);
    // The more rows, the fewer of those that it touches share a page; then each has its own.
    CHECK(later.pages < calls.pages * 2);
  }
  if (valgrind) {
    const auto later = at.instructions();
    MESSAGE("instructions of an add: " << instructions << ", then " << later);
    CHECK(later < instructions * 1.05);
  }
}
