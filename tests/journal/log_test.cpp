#include "log_fixture.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <map>

using namespace journal_test;
using cp::outcome;
using cp::system::call;
using cp::system::fault;

namespace {

const auto nothing = nlohmann::json::object();

// A generation, and three mutations of which each is synced as a commit would be.
void write_three(log_fixture& log) {
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  for (std::uint64_t m = 1; m <= 3; ++m) {
    backend.append(make(record_kind::will_create, m, {{"path", "wiki/" + std::to_string(m)}})).value();
    backend.sync().value();
    backend.commit(make(record_kind::commit, m, {{"redo", {1, 2, 3}}}, "contents"), true).value();
  }
}

bool says(const std::optional<std::string>& damage, std::string_view text) {
  return damage && damage->find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a log that was never begun is empty, and looking at it makes nothing") {
  log_fixture log;
  auto backend = log.open();
  const auto image = backend.read().value();
  CHECK(image.records.empty());
  CHECK_FALSE(image.damage);
  CHECK(log.system.list(log.state).value().empty());
  CHECK(backend.append(make(record_kind::commit, 1)).error() == std::errc::operation_not_permitted);
  CHECK(log.open().append(make(record_kind::commit, 1)).error() == std::errc::operation_not_permitted);
  CHECK(log.open().begin_generation(make(record_kind::generation, 1), true).error() ==
        std::errc::operation_not_permitted);
}

TEST_CASE("what was written is read, in order, by the next owner") {
  log_fixture log;
  write_three(log);
  const auto image = log.image();
  REQUIRE_FALSE(image.damage);
  REQUIRE(image.records.size() == 7);
  CHECK(image.records[0].kind == record_kind::generation);
  CHECK(image.records[5].kind == record_kind::will_create);
  CHECK(support::json_of(image.records[5]).at("path") == "wiki/3");
  CHECK(image.records[6].mutation == 3);
  CHECK(image.records[6].contents == "contents");

  auto next = log.open_and_read();
  next.append(make(record_kind::published, 3)).value();
  CHECK(kinds(log.image()).back() == record_kind::published);
}

TEST_CASE("the two files are used in turn, and the newer one rules") {
  log_fixture log;
  auto backend = log.open_and_read();
  for (std::uint64_t n = 1; n <= 5; ++n) {
    backend.begin_generation(make(record_kind::generation, n), true).value();
    backend.commit(make(record_kind::commit, n), true).value();
    const auto image = log.image();
    REQUIRE(image.records.size() == 2);
    CHECK(image.records[0].mutation == n);
    if (n % 2 == 0) backend = log.open_and_read();  // in one life or in another
  }
  CHECK(log.bytes(0).size() == log.settings.preallocate);
  CHECK(log.bytes(1).size() == log.settings.preallocate);
  CHECK(backend.evidence() == std::vector<std::string>{"journal.0", "journal.1"});
}

TEST_CASE("F5: a tail that is torn anywhere is ignored, and appends go on there") {
  log_fixture log;
  write_three(log);
  const auto whole = log.bytes(0);
  const auto marks = borders(whole);
  const auto last = marks[marks.size() - 2];
  for (auto torn_at = last; torn_at < marks.back(); ++torn_at) {
    auto bytes = whole;
    for (auto at = torn_at; at < marks.back(); ++at) bytes[at] = torn_at % 2 == 0 ? '\0' : '\xA5';
    if (bytes == whole) continue;  // the padding is zeros anyway
    spill(log.file(0), bytes);
    auto backend = log.open();
    const auto image = backend.read().value();
    REQUIRE_FALSE(image.damage);
    REQUIRE(image.records.size() == 6);
    backend.append(make(record_kind::rolled_back, 3)).value();
    CHECK(kinds(log.image()).back() == record_kind::rolled_back);
  }
}

TEST_CASE("F5: a file that was cut inside its last record has a torn tail") {
  log_fixture log;
  write_three(log);
  const auto whole = log.bytes(0);
  const auto marks = borders(whole);
  for (auto size = marks[marks.size() - 2]; size < marks.back(); ++size) {
    spill(log.file(0), whole.substr(0, size));
    auto backend = log.open_and_read();
    backend.commit(make(record_kind::commit, 3), true).value();
    CHECK(log.image().records.size() == 7);
  }
}

TEST_CASE("F5: what an earlier life of a file left behind a new generation is not read") {
  log_fixture log;
  write_three(log);
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 4), true).value();
  backend.begin_generation(make(record_kind::generation, 4), true).value();  // over the first file
  CHECK(log.image().records.size() == 1);
  // Even where the new record ends exactly where an old one began.
  backend = log.open_and_read();
  backend.append(make(record_kind::will_create, 4, {{"path", "wiki/4"}})).value();
  CHECK(borders(log.bytes(0)).size() > 3);
  CHECK(log.image().records.size() == 2);
}

