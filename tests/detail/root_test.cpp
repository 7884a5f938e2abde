// What becomes of a root, its state directory and its lock while they are in use.

#include "support/mounts.hpp"
#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/system/faulty.hpp>

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace cp = commitpoint;
using cp::errc;
using cp::touch;
using support::place;
using support::tree;
using coordinator = cp::coordinator<>;

namespace {

cp::lock_options within(std::chrono::milliseconds time) {
  return {.deadline = std::chrono::steady_clock::now() + time};
}
cp::lock_options at_once() { return within(std::chrono::milliseconds(0)); }

cp::path own(const place& p, const std::string& name) { return p / (".commitpoint/" + name); }

// A tree with something done to it, and given back.
void use_once(const place& p) {
  auto notes = coordinator::open(p.root()).value();
  auto owner = notes.acquire().value();
  REQUIRE(owner.run({}, [](cp::mutation& m) { return m.write("first", "1"); }));
}

void put_socket(const cp::path& where) {
  // The path of a socket has little room.
  const int directory = ::open(where.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const auto text = "/proc/self/fd/" + std::to_string(directory) + "/" + where.filename().native();
  REQUIRE(text.size() < sizeof name.sun_path);
  text.copy(name.sun_path, text.size());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
  ::close(socket);
  ::close(directory);
}

// What may stand at a name where a regular file belongs.
const std::map<std::string, std::function<void(const cp::path&)>>& strange_files() {
  static const std::map<std::string, std::function<void(const cp::path&)>> all{
      {"a FIFO", [](const cp::path& at) { REQUIRE(::mkfifo(at.c_str(), 0600) == 0); }},
      {"a directory", [](const cp::path& at) { REQUIRE(::mkdir(at.c_str(), 0700) == 0); }},
      {"a link", [](const cp::path& at) { REQUIRE(::symlink("/dev/zero", at.c_str()) == 0); }},
      {"a socket", put_socket},
  };
  return all;
}

// What `work` gives, in a child that is killed if it does not end.
template <class F>
std::string in_time(F work) {
  support::child child([&]() -> std::string {
    ::alarm(10);
    return work();
  });
  return child.answer();
}

}  // namespace

TEST_CASE("A10, A28: whatever stands where a file of the state directory belongs is named, and never waited for") {
  for (const auto& strange : strange_files()) {
    const auto& what = strange.first;
    const auto& put = strange.second;
    for (const std::string name : {"lock", "lock.turnstile", "journal.0", "journal.1", "format", "blocked"}) {
      CAPTURE(what);
      CAPTURE(name);
      const place p;
      use_once(p);
      (void)::unlink(own(p, name).c_str());
      put(own(p, name));
      for (const bool reads : {false, true}) {
        const auto said = in_time([&]() -> std::string {
          auto notes = coordinator::open(p.root());
          if (!notes) return notes.error().message();
          if (reads) {
            const auto reader = notes.value().read(within(std::chrono::milliseconds(200)));
            return reader ? "it succeeded" : reader.error().message();
          }
          const auto owner = notes.value().acquire(within(std::chrono::milliseconds(200)));
          return owner ? "it succeeded" : owner.error().message();
        });
        CHECK_MESSAGE(said.find("'.commitpoint/" + name + "'") != std::string::npos, said);
        CHECK_MESSAGE(said.find("not a regular file") != std::string::npos, said);
      }
    }
  }
}

TEST_CASE("A28: a file of the state directory that cannot be read, or is too large, is named") {
  for (const std::string name : {"format", "blocked"}) {
    const place p;
    use_once(p);
    support::write_file(own(p, name), std::string((std::size_t{1} << 20U) + 1, 'x'));
    const auto said = [&]() -> cp::failure {
      auto notes = coordinator::open(p.root());
      if (!notes) return notes.error();
      const auto owner = notes.value().acquire();
      return owner ? cp::failure() : owner.error();
    }();
    CHECK(said == std::errc::file_too_large);
    CHECK(said.path() == ".commitpoint/" + name);
  }
}

TEST_CASE("A14: an owner that has lost its lock writes nothing over what the next one has committed") {
  const place p(tree{{"a", "old"}, {"b", "old"}, {"c", "old"}});
  auto notes = coordinator::open(p.root()).value();
  {
    auto owner = notes.acquire().value();
    const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
      REQUIRE(::unlink(own(p, "lock").c_str()) == 0);
      support::child other([&]() -> std::string {
        using faulty = cp::system::faulty<cp::system::native>;
        faulty system;
        auto again = cp::coordinator<faulty>::open(p.root(), {}, system).value();
        auto theirs = again.acquire().value();
        system.arm({.nth = 2, .effect = cp::system::fault::ends_process, .only = cp::system::call::rename});
        (void)theirs.run({}, [](cp::mutation& their) -> cp::result<void> {
          BOOST_OUTCOME_TRYV(their.write("a", "new"));
          return their.write("b", "new");
        });
        return "it was not killed";
      });
      CHECK(other.was_killed());
      return m.protect(touch::file("c"));
    });
    REQUIRE_FALSE(done);
    CHECK(done.error().message().find("another owner may be at work") != std::string::npos);
    CHECK(support::read_file(p / "a") == "new");
    CHECK(support::read_file(p / "b") == "old");
  }
  CHECK(coordinator::open(p.root()).value().acquire());
  CHECK(support::shape(p.root()) == tree{{"a", "new"}, {"b", "new"}, {"c", "old"}});
}

