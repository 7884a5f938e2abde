#include "publish/publish_fixture.hpp"
#include "support/mounts.hpp"

using namespace publish_test;

namespace {

constexpr machine renaming{.ordered_metadata = true};
constexpr machine unordered{.ordered_metadata = false, .publish = {cp::publish::by_exchange}};

cp::result<void> replace_both(cp::mutation& m, stage& on) {
  make_book(on / "work/book");
  BOOST_OUTCOME_TRYV(m.publish("work/book", "wiki/concepts"));
  return m.write("wiki/index.md", "exchanged\n");
}

void expect_both_new(const cp::path& root) {
  CHECK(slurp(root / "wiki/concepts/alpha.md") == "the new alpha\n");
  CHECK(slurp(root / "wiki/concepts/deep/one.md") == "one\n");
  CHECK(fs::read_symlink(root / "wiki/concepts/first") == "alpha.md");
  CHECK_FALSE(fs::exists(root / "wiki/concepts/beta.md"));
  CHECK(slurp(root / "wiki/index.md") == "exchanged\n");
  CHECK(leftovers(root) == "");
}

enum stop { probing, before_first, between, unpublished, published };

// Behind the body come the two exchanges of the probe, then that of the directory and that of the file.
void leave(const cp::path& root, stop at) {
  if (at == unpublished) return leave_unpublished(exchanging, root, book_plan(), replace_both);
  constexpr std::uint64_t renames[] = {2, 3, 4, 0, 5};
  leave_before(exchanging, root, book_plan(), replace_both,
               {.nth = renames[at], .effect = fault::ends_process, .only = call::rename});
  REQUIRE(read_journal(exchanging, root).commits == (at == probing ? 0 : 1));
}

}  // namespace

TEST_CASE("publish::exchange: what was live is in staging until the publish is durable") {
  home at(exchanging);
  auto mine = at.acquire();
  std::string old_index;
  std::string old_alpha;
  auto plan = book_plan();
  plan.after_commit.emplace_back([&] {
    for (const auto& e : fs::directory_iterator(at.staging(1))) {
      if (fs::is_directory(e.path()))
        old_alpha = slurp(e.path() / "alpha.md");
      else if (slurp(e.path()).starts_with("- [[alpha]]"))
        old_index = slurp(e.path());
    }
  });
  stage on(exchanging.system(), at.root(), -1);
  REQUIRE(mine.run(plan, [&](cp::mutation& m) { return replace_both(m, on); }));
  CHECK(old_index == "- [[alpha]]\n- [[beta]]\n");
  CHECK(old_alpha == std::string(2000, 'a'));
  REQUIRE(mine.release());
  expect_both_new(at.root());
}

TEST_CASE("publish::exchange: a directory can be replaced, read, replaced again and removed in one mutation") {
  home at(exchanging);
  auto mine = at.acquire();
  stage on(exchanging.system(), at.root(), -1);
  REQUIRE(mine.run(book_plan(), [&](cp::mutation& m) -> cp::result<void> {
    make_book(on / "work/one");
    make_book(on / "work/two");
    spill(on / "work/two/alpha.md", "the newest alpha\n");
    BOOST_OUTCOME_TRYV(m.publish("work/one", "wiki/concepts"));
    CHECK(m.read("wiki/concepts/alpha.md").value() == "the new alpha\n");
    CHECK_FALSE(m.exists("wiki/concepts/beta.md").value());
    BOOST_OUTCOME_TRYV(m.publish("work/two", "wiki/concepts"));
    CHECK(m.read("wiki/concepts/alpha.md").value() == "the newest alpha\n");
    make_book(on / "work/three");
    BOOST_OUTCOME_TRYV(m.publish("work/three", "shared"));
    return m.remove("shared");
  }));
  CHECK(slurp(at.root() / "wiki/concepts/alpha.md") == "the newest alpha\n");
  CHECK_FALSE(fs::exists(at.root() / "shared"));
  REQUIRE(mine.release());
  CHECK(leftovers(at.root()) == "");
}

