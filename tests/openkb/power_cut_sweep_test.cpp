// The program as a person runs it, on a disk whose power is cut.

#include "interrupted_add.hpp"
#include "program.hpp"
#include "support/power_cut.hpp"
#include "support/process.hpp"

#include <commitpoint/step.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace cp = commitpoint;
using openkb::testing::copy_tree;
using openkb::testing::first_text;
using openkb::testing::place;
using openkb::testing::png;
using openkb::testing::with_times_of_untouched;
using power_cut::amount;
using power_cut::dice;
using power_cut::disk;
using power_cut::tally;

// Calls of the kernel that can change something. Where strace does not work the program is killed at the steps of the
// protocol only.
const std::string changing_calls =
    "openat,openat2,mkdirat,symlinkat,unlink,unlinkat,linkat,renameat,renameat2,write,pwrite64,fchmod,fchmodat,fchown,"
    "fchownat,utimensat,fsetxattr,ftruncate,fallocate,fsync,fdatasync,syncfs,sync_file_range";

bool is_strace_usable() { return std::system("strace -o /dev/null true 2>/dev/null") == 0; }  // NOLINT(cert-env33-c)

// A knowledge base with one document, on a disk of its own. What is added is another, or the same in a new version.
class knowledge_base {
 public:
  explicit knowledge_base(const std::string& type) : disk_(type), type_(type) {
    if (!why_not().empty()) return;
    std::filesystem::create_symlink((disk_.where() / "kb").native(), at_.kb());
    std::filesystem::create_directory(real());
    at_.write("img/a.png", png("A"));
    REQUIRE(at_.run({"init"}).code == 0);
    REQUIRE(at_.add(at_.write("a.md", first_text)).code == 0);
    copy_tree(real(), untouched_);
    before_ = at_.image();
    documents_before_ = documents();
    at_.write("b.md", first_text + "\nAlan Turing read the rollback journal of Ada Lovelace.\n");
    at_.write("a.md", "# Other\n\nGrace Hopper wrote another rollback journal, ![b](img/b.png).\n");
    at_.write("img/b.png", png("B"));
    for (const auto& name : {"b.md", "a.md"}) {
      added one;
      one.document = (at_.path() / name).native();
      copy_tree(untouched_, real());
      if (is_strace_usable()) one.calls = calls_of({"add", one.document});
      copy_tree(untouched_, real());
      REQUIRE(at_.add(one.document).code == 0);
      one.finished = with_times_of_untouched(at_.image(), before_);
      one.documents = documents();
      REQUIRE(one.documents != documents_before_);
      added_.push_back(std::move(one));
    }
  }

  [[nodiscard]] const std::string& why_not() const { return disk_.why_not(); }
  [[nodiscard]] const tally& found() const { return found_; }

  /// One run. What is wrong with what it left; empty when nothing is.
  [[nodiscard]] std::string run(const amount& runs, std::uint64_t number) {
    dice d(runs.seed, number);
    const auto cuts_before = disk_.cuts();
    std::string wrong;
    try {
      wrong = run(d);
    } catch (const std::exception& e) {
      wrong = neither(e.what());
    }
    ++found_.runs;
    found_.cuts += disk_.cuts() - cuts_before;
    if (wrong.empty()) return {};
    return type_ + ", " + course_ + "\n" + wrong + "\nagain: " + runs.replay(number);
  }

 private:
  struct call {
    std::string name;
    std::uint64_t nth = 0;
  };
  struct added {
    std::string document;
    std::vector<call> calls;
    cp::testing::tree_image finished;
    nlohmann::json documents;
  };
  struct killing {
    std::vector<std::string> options;
    std::vector<std::string> under;
    std::string text = "not killed";
  };

  [[nodiscard]] std::filesystem::path real() const { return (disk_.where() / "kb").native(); }

  // The rows of the registry, as the program shows them.
  [[nodiscard]] nlohmann::json documents() const {
    const auto listed = at_.run({"--json", "list"});
    REQUIRE(listed.code == 0);
    return listed.json().at("documents");
  }