TEST_CASE("F5: a record that was lost before one that survived, neither acknowledged, is a torn tail for good") {
  log_fixture log;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  const auto begun = borders(log.bytes(0)).back();
  const auto lost = make(record_kind::will_create, 1, {{"path", "a"}});
  backend.append(lost).value();
  const auto second = borders(log.bytes(0)).back();
  backend.append(make(record_kind::commit, 1)).value();

  auto bytes = log.bytes(0);
  bytes.replace(begun, second - begun, second - begun, '\0');
  spill(log.file(0), bytes);
  backend = log.open_and_read();
  CHECK(log.image().records.size() == 1);
  // The next owner writes the very same record; the survivor would fit behind it.
  backend.append(lost).value();
  CHECK(kinds(log.image()) == std::vector{record_kind::generation, record_kind::will_create});
}

TEST_CASE("F13: an unknown version or kind is damage, wherever it stands, and says so") {
  log_fixture log;
  write_three(log);
  const auto whole = log.bytes(0);
  const auto marks = borders(whole);
  for (const auto offset : {marks[0], marks[2], marks[6]}) {
    auto bytes = whole;
    change_header(bytes, offset, [](format::header& head) { head.version = 2; });
    spill(log.file(0), bytes);
    CHECK(says(log.image().damage, "unknown version 2"));
    CHECK(says(log.image().damage, "journal.0 at offset " + std::to_string(offset)));
    bytes = whole;
    change_header(bytes, offset, [](format::header& head) { head.kind = 99; });
    spill(log.file(0), bytes);
    CHECK(says(log.image().damage, "unknown kind of record 99"));
  }
}

TEST_CASE("F13: a record that contradicts itself is damage although its checksum is right") {
  log_fixture log;
  write_three(log);
  const auto whole = log.bytes(0);
  const auto last = borders(whole)[6];
  const auto damaged = [&](const std::function<void(std::string&)>& change, std::string_view text) {
    auto bytes = whole;
    change(bytes);
    spill(log.file(0), bytes);
    CHECK(says(log.image().damage, text));
  };
  damaged([&](std::string& b) { change_header(b, last, [](auto& head) { head.kind = 1; }); }, "generation record");
  damaged([&](std::string& b) { change_header(b, 0, [](auto& head) { head.kind = 7; }); }, "generation record");
  damaged([&](std::string& b) { change_header(b, 0, [](auto& head) { head.previous = 7; }); }, "one before it");
  damaged([&](std::string& b) { change_header(b, last, [](auto& head) { head.synced_upto = 1 << 20; }); }, "durable");
  damaged(
      [&](std::string& b) {
        b[last + format::header_size] = '\x80';  // an array where an object was
        fix_checksum(b, last);
      },
      "not an object in CBOR");
}

TEST_CASE("F13: a flipped bit is damage everywhere but in what was synced last, where it reads as a torn tail") {
  log_fixture log;
  write_three(log);
  const auto whole = log.bytes(0);
  const auto marks = borders(whole);
  for (std::size_t at = 0; at < marks.back(); ++at) {
    auto bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << at % 8));
    const auto found = cp::journal::read_log(bytes, std::string(4096, '\0')).image;
    CHECK_MESSAGE(found.damage.has_value() == (at < marks[6]), "byte ", at);
    CHECK((found.damage || found.records.size() == 6));
  }
}

