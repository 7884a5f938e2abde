// Whose state directory a process carries out, and trees that a group shares: real users, by number.

#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/snapshot/copy.hpp>

#include <doctest/doctest.h>

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cp = commitpoint;
namespace fs = boost::filesystem;
using cp::errc;
using cp::touch;
using support::place;
using support::tree;

namespace {

constexpr ::uid_t alice = 64001;
constexpr ::uid_t bob = 64002;
constexpr ::gid_t team = 64100;

// Why nobody else can be played; empty where it can.
const char* why_alone() { return ::geteuid() == 0 ? "" : "only root may become somebody else"; }

#define SKIP_ALONE()                     \
  if (*why_alone() != '\0') {            \
    MESSAGE("SKIPPED: " << why_alone()); \
    return;                              \
  }                                      \
  static_assert(true)

// Runs `work`, a callable `std::string()`, as a user who is in the group `team` besides his own.
template <class F>
std::string as(::uid_t user, F work) {
  support::child child([&]() -> std::string {
    const ::gid_t groups[] = {team};
    if (::setgroups(1, groups) != 0 || ::setresgid(user, user, user) != 0 || ::setresuid(user, user, user) != 0) {
      return "cannot become another user";
    }
    ::umask(022);
    return work();
  });
  return child.answer();
}

void give_all(const cp::path& what, ::uid_t user, ::gid_t group) {
  REQUIRE(::lchown(what.c_str(), user, group) == 0);
  if (!fs::is_directory(fs::symlink_status(what))) return;
  for (const auto& entry : fs::directory_iterator(what)) give_all(entry.path(), user, group);
}

// A mutation in place that was killed.
template <class Coordinator = cp::coordinator<>>
std::string die_in_place(const cp::path& root, const cp::options& how = {}) {
  auto owner = Coordinator::open(root, how).value().acquire().value();
  (void)owner.run({.touches = {touch::file("x")}}, [&](cp::mutation&) -> cp::result<void> {
    support::overwrite(root / "x", "half");
    ::kill(::getpid(), SIGKILL);
    return cp::success();
  });
  return "it lives";
}

template <class Coordinator = cp::coordinator<>>
std::vector<cp::result<void>> all_calls(const cp::path& root, const cp::options& how = {}) {
  auto notes = Coordinator::open(root, how).value();
  std::vector<cp::result<void>> all;
  const auto told = [&](auto done) { all.push_back(done ? cp::result<void>(cp::success()) : std::move(done).error()); };
  told(notes.acquire());
  told(notes.read());
  told(notes.accept("q1"));
  told(notes.lease());
  return all;
}

template <class Coordinator>
void refuses_strangers() {
  const place p(tree{{"x", "old"}});
  REQUIRE(::chmod(p.outside().c_str(), 0755) == 0);
  give_all(p.root(), alice, alice);
  CHECK(as(alice, [&] { return die_in_place<Coordinator>(p.root()); }) == "killed by signal 9");
  REQUIRE(::chmod((p / "x").c_str(), 0666) == 0);
  const auto before = support::image(p.root(), {});
  for (const auto& done : all_calls<Coordinator>(p.root())) {
    REQUIRE_FALSE(done);
    CHECK(done.error() == errc::untrusted_owner);
    CHECK(done.error().path() == ".commitpoint");
    CHECK(done.error().message().find("user 64001") != std::string::npos);
    CHECK(done.error().message().find("options::trust") != std::string::npos);
  }
  // Whoever only looks is told.
  CHECK(Coordinator::open(p.root()).value().pending().value().mutations.size() == 1);
  CHECK(support::image(p.root(), {}) == before);
  CHECK(support::read_file(p / "x") == "half");
  // Told to, it does; and so does the user.
  cp::options trusting;
  trusting.trust.users = {alice};
  CHECK(Coordinator::open(p.root(), trusting).value().acquire());
  CHECK(support::read_file(p / "x") == "old");
}

}  // namespace

TEST_CASE("A3, A4: nobody carries out what another user's state directory says, unless told to") {
  SKIP_ALONE();
  refuses_strangers<cp::coordinator<>>();
  refuses_strangers<cp::coordinator<cp::journal::json_file>>();
}

