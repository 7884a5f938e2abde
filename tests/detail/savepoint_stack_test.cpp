#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/system/faulty.hpp>

#include <doctest/doctest.h>

#include <boost/filesystem/operations.hpp>
#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace cp = commitpoint;
namespace fs = boost::filesystem;
using cp::errc;
using support::place;
using support::tree;

namespace {

const auto inner_failure = std::make_error_code(std::errc::owner_dead);
cp::result<void> fails() { return cp::failure(inner_failure); }

using effects = std::function<cp::result<void>(cp::mutation&, const place&)>;

struct row {
  std::string title;
  effects before;  // in the mutation, before the savepoint
  effects inner;   // in the savepoint that fails
  effects after;   // in the mutation, after it
};

cp::result<void> nothing(cp::mutation&, const place&) { return cp::success(); }

const tree start{{"d", "/"},       {"d/e", "/"},         {"d/e/x", "x"}, {"d/y", "y"},
                 {"a", "old a\n"}, {"b", "old b\n"},     {"link", ">a"}, {"log", "one\n"},
                 {"store", "/"},   {"store/known", "k"}, {"grows", "1,"}};

// Directories that a tool fills without protecting them have a time of their own.
cp::testing::tree_image live_image(const place& p) {
  auto image = support::image(p.root());
  for (const auto* filled : {"work", "store"}) image.entries.at(filled).modified.reset();
  return image;
}

// How the inner part ends.
enum class ending { by_failure, by_exception, by_ignored_effect, in_nested_success, in_nested_failure };

cp::result<void> end_badly(ending how, cp::mutation& m, const place& p, const effects& inner) {
  switch (how) {
    case ending::by_failure: {
      BOOST_OUTCOME_TRYV(inner(m, p));
      return fails();
    }
    case ending::by_exception: {
      BOOST_OUTCOME_TRYV(inner(m, p));
      throw std::system_error(inner_failure);
    }
    case ending::by_ignored_effect: {
      BOOST_OUTCOME_TRYV(inner(m, p));
      (void)m.write("no/such/directory", "");
      return cp::success();
    }
    case ending::in_nested_success: {
      // What a savepoint that succeeded did is undone with the one around it.
      BOOST_OUTCOME_TRYV(m.savepoint([&](auto& n) { return inner(n, p); }));
      return fails();
    }
    case ending::in_nested_failure: {
      const auto done = m.savepoint([&](cp::mutation& n) { return end_badly(ending::by_failure, n, p, inner); });
      CHECK(done.error() == inner_failure);
      BOOST_OUTCOME_TRYV(inner(m, p));  // once more, in the outer one
      return fails();
    }
  }
  return fails();
}

// Whether the mutation with a failed savepoint gives what it gives without it; and the same if it is rolled back.
void check(const row& r, ending how, bool commits) {
  CAPTURE(r.title);
  CAPTURE(static_cast<int>(how));
  CAPTURE(commits);
  const auto run_in = [&](const place& p, bool with_savepoint) {
    cp::options options{.compensations = {{"forget", [&](const nlohmann::json& what) -> cp::result<void> {
                                             fs::remove(p / "store" / what.get<std::string>());
                                             return cp::success();
                                           }}}};
    auto owner = cp::coordinator<>::open(p.root(), std::move(options)).value().acquire().value();
    cp::plan plan{.operation = "outer"};
    plan.staging = {"work"};
    const auto done = owner.run(plan, [&](cp::mutation& m) -> cp::result<void> {
      support::write_file(p / "work/out", "made by a tool\n");
      BOOST_OUTCOME_TRYV(r.before(m, p));
      if (with_savepoint) {
        const auto live = live_image(p);
        cp::result<void> inner = cp::success();
        try {
          inner = m.savepoint([&](cp::mutation& n) { return end_badly(how, n, p, r.inner); });
        } catch (const std::system_error& e) {
          inner = cp::failure(e.code());
        }
        REQUIRE_FALSE(inner);
        CHECK(inner.error() == (how == ending::by_ignored_effect ? cp::system_error(ENOENT) : inner_failure));
        // Live files are as they were when the savepoint began, at once.
        CHECK(cp::testing::difference_text(live, live_image(p)) == "");
      }
      BOOST_OUTCOME_TRYV(r.after(m, p));
      if (!commits) return fails();
      return cp::success();
    });
    CHECK_MESSAGE(static_cast<bool>(done) == commits, (done ? "success" : done.error().message()));
    CHECK_FALSE(owner.dirty());
    CHECK(owner.last_report().kept.empty());
    CHECK(owner.release());
    CHECK(support::leftovers(p.root()).empty());
    return support::text_of(support::shape(p.root()));
  };
  const place with(start);
  const place without(start);
  const auto seen = run_in(with, true);
  CHECK(seen == run_in(without, false));
  if (!commits) CHECK(seen == support::text_of(start));
}

void check_all(const std::vector<row>& rows) {
  for (const auto& r : rows) {
    for (const auto how : {ending::by_failure, ending::by_exception, ending::by_ignored_effect,
                           ending::in_nested_success, ending::in_nested_failure}) {
      for (const bool commits : {true, false}) check(r, how, commits);
    }
  }
}

effects write(std::string path, std::string text) {
  return [=](cp::mutation& m, const place&) { return m.write(path, text); };
}
effects append(std::string path, std::string text) {
  return [=](cp::mutation& m, const place&) { return m.append(path, text); };
}
effects expect_read(std::string path, std::string text) {
  return [=](cp::mutation& m, const place&) -> cp::result<void> {
    BOOST_OUTCOME_TRY(const auto found, m.read(path));
    CHECK(found == text);
    return cp::success();
  };
}
effects both(effects one, effects other) {
  return [=](cp::mutation& m, const place& p) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(one(m, p));
    return other(m, p);
  };
}

}  // namespace

