#include "interrupted_add.hpp"
#include "program.hpp"

#include <commitpoint/step.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

namespace cp = commitpoint;
using openkb::testing::copy_tree;
using openkb::testing::first_text;
using openkb::testing::place;
using openkb::testing::png;
using openkb::testing::with_times_of_untouched;

// A knowledge base with one document, beside it another or the same one in a new version, and how the knowledge base
// looks before that is added and after.
class crash_place {
 public:
  explicit crash_place(const std::string& document) : document_((at_.path() / document).native()) {
    at_.write("img/a.png", png("A"));
    REQUIRE(at_.run({"init"}).code == 0);
    REQUIRE(at_.add(at_.write("a.md", first_text)).code == 0);
    if (document != "a.md") {
      at_.write(document, first_text + "\nAlan Turing read the rollback journal of Ada Lovelace.\n");
    } else {
      at_.write(document, "# Other\n\nGrace Hopper wrote another rollback journal, ![b](img/b.png).\n");
      at_.write("img/b.png", png("B"));
    }
    copy_tree(at_.kb(), untouched_);
    before_ = at_.image();
    REQUIRE(at_.add(document_).code == 0);
    finished_ = with_times_of_untouched(at_.image(), before_);
    REQUIRE(finished_ != with_times_of_untouched(before_, before_));
  }

  // Adds the document to the knowledge base as it was, perhaps killed on the way; whether it was. Whatever happened,
  // after the next command the knowledge base is as before or as after.
  bool add(std::vector<std::string> options, std::vector<std::string> under = {}) {
    copy_tree(untouched_, at_.kb());
    options.insert(options.end(), {"add", document_});
    const auto run = at_.start(std::move(options), std::move(under)).wait();
    const bool killed = run.code == 137;
    REQUIRE((killed || run.code == 0));
    REQUIRE(at_.run({"list"}).code == 0);
    const auto seen = at_.image(false);
    REQUIRE(at_.run({"recover"}).code == 0);               // a reader leaves to an owner what is published
    CHECK(difference_text(seen, at_.image(false)) == "");  // what was appended is written again: only its time changes
    CHECK(at_.wrong() == "");
    const auto after = at_.image();
    const bool is_new = with_times_of_untouched(after, before_) == finished_;
    if (!is_new) CHECK(difference_text(before_, after) == "");
    CHECK((killed || is_new));
    kills_ += killed ? 1U : 0U;
    news_ += killed && is_new ? 1U : 0U;
    return killed;
  }

  void expect_both(std::size_t least_kills) const {
    MESSAGE(kills_ << " kills; after " << news_ << " of them the document was in");
    CHECK(kills_ >= least_kills);
    CHECK(news_ > 0);
    CHECK(news_ < kills_);
  }

 private:
  place at_;
  std::string document_;
  std::filesystem::path untouched_ = at_.path() / "untouched";
  cp::testing::tree_image before_;
  cp::testing::tree_image finished_;
  std::size_t kills_ = 0;
  std::size_t news_ = 0;
};

void crash_at_every_step(const std::string& document) {
  crash_place at(document);
  for (const auto step : commitpoint::step_names) {
    if (step == "none") continue;
    CAPTURE(step);
    at.add({"--crash-at", std::string(step)});
  }
  at.expect_both(10);
}

// The calls of the kernel that can change something, by the names that this machine's C library uses for them. Of those
// that open, most only read; a kill before one of these does no harm either.
const std::vector<std::string> changing_calls{
    "openat",    "openat2",   "mkdirat",   "symlinkat", "unlink",    "unlinkat", "linkat",         "renameat",
    "renameat2", "write",     "pwrite64",  "fchmod",    "fchmodat",  "fchown",   "fchownat",       "utimensat",
    "fsetxattr", "ftruncate", "fallocate", "fsync",     "fdatasync", "syncfs",   "sync_file_range"};

bool is_strace_usable() { return std::system("strace -o /dev/null true 2>/dev/null") == 0; }  // NOLINT(cert-env33-c)

}  // namespace

TEST_CASE("F1: openkb killed before any call of the kernel that changes something, the next command finds old or new") {
  if (!is_strace_usable()) {
    MESSAGE("SKIPPED: strace cannot trace here");
    return;
  }
  crash_place at("b.md");
  for (const auto& call : changing_calls) {
    bool killed = true;
    for (int nth = 1; killed; ++nth) {
      CAPTURE(call);
      CAPTURE(nth);
      killed = at.add({}, {"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e",
                           "inject=" + call + ":signal=SIGKILL:when=" + std::to_string(nth)});
    }
  }
  at.expect_both(100);
}

TEST_CASE("F7: what lies in raw/ and cannot be written to the disk is not taken in") {
  if (!is_strace_usable()) {
    MESSAGE("SKIPPED: strace cannot trace here");
    return;
  }
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto file = at.write("kb/raw/a.md", "# Put there\n\nBy hand.\n").native();
  const auto before = at.image();
  const auto run =
      at.start({"add", file}, {"strace", "-f", "-qq", "-o", "/dev/null", "-P", file, "-e", "inject=fsync:error=EIO"})
          .wait();
  CHECK(run.code == 1);
  CHECK(run.err.find("raw/a.md: Input/output error") != std::string::npos);
  CHECK(difference_text(before, at.image()) == "");
  CHECK(at.run({"add", file}).code == 0);
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb: killed at any step of adding a document, the next command finds old or new") {
  crash_at_every_step("b.md");
}

TEST_CASE("openkb: killed at any step of adding an edited document, the next command finds old or new") {
  crash_at_every_step("a.md");
}