TEST_CASE("A3: a user trusts himself and root, and no other user") {
  SKIP_ALONE();
  const place p(tree{{"x", "old"}});
  REQUIRE(::chmod(p.outside().c_str(), 0755) == 0);
  give_all(p.root(), alice, alice);
  CHECK(as(alice, [&] { return die_in_place(p.root()); }) == "killed by signal 9");
  const auto drains = [&]() -> std::string {
    const auto owner = cp::coordinator<>::open(p.root()).value().acquire();
    return owner ? "" : owner.error().message();
  };
  for (const auto& entry : fs::recursive_directory_iterator(p / ".commitpoint")) {
    REQUIRE(::chmod(entry.path().c_str(), fs::is_directory(entry.path()) ? 0755 : 0644) == 0);
  }
  REQUIRE(::chmod((p / ".commitpoint").c_str(), 0755) == 0);
  CHECK(as(bob, drains).find("64001") != std::string::npos);
  CHECK(as(alice, drains) == "");
  // Root's is believed; he need not be allowed to write to it to be told.
  give_all(p / ".commitpoint", 0, 0);
  const auto said = as(alice, [&]() -> std::string {
    const auto seen = cp::coordinator<>::open(p.root()).value().pending();
    return seen ? std::to_string(seen.value().mutations.size()) : seen.error().message();
  });
  CHECK(said == "0");
}

TEST_CASE("A3: every file that a journal is made of has to be a trusted user's, and writable for nobody else") {
  SKIP_ALONE();
  for (const std::string name : {"format", "lock", "lock.turnstile", "journal.0", "journal.1", "staging"}) {
    CAPTURE(name);
    const place p(tree{{"x", "old"}});
    CHECK(cp::coordinator<>::open(p.root()).value().acquire());
    REQUIRE(::lchown((p / (".commitpoint/" + name)).c_str(), alice, alice) == 0);
    const auto refused = cp::coordinator<>::open(p.root()).value().acquire();
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::untrusted_owner);
    CHECK(refused.error().path() == ".commitpoint/" + name);
  }
  const auto refused_with = [](const std::string& name, ::mode_t mode, ::mode_t directory) {
    const place p(tree{{"x", "old"}});
    CHECK(cp::coordinator<>::open(p.root()).value().acquire());
    REQUIRE(::chmod((p / (".commitpoint/" + name)).c_str(), mode) == 0);
    if (!name.empty()) REQUIRE(::chmod((p / ".commitpoint").c_str(), directory) == 0);
    const auto owner = cp::coordinator<>::open(p.root()).value().acquire();
    return !owner && owner.error() == errc::untrusted_owner;
  };
  CHECK(refused_with("", 0777, 0));
  CHECK(refused_with("", 0770, 0));
  CHECK_FALSE(refused_with("", 0755, 0));
  CHECK(refused_with("journal.0", 0666, 0755));
  CHECK(refused_with("journal.0", 0660, 0750));
  CHECK_FALSE(refused_with("journal.0", 0666, 0700));  // nobody reaches it
}

TEST_CASE(
    "A3: a mark that vouches for the tree hides no stranger from who "
    "reads what he may have written") {
  SKIP_ALONE();
  const auto vouched = [] {
    auto p = std::make_unique<place>(tree{{"x", "old"}});
    support::let_changes_settle();
    auto notes = cp::coordinator<>::open(p->root()).value();
    for (int i = 0; i < 2; ++i) {
      notes.acquire().value().run({}, [](cp::mutation& m) { return m.write("x", "new"); }).value();
      support::let_changes_settle();
    }
    return p;
  };
  const auto refuses = [](const place& p) {
    const auto owner = cp::coordinator<>::open(p.root()).value().acquire();
    return !owner && owner.error() == errc::untrusted_owner;
  };
  for (const std::string name : {"", "lock", "staging"}) {
    CAPTURE(name);
    const auto p = vouched();
    REQUIRE(::lchown((*p / (".commitpoint/" + name)).c_str(), alice, alice) == 0);
    CHECK(refuses(*p));
  }
  {
    const auto p = vouched();
    REQUIRE(::chmod((*p / ".commitpoint/lock").c_str(), 0666) == 0);
    REQUIRE(::chmod((*p / ".commitpoint").c_str(), 0755) == 0);
    CHECK(refuses(*p));
  }
  {  // what alice appends to the journal is seen, and with it whose it is
    const auto p = vouched();
    REQUIRE(::lchown((*p / ".commitpoint/journal.0").c_str(), alice, alice) == 0);
    support::child child([&] { return die_in_place(p->root()); });
    CHECK(child.was_killed());
    CHECK(refuses(*p));
  }
}