TEST_CASE("a savepoint that fails undoes what was staged in it, and nothing else") {
  check_all({
      {"a new file", nothing, write("new", "inner"), nothing},
      {"a replaced file", nothing, write("a", "inner"), expect_read("a", "old a\n")},
      {"a file that was staged before", write("a", "outer"), write("a", "inner"), expect_read("a", "outer")},
      {"appended to a live file", nothing, append("log", "inner\n"), append("log", "two\n")},
      {"appended to a live file that was appended to before", append("log", "two\n"), append("log", "inner\n"),
       both(expect_read("log", "one\ntwo\n"), append("log", "three\n"))},
      {"appended to a staged file", write("new", "outer,"), append("new", "inner"), append("new", "after")},
      {"appended to a new file", nothing, append("new", "inner"), append("new", "after")},
      {"appended to what was renamed", [](auto& m, auto&) { return m.rename("a", "c"); }, append("c", "inner"),
       both(expect_read("c", "old a\n"), append("c", "after"))},
      {"written, then appended to", append("log", "two\n"), both(write("log", "inner"), append("log", "inner")),
       append("log", "three\n")},
      {"removed", nothing, [](auto& m, auto&) { return m.remove("a"); }, expect_read("a", "old a\n")},
      {"a removed tree", write("d/new", "outer"), [](auto& m, auto&) { return m.remove("d"); },
       expect_read("d/new", "outer")},
      {"removed what was staged", write("new", "outer"), [](auto& m, auto&) { return m.remove("new"); },
       expect_read("new", "outer")},
      {"a renamed file", nothing, [](auto& m, auto&) { return m.rename("a", "c"); }, append("a", "after")},
      {"a renamed tree", nothing, [](auto& m, auto&) { return m.rename("d", "f"); }, write("d/e/new", "after")},
      {"renamed over a file", append("b", "outer"), [](auto& m, auto&) { return m.rename("a", "b"); },
       expect_read("b", "old b\nouter")},
      {"renamed what was appended to", append("log", "two\n"), [](auto& m, auto&) { return m.rename("log", "l"); },
       append("log", "three\n")},
      {"directories", nothing, [](auto& m, auto&) { return m.create_directories("f/g/h"); },
       [](auto& m, auto&) -> cp::result<void> {
         CHECK_FALSE(m.exists("f").value());
         return m.create_directories("f/i");
       }},
      {"a link", nothing, [](auto& m, auto&) { return m.symlink("b", "link"); }, nothing},
      {"a directory in a file's place", nothing,
       [](auto& m, auto&) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.remove("a"));
         BOOST_OUTCOME_TRYV(m.create_directories("a"));
         return m.write("a/b", "inner");
       },
       expect_read("a", "old a\n")},
  });
}

