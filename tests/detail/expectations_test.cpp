#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>

#include <doctest/doctest.h>

#include <boost/filesystem/operations.hpp>

#include <unistd.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace cp = commitpoint;
using cp::errc;
using support::place;
using support::tree;

namespace {

struct row {
  std::string title;
  std::function<cp::result<void>(cp::mutation&)> expect;
  std::function<void(const place&)> edit;  // by another program, after the body has read
  bool drifts;
};

const tree before{
    {"d", "/"}, {"d/read", "as it was"}, {"large", std::string(600000, 'l')}, {"link", ">d"}, {"o", "old"}};

void check(const row& r) {
  CAPTURE(r.title);
  const place p(before);
  auto owner = cp::coordinator<>::open(p.root()).value().acquire().value();
  tree edited;
  const auto done = owner.run({.operation = "read and write"}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(r.expect(m));
    BOOST_OUTCOME_TRYV(m.write("o", "new"));
    BOOST_OUTCOME_TRYV(m.write("made", "new"));
    r.edit(p);
    edited = support::shape(p.root());
    return cp::success();
  });
  if (r.drifts) {
    REQUIRE_FALSE(done);
    CHECK(done.error() == errc::drifted);
    CHECK(done.error().step == cp::step::check);
    CHECK(done.error().outcome() == cp::outcome::rolled_back);
    CHECK(done.error().path() != "");
    CHECK(support::text_of(support::shape(p.root())) == support::text_of(edited));
  } else {
    CHECK_MESSAGE(done, (done ? "" : done.error().message()));
    edited["o"] = edited["made"] = "new";
    CHECK(support::text_of(support::shape(p.root())) == support::text_of(edited));
  }
  CHECK(owner.run({}, [](cp::mutation& m) { return m.write("o", "later"); }));
}

}  // namespace

TEST_CASE("F21: what was expected is looked at immediately before the commit record: drifted, and nothing is changed") {
  const auto as_it_was = [](cp::mutation& m) { return m.expect("d/read", "as it was"); };
  const auto nothing_there = [](cp::mutation& m) { return m.expect("d/new", cp::absent); };
  const auto no_edit = [](const place&) {};
  for (const auto& r : std::vector<row>{
           {"nobody edits", as_it_was, no_edit, false},
           {"nobody makes it", nothing_there, no_edit, false},
           {"nobody makes its directory", [](auto& m) { return m.expect("no/such", cp::absent); }, no_edit, false},
           {"bytes and not text",
            [](auto& m) {
              return m.expect("o", std::vector<std::byte>{std::byte{'o'}, std::byte{'l'}, std::byte{'d'}});
            },
            no_edit, false},
           {"it was other than expected from the beginning", [](auto& m) { return m.expect("d/read", "other"); },
            no_edit, true},
           {"another size", as_it_was, [](const place& p) { support::overwrite(p / "d/read", "as it was not"); }, true},
           {"the same size", as_it_was, [](const place& p) { support::overwrite(p / "d/read", "AS IT WAS"); }, true},
           {"the same bytes again", as_it_was, [](const place& p) { support::write_file(p / "d/read", "as it was"); },
            false},
           {"removed", as_it_was, [](const place& p) { support::fs::remove(p / "d/read"); }, true},
           {"removed with its directory", as_it_was, [](const place& p) { support::fs::remove_all(p / "d"); }, true},
           {"a directory instead", as_it_was,
            [](const place& p) {
              support::fs::remove(p / "d/read");
              support::fs::create_directory(p / "d/read");
            },
            true},
           {"a link to the same bytes instead", as_it_was,
            [](const place& p) {
              support::fs::rename(p / "d/read", p / "d/elsewhere");
              REQUIRE(::symlink("elsewhere", (p / "d/read").c_str()) == 0);
            },
            true},
           {"its directory became a link", as_it_was,
            [](const place& p) {
              support::fs::rename(p / "d", p / "e");
              REQUIRE(::symlink("e", (p / "d").c_str()) == 0);
            },
            true},
           {"made meanwhile", nothing_there, [](const place& p) { support::write_file(p / "d/new", ""); }, true},
           {"the last byte of a large file", [](auto& m) { return m.expect("large", std::string(600000, 'l')); },
            [](const place& p) { support::overwrite(p / "large", std::string(599999, 'l') + "L"); }, true},
           {"a large file as it was", [](auto& m) { return m.expect("large", std::string(600000, 'l')); }, no_edit,
            false},
       }) {
    check(r);
  }
}

TEST_CASE("F21: the failure names the path that drifted, and what is there instead") {
  const place p(before);
  auto owner = cp::coordinator<>::open(p.root()).value().acquire().value();
  const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.expect("o", "old"));
    BOOST_OUTCOME_TRYV(m.expect("./d//read", "as it was"));
    support::fs::remove(p / "d/read");
    return m.write("o", "new");
  });
  REQUIRE_FALSE(done);
  CHECK(done.error().path() == "d/read");
  CHECK(done.error().message().find("it is gone") != std::string::npos);
  CHECK(done.error().number() > 0);
}

TEST_CASE("what is expected is of the live tree: staged effects do not count, what was written in place does") {
  const place p(before);
  auto owner = cp::coordinator<>::open(p.root()).value().acquire().value();
  CHECK(owner.run({}, [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("o", "new"));
    return m.expect("o", "old");
  }));
  const auto staged = owner.run({}, [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("o", "newer"));
    return m.expect("o", "newer");
  });
  CHECK(staged.error() == errc::drifted);
  CHECK(owner.run({.touches = {cp::touch::file("o")}}, [&](cp::mutation& m) -> cp::result<void> {
    support::overwrite(p / "o", "in place");
    return m.expect("o", "in place");
  }));
  CHECK(support::read_file(p / "o") == "in place");
}

TEST_CASE("a mutation that changes nothing is told that something drifted as well, and a bad path is refused at once") {
  const place p(before);
  auto owner = cp::coordinator<>::open(p.root()).value().acquire().value();
  CHECK(owner.run({}, [](cp::mutation& m) { return m.expect("o", "old"); }));
  CHECK(owner.run({}, [](cp::mutation& m) { return m.expect("o", "other"); }).error() == errc::drifted);
  CHECK(owner.run({}, [](cp::mutation& m) { return m.expect("../o", "old"); }).error() == errc::outside_root);
  CHECK(owner.run({}, [](cp::mutation& m) { return m.expect(".commitpoint/lock", cp::absent); }).error() ==
        errc::reserved_path);
  CHECK(owner.run({}, [](cp::mutation& m) { return m.expect("link/read", "as it was"); }).error() == errc::drifted);
}