TEST_CASE("F13: a bad first record of the newer generation is damage once a later record knows that it was durable") {
  log_fixture log;
  write_three(log);
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 4), true).value();
  auto bytes = log.bytes(1);
  bytes[60] = static_cast<char>(bytes[60] ^ 1);
  spill(log.file(1), bytes);
  CHECK(log.image().records.size() == 7);  // the one record that there is: the older generation rules

  bytes[60] = static_cast<char>(bytes[60] ^ 1);
  spill(log.file(1), bytes);
  backend.append(make(record_kind::will_create, 4)).value();
  bytes = log.bytes(1);
  bytes[60] = static_cast<char>(bytes[60] ^ 1);
  spill(log.file(1), bytes);
  const auto image = log.image();
  CHECK(says(image.damage, "journal.1 at offset 0"));
  CHECK(image.records.empty());
}

TEST_CASE("F13: damage can be left behind by a new generation, and comes back if that is torn") {
  // The damage is in the first record, so that the new generation goes over it, or behind it, so that it goes to the
  // other file.
  for (const std::size_t at : {std::size_t{57}, std::size_t{100}}) {
    log_fixture log;
    write_three(log);
    auto backend = log.open_and_read();
    backend.begin_generation(make(record_kind::generation, 4), true).value();
    backend.commit(make(record_kind::commit, 4), true).value();
    backend.append(make(record_kind::published, 4)).value();
    auto bytes = log.bytes(1);
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    spill(log.file(1), bytes);

    auto after = log.open();
    REQUIRE(after.read().value().damage);
    CHECK(after.append(make(record_kind::commit, 5)).error() == std::errc::operation_not_permitted);
    after.begin_generation(make(record_kind::generation, 9), true).value();
    CHECK(log.image().records.at(0).mutation == 9);

    const std::size_t begun_in = at == 57 ? 1 : 0;
    bytes = log.bytes(begun_in);
    bytes[8] = static_cast<char>(bytes[8] ^ 1);
    spill(log.file(begun_in), bytes);
    CHECK(log.image().damage);
  }
}

TEST_CASE("F13: journal.1 without any generation is damage: journal.0 had one when it was made") {
  log_fixture log;
  write_three(log);
  spill(log.file(0), std::string(4096, '\0'));
  CHECK(says(log.image().damage, "journal.1"));
  boost::filesystem::remove(log.file(0));
  CHECK(says(log.image().damage, "journal.1"));
}

TEST_CASE("F12: a journal that cannot be read is a failure with the system's code, and nothing is touched") {
  log_fixture log;
  write_three(log);
  const auto before = log.bytes(0);
  for (const auto& [what, code] : {std::pair{call::read, EIO}, {call::open, EACCES}, {call::status, EIO}}) {
    log.system.arm({.nth = 1, .error = code, .only = what});
    auto backend = log.open();
    const auto failed = backend.read();
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == cp::system_error(code));
    CHECK(failed.error().path() == "state/journal.0");
    log.system.disarm();
    CHECK(backend.append(make(record_kind::commit, 4)).error().code == cp::system_error(code));
    CHECK(backend.begin_generation(make(record_kind::generation, 4), true).error().code == cp::system_error(code));
    CHECK(backend.read().value().records.size() == 7);  // a new look is a new start
  }
  CHECK(log.bytes(0) == before);
}

TEST_CASE("F12: what is not a regular file is refused without being opened") {
  log_fixture log;
  write_three(log);
  const auto refused = [&] {
    const auto failed = log.open().read();
    REQUIRE_FALSE(failed);
    CHECK(failed.error() == cp::errc::not_a_regular_file);
    CHECK(failed.error().path() == "state/journal.1");
    boost::filesystem::remove(log.file(1));
  };
  boost::filesystem::remove(log.file(1));
  boost::filesystem::create_symlink("journal.0", log.file(1));
  refused();
  boost::filesystem::create_directory(log.file(1));
  refused();
  REQUIRE(::mkfifo(log.file(1).c_str(), 0600) == 0);  // opening it would wait for ever
  refused();
  CHECK(log.image().records.size() == 7);
}