TEST_CASE("A14: an owner that has lost its lock leaves the staging of the next one alone") {
  const place p;
  auto notes = coordinator::open(p.root()).value();
  std::promise<void> staged;
  std::promise<void> go;
  std::thread loser([&] {
    auto owner = notes.acquire().value();
    (void)owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.write("a", "lost"));
      staged.set_value();
      go.get_future().wait();
      return errc::unsupported;
    });
  });
  staged.get_future().wait();
  REQUIRE(::unlink(own(p, "lock").c_str()) == 0);
  auto again = coordinator::open(p.root()).value();
  auto owner = again.acquire().value();
  const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("b", "new"));
    go.set_value();
    loser.join();
    return cp::success();
  });
  CHECK_MESSAGE(done, done.error().message());
  CHECK(support::shape(p.root()) == tree{{"b", "new"}});
}

TEST_CASE("A14: a state directory that was moved away gives nobody the right to write") {
  for (const bool in_place : {false, true}) {
    CAPTURE(in_place);
    const place p(tree{{"a", "old"}});
    auto notes = coordinator::open(p.root()).value();
    {
      auto owner = notes.acquire().value();
      REQUIRE(::rename(own(p, "").c_str(), (p / "elsewhere").c_str()) == 0);
      auto again = coordinator::open(p.root()).value();
      const auto theirs = again.acquire(at_once());  // nobody holds what is there now
      CHECK(theirs);
      const auto done =
          owner.run({}, [&](cp::mutation& m) { return in_place ? m.protect(touch::file("a")) : m.write("a", "new"); });
      REQUIRE_FALSE(done);
      CHECK(done.error().message().find("removed or replaced") != std::string::npos);
      CHECK(support::read_file(p / "a") == "old");
    }
    const auto refused = notes.acquire(at_once());
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::not_owner);
    CHECK(refused.error().path() == ".commitpoint");
  }
}

TEST_CASE("A15: a timeout names who holds the lock, also a child of an owner that is gone") {
  const place p;
  auto notes = coordinator::open(p.root()).value();
  {
    auto owner = notes.acquire().value();
    const auto refused = coordinator::open(p.root()).value().acquire(at_once());
    REQUIRE(refused.error() == errc::lock_timeout);
    const auto self = "process " + std::to_string(::getpid()) + " (";
    CHECK_MESSAGE(refused.error().message().find(self) != std::string::npos, refused.error().message());
  }
  support::channel heir;
  support::channel end;
  support::child dead([&]() -> std::string {
    auto owner = coordinator::open(p.root()).value().acquire().value();
    if (::fork() == 0) {
      heir.say(std::to_string(::getpid()));
      (void)end.hear();
      ::_exit(0);
    }
    ::_exit(0);
  });
  const auto number = heir.hear();
  dead.kill();
  const auto refused = notes.acquire(at_once());
  REQUIRE(refused.error() == errc::lock_timeout);
  CHECK_MESSAGE(refused.error().message().find("process " + number + " (") != std::string::npos,
                refused.error().message());
  CHECK_MESSAGE(refused.error().message().find("which is gone") != std::string::npos, refused.error().message());
  end.say("end");
  CHECK(notes.acquire());
}

TEST_CASE("A20: who uses an owner, or a reader, is who would wait for himself") {
  const place p(tree{{"a", "old"}});
  auto notes = coordinator::open(p.root()).value();
  std::optional<coordinator::owner_type> owner(notes.acquire().value());
  std::thread([&notes, mine = *std::exchange(owner, std::nullopt)]() mutable {
    CHECK(mine.run({}, [](cp::mutation& m) { return m.write("a", "new"); }));
    CHECK(notes.acquire(at_once()).error() == errc::would_deadlock);
    CHECK(notes.read(at_once()).error() == errc::would_deadlock);
    CHECK(mine.release());
    CHECK(notes.acquire(at_once()));
  }).join();
  // It is handed over when it is moved there, too.
  std::thread([&notes](coordinator::owner_type) { CHECK(notes.acquire(at_once()).error() == errc::would_deadlock); },
              notes.acquire().value())
      .join();
  CHECK(notes.acquire(at_once()));
  std::thread(
      [&notes](cp::reader mine) {
        CHECK(mine.read("a").value() == "new");
        CHECK(notes.acquire(at_once()).error() == errc::would_deadlock);
      },
      notes.read().value())
      .join();
  CHECK(notes.acquire(at_once()));
}