TEST_CASE("a savepoint that fails gives back what a tool had made, so that it can be published again") {
  const effects adopt = [](cp::mutation& m, const place&) { return m.publish("work/out", "a"); };
  const effects stage = [](cp::mutation& m, const place&) -> cp::result<void> {
    BOOST_OUTCOME_TRY(const auto where, m.stage("staged"));
    support::write_file(where, "inner");
    return cp::success();
  };
  check_all({
      {"published from a private directory", nothing, adopt, adopt},
      {"published from a private directory, and then changed", nothing, both(adopt, append("a", "inner")), adopt},
      {"a tree of a tool",
       [](auto&, const place& p) -> cp::result<void> {
         fs::create_directory(p / "work/tree");
         support::write_file(p / "work/tree/one", "1");
         return cp::success();
       },
       [](auto& m, auto&) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.publish("work/tree", "tree"));
         return m.write("tree/one", "inner");
       },
       [](auto& m, auto&) { return m.publish("work/tree", "other-tree"); }},
      {"staged", nothing, stage,
       [](auto& m, auto&) -> cp::result<void> {
         CHECK_FALSE(m.exists("staged").value());
         return m.write("staged", "after");
       }},
  });
  // What was given before the savepoint, and published elsewhere in it.
  const place p(start);
  auto owner = cp::coordinator<>::open(p.root()).value().acquire().value();
  CHECK(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRY(const auto where, m.stage("a"));
    support::write_file(where, "made by a tool");
    REQUIRE(::chmod(where.c_str(), 0640) == 0);
    CHECK_FALSE(m.savepoint([&](cp::mutation& n) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(n.publish(where, "b"));
      CHECK(n.read("a").value() == "old a\n");
      return fails();
    }));
    CHECK(support::read_file(where) == "made by a tool");
    CHECK(support::mode(where) == 0640);
    return m.publish(where, "c");
  }));
  CHECK(support::read_file(p / "c") == "made by a tool");
  CHECK(support::read_file(p / "a") == "old a\n");
}