TEST_CASE("F16: a file that claims an absurd size is not read") {
  log_fixture log;
  write_three(log);
  REQUIRE(::truncate(log.file(0).c_str(), off_t{1} << 40) == 0);
  CHECK(log.open().read().error().code == cp::system_error(EFBIG));
}

TEST_CASE("F4: the sync of the commit record fails: the outcome is unknown, and nothing more is written") {
  for (const auto effect : {fault::fails, fault::fails_after_effect}) {
    log_fixture log;
    auto backend = log.open_and_read();
    backend.begin_generation(make(record_kind::generation, 1), true).value();
    log.system.arm({.nth = 1, .effect = effect, .only = call::sync_data});
    const auto failed = backend.commit(make(record_kind::commit, 1), true);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == cp::system_error(EIO));
    CHECK(failed.error().outcome() == outcome::unknown);
    CHECK(failed.error().path() == "state/journal.0");
    log.system.disarm();
    log.system.reset_counts();
    CHECK(backend.sync().error().code == cp::system_error(EIO));
    CHECK(backend.append(make(record_kind::rolled_back, 1)).error().code == cp::system_error(EIO));
    CHECK(backend.begin_generation(make(record_kind::generation, 1), true).error().code == cp::system_error(EIO));
    CHECK(log.system.counts().total == 0);
    const auto later = backend.commit(make(record_kind::commit, 2), true);
    CHECK(later.error().outcome() == outcome::rolled_back);   // this one was never begun
    CHECK(kinds(log.image()).back() == record_kind::commit);  // readable; the next drain decides
  }
}

TEST_CASE("F4: a write of the commit record that fails is erased, so that the outcome is known") {
  for (const auto effect : {fault::fails, fault::fails_after_effect}) {
    log_fixture log;
    auto backend = log.open_and_read();
    backend.begin_generation(make(record_kind::generation, 1), true).value();
    log.system.arm({.nth = 1, .effect = effect, .only = call::write});
    const auto failed = backend.commit(make(record_kind::commit, 1), true);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().outcome() == outcome::rolled_back);
    CHECK(log.image().records.size() == 1);
    backend.append(make(record_kind::rolled_back, 1)).value();
    CHECK(log.image().records.size() == 2);
  }
}

TEST_CASE("F4: a write of the commit record that fails and cannot be erased leaves the outcome unknown") {
  log_fixture log;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  log.system.arm({.nth = 1, .times = 2, .only = call::write});
  const auto failed = backend.commit(make(record_kind::commit, 1), true);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().outcome() == outcome::unknown);
  CHECK(backend.append(make(record_kind::rolled_back, 1)).error().code == cp::system_error(EIO));
}

TEST_CASE("F10: writes and reads that move a few bytes at a time lose nothing") {
  log_fixture log;
  log.settings.preallocate = 4096;
  log.system.arm({.largest_transfer = 7});
  write_three(log);
  CHECK(log.image().records.size() == 7);
  log.system.disarm();
  CHECK(log.image().records.size() == 7);
}