TEST_CASE("A3: the staging of an interrupted mutation has to be a trusted user's") {
  SKIP_ALONE();
  const place p(tree{{"x", "old"}});
  support::child child([&] { return die_in_place(p.root()); });
  CHECK(child.was_killed());
  REQUIRE(::lchown((p / ".commitpoint/staging/m1").c_str(), alice, alice) == 0);
  const auto refused = cp::coordinator<>::open(p.root()).value().acquire();
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::untrusted_owner);
  CHECK(refused.error().path() == ".commitpoint/staging/m1");
  CHECK(support::read_file(p / "x") == "half");
}

TEST_CASE("A3: nothing is made in a state directory that is not trusted") {
  SKIP_ALONE();
  const place p(tree{{".commitpoint", "/"}});
  give_all(p.root(), alice, alice);
  const auto opened = cp::coordinator<>::open(p.root());
  REQUIRE_FALSE(opened);
  CHECK(opened.error() == errc::untrusted_owner);
  CHECK(fs::is_empty((p / ".commitpoint")));
}

namespace {

cp::options shared() {
  cp::options how;
  how.trust.group = team;
  return how;
}

// A root that the team may write to, and its state directory made by alice.
struct shared_place : place {
  explicit shared_place(const tree& wanted, const cp::path& base) : place(wanted, base) {
    REQUIRE(::chmod(outside().c_str(), 0755) == 0);
    give_all(root(), alice, team);
    REQUIRE(::chmod(root().c_str(), 02770) == 0);
    for (const auto& [name, what] : wanted) REQUIRE(::chmod((*this / name).c_str(), what == "/" ? 02770 : 0660) == 0);
  }
};

std::string commit_b(const cp::path& root) {
  auto owner = cp::coordinator<>::open(root, shared()).value().acquire();
  if (!owner) return owner.error().message();
  const auto done = owner.value().run({.touches = {touch::file("b")}}, [&](cp::mutation& m) -> cp::result<void> {
    support::overwrite(root / "b", "new");
    return m.write("n", "new");
  });
  return done ? "" : done.error().message();
}

}  // namespace

TEST_CASE("A3: what is made in a tree that a group shares is the group's, whatever the umask") {
  SKIP_ALONE();
  const shared_place p({{"x", "old"}}, support::in_memory());
  CHECK(as(alice, [&]() -> std::string {
          auto notes = cp::coordinator<>::open(p.root(), shared()).value();
          const auto lease = notes.lease().value();
          return die_in_place(p.root(), shared());
        }) == "killed by signal 9");
  CHECK(support::mode(p / ".commitpoint") == 02770);
  std::size_t seen = 0;
  for (const auto& entry : fs::recursive_directory_iterator(p / ".commitpoint")) {
    const auto status = support::status(entry.path());
    CHECK_MESSAGE(status.st_gid == team, entry.path().native());
    const auto wanted = S_ISDIR(status.st_mode) ? 02770U : 0660U;
    CHECK_MESSAGE((status.st_mode & 07777U) == wanted, entry.path().native() << " " << std::oct << status.st_mode);
    ++seen;
  }
  CHECK(seen >= 9);
}

TEST_CASE("A3: the directories above the state directory are the group's as well, where they were made for it") {
  SKIP_ALONE();
  const shared_place p({{"x", "old"}, {"theirs", "/"}}, support::in_memory());
  REQUIRE(::chmod((p / "theirs").c_str(), 02750) == 0);
  for (const std::string directory : {".app/deep/state", "theirs/state"}) {
    CAPTURE(directory);
    auto how = shared();
    how.state_directory = directory;
    const auto drains = [&]() -> std::string {
      auto opened = cp::coordinator<>::open(p.root(), how);
      if (!opened) return opened.error().message();
      const auto owner = opened.value().acquire();
      return owner ? "" : owner.error().message();
    };
    CHECK(as(alice, drains) == "");
    CHECK(as(bob, drains) == "");
  }
  CHECK(support::mode(p / ".app") == 02770);
  CHECK(support::mode(p / "theirs") == 02750);
}