  // Every changing call of a run, as strace counts them: by thread and name.
  [[nodiscard]] std::vector<call> calls_of(const std::vector<std::string>& command) const {
    const auto log = at_.path() / "calls";
    REQUIRE(
        at_.start(command, {"strace", "-f", "-qq", "-o", log.native(), "-e", "trace=" + changing_calls}).wait().code ==
        0);
    std::map<std::pair<std::string, std::string>, std::uint64_t> made;
    std::ifstream lines(log);
    std::vector<call> out;
    for (std::string thread, name, rest; lines >> thread >> name && std::getline(lines, rest);) {
      const auto end = name.find('(');
      if (end == std::string::npos) continue;  // the second half of one that was interrupted
      out.push_back({name.substr(0, end), ++made[{thread, name.substr(0, end)}]});
    }
    REQUIRE(out.size() > 20);
    return out;
  }

  // In a drain fewer calls are made, and other steps.
  killing chosen_by(dice& d, const added& one, bool drain) const {
    killing k;
    if (!one.calls.empty() && d.one_in(2)) {
      auto [name, nth] = one.calls[d(one.calls.size())];
      if (drain) nth = 1 + nth % 6;
      k.under = {"strace",
                 "-f",
                 "-qq",
                 "-o",
                 "/dev/null",
                 "-e",
                 "trace=" + name,
                 "-e",
                 "inject=" + name + ":signal=SIGKILL:when=" + std::to_string(nth)};
      k.text = "killed before " + name + " " + std::to_string(nth);
      return k;
    }
    std::vector<std::string> steps;
    for (const auto step : cp::step_names) {
      const bool in_drain = step.starts_with("drain") || step == "undo" || step == "rolled-back" || step == "publish" ||
                            step == "published" || step == "retire";
      const bool in_add = !step.starts_with("drain") && !step.starts_with("roll") && step != "undo" && step != "none";
      if (drain ? in_drain : in_add) steps.emplace_back(step);
    }
    k.options = {"--crash-at", steps[d(steps.size())]};
    k.text = "killed at " + k.options.back();
    return k;
  }

  // Adds, or drains; whether it was killed.
  bool run_killed(killing k, const std::vector<std::string>& command, bool& failed) {
    k.options.insert(k.options.end(), command.begin(), command.end());
    const auto run = at_.start(std::move(k.options), std::move(k.under)).wait();
    failed = run.code != 0 && run.code != 137;
    if (failed) said_ = "exit " + std::to_string(run.code) + ": " + run.err;
    return run.code == 137;
  }

  std::string run(dice& d) {
    const auto& one = added_[d(added_.size())];
    const auto first = d.one_in(5) ? killing{} : chosen_by(d, one, false);
    const bool drains = d.one_in(3);
    const bool before = d.one_in(2);
    const auto second = d.one_in(4) ? killing{} : chosen_by(d, one, true);
    const auto cut = power_cut::how::chosen_by(d);
    const auto other_cut = power_cut::how::chosen_by(d);
    course_ = "add " + one.document + " " + first.text;
    if (drains && before) course_ += ", then recover " + second.text;
    course_ += ", " + cut.text();
    if (drains && !before) course_ += ", recover " + second.text + ", " + other_cut.text();

    copy_tree(untouched_, real());
    disk_.sync();
    bool failed = false;
    const bool killed = run_killed(first, {"add", one.document}, failed);
    if (failed) return refused("add: " + said_);
    found_.killed += killed ? 1U : 0U;
    found_.acknowledged += killed ? 0U : 1U;
    found_.drains += drains ? 1U : 0U;
    const auto drain = [&] {
      run_killed(second, {"recover"}, failed);
      return !failed;
    };
    if (drains && before && !drain()) return refused("recover: " + said_);
    disk_.cut(cut);
    if (drains && !before) {
      if (!drain()) return refused("recover: " + said_);
      disk_.cut(other_cut);
    }

    const auto listed = at_.run({"--json", "list"});
    if (listed.code != 0) return refused("list: exit " + std::to_string(listed.code) + ": " + listed.err);
    const auto now = at_.image();
    const auto rows = listed.json().at("documents");
    const bool is_new = with_times_of_untouched(now, before_) == one.finished && rows == one.documents;
    const bool is_old = now == before_ && rows == documents_before_;
    if (is_old && !killed) {
      ++found_.missing;
      return "acknowledged and not there";
    }
    if (!is_old && !is_new) {
      return neither("not as before:\n" + difference_text(before_, now) + "and not as after:\n" +
                     difference_text(one.finished, with_times_of_untouched(now, before_)) +
                     "documents: " + rows.dump());
    }
    if (const auto tidied = at_.run({"recover"}); tidied.code != 0) {  // a reader leaves to an owner what is published
      return refused("recover: exit " + std::to_string(tidied.code) + ": " + tidied.err);
    }
    if (const auto wrong = at_.wrong(); !wrong.empty()) return neither(wrong);
    ++(is_new ? found_.fresh : found_.old);
    return {};
  }

