// What an owner leaves in the lock file, so that the next one need not read the journal.

#include "marked_tree.hpp"
#include "support/tree.hpp"

#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/journal/log.hpp>
#include <commitpoint/journal/sqlite.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>

namespace cp = commitpoint;
using cp::detail::decode_mark;
using cp::system::call;
using marked::lock_file;
using marked::machine;

namespace {

struct place : marked::tree {
  // Each in a session of its own.
  void sessions(int n) {
    auto kb = open();
    for (int i = 0; i < n; ++i) {
      auto mine = kb.acquire().value();
      mutate(mine, i);
    }
  }
  void mutate(cp::owner& mine, int n) { write(mine, std::to_string(n)); }
  [[nodiscard]] bool is_marked() { return mark().has_value(); }

  // What an acquire on the tree as it stands calls and reads.
  struct cost {
    std::uint64_t calls = 0;
    std::uint64_t reads = 0;
    bool operator==(const cost&) const = default;
  };
  [[nodiscard]] cost acquire() {
    auto kb = open();
    system.reset_counts();
    auto mine = kb.acquire();
    REQUIRE(mine);
    CHECK(mine.value().recovered().empty());
    return {system.counts().total, system.counts().of(call::read)};
  }
};

// The process ends in the middle of a mutation that has written in place; the lock goes with it.
void leave_pending(place& p) {
  auto kb = p.open();
  auto mine = kb.acquire().value();
  auto ended = mine.run({.touches = {cp::touch::file("file")}}, [&](cp::mutation&) -> cp::result<void> {
    p.hand.replace("/tree/file", "in place");
    p.system.arm({.nth = 1, .times = 1'000'000});  // nothing goes right any more: neither is anything undone
    return std::make_error_code(std::errc::owner_dead);
  });
  CHECK_FALSE(ended);
  p.system.disarm();
}

}  // namespace

TEST_CASE("a mark comes back as it was, and whatever is damaged is none") {
  const cp::detail::settled_mark mark{"boot 7 mount 3", 12, 99, std::string("\x82\x00\xff", 3)};
  const auto bytes = encode_mark(mark);
  const auto back = decode_mark(bytes + "what a longer one has left");
  REQUIRE(back);
  CHECK(back->cache == mark.cache);
  CHECK(back->inode == mark.inode);
  CHECK(back->next == mark.next);
  CHECK(back->bookmark == mark.bookmark);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    CAPTURE(at);
    CHECK_FALSE(decode_mark(std::string_view(bytes).substr(0, at)));
    auto other = bytes;
    other[at] = static_cast<char>(other[at] ^ 1);
    CHECK_FALSE(decode_mark(other));
  }
  CHECK_FALSE(decode_mark(""));
  CHECK_FALSE(decode_mark(std::string(100, '\0')));
}

TEST_CASE("acquire on a settled tree makes the same calls, however much was done before") {
  place p;
  p.sessions(1);
  const auto after_one = p.acquire();
  p.sessions(400);
  CHECK(p.acquire() == after_one);
  CHECK(after_one.reads == 3);   // the mark, and the beginning of the log and what stands behind its end
  CHECK(after_one.calls <= 14);  // this file system does not count directories, so that staging is listed
}

TEST_CASE("and so it does after one owner has done all of it") {
  place p;
  p.sessions(1);
  const auto after_one = p.acquire();
  {
    auto kb = p.open();
    auto mine = kb.acquire().value();
    for (int i = 0; i < 400; ++i) p.mutate(mine, i);
  }
  CHECK(p.acquire() == after_one);
}

TEST_CASE("numbers go on behind a mark") {
  place p;
  std::uint64_t last = 0;
  for (int i = 0; i < 5; ++i) {
    auto kb = p.open();
    auto mine = kb.acquire().value();
    const auto number = mine.run({}, [](cp::mutation& m) -> cp::result<std::uint64_t> {
      BOOST_OUTCOME_TRYV(m.write("file", "x"));
      return m.number();
    });
    CHECK(number.value() == last + 1);
    last = number.value();
  }
}

TEST_CASE("a mark is erased before the journal is written to, and left again at the release") {
  place p;
  p.sessions(1);
  CHECK(p.is_marked());
  auto kb = p.open();
  auto mine = kb.acquire().value();
  CHECK(p.is_marked());
  mine.run({.touches = {cp::touch::file("file")}},
           [&](cp::mutation&) -> cp::result<void> {
             CHECK_FALSE(p.is_marked());
             return cp::success();
           })
      .value();
  CHECK_FALSE(p.is_marked());
  mine.release().value();
  CHECK(p.is_marked());
}

TEST_CASE("whoever only verifies leaves the mark as it is") {
  place p;
  p.sessions(2);
  const auto settled = p.acquire();
  const auto mark = p.hand.read(lock_file);
  const auto seen = p.open().verify();
  REQUIRE(seen);
  CHECK(seen.value().empty());
  CHECK(p.hand.read(lock_file) == mark);
  CHECK(p.acquire() == settled);
}

