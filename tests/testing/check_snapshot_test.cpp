#include <commitpoint/codec/crc32c.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/snapshot/adaptive.hpp>
#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/snapshot/hardlink.hpp>
#include <commitpoint/snapshot/reflink.hpp>
#include <commitpoint/testing/check_snapshot.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace cp = commitpoint;

namespace {

using cp::snapshot::copy;
using cp::snapshot::saved;
using cp::system::door;
using cp::system::handle;

// snapshot::copy with one thing wrong.

struct always_intact : copy {
  cp::result<bool> intact(door&, const handle&, const std::string&, const cp::snapshot::evidence&) override {
    return true;
  }
};

struct never_intact : copy {
  cp::result<bool> intact(door&, const handle&, const std::string&, const cp::snapshot::evidence&) override {
    return false;
  }
};

// A second name, known again by its size: whoever writes into the file writes into the backup.
struct careless_link : copy {
  cp::result<saved> save(door& system, const handle& directory, const std::string& name, const handle& backups,
                         const std::string& backup, bool) override {
    BOOST_OUTCOME_TRYV(system.link(directory, name, backups, backup));
    BOOST_OUTCOME_TRY(auto file, system.open(backups, backup, {}));
    BOOST_OUTCOME_TRY(const auto status, system.status(file));
    return saved{std::move(file), {{"size", status.size}}};
  }
  cp::result<bool> intact(door& system, const handle& backups, const std::string& backup,
                          const cp::snapshot::evidence& evidence) override {
    BOOST_OUTCOME_TRY(const auto status, system.status(backups, backup));
    return evidence.number("size") == static_cast<std::int64_t>(status.size);
  }
};

// Does not look at what `write` says.
struct deaf : copy {
  cp::result<saved> save(door& system, const handle& directory, const std::string& name, const handle& backups,
                         const std::string& backup, bool) override {
    BOOST_OUTCOME_TRY(const auto from, system.open(directory, name, {}));
    BOOST_OUTCOME_TRY(const auto bytes, cp::files::read_whole(system, from, 1 << 30));
    BOOST_OUTCOME_TRY(auto to, cp::files::write_new_file(system, backups, backup, {}, 0600));
    (void)system.write(to, 0, std::span<const char>(bytes));
    cp::codec::crc32c sum;
    sum.add(bytes);
    return saved{std::move(to), {{"size", std::uint64_t{bytes.size()}}, {"crc32c", std::uint64_t{sum.value()}}}};
  }
};

// Marks what it saved.
struct marking : copy {
  cp::result<saved> save(door& system, const handle& directory, const std::string& name, const handle& backups,
                         const std::string& backup, bool replace) override {
    BOOST_OUTCOME_TRYV(system.set_modified(directory, name, system.now()));
    return copy::save(system, directory, name, backups, backup, replace);
  }
};

}  // namespace

TEST_CASE("the snapshot suite passes the built-in policies") {
  for (const auto& report :
       {cp::testing::check_snapshot<cp::snapshot::copy>(), cp::testing::check_snapshot<cp::snapshot::hardlink>(),
        cp::testing::check_snapshot<cp::snapshot::adaptive>()}) {
    CHECK_MESSAGE(report.passed(), report.text());
    CHECK(report.tried() == report.checks().size());
  }
  const auto clone = cp::testing::check_snapshot<cp::snapshot::reflink>();  // not every file system has it
  CHECK_MESSAGE((clone.passed() || clone.tried() == 0), clone.text());
}

TEST_CASE("the snapshot suite finds broken policies") {
  const auto yes = cp::testing::check_snapshot<always_intact>();
  CHECK(yes.failed("a backup that is gone is not intact"));
  CHECK(yes.failed("a backup that was altered is not intact"));
  CHECK(yes.failed("a backup that was replaced by a directory is not intact"));

  const auto no = cp::testing::check_snapshot<never_intact>();
  CHECK(no.failed("save: a short file"));

  const auto link = cp::testing::check_snapshot<careless_link>();
  CHECK(link.failed("a writer into the file is withstood or found out: 15 bytes"));
  CHECK_FALSE(link.failed("a writer that replaces the file does not reach the backup"));

  const auto deaf_one = cp::testing::check_snapshot<deaf>();
  CHECK(deaf_one.failed("save passes errors on"));
  CHECK(deaf_one.failed("save under short reads and writes"));
  CHECK_FALSE(deaf_one.failed("save: a short file"));

  const auto marker = cp::testing::check_snapshot<marking>();
  CHECK(marker.failed("save: an empty file"));
  CHECK_FALSE(marker.passed());
}