TEST_CASE("A20: who has given an owner away may wait for it") {
  const place p;
  auto notes = coordinator::open(p.root()).value();
  std::promise<void> used;
  std::optional<coordinator::owner_type> owner(notes.acquire().value());
  std::thread other([&, mine = *std::exchange(owner, std::nullopt)]() mutable {
    CHECK(mine.run({}, [](cp::mutation& m) { return m.write("a", "new"); }));
    used.set_value();
    while (!mine.release()) {}
  });
  used.get_future().wait();
  const auto mine = notes.acquire(within(std::chrono::minutes(1)));
  CHECK_MESSAGE(mine, mine.error().message());
  other.join();
}

namespace {

// Effects that name a path, each of them.
using effect = std::function<cp::result<void>(cp::mutation&, const std::string&)>;
const std::map<std::string, effect>& effects() {
  static const std::map<std::string, effect> all{
      {"write", [](cp::mutation& m, const std::string& p) { return m.write(p, "x"); }},
      {"append", [](cp::mutation& m, const std::string& p) { return m.append(p, "x"); }},
      {"remove", [](cp::mutation& m, const std::string& p) { return m.remove(p); }},
      {"rename from", [](cp::mutation& m, const std::string& p) { return m.rename(p, "elsewhere"); }},
      {"rename to", [](cp::mutation& m, const std::string& p) { return m.rename("file", p); }},
      {"create_directories", [](cp::mutation& m, const std::string& p) { return m.create_directories(p + "-d"); }},
      {"symlink", [](cp::mutation& m, const std::string& p) { return m.symlink("x", p + "-l"); }},
      {"stage",
       [](cp::mutation& m, const std::string& p) -> cp::result<void> {
         BOOST_OUTCOME_TRY(const auto staged, m.stage(p));
         support::write_file(staged, "x");
         return cp::success();
       }},
      {"protect file", [](cp::mutation& m, const std::string& p) { return m.protect(touch::file(p)); }},
      {"protect appended", [](cp::mutation& m, const std::string& p) { return m.protect(touch::appended(p)); }},
      {"will_create", [](cp::mutation& m, const std::string& p) { return m.will_create({p + "-new"}); }},
  };
  return all;
}

}  // namespace

TEST_CASE("A21: what is commitpoint's own is known by what it is, through whatever mount it is named") {
  if (!support::why_no_mounts().empty()) {
    MESSAGE("SKIPPED: " << support::why_no_mounts());
    return;
  }
  const place p(tree{{"file", "old"}, {"self", "/"}, {"state", "/"}, {"staging", "/"}, {"journal", "old"}, {"d", "/"}});
  use_once(p);
  const auto bind = [&](const std::string& what, const std::string& to) {
    REQUIRE(::mount((p / what).c_str(), (p / to).c_str(), nullptr, MS_BIND, nullptr) == 0);
  };
  bind(".", "self");
  bind(".commitpoint", "state");
  bind(".commitpoint/staging", "staging");
  bind(".commitpoint/journal.0", "journal");
  bind("self", "d");  // through two
  {
    auto notes = coordinator::open(p.root()).value();
    auto owner = notes.acquire().value();
    for (const auto& one : effects()) {
      const auto& what = one.first;
      const auto& does = one.second;
      for (const std::string at : {"self/.commitpoint/journal.0", "d/.commitpoint/format", "state/journal.0",
                                   "staging/x", "self/.commitpoint/staging/x"}) {
        if (at.ends_with("/x") && (what == "remove" || what == "rename from")) continue;  // there is no such file
        const auto done = owner.run({}, [&](cp::mutation& m) { return does(m, at); });
        CHECK_MESSAGE((!done && done.error() == errc::reserved_path),
                      what << " " << at << ": " << (done ? "" : done.error().message()));
      }
    }
    for (const std::string what : {"write", "append", "remove", "protect file", "protect appended", "rename from"}) {
      const auto done = owner.run({}, [&](cp::mutation& m) { return effects().at(what)(m, "journal"); });
      CHECK_MESSAGE((!done && done.error() == errc::reserved_path), what << (done ? "" : done.error().message()));
    }
    for (const std::string at : {"self", "state", "d"}) {
      for (const auto& whole : {touch::tree(at), touch::replaced_tree(at)}) {
        const auto done = owner.run({}, [&](cp::mutation& m) { return m.protect(whole); });
        CHECK_MESSAGE((!done && done.error() == errc::reserved_path), at << (done ? "" : done.error().message()));
      }
      const auto removed = owner.run({}, [&](cp::mutation& m) { return m.remove(at); });
      CHECK_MESSAGE((!removed && removed.error() == errc::reserved_path), at);
      const auto moved = owner.run({}, [&](cp::mutation& m) { return m.rename(at, "elsewhere"); });
      CHECK_MESSAGE((!moved && moved.error() == errc::reserved_path), at);
    }
    // What is not its own is reached through them.
    CHECK(owner.run({}, [&](cp::mutation& m) { return m.write("self/file", "new"); }));
    CHECK(support::read_file(p / "file") == "new");
  }
  for (const std::string at : {"d", "journal", "staging", "state", "self"}) ::umount2((p / at).c_str(), MNT_DETACH);
  CHECK(coordinator::open(p.root()).value().acquire());
}

