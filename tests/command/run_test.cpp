// `commitpoint run` with programs that people have.

#include "command.hpp"

#include <signal.h>

#include <cstdlib>

using command_test::content_of;
using command_test::place;
namespace fs = std::filesystem;

namespace {

bool is_here(const std::string& program) {
  // NOLINTNEXTLINE(cert-env33-c): a test's own names
  const bool here = std::system(("command -v " + program + " > /dev/null").c_str()) == 0;
  if (!here) MESSAGE("SKIPPED: no " << program << " here");
  return here;
}

std::vector<std::string> shell(const std::string& line) { return {"--", "sh", "-c", line}; }
std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
using words = std::vector<std::string>;

}  // namespace

TEST_CASE("commitpoint run: what a command did stays if it succeeds, and goes if not, whatever it exits with") {
  const place p;
  p.write("a", "old\n");
  p.write("log", "1\n");
  p.write("d/x", "x");
  const words protecting{"run", "--protect", "a", "--protect", "d", "--append", "log", "--new", "n"};
  const std::string work = "echo new > a; echo 2 >> log; echo n > n; rm d/x; echo y > d/y";
  CHECK(p.run(protecting + shell("true")).code == 0);
  const auto before = p.image();
  for (const auto& way : {std::pair{"exit 7", 7}, std::pair{"kill -9 $$", 137}, std::pair{"exit 1", 1}}) {
    CAPTURE(way.first);
    const auto failed = p.run(protecting + shell(work + "; " + way.first));
    CHECK(failed.code == way.second);
    CHECK(failed.err == "commitpoint: sh failed (" + std::to_string(way.second) + "); everything is as it was\n");
    CHECK(difference_text(before, p.image()) == "");
  }
  const auto done = p.run(words{"--json"} + protecting + shell(work));
  CHECK(done.code == 0);
  CHECK(done.json() == nlohmann::json{{"command", "run"}, {"status", "done"}, {"exit_code", 0}});
  CHECK(p.read("a") == "new\n");
  CHECK(p.read("log") == "1\n2\n");
  CHECK(p.exists("n"));
  CHECK(p.exists("d/y"));
  CHECK_FALSE(p.exists("d/x"));
}

TEST_CASE("commitpoint run: a file that is protected need not be there") {
  const place p;
  CHECK(p.run(words{"run", "--protect", "made"} + shell("echo x > made; exit 1")).code == 1);
  CHECK_FALSE(p.exists("made"));
  CHECK(p.run(words{"run", "--protect", "made"} + shell("echo x > made")).code == 0);
  CHECK(p.read("made") == "x\n");
}

TEST_CASE("commitpoint run: the command works in the root, from wherever it is run") {
  const place p;
  p.write("a", "old\n");
  std::vector<std::string> line{COMMITPOINT_PROGRAM, "--root", "root", "run", "--protect", "a", "--", "sh", "-c",
                                "echo new > a"};
  CHECK(support::running(std::move(line), p.path() / "said", {}, p.path().native()).wait().code == 0);
  CHECK(p.read("a") == "new\n");
}

TEST_CASE("commitpoint run: a program that is not there, and what cannot be protected") {
  const place p;
  p.write("a", "old\n");
  const auto missing = p.run({"run", "--protect", "a", "--", "no-such-program"});
  CHECK(missing.code == 127);
  CHECK(missing.err == "commitpoint: no-such-program: No such file or directory\n  it could not be started\n");
  CHECK(p.run({"run", "--new", "a", "--", "true"}).code == 1);
  CHECK(p.run({"run", "--", "true"}).code == 2);
  CHECK(p.run({"run", "--protect", "a"}).code == 2);
  CHECK(p.run({"run", "--protect", "../a", "--", "true"}).code == 1);
}

TEST_CASE("commitpoint run: sed -i over several files") {
  const place p;
  p.write("a", "colour\n");
  p.write("b", "colour\n");
  const words protecting{"run", "--protect", "a", "--protect", "b"};
  CHECK(p.run(protecting + words{"--", "sed", "-i", "s/colour/color/", "a", "missing", "b"}).code == 2);
  CHECK(p.read("a") == "colour\n");
  CHECK(p.read("b") == "colour\n");
  CHECK(p.run(protecting + words{"--", "sed", "-i", "s/colour/color/", "a", "b"}).code == 0);
  CHECK(p.read("a") == "color\n");
  CHECK(p.read("b") == "color\n");
}

TEST_CASE("commitpoint run: an SQLite database") {
  if (!is_here("sqlite3")) return;
  const place p;
  const auto rows = [&] {
    return p.run({"run", "--protect", "x.db", "--", "sqlite3", "x.db", "SELECT count(*) FROM t"}).out;
  };
  const words protecting{"run", "--protect", "x.db"};
  CHECK(p.run(protecting + words{"--", "sqlite3", "x.db", "CREATE TABLE t (a); INSERT INTO t VALUES (1)"}).code == 0);
  CHECK(rows() == "1\n");
  const auto failed = p.run(protecting + shell("sqlite3 x.db 'INSERT INTO t VALUES (2)'; exit 3"));
  CHECK(failed.code == 3);
  CHECK(rows() == "1\n");
  CHECK(p.run(protecting + words{"--", "sqlite3", "x.db", "INSERT INTO t VALUES (2)"}).code == 0);
  CHECK(rows() == "2\n");
}