TEST_CASE("F8: a log that cannot grow fails without an effect, and a mutation can still be settled") {
  log_fixture log;
  log.settings.preallocate = 8192;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  const auto big = make(record_kind::will_create, 1, {{"path", std::string(500, 'p')}});
  const auto size = format::record_size(big.body.size(), 0);
  while (borders(log.bytes(0)).back() + size + cp::journal::settling_room <= 8192) backend.append(big).value();

  log.system.arm({.nth = 1, .error = ENOSPC, .only = call::write});
  CHECK(backend.append(big).error().code == cp::system_error(ENOSPC));
  log.system.arm({.nth = 1, .error = ENOSPC, .only = call::write});
  const auto failed = backend.commit(big, true);
  CHECK(failed.error().code == cp::system_error(ENOSPC));
  CHECK(failed.error().outcome() == outcome::rolled_back);
  log.system.disarm();
  log.system.reset_counts();
  backend.append(make(record_kind::rolling_back, 1, {{"why", std::string(900, 'w')}})).value();
  backend.append(make(record_kind::rolled_back, 1)).value();
  backend.append(make(record_kind::retired, 1)).value();
  backend.sync().value();
  CHECK(log.system.counts().of(call::write) == 3);  // none of them to grow
  CHECK(kinds(log.image()).back() == record_kind::retired);
}

TEST_CASE("F8: a commit record that finds no room is a plain failure") {
  log_fixture log;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  const auto large = make(record_kind::commit, 1, nothing, std::string(log.settings.preallocate, 'c'));
  for (const auto what : {call::write, call::sync}) {
    log.system.arm({.nth = 1, .error = ENOSPC, .only = what});
    const auto failed = backend.commit(large, true);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == cp::system_error(ENOSPC));
    CHECK(failed.error().outcome() == outcome::rolled_back);
    CHECK(log.image().records.size() == 1);
  }
}

TEST_CASE("F8: the next generation needs no room that is not there already") {
  log_fixture log;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  for (int i = 0; i < 600; ++i) {
    backend.append(make(record_kind::will_create, 1, {{"path", std::string(500, 'p')}})).value();
  }
  const auto room = log.bytes(1).size();
  CHECK(room >= borders(log.bytes(0)).back());
  auto all = nlohmann::json::array();
  for (const auto& r : log.image().records) all.push_back(support::json_of(r));
  backend.begin_generation(make(record_kind::generation, 1, {{"pending", std::move(all)}}), true).value();
  CHECK(log.bytes(1).size() == room);
}