TEST_CASE("an owner that does nothing writes nothing") {
  place p;
  p.sessions(1);
  auto kb = p.open();
  p.system.reset_counts();
  kb.acquire().value().release().value();
  CHECK(p.system.counts().of(call::write) == 0);
}

TEST_CASE("a mark that cannot be erased fails the mutation, which is rolled back") {
  place p;
  p.sessions(1);
  auto kb = p.open();
  auto mine = kb.acquire().value();
  const auto before = p.hand.read("/tree/file");
  auto done = mine.run({}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("file", "new"));
    p.system.arm({.nth = 1, .error = EIO, .only = call::write});  // the next one is that
    return cp::success();
  });
  CHECK(done.error() == std::errc::io_error);
  CHECK(done.error().outcome() == cp::outcome::rolled_back);
  p.system.disarm();
  CHECK(p.hand.read("/tree/file") == before);
  p.mutate(mine, 1);
}

TEST_CASE("what a dead owner left is drained, mark or no mark") {
  place p;
  p.sessions(1);
  const auto before = p.hand.read("/tree/file");
  leave_pending(p);
  CHECK_FALSE(p.is_marked());
  auto kb = p.open();
  auto mine = kb.acquire().value();
  REQUIRE(mine.recovered().mutations.size() == 1);
  CHECK(p.hand.read("/tree/file") == before);
}

TEST_CASE("a mark that somebody put back is not believed where the journal goes on behind it") {
  place p;
  p.sessions(2);
  const auto mark = p.hand.read(lock_file);
  leave_pending(p);
  p.hand.replace(lock_file, mark);
  auto kb = p.open();
  SUBCASE("by an owner") { CHECK(kb.acquire().value().recovered().mutations.size() == 1); }
  SUBCASE("by a reader") { CHECK(kb.read().value().recovered().mutations.size() == 1); }
  SUBCASE("by who only looks") { CHECK(kb.pending().value().mutations.size() == 1); }
}

TEST_CASE("nor where a newer generation was begun in the other file") {
  place p;
  p.sessions(1);
  const auto mark = p.hand.read(lock_file);
  {
    auto kb =
        cp::coordinator<machine, cp::journal::log>::open("/tree", {}, p.system, cp::journal::log{.preallocate = 4096})
            .value();
    for (int i = 0; i < 12; ++i) {
      auto mine = kb.acquire().value();
      p.mutate(mine, i);
    }
  }
  leave_pending(p);
  p.hand.replace(lock_file, mark);
  CHECK(p.open().acquire().value().recovered().mutations.size() == 1);
}

TEST_CASE("a mark counts as long as no power cut can have come between") {
  place p;
  p.sessions(3);
  const auto marked = p.acquire();
  auto later = p.disk.world();
  ++later.boots;
  place after;
  after.disk = cp::system::simulated(std::move(later));
  after.system = machine(after.disk);
  const auto read = after.acquire();
  CHECK(read.reads != marked.reads);
  CHECK(after.acquire() == marked);  // that one left another mark
}

TEST_CASE("without an identity there is no mark") {
  place p;
  p.disk.machine().has_identity = false;
  p.sessions(1);
  CHECK_FALSE(p.is_marked());
}

TEST_CASE("a copy of the tree has no mark, since its lock file is another") {
  place p;
  p.sessions(3);
  const auto marked = p.acquire();
  const auto bytes = p.hand.read(lock_file);
  p.hand.remove(lock_file);
  p.hand.write("/tree/.commitpoint/other", "so that the inode is another one");
  p.hand.write(lock_file, bytes);
  CHECK(p.acquire().reads != marked.reads);
}

TEST_CASE("a journal that has no bookmark is read, and erases the mark of another") {
  place p;
  p.sessions(1);
  for (const auto* name : {"journal.kind", "journal.0", "journal.1"}) {
    p.hand.remove(std::string("/tree/.commitpoint/") + name);
  }
  CHECK(p.is_marked());
  auto kb = cp::coordinator<machine, cp::journal::json_file>::open("/tree", {}, p.system).value();
  {
    auto mine = kb.acquire().value();
    CHECK(p.is_marked() == false);  // it began a generation of its own
    p.mutate(mine, 1);
  }
  CHECK_FALSE(p.is_marked());
  CHECK(kb.read().value().read("file").value() == "1");
}

TEST_CASE("what a mark vouches for is looked at again as soon as the state directory was changed") {
  place p;
  p.sessions(2);
  const auto vouched = p.acquire();
  CHECK(vouched.reads == 3);
  p.disk.pause(std::chrono::seconds(1));
  SUBCASE("a marker blocks") {
    p.hand.write("/tree/.commitpoint/blocked", R"({"id":"1","reason":"test","version":1})");
    CHECK(p.open().acquire().error() == cp::errc::needs_repair);
    CHECK(p.open().read().error() == cp::errc::needs_repair);
  }
  SUBCASE("it has another journal") {
    p.hand.replace("/tree/.commitpoint/journal.kind", "{\"journal\":\"json_file\"}\n");
    CHECK(p.open().acquire().error() == cp::errc::unsupported);
    CHECK(p.open().read().error() == cp::errc::unsupported);
  }
  SUBCASE("and whoever finds nothing vouches for it again") {
    p.hand.write("/tree/.commitpoint/stray", "");
    p.disk.pause(std::chrono::seconds(1));
    CHECK(p.acquire() != vouched);
    CHECK(p.acquire() == vouched);
  }
}

