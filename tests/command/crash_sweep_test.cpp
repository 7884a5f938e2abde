// `commitpoint apply`, killed before any call that changes something, and on disks whose power is cut.

#include "command.hpp"

#include "support/power_cut.hpp"

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <map>
#include <set>

using command_test::place;
using nlohmann::json;
using power_cut::amount;
using power_cut::dice;
using power_cut::disk;
using power_cut::tally;
namespace fs = std::filesystem;
namespace cp = commitpoint;

namespace {

// The calls of the kernel that can change something, by the names that this machine's C library uses for them.
const std::string changing_calls =
    "openat,openat2,mkdirat,symlinkat,unlink,unlinkat,linkat,renameat,renameat2,write,pwrite64,fchmod,fchmodat,fchown,"
    "fchownat,utimensat,fsetxattr,ftruncate,fallocate,fsync,fdatasync,syncfs,sync_file_range";

bool is_strace_usable() { return std::system("strace -o /dev/null true 2>/dev/null") == 0; }  // NOLINT(cert-env33-c)

// Effects of every kind, on a tree that has something of every kind.
const json changes{{{"op", "write"}, {"path", "new"}, {"text", "new\n"}, {"mode", "0640"}},
                   {{"op", "write"}, {"path", "old"}, {"text", "changed\n"}},
                   {{"op", "append"}, {"path", "log"}, {"text", "2\n"}},
                   {{"op", "replace"}, {"path", "text"}, {"find", "a"}, {"with", "b"}},
                   {{"op", "mkdir"}, {"path", "made/below"}},
                   {{"op", "write"}, {"path", "made/below/file"}, {"text", "x"}},
                   {{"op", "rename"}, {"from", "tree"}, {"to", "moved"}},
                   {{"op", "symlink"}, {"path", "link"}, {"target", "new"}},
                   {{"op", "remove"}, {"path", "gone"}}};

class crash_place {
 public:
  // In a directory of the test's own, or at the place of a disk.
  explicit crash_place(const fs::path& real = {}) : real_(real) {
    if (!real_.empty()) {
      fs::remove(at_.root());
      fs::create_directory(real_);
      fs::create_symlink(real_, at_.root());
    } else {
      real_ = at_.root();
    }
    at_.write("old", "old\n");
    at_.write("log", "1\n");
    at_.write("text", "-a-\n");
    at_.write("tree/sub/file", "y");
    at_.write("gone/file", "z");
    fs::create_symlink("old", at_ / "link");
    REQUIRE(at_.apply(json::array()).code == 0);
    copy(real_, untouched_);
    before_ = at_.image(false);
    file_ = at_.change_set(changes);
    const auto log = at_.path() / "calls";
    if (is_strace_usable()) {
      const auto run =
          at_.start({"apply", file_}, {"strace", "-f", "-qq", "-o", log.native(), "-e", "trace=" + changing_calls})
              .wait();
      REQUIRE(run.code == 0);
      std::map<std::string, int> made;
      std::ifstream lines(log);
      for (std::string thread, name, rest; lines >> thread >> name && std::getline(lines, rest);) {
        const auto end = name.find('(');
        if (end != std::string::npos) calls_.emplace_back(name.substr(0, end), ++made[name.substr(0, end)]);
      }
      REQUIRE(calls_.size() > 30);
    } else {
      REQUIRE(at_.run({"apply", file_}).code == 0);
    }
    after_ = at_.image(false);
    REQUIRE(difference_text(before_, after_) != "");
  }

  using call = std::pair<std::string, int>;
  [[nodiscard]] const std::vector<call>& calls() const noexcept { return calls_; }

  void begin_again() const { copy(untouched_, real_); }
  /// Applies it, killed before that call. Whether it was.
  [[nodiscard]] bool apply_killed(const call* before, std::string& wrong) const {
    std::vector<std::string> under;
    if (before != nullptr) {
      under = {"strace",
               "-f",
               "-qq",
               "-o",
               "/dev/null",
               "-e",
               "trace=" + before->first,
               "-e",
               "inject=" + before->first + ":signal=SIGKILL:when=" + std::to_string(before->second)};
    }
    const auto run = at_.start({"apply", file_}, std::move(under)).wait();
    if (run.code != 0 && run.code != 137) wrong = "apply: exit " + std::to_string(run.code) + ": " + run.err;
    return run.code == 137;
  }
  enum class found { old, fresh, neither };
  /// After the next command.
  [[nodiscard]] found recover(std::string& wrong) const {
    const auto verified = at_.run({"verify"});
    const auto run = at_.run({"recover"});
    if (verified.code != 0)
      wrong = "verify: exit " + std::to_string(verified.code) + ": " + verified.out + verified.err;
    if (run.code != 0) wrong = "recover: exit " + std::to_string(run.code) + ": " + run.err;
    for (const auto* directory : {"staging", "kept", "quarantine"}) {
      const auto below = at_ / (".commitpoint/" + std::string(directory));
      if (fs::exists(below) && !fs::is_empty(below)) wrong += "not empty: " + below.native() + "\n";
    }
    const auto now = at_.image(false);
    if (difference_text(before_, now).empty()) return found::old;
    if (difference_text(after_, now).empty()) return found::fresh;
    wrong += "not as before:\n" + difference_text(before_, now) + "and not as after:\n" + difference_text(after_, now);
    return found::neither;
  }

 private:
  static void copy(const fs::path& from, const fs::path& to) {
    fs::create_directories(to);
    for (const auto& entry : fs::directory_iterator(to)) fs::remove_all(entry.path());
    const auto command = "cp -a " + from.native() + "/. " + to.native();
    REQUIRE(std::system(command.c_str()) == 0);  // NOLINT(cert-env33-c): a test's own names
  }

