#include "support/mounts.hpp"
#include "support/record_body.hpp"
#include "support/rich_tree.hpp"
#include "support/undone.hpp"

#include <commitpoint/commitpoint.hpp>
#include <commitpoint/detail/records/codec.hpp>
#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/snapshot/evidence.hpp>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <string>

namespace cp = commitpoint;
using cp::errc;
using cp::touch;
using nlohmann::json;
using support::overwrite;
using support::place;
using support::replace;
using native = cp::system::native;

namespace {

// As a journal has it.
json as_json(const cp::snapshot::evidence& evidence) {
  std::string encoded;
  cp::detail::encode(evidence, encoded);
  return support::json_of(encoded);
}

struct backup_place : place {
  backup_place() : place(support::tree{{"backup", "content"}}) {}
  // What a drain says that finds this in a journal.
  cp::result<bool> intact(const json& evidence) {
    const auto encoded = support::body_of(evidence);
    return cp::snapshot::is_intact(system, directory, "backup",
                                   cp::detail::decode_evidence(*cp::codec::cbor_view::whole(encoded)));
  }
  native system;
  cp::system::handle directory = system.open_root(root().native()).value();
};

// A policy of somebody's own, which knows its backups in a way of its own.
struct tape : cp::snapshot::copy {
  using handle = cp::system::handle;

  cp::result<cp::snapshot::saved> save(cp::system::door& system, const handle& directory, const std::string& name,
                                       const handle& backups, const std::string& backup, bool replaces) override {
    BOOST_OUTCOME_TRY(auto saved, copy::save(system, directory, name, backups, backup, replaces));
    saved.evidence = {{"way", "tape"}, {"reel", 7}};
    return saved;
  }
  cp::result<bool> intact(cp::system::door& system, const handle& backups, const std::string& backup,
                          const cp::snapshot::evidence& evidence) override {
    if (evidence.word("way") == "tape" && evidence.number("reel") == 7) return true;
    return copy::intact(system, backups, backup, evidence);
  }
};

const support::tree small{{"f", "a file"}, {"t", "/"}, {"t/a", "alpha"}, {"t/b", "beta"}};

// What one program saved, another restores, whatever its own policy is.
template <class Crashing, class... Draining>
void restored_by(const cp::path& base) {
  const cp::plan what{.touches = {touch::file("f"), touch::replaced_tree("t")}};
  const support::deed d = [](auto& root) {
    replace(root / "f", "new");
    replace(root / "t/a", "new");
    REQUIRE(::chmod((root / "t/b").c_str(), 0600) == 0);
  };
  const place p(small, base);
  (support::expect_undone_after_crash<cp::coordinator<Crashing>, cp::coordinator<Draining>>(p, what, d), ...);
}

}  // namespace

TEST_CASE("evidence of a copy is its size and its checksum, also where it does not say that it is of a copy") {
  backup_place p;
  const auto sum = cp::codec::crc32c{"content"}.value();
  for (auto evidence : {json{{"way", "copy"}, {"size", 7}, {"crc32c", sum}}, json{{"size", 7}, {"crc32c", sum}}}) {
    CHECK(p.intact(evidence).value());
    evidence["size"] = 6;
    CHECK_FALSE(p.intact(evidence).value());
    evidence["size"] = 7;
    evidence["crc32c"] = sum + 1;
    CHECK_FALSE(p.intact(evidence).value());
    evidence["crc32c"] = std::uint64_t{sum} + (std::uint64_t{1} << 32U);
    CHECK_FALSE(p.intact(evidence).value());
  }
}

TEST_CASE("evidence of links and clones is size and time, and the inode says what happened to a link") {
  backup_place p;
  const auto status = p.system.status(p.directory, "backup").value();
  for (const auto* way : {"hardlink", "reflink"}) {
    CAPTURE(way);
    auto evidence = as_json(cp::snapshot::stamps_of(way, status));
    CHECK(p.intact(evidence).value());
    evidence["inode"] = status.inode;
    CHECK(p.intact(evidence).value());
    evidence["modified"] = status.modified + 1;
    if (std::string(way) == "hardlink") {
      CHECK(p.intact(evidence).error() == errc::snapshot_violated);
    } else {
      CHECK_FALSE(p.intact(evidence).value());
    }
    evidence["inode"] = status.inode + 1;
    CHECK_FALSE(p.intact(evidence).value());
    evidence = as_json(cp::snapshot::stamps_of(way, status));
    evidence["size"] = status.size + 1;
    CHECK_FALSE(p.intact(evidence).value());
  }
  REQUIRE(::unlink((p / "backup").c_str()) == 0);
  CHECK_FALSE(p.intact(as_json(cp::snapshot::stamps_of("hardlink", status))).value());
  CHECK_FALSE(p.intact(as_json(cp::snapshot::stamps_of("reflink", status))).value());
  CHECK_FALSE(p.intact({{"size", 7}, {"crc32c", 0}}).value());
}