TEST_CASE("A3: the crash of one member of a group is settled by the next") {
  SKIP_ALONE();
  for (const auto& base : {support::in_memory(), support::on_disk()}) {
    CAPTURE(base.native());
    SUBCASE("in place") {
      const shared_place p({{"x", "old"}, {"b", "old"}}, base);
      CHECK(as(alice, [&] { return die_in_place(p.root(), shared()); }) == "killed by signal 9");
      CHECK(as(bob, [&] { return commit_b(p.root()); }) == "");
      CHECK(support::read_file(p / "x") == "old");
      CHECK(support::mode(p / "x") == 0660);
      CHECK(support::status(p / "x").st_gid == team);
      CHECK(support::read_file(p / "b") == "new");
      CHECK(as(alice, [&] { return commit_b(p.root()); }) == "");
    }
    SUBCASE("a tree in place, and new files") {
      const shared_place p({{"t", "/"}, {"t/x", "old"}, {"b", "old"}}, base);
      CHECK(as(alice, [&]() -> std::string {
              auto owner = cp::coordinator<>::open(p.root(), shared()).value().acquire().value();
              const cp::plan in_place{.touches = {touch::tree("t")}, .staging = {"s"}};
              (void)owner.run(in_place, [&](cp::mutation& m) -> cp::result<void> {
                support::overwrite(p / "t/x", "half");
                support::write_file(p / "t/new", "half");
                support::write_file(p / "s/new", "half");
                BOOST_OUTCOME_TRY(const auto staged, m.stage("package"));
                fs::create_directories(staged / "below");
                support::write_file(staged / "below/file", "half");
                ::kill(::getpid(), SIGKILL);
                return cp::success();
              });
              return "it lives";
            }) == "killed by signal 9");
      CHECK(as(bob, [&] { return commit_b(p.root()); }) == "");
      CHECK(support::read_file(p / "t/x") == "old");
      CHECK_FALSE(support::is_there(p / "t/new"));
      CHECK_FALSE(support::is_there(p / "s"));
      CHECK(as(alice, [&] { return commit_b(p.root()); }) == "");
    }
    SUBCASE("committed, and not published") {
      const shared_place p({{"x", "old"}, {"b", "old"}, {"r", "old"}, {"g", "old"}}, base);
      CHECK(as(alice, [&]() -> std::string {
              struct dies {
                using kind = cp::kind::observe;
                void operator()(const cp::observe::event& e) const {
                  if (e.at == cp::step::committed) ::kill(::getpid(), SIGKILL);
                }
              };
              auto owner = cp::coordinator<dies>::open(p.root(), shared(), dies{}).value().acquire().value();
              (void)owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
                BOOST_OUTCOME_TRYV(m.write("x", "new"));
                BOOST_OUTCOME_TRYV(m.write("n", "from alice"));
                BOOST_OUTCOME_TRYV(m.append("g", "er"));
                BOOST_OUTCOME_TRYV(m.create_directories("d/e"));
                BOOST_OUTCOME_TRYV(m.write("d/e/f", "new"));
                return m.remove("r");
              });
              return "it lives";
            }) == "killed by signal 9");
      CHECK(as(bob, [&]() -> std::string {
              const auto owner = cp::coordinator<>::open(p.root(), shared()).value().acquire();
              return owner ? "" : owner.error().message();
            }) == "");
      CHECK(support::shape(p.root()) == tree{{"x", "new"},
                                             {"n", "from alice"},
                                             {"b", "old"},
                                             {"g", "older"},
                                             {"d", "/"},
                                             {"d/e", "/"},
                                             {"d/e/f", "new"}});
      CHECK(as(alice, [&] { return commit_b(p.root()); }) == "");
    }
  }
}

TEST_CASE("A3: a group that is not trusted, or whose tree everybody may write to, is refused") {
  SKIP_ALONE();
  const shared_place p({{"x", "old"}}, support::in_memory());
  CHECK(as(alice, [&] { return die_in_place(p.root(), shared()); }) == "killed by signal 9");
  const auto drains = [&](const cp::options& how) -> std::string {
    const auto owner = cp::coordinator<>::open(p.root(), how).value().acquire();
    return owner                                                          ? ""
           : owner.error().code == make_error_code(errc::untrusted_owner) ? "refused"
                                                                          : owner.error().message();
  };
  CHECK(as(bob, [&] { return drains({}); }) == "refused");
  CHECK(drains({}) == "refused");
  REQUIRE(::chmod(p.root().c_str(), 02777) == 0);
  CHECK(as(bob, [&] { return drains(shared()); }) == "refused");
  REQUIRE(::chmod(p.root().c_str(), 02770) == 0);
  CHECK(as(bob, [&] { return drains(shared()); }) == "");
}