  place at_;
  fs::path real_;
  fs::path untouched_ = at_.path() / "untouched";
  std::string file_;
  cp::testing::tree_image before_;
  cp::testing::tree_image after_;
  std::vector<call> calls_;
};

void cut_often(const std::string& type) {
  const auto runs = amount::asked_for(30);
  disk on(type);
  if (!on.why_not().empty()) {
    MESSAGE("SKIPPED: " << on.why_not());
    return;
  }
  const crash_place at((on.where() / "root").native());
  tally count;
  for (auto number = runs.first; number < runs.first + runs.runs; ++number) {
    dice d(runs.seed, number);
    const bool finishes = at.calls().empty() || d.one_in(5);
    const auto* call = finishes ? nullptr : &at.calls()[d(at.calls().size())];
    const bool recovers_before = d.one_in(4);
    const auto cut = power_cut::how::chosen_by(d);
    std::string wrong;
    at.begin_again();
    on.sync();
    const bool killed = at.apply_killed(call, wrong);
    if (recovers_before) (void)at.recover(wrong);
    on.cut(cut);
    const auto found = at.recover(wrong);
    if (!killed && found != crash_place::found::fresh) {
      ++count.missing;
      wrong += "acknowledged, and not there\n";
    }
    ++count.runs;
    ++count.cuts;
    count.killed += killed ? 1U : 0U;
    count.drains += recovers_before ? 1U : 0U;
    count.acknowledged += killed ? 0U : 1U;
    ++(found == crash_place::found::fresh ? count.fresh : found == crash_place::found::old ? count.old : count.neither);
    CHECK_MESSAGE(wrong.empty(), type, ", killed before ", call == nullptr ? "nothing" : call->first, ' ',
                  call == nullptr ? 0 : call->second, ", ", cut.text(), '\n', wrong, "again: ", runs.replay(number));
  }
  MESSAGE(type << ": " << count.text());
  if (runs.runs >= 30) CHECK((count.old > 0 && count.fresh > 0));
}

}  // namespace

TEST_CASE("F1: commitpoint apply killed before any call of the kernel that changes something: old or new") {
  if (!is_strace_usable()) {
    MESSAGE("SKIPPED: strace cannot trace here");
    return;
  }
  const crash_place at;
  std::size_t olds = 0;
  std::size_t news = 0;
  for (const auto& call : at.calls()) {
    CAPTURE(call.first);
    CAPTURE(call.second);
    std::string wrong;
    at.begin_again();
    const bool killed = at.apply_killed(&call, wrong);
    const auto found = at.recover(wrong);
    CHECK(killed);
    CHECK(wrong == "");
    ++(found == crash_place::found::fresh ? news : olds);
  }
  MESSAGE(at.calls().size() << " kills; after " << news << " of them the change set was applied");
  CHECK(olds > 0);
  CHECK(news > 0);
}

TEST_CASE("F2, F3: commitpoint apply on ext4 whose power is cut: old or new") { cut_often("ext4"); }

TEST_CASE("F2, F3: commitpoint apply on xfs whose power is cut: old or new") { cut_often("xfs"); }

TEST_CASE("F1: commitpoint run --sandbox where directories are exchanged, killed before any changing call") {
  const disk on("xfs");
  if (!on.why_not().empty() || !is_strace_usable()) {
    MESSAGE("SKIPPED: " << (on.why_not().empty() ? "strace cannot trace here" : on.why_not()));
    return;
  }
  const place p;
  fs::remove(p.root());
  fs::create_directory((on.where() / "root").native());
  fs::create_symlink((on.where() / "root").native(), p.root());
  p.write("site/a", "old\n");
  p.write("site/sub/b", "b\n");
  const std::vector<std::string> line{"run", "--sandbox", "--protect", "site",
                                      "--",  "sh",        "-ec",       "echo new > a; rm -r sub; echo c > c"};
  REQUIRE(p.apply(json::array()).code == 0);
  const auto before = p.image(false);
  std::size_t news = 0;
  std::size_t kills = 0;
  for (const std::string call :
       {"openat2", "mkdirat", "renameat2", "renameat", "pwrite64", "fdatasync", "syncfs", "unlinkat", "utimensat"}) {
    for (int nth = 1, code = 137; code != 0; ++nth) {  // a subprocess that was killed is a failure
      CAPTURE(call);
      CAPTURE(nth);
      code = p.start(line, {"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e",
                            "inject=" + call + ":signal=SIGKILL:when=" + std::to_string(nth)})
                 .wait()
                 .code;
      REQUIRE((code == 0 || code == 1 || code == 137));
      kills += code == 0 ? 0U : 1U;
      const auto recovered = p.run({"recover"});
      REQUIRE_MESSAGE(recovered.code == 0, recovered.err);
      const bool is_new = p.exists("site/c");
      CHECK((is_new || code != 0));
      CHECK(p.read("site/a") == (is_new ? "new\n" : "old\n"));
      CHECK(p.exists("site/sub") != is_new);
      if (!is_new) {
        CHECK(difference_text(before, p.image(false)) == "");
        continue;
      }
      ++news;
      const auto back = p.apply({{{"op", "remove"}, {"path", "site/c"}},
                                 {{"op", "write"}, {"path", "site/a"}, {"text", "old\n"}},
                                 {{"op", "mkdir"}, {"path", "site/sub"}},
                                 {{"op", "write"}, {"path", "site/sub/b"}, {"text", "b\n"}}});
      REQUIRE(back.code == 0);
    }
  }
  MESSAGE(kills << " kills; after " << news << " runs the copy had taken its place");
  CHECK(news > 9);  // more than once for each call, which is when nothing is killed any more
  CHECK(kills > 20);
}
