#include "pdf.hpp"
#include "program.hpp"

#include <commitpoint/step.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using openkb::testing::pdf_writer;
using openkb::testing::place;

void copy_tree(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  const auto command = "cp -a '" + from.native() + "' '" + to.native() + "'";
  REQUIRE(std::system(command.c_str()) == 0);  // NOLINT(cert-env33-c): a test's own names
}

// A PDF that goes through the page index, and the knowledge base before it goes in and after.
class indexed_place {
 public:
  indexed_place() {
    pdf_writer pdf;
    pdf.page({"The page index of Ada Lovelace."}, 24, 50);
    pdf.page({"The second page of the page index."});
    document_ = at_.write("report.pdf", pdf.bytes()).native();
    REQUIRE(at_.run({"init"}).code == 0);
    copy_tree(at_.kb(), untouched_);
    before_ = at_.image(false);
    REQUIRE(at_.run({"add", "--index-from", "2", document_}).code == 0);
    REQUIRE(fs::exists(at_.kb() / "wiki/sources/report.md"));
    finished_ = at_.image(false);
  }

  // Adds it to the knowledge base as it was, perhaps killed, perhaps failing. Whatever happened, after the next command
  // the knowledge base is as before or as after. Gives the exit code.
  int add(const std::vector<std::string>& options, std::vector<std::string> under = {}) {
    copy_tree(untouched_, at_.kb());
    std::vector<std::string> arguments = options;
    arguments.insert(arguments.end(), {"add", "--index-from", "2", document_});
    const auto run = at_.start(std::move(arguments), std::move(under)).wait();
    // What the index wrote in place before a crash cannot be told from a person's, so it is kept until it is purged.
    REQUIRE(at_.run({"recover", "--purge"}).code == 0);
    CHECK(at_.wrong() == "");
    const auto after = at_.image(false);
    const bool is_new = after == finished_;
    if (!is_new) CHECK(difference_text(before_, after) == "");
    if (run.code == 0) CHECK(is_new);
    if (run.code == 1) CHECK_FALSE(is_new);
    news_ += run.code != 0 && is_new ? 1U : 0U;
    olds_ += run.code != 0 && !is_new ? 1U : 0U;
    return run.code;
  }

  // How many calls of that name come before the first that names the knowledge base: a program that starts opens much
  // else.
  [[nodiscard]] int before_the_first(const std::string& call) {
    copy_tree(untouched_, at_.kb());
    const auto log = at_.path() / "calls";
    (void)at_
        .start({"add", "--index-from", "2", document_},
               {"strace", "-f", "-qq", "-o", log.native(), "-e", "trace=" + call})
        .wait();
    std::ifstream in(log);
    int count = 0;
    for (std::string line; std::getline(in, line); ++count) {
      if (line.find(at_.kb().native()) != std::string::npos) return count;
    }
    return 0;
  }

  [[nodiscard]] std::size_t news() const noexcept { return news_; }
  [[nodiscard]] std::size_t olds() const noexcept { return olds_; }

 private:
  place at_;
  std::string document_;
  fs::path untouched_ = at_.path() / "untouched";
  commitpoint::testing::tree_image before_;
  commitpoint::testing::tree_image finished_;
  std::size_t news_ = 0;
  std::size_t olds_ = 0;
};

bool is_strace_usable() { return std::system("strace -o /dev/null true 2>/dev/null") == 0; }  // NOLINT(cert-env33-c)

// Runs it with something done to the nth call of each name, until there is no nth any more.
template <class Done>
void with_each_call(indexed_place& at, const std::vector<std::string>& calls, const std::string& what, Done was_done) {
  for (const auto& call : calls) {
    const int first = call.starts_with("open") ? at.before_the_first(call) : 0;
    bool again = true;
    for (int nth = first + 1; again; ++nth) {
      CAPTURE(call);
      CAPTURE(nth);
      const auto code = at.add({}, {"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e",
                                    "inject=" + call + ":" + what + ":when=" + std::to_string(nth)});
      again = was_done(code);
    }
  }
}

}  // namespace

TEST_CASE("openkb: killed at any step of adding a document to the page index, nothing of it is left, or all is there") {
  indexed_place at;
  std::size_t killed = 0;
  for (const auto step : commitpoint::step_names) {
    if (step == "none") continue;
    CAPTURE(step);
    killed += at.add({"--crash-at", std::string(step)}) == 137 ? 1U : 0U;
  }
  CHECK(killed > 8);
  CHECK(at.news() > 0);
  CHECK(at.olds() > 0);
}

TEST_CASE("F1, F23: killed before any call that changes something while the page index is at work") {
  if (!is_strace_usable()) {
    MESSAGE("SKIPPED: strace cannot trace here");
    return;
  }
  indexed_place at;
  with_each_call(at,
                 {"mkdirat", "mkdir", "unlink", "unlinkat", "linkat", "rename", "renameat", "renameat2", "pwrite64",
                  "write", "copy_file_range", "sendfile", "fchmodat", "chmod", "fsync", "fdatasync", "syncfs"},
                 "signal=SIGKILL", [](int code) { return code == 137; });
  MESSAGE(at.olds() << " kills left nothing, " << at.news() << " left all of it");
  CHECK(at.olds() > 20);
  CHECK(at.news() > 5);
}

TEST_CASE("F7: any call fails that changes something while the page index is at work") {
  if (!is_strace_usable()) {
    MESSAGE("SKIPPED: strace cannot trace here");
    return;
  }
  indexed_place at;
  // What failed may have been of no consequence (the removal of something temporary); behind the last call all is well.
  for (const std::string call : {"mkdirat", "mkdir", "linkat", "renameat2", "pwrite64", "fdatasync", "copy_file_range",
                                 "sendfile", "fchmodat"}) {
    int good = 0;
    for (int nth = 1; good < 3 && nth < 60; ++nth) {
      CAPTURE(call);
      CAPTURE(nth);
      const auto code = at.add({}, {"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e",
                                    "inject=" + call + ":error=EIO:when=" + std::to_string(nth)});
      CHECK((code == 0 || code == 1 || code == 3));
      good = code == 0 ? good + 1 : 0;
    }
  }
  CHECK(at.olds() > 10);
}
