// Looking at roots of any program, and settling what a crash left in them.

#include "command.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/journal/sqlite.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using command_test::place;
namespace cp = commitpoint;
namespace fs = std::filesystem;

namespace {

// A program of somebody else's that is killed in the middle of a mutation, in a tree of its own kind.
template <class Coordinator, class... Values>
void leave_pending(const place& p, const std::string& state, const Values&... values) {
  const auto child = ::fork();
  if (child == 0) {
    auto kb = Coordinator::open(p.root().native(), {.state_directory = state}, values...).value();
    (void)kb.acquire().value().run({.operation = "first"}, [&](cp::mutation& m) { return m.write("a", "old"); });
    auto owner = kb.acquire().value();
    (void)owner.run({.operation = "index", .touches = {cp::touch::file("a")}}, [&](cp::mutation&) -> cp::result<void> {
      std::ofstream(p / "a") << "half";
      ::kill(::getpid(), SIGKILL);
      return cp::success();
    });
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
}

void check_settling(const place& p, const std::string& state, const std::string& journal) {
  CAPTURE(journal);
  const auto seen = p.run({"--json", "status"});
  CHECK(seen.code == 0);
  const auto found = seen.json();
  CHECK(found.at("status") == "pending");
  CHECK(found.at("state_directory") == state);
  CHECK(found.at("journal") == journal);
  CHECK(found.at("mutations").at(0).at("operation") == "index");
  CHECK(found.at("mutations").at(0).at("decision") == "roll back");
  CHECK(p.run({"verify"}).out.find("all is there that recovery needs") != std::string::npos);
  CHECK(p.run({"recover", "--dry-run"}).out == "pending: mutation 2 (index) will be rolled back\n");
  CHECK(p.read("a") == "half");
  const auto records = p.run({"--json", "log"}).json().at("records");
  CHECK(std::any_of(records.begin(), records.end(), [](const auto& r) { return r.at("kind") == "protect"; }));

  CHECK(p.run({"recover"}).out ==
        "recovered: mutation 2 (index) rolled back\n" +
            ("kept: a (it was there when the interrupted mutation was undone) is now at " + state + "/kept/2/a\n"));
  CHECK(p.read("a") == "old");
  CHECK(p.run({"recover"}).out == "nothing to recover\n");
  CHECK(p.run({"--json", "status"}).json().at("status") == "clean");

  CHECK(p.run({"kept"}).out == "2/a  " + state + "/kept/2/a\n");
  CHECK(p.run({"kept", "show", "a"}).out == "half");
  CHECK(p.run({"kept", "restore", "2/a"}).code == 1);  // something is there
  CHECK(p.read("a") == "old");
  CHECK(p.run({"kept", "restore", "2/a", "--force"}).code == 0);
  CHECK(p.read("a") == "half");
  CHECK(p.run({"kept", "show", "b"}).code == 1);
  CHECK(p.run({"kept", "purge"}).out == "purged 1 kept files\n");
  CHECK(p.run({"kept"}).out == "nothing was kept\n");
  CHECK(p.run({"verify"}).out == "sound: nothing is pending\n");
}

}  // namespace

TEST_CASE("commitpoint status, recover, kept, log, verify: on roots with any journal and any state directory") {
  {
    const place p;
    leave_pending<cp::coordinator<>>(p, ".commitpoint");
    check_settling(p, ".commitpoint", "log");
  }
  {
    const place p;
    leave_pending<cp::coordinator<cp::journal::json_file>>(p, ".notes/journal");
    check_settling(p, ".notes/journal", "json_file");
  }
  {
    const place p;
    leave_pending<cp::coordinator<cp::journal::sqlite>>(p, ".state", cp::journal::sqlite{.database = "rows.db"});
    check_settling(p, ".state", "sqlite:rows.db");
  }
}

TEST_CASE("commitpoint accept: what blocks is named, and settled by its name") {
  const place p;
  leave_pending<cp::coordinator<>>(p, ".commitpoint");
  for (const auto& entry : fs::recursive_directory_iterator(p / ".commitpoint/staging")) {
    if (entry.is_regular_file()) fs::resize_file(entry.path(), 1);  // the backup is damaged
  }
  CHECK(p.run({"verify"}).code == 3);
  const auto blocked = p.run({"--json", "recover"});
  CHECK(blocked.code == 3);
  const auto id = blocked.json().at("blocked").at("id").get<std::string>();
  CHECK(p.run({"status"}).out.find("commitpoint accept " + id) != std::string::npos);
  CHECK(p.run({"accept", "other"}).code == 1);
  CHECK(p.run({"accept", id}).code == 0);
  CHECK(p.run({"recover"}).code == 0);
  CHECK(p.read("a") == "half");  // given up as it stood
}

TEST_CASE("commitpoint: roots that are none, and several programs in one") {
  const place p;
  const auto none = p.run({"status"});
  CHECK(none.code == 2);
  CHECK(none.err.find("no state directory of commitpoint here") != std::string::npos);
  CHECK_FALSE(fs::exists(p / ".commitpoint"));
  for (const auto* state : {".a", ".b/state"}) {
    (void)cp::coordinator<>::open(p.root().native(), {.state_directory = state}).value().acquire().value();
  }
  const auto several = p.run({"status"});
  CHECK(several.code == 2);
  CHECK(several.err.find("choose with --state .a or --state .b/state") != std::string::npos);
  CHECK(p.run({"--state", ".b/state", "status"}).code == 0);
}

TEST_CASE("commitpoint: a root that may not be looked into is not called none") {
  if (::geteuid() != 0) {
    MESSAGE("SKIPPED: only root can be somebody else");
    return;
  }
  const place p;
  p.write("a", "x");
  CHECK(p.apply(nlohmann::json::array()).code == 0);
  for (const auto& open_to_all : {p.path(), p.root()}) fs::permissions(open_to_all, fs::perms(0755));
  const auto nobody = p.start({"status"}, {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}).wait();
  CHECK(nobody.code == 1);
  CHECK(nobody.err.find(".commitpoint/format: Permission denied") != std::string::npos);
}

TEST_CASE("commitpoint: help, the manual page, completion, and words that nobody knows") {
  const place p;
  CHECK(p.run({"help"}).out.find("Exit codes:") != std::string::npos);
  for (const auto* command : {"apply", "run", "sync", "status", "recover", "accept", "kept", "log", "verify"}) {
    CAPTURE(command);
    CHECK(p.run({"help", command}).code == 0);
    CHECK(p.run({command, "--help"}).out == p.run({"help", command}).out);
    CHECK(p.run({"help", "--man"}).out.find(".SS " + std::string(command)) != std::string::npos);
  }
  CHECK(p.run({"aply"}).err.find("unknown command \"aply\": did you mean \"apply\"?") != std::string::npos);
  CHECK(p.run({"status", "--jsn"}).err.find("did you mean \"--json\"?") != std::string::npos);
  CHECK(p.run({"kept", "lst"}).err.find("did you mean \"list\"?") != std::string::npos);
  CHECK(p.run({"--version"}).out.starts_with("commitpoint "));
  for (const auto* shell : {"bash", "zsh", "fish"})
    CHECK(p.run({"completion", shell}).out.find("commitpoint") != std::string::npos);
}