TEST_CASE("a savepoint that fails undoes at once what was written in place in it") {
  const effects edit_a = [](cp::mutation& m, const place& p) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.protect(cp::touch::file("a")));
    support::overwrite(p / "a", support::read_file(p / "a") + "more");
    return cp::success();
  };
  const effects grow = [](cp::mutation& m, const place& p) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.protect(cp::touch::appended("grows")));
    support::overwrite(p / "grows", support::read_file(p / "grows") + "2,");
    return cp::success();
  };
  const effects edit_tree = [](cp::mutation& m, const place& p) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.protect(cp::touch::tree("d")));
    support::overwrite(p / "d/y", "inner");
    fs::remove_all(p / "d/e");
    support::write_file(p / "d/extra", "inner");
    return cp::success();
  };
  const effects create = [](cp::mutation& m, const place& p) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.will_create({"store/made"}));
    support::write_file(p / "store/made", "made");
    return cp::success();
  };
  const effects index = [](cp::mutation& m, const place& p) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.on_rollback("forget", "indexed"));
    support::write_file(p / "store/indexed", "by somebody else");
    return cp::success();
  };
  check_all({
      {"a file", nothing, edit_a, nothing},
      {"a file that was edited before", edit_a, edit_a, expect_read("a", "old a\nmore")},
      {"a file, and again afterwards", nothing, edit_a, edit_a},
      {"a file that only grows", nothing, grow, grow},
      {"a file that only grows and had grown before", grow, grow, grow},
      {"a file that only grows is rewritten", grow,
       [](auto& m, const place& p) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.protect(cp::touch::file("grows")));
         support::overwrite(p / "grows", "rewritten");
         return cp::success();
       },
       grow},
      {"a file grows, and is then rewritten by the outer part", nothing, grow,
       [](auto& m, const place& p) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.protect(cp::touch::file("grows")));
         support::overwrite(p / "grows", "");
         return cp::success();
       }},
      {"a tree", nothing, edit_tree, nothing},
      {"a tree in which something was edited before",
       [](auto& m, const place& p) -> cp::result<void> {
         BOOST_OUTCOME_TRYV(m.protect(cp::touch::file("d/y")));
         support::overwrite(p / "d/y", "outer");
         return cp::success();
       },
       edit_tree, expect_read("d/y", "outer")},
      {"a path that was announced", nothing, create, create},
      {"compensated", nothing, index, index},
      {"everything", both(edit_a, both(grow, index)),
       both(create, both(edit_tree, both(grow, both(edit_a, append("log", "inner"))))),
       both(create, append("log", "two\n"))},
  });
}

TEST_CASE("a savepoint that fails takes away what was tracked in it, and leaves what was tracked before") {
  const place p(start);
  auto owner = cp::coordinator<>::open(p.root()).value().acquire().value();
  const auto track = [&](cp::mutation& m, const char* name) {
    support::write_file(p / name, name);
    return m.track_new(name);
  };
  CHECK_FALSE(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(track(m, "store/outer"));
    CHECK_FALSE(m.savepoint([&](auto& n) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(track(n, "store/inner"));
      return fails();
    }));
    CHECK_FALSE(support::is_there(p / "store/inner"));
    CHECK(support::is_there(p / "store/outer"));
    BOOST_OUTCOME_TRYV(track(m, "store/inner"));
    return fails();
  }));
  CHECK(support::text_of(support::shape(p.root())) == support::text_of(start));
  CHECK(owner.last_report().kept.empty());
}

TEST_CASE("F22: a file that a savepoint has put back is as old as it was, and not to be tracked") {
  const place p(start);
  auto owner = cp::coordinator<>::open(p.root()).value().acquire().value();
  CHECK_FALSE(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    CHECK_FALSE(m.savepoint([&](auto& n) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(n.protect(cp::touch::file("a")));
      BOOST_OUTCOME_TRYV(n.protect(cp::touch::tree("store")));
      fs::remove(p / "a");
      fs::remove(p / "store/known");
      return fails();
    }));
    CHECK(m.track_new("a").error() == errc::not_new);
    CHECK(m.track_new("store/known").error() == errc::not_new);
    support::write_file(p / "store/new", "new");
    BOOST_OUTCOME_TRYV(m.track_new("store/new"));
    return fails();
  }));
  CHECK(support::text_of(support::shape(p.root())) == support::text_of(start));
}

TEST_CASE("a savepoint that succeeds is part of what is around it") {
  const place p(start);
  auto owner = cp::coordinator<>::open(p.root()).value().acquire().value();
  const auto effects_of = [&](cp::mutation& m) {
    return m.savepoint([&](cp::mutation& n) -> cp::result<int> {
      BOOST_OUTCOME_TRYV(n.append("log", "two\n"));
      BOOST_OUTCOME_TRYV(n.protect(cp::touch::file("a")));
      support::overwrite(p / "a", "in place");
      BOOST_OUTCOME_TRY(const int inner, n.savepoint([](auto& x) -> cp::result<int> {
        BOOST_OUTCOME_TRYV(x.append("log", "three\n"));
        return 3;
      }));
      return inner + 1;
    });
  };
  CHECK(owner.run({}, effects_of).value() == 4);
  CHECK(support::read_file(p / "log") == "one\ntwo\nthree\n");
  CHECK(support::read_file(p / "a") == "in place");
  support::write_file(p / "a", "old a\n");
  support::write_file(p / "log", "one\n");
  CHECK_FALSE(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(effects_of(m));
    return fails();
  }));
  CHECK(support::text_of(support::shape(p.root())) == support::text_of(start));
}

