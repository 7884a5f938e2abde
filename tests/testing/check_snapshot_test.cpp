#include <commitpoint/snapshot/adaptive.hpp>
#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/snapshot/hardlink.hpp>
#include <commitpoint/snapshot/reflink.hpp>
#include <commitpoint/testing/check_snapshot.hpp>

#include <doctest/doctest.h>

#include <string>

namespace cp = commitpoint;

namespace {

// snapshot::copy with one thing wrong.
template <template <class> class Broken>
struct broken {
  using kind = cp::kind::snapshot;
  template <cp::system::System S>
  class backend : public Broken<S> {
   public:
    explicit backend(const broken&) : Broken<S>(cp::snapshot::copy{}) {}
  };
};
template <class S>
using copying = cp::snapshot::copy::backend<S>;
template <class S>
using saved = cp::result<cp::snapshot::saved<typename S::handle>>;

template <class S>
struct always_intact : copying<S> {
  using copying<S>::copying;
  cp::result<bool> intact(S&, const typename S::handle&, const std::string&, const nlohmann::json&) const {
    return true;
  }
};

template <class S>
struct never_intact : copying<S> {
  using copying<S>::copying;
  cp::result<bool> intact(S&, const typename S::handle&, const std::string&, const nlohmann::json&) const {
    return false;
  }
};

// A second name, known again by its size: whoever writes into the file writes into the backup.
template <class S>
struct careless_link : copying<S> {
  using copying<S>::copying;
  saved<S> save(S& system, const typename S::handle& directory, const std::string& name,
                const typename S::handle& backups, const std::string& backup, bool) const {
    BOOST_OUTCOME_TRYV(system.link(directory, name, backups, backup));
    BOOST_OUTCOME_TRY(auto file, system.open(backups, backup, {}));
    BOOST_OUTCOME_TRY(const auto status, system.status(file));
    return cp::snapshot::saved<typename S::handle>{std::move(file), {{"size", status.size}}};
  }
  cp::result<bool> intact(S& system, const typename S::handle& backups, const std::string& backup,
                          const nlohmann::json& evidence) const {
    BOOST_OUTCOME_TRY(const auto status, system.status(backups, backup));
    return status.size == evidence.at("size").template get<std::uint64_t>();
  }
};

// Does not look at what `write` says.
template <class S>
struct deaf : copying<S> {
  using copying<S>::copying;
  saved<S> save(S& system, const typename S::handle& directory, const std::string& name,
                const typename S::handle& backups, const std::string& backup, bool) const {
    BOOST_OUTCOME_TRY(const auto from, system.open(directory, name, {}));
    BOOST_OUTCOME_TRY(const auto bytes, cp::detail::read_whole(system, from, 1 << 30));
    BOOST_OUTCOME_TRY(auto to, cp::detail::write_new_file(system, backups, backup, {}, 0600));
    (void)system.write(to, 0, std::span<const char>(bytes));
    cp::codec::crc32c sum;
    sum.add(bytes);
    return cp::snapshot::saved<typename S::handle>{std::move(to), {{"size", bytes.size()}, {"crc32c", sum.value()}}};
  }
};

// Marks what it saved.
template <class S>
struct marking : copying<S> {
  using copying<S>::copying;
  saved<S> save(S& system, const typename S::handle& directory, const std::string& name,
                const typename S::handle& backups, const std::string& backup, bool replace) const {
    BOOST_OUTCOME_TRYV(system.set_modified(directory, name, system.now()));
    return copying<S>::save(system, directory, name, backups, backup, replace);
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
  const auto yes = cp::testing::check_snapshot<broken<always_intact>>();
  CHECK(yes.failed("a backup that is gone is not intact"));
  CHECK(yes.failed("a backup that was altered is not intact"));
  CHECK(yes.failed("a backup that was replaced by a directory is not intact"));

  const auto no = cp::testing::check_snapshot<broken<never_intact>>();
  CHECK(no.failed("save: a short file"));

  const auto link = cp::testing::check_snapshot<broken<careless_link>>();
  CHECK(link.failed("a writer into the file is withstood or found out: 15 bytes"));
  CHECK_FALSE(link.failed("a writer that replaces the file does not reach the backup"));

  const auto deaf_one = cp::testing::check_snapshot<broken<deaf>>();
  CHECK(deaf_one.failed("save passes errors on"));
  CHECK(deaf_one.failed("save under short reads and writes"));
  CHECK_FALSE(deaf_one.failed("save: a short file"));

  const auto marker = cp::testing::check_snapshot<broken<marking>>();
  CHECK(marker.failed("save: an empty file"));
  CHECK_FALSE(marker.passed());
}