TEST_CASE("publish::exchange: what cannot be done is refused when it is planned") {
  const auto refused = [](const machine& on_machine, const body& effects, std::error_code expected, const char* says) {
    home at(on_machine);
    const auto before = look_at(at.root());
    auto mine = at.acquire();
    stage on(on_machine.system(), at.root(), -1);
    const auto done = mine.run(book_plan(), [&](cp::mutation& m) { return effects(m, on); });
    REQUIRE_FALSE(done);
    CHECK_MESSAGE(done.error().code == expected, done.error().message());
    CHECK_MESSAGE(done.error().message().find(says) != std::string::npos, done.error().message());
    CHECK(done.error().outcome() == cp::outcome::rolled_back);
    CHECK(difference_from(before, look_at(at.root())) == "");
    REQUIRE(mine.release());
    CHECK(read_journal(on_machine, at.root()).commits == 0);
    CHECK(leftovers(at.root()) == "");
  };
  const auto book_over = [](const char* live) {
    return [live](cp::mutation& m, stage& on) -> cp::result<void> {
      make_book(on / "work/book");
      return m.publish("work/book", live);
    };
  };
  const auto after_book = [](auto effect) {
    return [effect](cp::mutation& m, stage& on) -> cp::result<void> {
      make_book(on / "work/book");
      BOOST_OUTCOME_TRYV(m.publish("work/book", "wiki/concepts"));
      return effect(m);
    };
  };
  SUBCASE("renames need not reach the disk in order: a directory") {
    refused(unordered, book_over("wiki/concepts"), cp::errc::unsupported, "in order");
  }
  SUBCASE("renames need not reach the disk in order: a file") {
    refused(
        unordered, [](cp::mutation& m, stage&) { return m.write("wiki/index.md", "x"); }, cp::errc::unsupported,
        "in order");
  }
  SUBCASE("another policy, over a directory") {
    refused(renaming, book_over("wiki/concepts"), cp::system_error(EEXIST), "publish::exchange");
    refused(copying, book_over("wiki/concepts"), cp::system_error(EEXIST), "publish::exchange");
  }
  SUBCASE("a directory over a file") {
    refused(exchanging, book_over("wiki/index.md"), cp::system_error(EEXIST), "remove it first");
  }
  SUBCASE("a directory that this mutation made") {
    refused(
        exchanging,
        [&](cp::mutation& m, stage& on) -> cp::result<void> {
          BOOST_OUTCOME_TRYV(m.create_directories("made"));
          return book_over("made")(m, on);
        },
        cp::system_error(EEXIST), "remove it first");
  }
  SUBCASE("the state directory is in it") {
    const cp::testing::temporary_directory root(fast_place());
    auto kb = coordinator::open(root.path(), {.state_directory = "sub/state"}, exchanging.system(), exchanging.publish)
                  .value();
    auto mine = kb.acquire().value();
    stage on(exchanging.system(), root.path(), -1);
    CHECK(mine.run(book_plan(), [&](cp::mutation& m) { return book_over("sub")(m, on); }).error() ==
          cp::errc::reserved_path);
  }
  SUBCASE("an effect below it") {
    refused(exchanging, after_book([](cp::mutation& m) { return m.write("wiki/concepts/x", "x"); }),
            cp::errc::unsupported, "as a whole");
  }
  SUBCASE("a rename of it") {
    refused(exchanging, after_book([](cp::mutation& m) { return m.rename("wiki/concepts", "pages"); }),
            cp::errc::unsupported, "as a whole");
    refused(exchanging, after_book([](cp::mutation& m) { return m.rename("wiki", "pages"); }), cp::errc::unsupported,
            "as a whole");
  }
}

TEST_CASE("publish::exchange: what replaces nothing is renamed, wherever that is") {
  home at(unordered);
  auto mine = at.acquire();
  REQUIRE(mine.run({.operation = "new"}, [](cp::mutation& m) { return m.write("wiki/new.md", "new\n"); }));
  CHECK(slurp(at.root() / "wiki/new.md") == "new\n");
}

namespace {

// A file system that knows no exchange.
struct plain_renames : cp::system::native {
  using native::native;

  cp::result<void> rename(const handle& from, const std::string& old_name, const handle& to, const std::string& name,
                          cp::system::rename_how how) override {
    if (how == cp::system::rename_how::exchange) return cp::system_error(EINVAL);
    return native::rename(from, old_name, to, name, how);
  }
};

}  // namespace

TEST_CASE("publish::exchange: a file system without RENAME_EXCHANGE is found out before the commit point") {
  home at(exchanging);
  const auto before = look_at(at.root());
  const plain_renames system({.ordered_metadata = true});
  auto kb = cp::coordinator<plain_renames, cp::publish::exchange>::open(at.root(), {}, system).value();
  auto mine = kb.acquire().value();
  const auto done = mine.run({.operation = "x"}, [](cp::mutation& m) { return m.write("wiki/index.md", "x\n"); });
  CHECK(done.error() == cp::errc::unsupported);
  CHECK(done.error().outcome() == cp::outcome::rolled_back);
  CHECK(difference_from(before, look_at(at.root())) == "");
}

TEST_CASE("publish::exchange: what could not be told from its opposite is renamed") {
  home at(exchanging);
  auto mine = at.acquire();
  stage on(exchanging.system(), at.root(), -1);
  std::size_t left = 0;
  on.on_success = [&] { left = names_in(at.staging(1)); };
  same_stamps().act(mine, on);
  CHECK(slurp(at.root() / "wiki/concepts/alpha.md") == std::string(2000, 'A'));
  CHECK(left == 1);  // the old index, and no old alpha
}