TEST_CASE("commitpoint run: a commit in git, and one that a hook refuses") {
  if (!is_here("git")) return;
  const place p;
  const words author{"-c", "user.name=a", "-c", "user.email=a@example.org"};
  CHECK(p.run({"run", "--new", ".git", "--", "git", "init", "-q", "."}).code == 0);
  p.write("a", "1\n");
  const words protecting{"run", "--protect", ".git", "--", "git"};
  CHECK(p.run(protecting + words{"add", "a"}).code == 0);
  CHECK(p.run(protecting + author + words{"commit", "-qm", "one"}).code == 0);
  p.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
  fs::permissions(p / ".git/hooks/pre-commit", fs::perms(0755));
  p.write("a", "2\n");
  const auto before = p.image();
  CHECK(p.run({"run", "--protect", ".git", "--", "sh", "-c",
               "git add a && git -c user.name=a -c user.email=a@example.org commit -qm two"})
            .code == 1);
  CHECK(difference_text(before, p.image()) == "");  // the index, too
}

TEST_CASE("commitpoint run: a compiler that fails half-way leaves no half of a program") {
  const place p;
  p.write("good.sh", "echo good > out/good");
  p.write("bad.sh", "echo half > out/bad; exit 2");
  const auto failed = p.run({"run", "--new", "out", "--", "sh", "-ec", "mkdir out; sh good.sh; sh bad.sh"});
  CHECK(failed.code == 2);
  CHECK_FALSE(p.exists("out"));
}

TEST_CASE("commitpoint run: a process that is left behind is told of, and holds nobody up") {
  const place p;
  p.write("a", "old\n");
  // A daemon, which lives as long as the tree.
  const auto daemon = "(while [ -e " + p.root().native() + " ]; do :; done) </dev/null >/dev/null 2>&1 & ";
  const auto run = p.run(words{"run", "--protect", "a"} + shell(daemon + "echo new > a"));
  CHECK(run.code == 0);
  CHECK(run.err.find("the command left processes behind") != std::string::npos);
  CHECK(p.read("a") == "new\n");
  CHECK(p.run({"recover"}).code == 0);
}

TEST_CASE("commitpoint run: interrupted, everything is as it was") {
  const place p;
  p.write("a", "old\n");
  CHECK(p.run({"run", "--protect", "a", "--", "true"}).code == 0);
  const auto before = p.image();
  const auto begun = p.path() / "begun";
  const auto running = p.start(words{"run", "--protect", "a"} +
                               shell("echo new > a; echo > " + begun.native() + "; while :; do :; done"));
  REQUIRE(running.wait_until([&] { return fs::exists(begun); }));
  running.signal(SIGINT);
  const auto ended = running.wait();
  CHECK(ended.code == 130);
  CHECK(difference_text(before, p.image()) == "");
}

TEST_CASE("commitpoint run: killed, the next command waits for what it had started, and puts everything back") {
  const place p;
  p.write("a", "old\n");
  CHECK(p.run({"run", "--protect", "a", "--", "true"}).code == 0);
  const auto before = p.image();
  const auto begun = p.path() / "begun";
  const auto go = p.path() / "go";
  const auto running =
      p.start(words{"run", "--protect", "a"} + shell("echo new > a; echo > " + begun.native() + "; while [ ! -e " +
                                                     go.native() + " ]; do :; done; echo late > a"));
  REQUIRE(running.wait_until([&] { return fs::exists(begun); }));
  running.signal(SIGKILL);
  CHECK(running.wait().code == 137);
  const auto recovering = p.start({"recover"}, {}, "recovering");
  REQUIRE(recovering.wait_until(
      [&] { return recovering.said_so_far().find("waiting for the lock") != std::string::npos; }));
  std::ofstream(go).put('\n');
  const auto recovered = recovering.wait();
  CHECK(recovered.code == 0);
  CHECK(recovered.out.find("recovered: mutation 2 (run sh) rolled back") != std::string::npos);
  CHECK(difference_text(before, p.image()) == "");
}

TEST_CASE("commitpoint run --sandbox: a copy takes the place of the directory, or nothing does") {
  const place p;
  p.write("site/a", "old\n");
  p.write("site/sub/b", "b\n");
  fs::create_symlink("a", p / "site/l");
  fs::permissions(p / "site/a", fs::perms(0640));
  const words sandbox{"run", "--sandbox", "--protect", "site"};
  const auto seen = p.path() / "seen";
  const auto failed =
      p.run(sandbox + shell("echo new > a; cat " + (p / "site/a").native() + " > " + seen.native() + "; exit 9"));
  CHECK(failed.code == 9);
  CHECK(p.read("site/a") == "old\n");
  CHECK(content_of(seen) == "old\n");  // while it ran
  const auto done = p.run(sandbox + shell("echo new > a; rm -r sub; mkdir more; echo c > more/c"));
  CHECK(done.code == 0);
  CHECK(p.read("site/a") == "new\n");
  CHECK(fs::status(p / "site/a").permissions() == fs::perms(0640));
  CHECK(fs::read_symlink(p / "site/l") == "a");
  CHECK(p.read("site/more/c") == "c\n");
  CHECK_FALSE(p.exists("site/sub"));
  CHECK(p.run({"run", "--sandbox", "--protect", "site", "--protect", "x", "--", "true"}).code == 2);
  CHECK(p.run({"run", "--sandbox", "--protect", "site/a", "--", "true"}).code == 1);
}