TEST_CASE("F13: evidence that makes no sense is no exception, whatever it is") {
  backup_place p;
  for (const auto& senseless :
       {json(nullptr), json(7), json("copy"), json::array(), json::object(), json{{"way", nullptr}}, json{{"way", 3}},
        json{{"way", nullptr}, {"size", 7}, {"crc32c", cp::codec::crc32c{"content"}.value()}}, json{{"way", "tape"}},
        json{{"way", "copy"}}, json{{"way", "copy"}, {"size", 7}}, json{{"way", "copy"}, {"size", "7"}, {"crc32c", 1}},
        json{{"way", "copy"}, {"size", 7.0}, {"crc32c", 1}}, json{{"way", "hardlink"}, {"size", 7}},
        json{{"way", "reflink"}, {"modified", 7}}, json{{"size", json::object()}, {"crc32c", json::array()}}}) {
    CAPTURE(senseless.dump());
    CHECK(p.intact(senseless).error() == errc::unsupported);
  }
  CHECK_FALSE(p.intact({{"way", "reflink"}, {"size", -1}, {"modified", 0}}).value());
}

TEST_CASE("what one program saved is restored by another with another policy") {
  using namespace cp::snapshot;
  for (const auto& base : {support::in_memory(), support::on_disk()}) {
    restored_by<hardlink, copy, reflink, adaptive, tape>(base);
    restored_by<copy, hardlink, reflink, adaptive>(base);
    restored_by<adaptive, copy, hardlink, reflink>(base);
  }
  const support::loop_mounted xfs("xfs");
  if (!xfs.why_not().empty()) {
    MESSAGE("SKIPPED: " << xfs.why_not());
    return;
  }
  restored_by<reflink, copy, hardlink, adaptive>(xfs.where());
}

TEST_CASE("F13: a backup of a policy that nobody here knows blocks, and waits for a program that does") {
  const place p(small);
  const auto before = support::image_before<cp::coordinator<tape>>(p);
  support::die_after<cp::coordinator<tape>>(p, {.touches = {touch::tree("t")}},
                                            [](auto& root) { overwrite(root / "t/a", "new"); });
  const auto crashed = support::image(p.root());
  auto notes = cp::coordinator<>::open(p.root()).value();
  const auto refused = notes.acquire();
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::needs_repair);
  CHECK(refused.error().message().find("'t/a'") != std::string::npos);
  CHECK(refused.error().message().find("snapshot policy that this program does not know") != std::string::npos);
  CHECK(cp::testing::difference_text(crashed, support::image(p.root())) == "");
  // Once the marker is removed by hand, the right program is able to.
  REQUIRE(::unlink((p / ".commitpoint/blocked").c_str()) == 0);
  CHECK(cp::coordinator<tape>::open(p.root()).value().acquire());
  CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
}

TEST_CASE("F15: links and clones of a tree that was copied with its times are known again, and others block") {
  const place p(small);
  const auto before = support::image_before<cp::coordinator<>>(p);
  support::die_after<cp::coordinator<cp::snapshot::hardlink>>(p, {.touches = {touch::tree("t")}},
                                                              [](auto& root) { replace(root / "t/a", "new"); });
  const auto copied = [&](const std::string& how, const std::string& name) {
    const auto to = p.outside() / name;
    REQUIRE(std::system(("cp " + how + " " + p.root().native() + " " + to.native()).c_str()) == 0);
    return to;
  };
  const auto whole = copied("-a", "whole");
  const auto apart = copied("-a --no-preserve=links", "apart");
  const auto touched = copied("-r", "touched");
  for (const auto& root : {whole, apart}) {
    REQUIRE(cp::coordinator<>::open(root).value().acquire());
    CHECK(cp::testing::difference_text(before, support::image(root)) == "");
  }
  CHECK(cp::coordinator<>::open(touched).value().acquire().error() == errc::needs_repair);
  CHECK(support::read_file(touched / "t/a") == "new");
  REQUIRE(cp::coordinator<>::open(p.root()).value().acquire());
  CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
}