TEST_CASE("F9: publish::exchange on another device: beside the target before the commit point, and gone afterwards") {
  if (!support::why_no_mounts().empty()) {
    const auto why = "SKIPPED: " + support::why_no_mounts();
    MESSAGE(why);
    return;
  }
  for (const bool ends : {false, true}) {
    home at(exchanging);
    const auto other = at.root() / "empty";
    const support::mounted disk(other);
    fs::create_directory(other / "pages");
    spill(other / "pages/old.md", "old\n");
    spill(other / "index.md", "old index\n");
    const body both = [](cp::mutation& m, stage& on) -> cp::result<void> {
      make_book(on / "work/book");
      BOOST_OUTCOME_TRYV(m.publish("work/book", "empty/pages"));
      return m.write("empty/index.md", "new index\n");
    };
    if (ends) {
      // The probe's two, then the file; before the directory.
      leave_before(exchanging, at.root(), book_plan(), both,
                   {.nth = 4, .effect = fault::ends_process, .only = call::rename});
      REQUIRE(read_journal(exchanging, at.root()).commits == 1);
      CHECK(slurp(other / "index.md") == "new index\n");
      CHECK(fs::exists(other / "pages/old.md"));
    } else {
      auto mine = at.acquire();
      stage on(exchanging.system(), at.root(), -1);
      REQUIRE(mine.run(book_plan(), [&](cp::mutation& m) { return both(m, on); }));
    }
    { auto mine = at.acquire(); }
    CHECK(slurp(other / "pages/alpha.md") == "the new alpha\n");
    CHECK_FALSE(fs::exists(other / "pages/old.md"));
    CHECK(slurp(other / "index.md") == "new index\n");
    CHECK(names_in(other) == 2);
    CHECK(leftovers(at.root()) == "");
  }
}

TEST_CASE("F15: a tree that was copied or moved with an exchange pending, or done, recovers itself and no other") {
  for (const auto where_it_ends : {probing, before_first, between, unpublished, published}) {
    INFO("ended at " << static_cast<int>(where_it_ends));
    home at(exchanging);
    leave(at.root(), where_it_ends);
    const bool committed = where_it_ends != probing;
    const auto pending = look_at_all(at.root());
    const auto copy = at.outside() / "copy";
    shell("cp -a '" + at.root().native() + "' '" + copy.native() + "'");
    for (const auto& where : {copy, at.root()}) {
      INFO("in " << where.native());
      {
        auto kb = open_here(exchanging.system(), where);
        auto mine = kb.acquire();
        REQUIRE_MESSAGE(mine, mine.error().message());
        CHECK(mine.value().recovered().kept.empty());
        CHECK(mine.value().recovered().edited_later.empty());
      }
      if (committed) expect_both_new(where);
      if (where == copy) CHECK(cp::testing::difference_text(pending, look_at_all(at.root())) == "");
    }
  }
}

TEST_CASE("F15: a copy without its times cannot be decided: blocked, and nothing is touched") {
  home at(exchanging);
  SUBCASE("not exchanged") { leave(at.root(), before_first); }
  SUBCASE("exchanged") { leave(at.root(), unpublished); }
  const auto copy = at.outside() / "copy";
  shell("cp -r '" + at.root().native() + "' '" + copy.native() + "'");
  const auto live = look_at(copy);
  auto kb = open_here(exchanging.system(), copy);
  CHECK(kb.acquire().error() == cp::errc::needs_repair);
  CHECK(cp::testing::difference_text(live, look_at(copy)) == "");
}

TEST_CASE("F20: what a person put into a directory before a drain replaces it is kept") {
  home at(exchanging);
  leave(at.root(), before_first);
  spill(at.root() / "wiki/concepts/person.md", "a person's page\n");
  spill(at.root() / "wiki/concepts/deep/gamma.md", "a person's gamma\n");
  spill(at.root() / "wiki/index.md", "a person's index\n");
  auto mine = at.acquire();
  expect_both_new(at.root());
  const displaced kept{{"wiki/concepts/person.md", "a person's page\n"},
                       {"wiki/concepts/deep/gamma.md", "a person's gamma\n"},
                       {"wiki/index.md", "a person's index\n"}};
  CHECK(describe(kept_below(at.root())) == describe(kept));
}