TEST_CASE("a file that grew is cut back when its turn comes again") {
  log_fixture log;
  log.settings.preallocate = 4096;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  backend.commit(make(record_kind::commit, 1, nothing, std::string(100'000, 'c')), true).value();
  CHECK(backend.is_full());
  CHECK(log.bytes(0).size() > 100'000);
  backend.begin_generation(make(record_kind::generation, 2), true).value();
  backend.begin_generation(make(record_kind::generation, 2), true).value();
  CHECK(log.bytes(0).size() == 4096);
  CHECK(log.bytes(1).size() == 4096);
  CHECK_FALSE(backend.is_full());
  CHECK(log.image().records.size() == 1);
}

// And a look at whether a tool has linked the file to another one meanwhile.
TEST_CASE("a commit costs one write and one sync of data; so does a generation") {
  log_fixture log;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  for (int i = 0; i < 3; ++i) {
    log.system.reset_counts();
    backend.commit(make(record_kind::commit, 1), true).value();
    CHECK(log.system.counts().total == 3);
    CHECK(log.system.counts().of(call::status) == 1);
    CHECK(log.system.counts().of(call::write) == 1);
    CHECK(log.system.counts().of(call::sync_data) == 1);
  }
  log.system.reset_counts();
  backend.append(make(record_kind::published, 1)).value();
  CHECK(log.system.counts().syncs() == 0);
  backend.sync().value();
  backend.sync().value();  // nothing to do
  CHECK(log.system.counts().syncs() == 1);
  log.system.reset_counts();
  backend.begin_generation(make(record_kind::generation, 2), true).value();
  CHECK(log.system.counts().total == 3);
}

TEST_CASE("growth is one sync of everything, and nothing is synced that need not be durable") {
  log_fixture log;
  auto backend = log.open_and_read();
  log.system.reset_counts();
  backend.begin_generation(make(record_kind::generation, 1), false).value();
  backend.commit(make(record_kind::commit, 1), false).value();
  CHECK(log.system.counts().syncs() == 0);
  CHECK(log.image().records.size() == 2);
  backend.sync().value();  // the file with its size, and its name
  CHECK(log.system.counts().of(call::sync) == 2);
  CHECK(log.system.counts().syncs() == 2);

  log.system.reset_counts();
  backend.append(make(record_kind::will_create, 2, {{"x", std::string(log.settings.preallocate, 'x')}})).value();
  CHECK(log.system.counts().syncs() == 0);
  backend.sync().value();
  CHECK(log.system.counts().of(call::sync) == 1);
  CHECK(log.system.counts().of(call::sync_data) == 0);
}

TEST_CASE("F2: the first sync of a new owner writes again what it read and does not know to be durable") {
  log_fixture log;
  {
    auto dead = log.open_and_read();
    dead.begin_generation(make(record_kind::generation, 1), true).value();
    dead.commit(make(record_kind::commit, 1), true).value();
    dead.append(make(record_kind::published, 1)).value();
  }
  const auto whole = log.bytes(0);
  const auto marks = borders(whole);
  auto backend = log.open_and_read();
  log.system.reset_counts();
  backend.sync().value();
  CHECK(log.system.counts().bytes_written == marks[3] - marks[2]);  // all but what `published` says was durable
  CHECK(log.bytes(0) == whole);
  log.system.reset_counts();
  backend.commit(make(record_kind::commit, 2), true).value();
  CHECK(log.system.counts().of(call::write) == 1);
  format::header head;
  std::memcpy(&head, log.bytes(0).data() + marks[3], format::header_size);
  CHECK(head.synced_upto == marks[3]);
}

TEST_CASE("F2: the name of a file that another process made is synced, unless a record says that it is durable") {
  log_fixture log;
  {
    auto dead = log.open_and_read();  // killed before it could sync anything
    dead.begin_generation(make(record_kind::generation, 1), false).value();
  }
  const auto syncs_of_names = [&] {
    auto backend = log.open_and_read();
    log.system.reset_counts();
    backend.commit(make(record_kind::commit, 1), true).value();
    backend.append(make(record_kind::published, 1)).value();
    CHECK(log.system.counts().of(call::sync_data) == 1);
    return log.system.counts().of(call::sync);
  };
  CHECK(syncs_of_names() == 1);
  CHECK(syncs_of_names() == 0);
  CHECK(syncs_of_names() == 0);
}

TEST_CASE("the bytes written grow as the records do") {
  std::map<int, std::uint64_t> written;
  for (const int count : {2000, 4000, 8000}) {
    log_fixture log;
    auto backend = log.open_and_read();
    backend.begin_generation(make(record_kind::generation, 1), false).value();
    log.system.reset_counts();
    for (int i = 0; i < count; ++i) {
      backend.append(make(record_kind::created, 1, {{"path", "store/blob-" + std::to_string(10'000 + i)}})).value();
    }
    written[count] = log.system.counts().bytes_written;
  }
  const auto step = cp::journal::log{}.preallocate;
  CHECK(written[8000] - written[4000] <= 2 * (written[4000] - written[2000]) + 2 * step);
  CHECK(written[8000] <= 8000 * std::uint64_t{3 * 128} + 2 * step);
}

TEST_CASE("F7: whichever call fails, a later look finds what was acknowledged and at most one record more") {
  for (const auto effect : {fault::fails, fault::fails_after_effect}) {
    for (std::uint64_t nth = 1;; ++nth) {
      log_fixture log;
      log.settings.preallocate = 4096;
      log.system.arm({.nth = nth, .effect = effect});
      std::vector<record> acknowledged;
      std::optional<record> unknown;
      const auto script = [&]() -> cp::result<void> {
        auto backend = log.open();
        BOOST_OUTCOME_TRYV(backend.read());
        const auto first = make(record_kind::generation, 1);
        unknown = first;
        BOOST_OUTCOME_TRYV(backend.begin_generation(first, true));
        acknowledged.push_back(first);
        unknown.reset();
        for (std::uint64_t m = 1; m <= 4; ++m) {
          const auto r = make(record_kind::commit, m, nothing, std::string(2000, 'c'));
          const auto done = backend.commit(r, true);
          if (!done && done.error().outcome() == outcome::unknown) unknown = r;
          BOOST_OUTCOME_TRYV(done);
          acknowledged.push_back(r);
        }
        return cp::success();
      };
      const auto done = script();
      log.system.disarm();
      const auto image = log.image();
      REQUIRE_FALSE(image.damage);
      auto expected = acknowledged.size();
      if (unknown && image.records.size() == expected + 1) ++expected;
      CHECK_MESSAGE(image.records.size() == expected, "call ", nth);
      if (done) break;
      auto next = log.open_and_read();
      next.begin_generation(make(record_kind::generation, 9), true).value();
      CHECK(log.image().records.size() == 1);
    }
  }
}

TEST_CASE("F13: a bookmark of any border but the last is refused, whatever it says of the record before") {
  log_fixture log;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  std::vector<std::string> bookmarks{backend.bookmark()};
  for (std::uint64_t m = 1; m <= 4; ++m) {
    backend.commit(make(record_kind::commit, m), true).value();
    bookmarks.push_back(backend.bookmark());
  }
  const auto changed = [](const std::string& bookmark) {  // another checksum of the last record
    auto numbers = nlohmann::json::from_cbor(bookmark);
    numbers.at(5) = 12345;
    return support::body_of(numbers);
  };
  for (const auto& old : bookmarks) {
    const bool is_last = old == bookmarks.back();
    CHECK(log.open().resume(old).value() == is_last);
    if (!is_last) CHECK_FALSE(log.open().resume(changed(old)).value());
  }
  auto next = log.open();
  REQUIRE(next.resume(bookmarks.back()).value());
  next.commit(make(record_kind::commit, 5), true).value();
  CHECK(log.image().records.size() == 6);
  CHECK(log.open().resume(next.bookmark()).value());
}

TEST_CASE("F13, F15: a bookmark that programs knew nothing of who wrote since is refused before anything is written") {
  int refused_at_once = 0;
  int refused_later = 0;
  for (int written = 1; written <= 60; ++written) {  // by them, into 4096 bytes
    log_fixture log;
    log.settings.preallocate = 4096;
    auto backend = log.open_and_read();
    backend.begin_generation(make(record_kind::generation, 1), true).value();
    backend.commit(make(record_kind::commit, 1), true).value();
    const auto bookmark = backend.bookmark();
    auto other = log.open_and_read();
    for (int i = 0; i < written; ++i) {
      if (other.is_full()) other.begin_generation(make(record_kind::generation, 9), true).value();
      other.commit(make(record_kind::commit, 10, nothing, std::string(300, 'c')), true).value();
    }
    const auto before = log.image().records.size();
    auto next = log.open();
    const auto same = next.go_on(bookmark);
    REQUIRE(same);
    if (!same.value()) {
      ++refused_at_once;
      continue;
    }
    ++refused_later;
    const auto done = written % 2 == 0 ? next.commit(make(record_kind::commit, 2), true)
                                       : next.begin_generation(make(record_kind::generation, 2), true);
    CHECK(done.error() == cp::errc::journal_corrupt);
    CHECK(next.sync().error() == cp::errc::journal_corrupt);
    CHECK(log.image().records.size() == before);
    CHECK_FALSE(log.image().damage);
  }
  CHECK(refused_at_once > 10);
  CHECK(refused_later > 10);
}

TEST_CASE("F13: at a bookmark of a full log the other file is looked at as well") {
  log_fixture log;
  log.settings.preallocate = 4096;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  while (!backend.is_full()) backend.commit(make(record_kind::commit, 1, nothing, std::string(300, 'c')), true).value();
  const auto bookmark = backend.bookmark();
  auto other = log.open_and_read();
  other.begin_generation(make(record_kind::generation, 9), true).value();
  CHECK_FALSE(log.open().go_on(bookmark).value());
}