TEST_CASE("A21: a second name of a file of commitpoint's own is reserved as the first is") {
  const place p(tree{{"file", "old"}});
  use_once(p);
  REQUIRE(::link(own(p, "lock").c_str(), (p / "lock").c_str()) == 0);
  auto owner = coordinator::open(p.root()).value().acquire().value();
  for (const std::string what : {"append", "protect file", "protect appended"}) {
    const auto done = owner.run({}, [&](cp::mutation& m) { return effects().at(what)(m, "lock"); });
    CHECK_MESSAGE((!done && done.error() == errc::reserved_path), what << (done ? "" : done.error().message()));
  }
  // The database of the application, where the journal is in it.
  using with_rows = cp::coordinator<cp::journal::sqlite>;
  const place other(tree{{"file", "old"}, {"app", "/"}});
  auto rows = with_rows::open(other.root(), {}, cp::journal::sqlite{.database = "app/rows.db"}).value();
  auto theirs = rows.acquire().value();
  REQUIRE(theirs.run({}, [](cp::mutation& m) { return m.write("file", "new"); }));
  REQUIRE(::link((other / "app/rows.db").c_str(), (other / "second").c_str()) == 0);
  const auto done = theirs.run({}, [](cp::mutation& m) { return m.append("second", "x"); });
  CHECK_MESSAGE((!done && done.error() == errc::reserved_path), (done ? "" : done.error().message()));
}

namespace {

// Another tree takes the root's name.
void replace_root(const place& p) {
  REQUIRE(::rename(p.root().c_str(), (p.root().native() + "-moved").c_str()) == 0);
  REQUIRE(::mkdir(p.root().c_str(), 0755) == 0);
  support::write_file(p / "a", "not of this tree");
}

}  // namespace

TEST_CASE("A22: a tool is never sent to another tree that has taken the root's name") {
  const auto is_refused = [](const cp::failure& f) {
    return f == errc::drifted && f.message().find("moved") != std::string::npos;
  };
  SUBCASE("before the mutation") {
    const place p(tree{{"a", "old"}});
    auto owner = coordinator::open(p.root()).value().acquire().value();
    replace_root(p);
    const cp::plan in_place{.touches = {touch::file("a")}};
    CHECK(is_refused(owner.run(in_place, [&](cp::mutation&) { return cp::result<void>(cp::success()); }).error()));
    const cp::plan scratch{.staging = {"s"}};
    CHECK(is_refused(owner.run(scratch, [&](cp::mutation&) { return cp::result<void>(cp::success()); }).error()));
    CHECK(is_refused(owner.run({}, [&](cp::mutation& m) { return m.will_create({"n"}); }).error()));
    // What is staged needs no path, and goes where the tree is; so does what is named by `root`.
    const auto moved = p.root().native() + "-moved";
    CHECK(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
      CHECK(m.root().native() == moved);
      return m.write("b", "new");
    }));
    CHECK(support::read_file(moved + "/b") == "new");
    CHECK(support::read_file(p / "a") == "not of this tree");
    support::fs::remove_all(moved);
  }
  SUBCASE("in the body") {
    for (const bool fails : {false, true}) {
      for (const bool protects : {false, true}) {
        CAPTURE(fails);
        CAPTURE(protects);
        const place p(tree{{"a", "old"}});
        auto owner = coordinator::open(p.root()).value().acquire().value();
        const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
          if (protects) {
            BOOST_OUTCOME_TRYV(m.protect(touch::file("a")));
          }
          const auto root = m.root();
          replace_root(p);
          support::write_file(root / "a", "a tool's");
          BOOST_OUTCOME_TRYV(m.write("b", "new"));
          return fails ? cp::result<void>(errc::unsupported) : cp::success();
        });
        REQUIRE_FALSE(done);
        CHECK_MESSAGE(is_refused(done.error()), done.error().message());
        CHECK(done.error().path() == p.root());
        const auto moved = p.root().native() + "-moved";
        CHECK(support::read_file(moved + "/a") == "old");
        CHECK_FALSE(support::is_there(moved + "/b"));
        support::fs::remove_all(moved);
      }
    }
  }
}
