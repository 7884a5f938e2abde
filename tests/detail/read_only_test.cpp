// Readers who may not write: another user with read permission, and whoever comes by way of a read-only mount.

#include "support/mounts.hpp"
#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/sqlite/error.hpp>
#include <commitpoint/sqlite/mutation.hpp>

#include <doctest/doctest.h>

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace cp = commitpoint;
namespace fs = boost::filesystem;
using cp::errc;
using support::place;
using support::tree;

namespace {

using with_rows = cp::coordinator<cp::journal::sqlite>;
using with_files = cp::coordinator<cp::journal::json_file>;

constexpr ::uid_t alice = 64001;
constexpr ::uid_t bob = 64002;

#define SKIP_UNLESS_ROOT()                                            \
  if (::geteuid() != 0) {                                             \
    MESSAGE("SKIPPED: only root may become somebody else, or mount"); \
    return;                                                           \
  }                                                                   \
  static_assert(true)

// Runs `work`, a callable `std::string()`, as a user who is in no group but his own.
template <class F>
std::string as(::uid_t user, F work) {
  support::child child([&]() -> std::string {
    if (::setgroups(0, nullptr) != 0 || ::setresgid(user, user, user) != 0 || ::setresuid(user, user, user) != 0) {
      return "cannot become another user";
    }
    return work();
  });
  return child.answer();
}

// What alice has made, and lets everybody read: `chmod -R go+rX`.
struct readable_place : place {
  readable_place() : place(tree{{"x", "old"}}) {
    REQUIRE(::chmod(outside().c_str(), 0755) == 0);
    REQUIRE(::chmod(root().c_str(), 0755) == 0);
    REQUIRE(::lchown(root().c_str(), alice, alice) == 0);
    REQUIRE(::lchown((*this / "x").c_str(), alice, alice) == 0);
  }
  void let_others_read() {
    for (const auto& entry : fs::recursive_directory_iterator(root())) {
      const auto more = fs::is_directory(entry.path()) ? 0055U : 0044U;
      REQUIRE(::chmod(entry.path().c_str(), support::mode(entry.path()) | more) == 0);
    }
  }
};

cp::result<void> put_rows(cp::mutation&) { return cp::success(); }
cp::result<void> put_rows(cp::enlisting_mutation& m) {
  return m.enlist([](sqlite3* rows) -> cp::result<void> {
    const int code = sqlite3_exec(rows, "CREATE TABLE t(x)", nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return cp::sqlite_failure(rows);
    return cp::success();
  });
}

template <class Coordinator>
cp::result<void> change(Coordinator& notes) {
  BOOST_OUTCOME_TRY(auto owner, notes.acquire());
  return owner.run({}, [](typename Coordinator::mutation_type& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(put_rows(m));
    return m.write("x", "new");
  });
}

struct dies {
  using kind = cp::kind::observe;
  void operator()(const cp::observe::event& e) const {
    if (e.at == cp::step::committed) ::kill(::getpid(), SIGKILL);
  }
};

// What a reader and a look at what is pending say, in one line.
template <class Coordinator>
std::string looks(const cp::path& root) {
  auto notes = Coordinator::open(root);
  if (!notes) return "open: " + notes.error().message();
  const auto pending = notes.value().pending();
  if (!pending) return "pending: " + pending.error().message();
  const auto seen = notes.value().read();
  const auto waiting = std::to_string(pending.value().mutations.size()) + " pending; ";
  if (!seen) return waiting + seen.error().message();
  return waiting + "x is " + seen.value().read("x").value();
}

template <class Coordinator>
void another_user_looks() {
  readable_place p;
  CHECK(as(alice, [&]() -> std::string {
          auto notes = Coordinator::open(p.root()).value();
          const auto done = change(notes);
          return done ? "" : done.error().message();
        }) == "");
  CHECK(as(bob, [&] { return looks<Coordinator>(p.root()); }).find("Permission denied") != std::string::npos);
  p.let_others_read();
  const auto before = support::image(p.root(), {});
  CHECK(as(bob, [&] { return looks<Coordinator>(p.root()); }) == "0 pending; x is new");
  // Nor does root carry anything out, or leave anything of its own.
  CHECK(as(0, [&] { return looks<Coordinator>(p.root()); }) == "0 pending; x is new");
  CHECK(support::image(p.root(), {}) == before);
  // He does not become its owner by that.
  const auto refused =
      as(bob, [&]() -> std::string { return Coordinator::open(p.root()).value().acquire().error().message(); });
  CHECK(refused.find("user 64001") != std::string::npos);
}

template <class Coordinator, class Dying>
void another_user_finds_something_pending() {
  readable_place p;
  CHECK(as(alice, [&]() -> std::string {
          auto notes = Dying::open(p.root(), {}, dies{}).value();
          (void)change(notes);
          return "it lives";
        }) == "killed by signal 9");
  p.let_others_read();
  const auto before = support::image(p.root(), {});
  const auto said = as(bob, [&] { return looks<Coordinator>(p.root()); });
  CAPTURE(said);
  CHECK(said.starts_with("1 pending; "));
  CHECK(said.find("user 64001") != std::string::npos);
  CHECK(support::image(p.root(), {}) == before);
  CHECK(as(alice, [&] { return looks<Coordinator>(p.root()); }) == "1 pending; x is new");
  p.let_others_read();
  CHECK(as(bob, [&] { return looks<Coordinator>(p.root()); }) == "0 pending; x is new");
}

// The same tree by another way, on which nothing can be written.
class read_only_mount {
 public:
  explicit read_only_mount(const place& of) : at_(of.outside() / "mounted") {
    REQUIRE(::mkdir(at_.c_str(), 0755) == 0);
    REQUIRE(::mount(of.root().c_str(), at_.c_str(), nullptr, MS_BIND, nullptr) == 0);
    REQUIRE(::mount(nullptr, at_.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0);
  }
  read_only_mount(const read_only_mount&) = delete;
  read_only_mount& operator=(const read_only_mount&) = delete;
  ~read_only_mount() { ::umount2(at_.c_str(), MNT_DETACH); }
  [[nodiscard]] const cp::path& root() const { return at_; }

 private:
  cp::path at_;
};

template <class Coordinator, class Dying>
void by_a_read_only_mount() {
  if (!support::why_no_mounts().empty()) {
    MESSAGE("SKIPPED: " << support::why_no_mounts());
    return;
  }
  const place p(tree{{"x", "old"}});
  {
    auto notes = Coordinator::open(p.root()).value();
    REQUIRE(change(notes));
  }
  const read_only_mount mount(p);
  CHECK(looks<Coordinator>(mount.root()) == "0 pending; x is new");
  // Something that only whoever may write can settle.
  support::child child([&]() -> std::string {
    auto notes = Dying::open(p.root(), {}, dies{}).value();
    (void)notes.acquire().value().run({}, [](typename Dying::mutation_type& m) { return m.write("x", "newer"); });
    return "it lives";
  });
  CHECK(child.was_killed());
  const auto said = looks<Coordinator>(mount.root());
  CAPTURE(said);
  CHECK(said.starts_with("1 pending; "));
  CHECK(said.find("Read-only file system") != std::string::npos);
  CHECK(said.find("let somebody who may write here read first") != std::string::npos);
  CHECK(looks<Coordinator>(p.root()) == "1 pending; x is newer");
  CHECK(looks<Coordinator>(mount.root()) == "0 pending; x is newer");
}

}  // namespace

TEST_CASE("another user with read permission reads what is settled, changes nothing, and is no owner") {
  SKIP_UNLESS_ROOT();
  another_user_looks<cp::coordinator<>>();
  another_user_looks<with_files>();
  another_user_looks<with_rows>();
}

TEST_CASE("another user with read permission is told what is pending, and who has to settle it") {
  SKIP_UNLESS_ROOT();
  another_user_finds_something_pending<cp::coordinator<>, cp::coordinator<dies>>();
  another_user_finds_something_pending<with_files, cp::coordinator<cp::journal::json_file, dies>>();
  another_user_finds_something_pending<with_rows, cp::coordinator<cp::journal::sqlite, dies>>();
}

TEST_CASE("a tree is read by way of a read-only mount where nothing is pending; otherwise it says why not") {
  by_a_read_only_mount<cp::coordinator<>, cp::coordinator<dies>>();
  by_a_read_only_mount<with_files, cp::coordinator<cp::journal::json_file, dies>>();
  by_a_read_only_mount<with_rows, cp::coordinator<cp::journal::sqlite, dies>>();
}

TEST_CASE("the database of a stranger is not opened for writing, nor what stands beside it carried out") {
  SKIP_UNLESS_ROOT();
  readable_place p;
  CHECK(as(alice, [&]() -> std::string {
          auto notes = with_rows::open(p.root()).value();
          const auto done = change(notes);
          return done ? "" : done.error().message();
        }) == "");
  // A rollback journal that names a file to be removed, as SQLite does when it rolls back.
  const auto database = p / ".commitpoint/journal.db";
  REQUIRE(support::is_there(database));
  support::write_file(p / ".commitpoint/journal.db-journal", "half a journal");
  REQUIRE(::lchown((p / ".commitpoint/journal.db-journal").c_str(), alice, alice) == 0);
  REQUIRE(::truncate((p / ".commitpoint/lock").c_str(), 0) == 0);  // so that the database is looked at
  const auto before = support::image(p.root(), {});
  (void)as(0, [&] { return looks<with_rows>(p.root()); });
  CHECK(support::image(p.root(), {}) == before);
}