  std::string refused(std::string why) {
    ++found_.refused;
    return why;
  }
  std::string neither(std::string why) {
    ++found_.neither;
    return why;
  }

  place at_;
  disk disk_;
  std::string type_;
  std::filesystem::path untouched_ = at_.path() / "untouched";
  cp::testing::tree_image before_;
  nlohmann::json documents_before_;
  std::vector<added> added_;
  std::string course_;
  std::string said_;
  tally found_;
};

void cut_often(const std::string& type, std::uint64_t usual = 40) {
  const auto runs = amount::asked_for(usual);
  knowledge_base kb(type);
  if (!kb.why_not().empty()) {
    MESSAGE("SKIPPED: " << kb.why_not());
    return;
  }
  for (auto number = runs.first; number < runs.first + runs.runs; ++number) {
    const auto wrong = kb.run(runs, number);
    CHECK_MESSAGE(wrong.empty(), wrong);
  }
  MESSAGE("openkb add on " << type << ", seed " << runs.seed << ": " << kb.found().text());
  if (runs.runs < 100) return;
  CHECK(kb.found().fresh > 0);
  CHECK(kb.found().old > 0);
}

}  // namespace

TEST_CASE("F2, F3, F31: the power of a real ext4 is cut in openkb add, and in drains: old or new") {
  cut_often("ext4");
}
TEST_CASE("F2, F3, F31: the power of a real xfs is cut in openkb add, and in drains: old or new") { cut_often("xfs"); }
TEST_CASE("F2, F3, F31: the power of a real btrfs is cut in openkb add, and in drains: old or new") {
  cut_often("btrfs", 20);
}

TEST_CASE("power cuts find it when the syncs of openkb do nothing") {
  if (const auto why = power_cut::why_no_lies(); !why.empty()) {
    MESSAGE("SKIPPED: " << why);
    return;
  }
  if (const auto& why = support::why_no_mounts(); !why.empty()) {
    MESSAGE("SKIPPED: " << why);
    return;
  }
  for (const std::string type : {"ext4", "xfs"}) {
    CAPTURE(type);
    // In a child, because nothing tells the truth any more after this.
    support::child liar([&]() -> std::string {
      if (!power_cut::lie_about({"fsync", "fdatasync"})) return "calls cannot be filtered here";
      knowledge_base kb(type);
      if (!kb.why_not().empty()) return "SKIPPED: " + kb.why_not();
      const amount runs{.runs = 40, .seed = 1};
      std::string wrong;
      for (auto number = runs.first; wrong.empty() && number <= runs.runs; ++number) wrong = kb.run(runs, number);
      return (wrong.empty() ? "nothing was found: " : "found: ") + kb.found().text() + "\n" + wrong;
    });
    const auto answer = liar.answer();
    MESSAGE(answer);
    if (!answer.starts_with("SKIPPED: ")) CHECK(answer.starts_with("found: "));
  }
}