TEST_CASE("an effect that failed poisons its savepoint and no more; one that failed outside lets none begin") {
  const place p(start);
  auto owner = cp::coordinator<>::open(p.root()).value().acquire().value();
  CHECK(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    const auto inner = m.savepoint([&](auto& n) -> cp::result<void> {
      CHECK(n.remove("no such thing").error() == std::errc::no_such_file_or_directory);
      CHECK(n.write("b", "").error() == std::errc::no_such_file_or_directory);
      CHECK(n.savepoint([](auto&) -> cp::result<void> {
               FAIL("it must not run");
               return cp::success();
             }).error() == std::errc::no_such_file_or_directory);
      return cp::success();
    });
    CHECK(inner.error().path() == "no such thing");
    return m.write("b", "new");
  }));
  CHECK(support::read_file(p / "b") == "new");
  const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    (void)m.remove("no such thing");
    (void)m.savepoint([](auto&) -> cp::result<void> {
      FAIL("it must not run");
      return cp::success();
    });
    return cp::success();
  });
  CHECK(done.error() == std::errc::no_such_file_or_directory);
}

TEST_CASE("F21: what was expected in a savepoint that failed is expected no more") {
  const place p(start);
  auto owner = cp::coordinator<>::open(p.root()).value().acquire().value();
  const auto expecting = [](cp::mutation& m, bool fail) {
    return m.savepoint([&](auto& n) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(n.expect("a", "something else"));
      BOOST_OUTCOME_TRYV(n.expect("b", cp::absent));
      if (fail) return fails();
      return cp::success();
    });
  };
  CHECK(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.expect("a", "old a\n"));
    (void)expecting(m, true);
    return m.write("new", "new");
  }));
  CHECK(owner.run({}, [&](cp::mutation& m) { return expecting(m, false); }).error() == errc::drifted);
}

TEST_CASE("F25: the same path in a savepoint and around it, staged and in place at once") {
  const place p(start);
  auto owner = cp::coordinator<>::open(p.root()).value().acquire().value();
  CHECK(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.protect(cp::touch::file("a")));
    support::overwrite(p / "a", "1");
    for (int i = 0; i < 3; ++i) {
      CHECK_FALSE(m.savepoint([&](auto& n) -> cp::result<void> {
        BOOST_OUTCOME_TRYV(n.protect(cp::touch::file("a")));
        BOOST_OUTCOME_TRYV(n.protect(cp::touch::file("a")));
        support::overwrite(p / "a", "2");
        BOOST_OUTCOME_TRYV(n.write("b", "2"));
        BOOST_OUTCOME_TRYV(n.savepoint([&](auto& x) -> cp::result<void> {
          BOOST_OUTCOME_TRYV(x.protect(cp::touch::file("a")));
          support::overwrite(p / "a", "3");
          return x.append("b", "3");
        }));
        return fails();
      }));
      CHECK(support::read_file(p / "a") == "1");
      CHECK(m.read("b").value() == "old b\n");
    }
    return m.savepoint([&](auto& n) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(n.protect(cp::touch::file("a")));
      support::overwrite(p / "a", "4");
      return n.write("b", "4");
    });
  }));
  CHECK(support::read_file(p / "a") == "4");
  CHECK(support::read_file(p / "b") == "4");
}