TEST_CASE("F20: a directory that a person put in the place of the one to be replaced is kept, entry by entry") {
  home at(exchanging);
  leave(at.root(), before_first);
  fs::rename(at.root() / "wiki/concepts", at.root() / "wiki/old concepts");
  SUBCASE("a directory") {
    fs::create_directory(at.root() / "wiki/concepts");
    spill(at.root() / "wiki/concepts/mine.md", "a person's page\n");
    { auto mine = at.acquire(); }
    CHECK(describe(kept_below(at.root())) == describe({{"wiki/concepts/mine.md", "a person's page\n"}}));
  }
  SUBCASE("a file") {
    spill(at.root() / "wiki/concepts", "a person's file\n");
    { auto mine = at.acquire(); }
    CHECK(describe(kept_below(at.root())) == describe({{"wiki/concepts", "a person's file\n"}}));
  }
  SUBCASE("nothing") { auto mine = at.acquire(); }
  expect_both_new(at.root());
  CHECK(slurp(at.root() / "wiki/old concepts/alpha.md") == std::string(2000, 'a'));
}

TEST_CASE("F20: an edit after an exchange is a later edit, whether or not `published` was written") {
  home at(exchanging);
  leave(at.root(), unpublished);
  spill(at.root() / "wiki/concepts/person.md", "a person's page\n");
  spill(at.root() / "wiki/index.md", "a person's index\n");
  auto mine = at.acquire();
  CHECK(slurp(at.root() / "wiki/concepts/person.md") == "a person's page\n");
  CHECK(slurp(at.root() / "wiki/concepts/alpha.md") == "the new alpha\n");
  CHECK(slurp(at.root() / "wiki/index.md") == "a person's index\n");
  CHECK(mine.recovered().edited_later == std::vector<std::string>{"wiki/index.md"});
  CHECK(kept_below(at.root()).empty());
}

TEST_CASE("F14: a staged directory that is gone, or another one, is found before anything live is touched") {
  home at(exchanging);
  leave(at.root(), before_first);
  for (const auto& e : fs::directory_iterator(at.staging(1))) {
    if (fs::is_directory(e.path())) fs::remove_all(e.path());
  }
  const auto live = look_at(at.root());
  auto kb = open_here(exchanging.system(), at.root());
  CHECK(kb.acquire().error() == cp::errc::needs_repair);
  CHECK(difference_from(live, look_at(at.root())) == "");
}

TEST_CASE("an exchange is finished by a program that was compiled with another publish policy") {
  for (const auto where_it_ends : {before_first, between, unpublished, published}) {
    home at(exchanging);
    leave(at.root(), where_it_ends);
    const auto end = drain_in_child(renaming, at.root(), {});
    CHECK(end.trouble == "");
    expect_both_new(at.root());
  }
}

TEST_CASE(
    "where renames do not reach the disk in order, a drain refuses to exchange a directory, and touches nothing") {
  home at(exchanging);
  leave(at.root(), before_first);
  const auto all = look_at_all(at.root());
  {
    auto kb = open_here(unordered.system(), at.root());
    const auto mine = kb.acquire();
    REQUIRE_FALSE(mine);
    CHECK(mine.error() == cp::errc::unsupported);
    CHECK(kb.pending().value().mutations.size() == 1);
  }
  CHECK(cp::testing::difference_text(all, look_at_all(at.root())) == "");
  { auto mine = at.acquire(); }
  expect_both_new(at.root());
}

TEST_CASE("where renames do not reach the disk in order, a drain renames a file instead, and once") {
  home at(exchanging);
  leave_before(exchanging, at.root(), {.operation = "x"},
               [](cp::mutation& m, stage&) { return m.write("wiki/index.md", "exchanged\n"); },
               {.nth = 3, .effect = fault::ends_process, .only = call::rename});
  REQUIRE(read_journal(exchanging, at.root()).commits == 1);
  const auto end = drain_in_child(unordered, at.root(), kill_before_change(30));
  CHECK(end.trouble == "");
  { auto mine = at.acquire(); }
  CHECK(slurp(at.root() / "wiki/index.md") == "exchanged\n");
  CHECK(leftovers(at.root()) == "");
}

TEST_CASE("a way of publishing that nobody here knows: unsupported, still pending, nothing touched") {
  home at(exchanging);
  leave(at.root(), before_first);
  rewrite_commit(exchanging, at.root(), [](nlohmann::json& redo) { redo.back()["how"] = "teleport"; });
  const auto all = look_at_all(at.root());
  auto kb = open_here(exchanging.system(), at.root());
  for (int i = 0; i < 2; ++i) {
    const auto mine = kb.acquire();
    REQUIRE_FALSE(mine);
    CHECK(mine.error() == cp::errc::unsupported);
    CHECK(mine.error().message().find("teleport") != std::string::npos);
  }
  CHECK(kb.pending().value().mutations.size() == 1);
  CHECK_FALSE(kb.pending().value().blocked);
  CHECK(cp::testing::difference_text(all, look_at_all(at.root())) == "");
}