TEST_CASE("a program with another journal does not believe the mark of this one") {
  place p;
  p.sessions(2);
  const auto other = cp::coordinator<machine, cp::journal::json_file>::open("/tree", {}, p.system).value().acquire();
  CHECK(other.error() == cp::errc::unsupported);
}

TEST_CASE("staging that a killed process left behind a vouched mark is removed by the next owner, and by a reader") {
  place p;
  p.sessions(2);
  {
    auto kb = p.open();
    auto mine = kb.acquire().value();
    auto ended = mine.run({}, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.write("file", "staged"));
      p.system.arm({.nth = 1, .times = 1'000'000});  // as if the process had ended here
      return std::make_error_code(std::errc::owner_dead);
    });
    CHECK_FALSE(ended);
  }
  p.system.disarm();
  CHECK(p.is_marked());
  REQUIRE_FALSE(p.hand.list("/tree/.commitpoint/staging").empty());
  SUBCASE("owner") { CHECK(p.open().acquire()); }
  SUBCASE("reader") { CHECK(p.open().read()); }
  CHECK(p.hand.list("/tree/.commitpoint/staging").empty());
}

TEST_CASE("the journal that a vouched mark speaks of is looked at before it is written to") {
  place p;
  p.sessions(2);
  auto kb = p.open();
  auto mine = kb.acquire().value();
  p.hand.write("/tree/.commitpoint/journal.0", "somebody else's");
  auto done = mine.run({}, [](cp::mutation& m) { return m.write("file", "new"); });
  REQUIRE_FALSE(done);
  CHECK(done.error().outcome() == cp::outcome::rolled_back);
  CHECK(p.hand.read("/tree/.commitpoint/journal.0") == "somebody else's");
}

TEST_CASE("acquire on a settled tree makes at most 12 system calls, and a read one more") {
  struct later : cp::system::native {
    std::int64_t now() override { return native::now() + 1'000'000'000; }  // the state directory is old enough
  };
  using counting = cp::system::faulty<later>;
  const support::place p(support::tree{{"file", "old"}});
  counting system;
  auto kb = cp::coordinator<counting>::open(p.root(), {}, system).value();
  const auto session = [&] {
    auto mine = kb.acquire().value();
    mine.run({}, [](cp::mutation& m) { return m.write("file", "new"); }).value();
  };
  session();
  session();
  // Where a directory's status does not say how many directories are in it, they are listed, and more is looked at.
  const std::uint64_t most = system.counts_subdirectories(system.open_root(p.root().string()).value()) ? 12 : 14;
  system.reset_counts();
  {
    const auto mine = kb.acquire();
    CHECK(system.counts().total <= most);
  }
  system.reset_counts();
  const auto mine = kb.read();
  CHECK(system.counts().total <= most + 1);
}

TEST_CASE("F13: a program that leaves no marks has written thousands of mutations: nothing of them is written over") {
  struct later : cp::system::native {
    std::int64_t now() override { return native::now() + 1'000'000'000; }  // the state directory is old enough
  };
  using notes = cp::coordinator<later>;
  for (const int mutations : {1, 20, 60}) {  // in the same generation, in the next one, over the first one
    CAPTURE(mutations);
    const support::place p(support::tree{{"file", "old"}});
    const auto lock_path = p.root() / ".commitpoint/lock";
    const auto open = [&] { return notes::open(p.root(), {}, cp::journal::log{.preallocate = 4096}).value(); };
    const auto write = [&](notes& kb, const std::string& text) {
      return kb.acquire().value().run({}, [&](cp::mutation& m) { return m.write("file", text); });
    };
    {
      auto kb = open();
      write(kb, "1").value();
      write(kb, "2").value();
    }
    const auto mark = support::read_file(lock_path);
    REQUIRE(decode_mark(mark));
    {
      auto kb = open();
      for (int i = 0; i < mutations; ++i) write(kb, "theirs " + std::to_string(i)).value();
    }
    std::fstream(lock_path.native(), std::ios::in | std::ios::out | std::ios::binary)
        << mark;  // as they would not have known it
    auto kb = open();
    auto mine = write(kb, "mine");
    if (!mine) {
      CHECK(mine.error() == cp::errc::journal_corrupt);
      CHECK(mine.error().outcome() == cp::outcome::rolled_back);
      CHECK(support::read_file(p.root() / "file") == "theirs " + std::to_string(mutations - 1));
      write(kb, "mine").value();  // what was found is not found again
    }
    CHECK(support::read_file(p.root() / "file") == "mine");
    std::fstream(lock_path.native(), std::ios::in | std::ios::out | std::ios::binary) << std::string(8, '\0');
    const auto journal = open().pending();  // read as a whole
    REQUIRE(journal);
    CHECK(journal.value().empty());
    CHECK_FALSE(journal.value().blocked);
  }
}