TEST_CASE("a stop token is looked at in a savepoint, and at its end") {
  const place p(start);
  auto owner = cp::coordinator<>::open(p.root()).value().acquire().value();
  for (const bool at_end : {false, true}) {
    std::stop_source stop;
    const auto done = owner.run({.stop = stop.get_token()}, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.append("log", "outer\n"));
      const auto inner = m.savepoint([&](auto& n) -> cp::result<void> {
        BOOST_OUTCOME_TRYV(n.protect(cp::touch::file("a")));
        support::overwrite(p / "a", "inner");
        stop.request_stop();
        CHECK(n.cancelled());
        if (!at_end) CHECK(n.write("b", "inner").error() == errc::cancelled);
        return cp::success();
      });
      CHECK(inner.error() == errc::cancelled);
      CHECK(support::read_file(p / "a") == "old a\n");
      CHECK(m.savepoint([](auto& n) { return n.write("b", ""); }).error() == errc::cancelled);
      return cp::success();
    });
    CHECK(done.error() == errc::cancelled);
    CHECK(support::text_of(support::shape(p.root())) == support::text_of(start));
  }
}

TEST_CASE("a savepoint that cannot be undone poisons the mutation, and the rollback tries again") {
  using system = cp::system::faulty<cp::system::native>;
  for (const bool for_ever : {false, true}) {
    CAPTURE(for_ever);
    const place p(start);
    system faulty;
    auto kb = cp::coordinator<system>::open(p.root(), {}, faulty).value();
    {
      auto owner = kb.acquire().value();
      const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
        const auto outer = m.savepoint([&](auto& n) -> cp::result<void> {
          const auto inner = n.savepoint([&](auto& x) -> cp::result<void> {
            BOOST_OUTCOME_TRYV(x.protect(cp::touch::file("a")));
            support::overwrite(p / "a", "inner, and longer than before");
            // The restore renames what it puts back.
            faulty.arm({.nth = 1, .error = EIO, .times = for_ever ? 1000U : 1U, .only = cp::system::call::rename});
            return fails();
          });
          CHECK(inner.error() == std::errc::io_error);
          CHECK(inner.error().message().find("could not be undone") != std::string::npos);
          CHECK(n.write("b", "").error() == std::errc::io_error);
          return inner;
        });
        CHECK(outer.error() == std::errc::io_error);
        CHECK(m.write("b", "").error() == std::errc::io_error);
        return cp::success();
      });
      CHECK(done.error() == (for_ever ? make_error_code(errc::dirty_rollback) : cp::system_error(EIO)));
      CHECK(owner.dirty() == for_ever);
      faulty.disarm();
    }
    CHECK(kb.acquire());
    CHECK(support::read_file(p / "a") == "old a\n");
    CHECK(support::read_file(p / "b") == "old b\n");
  }
}

TEST_CASE("a batch in which each document is a savepoint costs what the documents cost") {
  using system = cp::system::faulty<cp::system::native>;
  const auto calls_of = [](int documents) {
    const place p(start);
    system counting;
    auto owner = cp::coordinator<system>::open(p.root(), {}, counting).value().acquire().value();
    counting.reset_counts();
    int bad = 0;
    CHECK(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
      for (int i = 0; i < documents; ++i) {
        const auto added = m.savepoint([&](cp::mutation& n) -> cp::result<void> {
          BOOST_OUTCOME_TRYV(n.write("d/" + std::to_string(i), std::string(100, 'x')));
          BOOST_OUTCOME_TRYV(n.append("log", "another document\n"));
          BOOST_OUTCOME_TRYV(n.append("index", "another document\n"));
          return i % 4 == 3 ? fails() : cp::success();
        });
        bad += added ? 0 : 1;
      }
      return cp::success();
    }));
    CHECK(bad == documents / 4);
    CHECK(support::read_file(p / "index").size() == static_cast<std::size_t>(documents - bad) * 17);
    return std::pair(counting.counts().total, counting.counts().bytes_written);
  };
  const auto [some, some_bytes] = calls_of(64);
  const auto [twice, twice_bytes] = calls_of(128);
  CHECK(twice < 2 * some + some / 10);
  CHECK(twice_bytes < 2 * some_bytes + some_bytes / 10);
}
