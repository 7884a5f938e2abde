#pragma once

/// \file
/// More shapes of mutations: those whose effects meet each other, or what earlier ones left.

#include "shapes.hpp"

#include <commitpoint/testing/exploration.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace shapes {

/// Ends a shape that is there twice: once as a success, once failing.
inline cp::result<void> end(bool fails) { return fails ? give_up() : cp::success(); }
inline std::string named(const char* name, bool fails) { return std::string(name) + (fails ? ", failing" : ""); }

/// A file with two names, written in place.
inline exploration two_names_in_place(bool fails) {
  auto what = shape(named("two names in place", fails), {one([fails](mutation& m, hand& h) -> cp::result<void> {
                      BOOST_OUTCOME_TRYV(m.protect(touch::file("raw.bin")));
                      h.write("raw.bin", std::string(1300, 's'));
                      return end(fails);
                    })});
  what.build = [](hand& h) {
    build(h);
    h.link("raw.bin", "notes/raw.bin");
  };
  return what;
}
/// A file with two names, staged by one of them, then by the other.
inline exploration two_names_staged() {
  auto what =
      shape("two names, staged", {one([](mutation& m, hand&) { return m.write("raw.bin", std::string(900, 's')); }),
                                  one([](mutation& m, hand&) { return m.remove("notes/raw.bin"); })});
  what.build = [](hand& h) {
    build(h);
    h.link("raw.bin", "notes/raw.bin");
  };
  return what;
}
/// A file with several names: it is appended to by one, and the others are renamed, removed and replaced.
inline exploration names_of_one() {
  auto what = shape("names of one", {one([](mutation& m, hand&) -> cp::result<void> {
                      BOOST_OUTCOME_TRYV(m.append("raw.bin", "more\n"));
                      BOOST_OUTCOME_TRYV(m.rename("notes/1.bin", "notes/moved.bin"));
                      BOOST_OUTCOME_TRYV(m.remove("notes/2.bin"));
                      return m.write("notes/3.bin", "another\n");
                    })});
  what.build = [](hand& h) {
    build(h);
    for (const auto* name : {"notes/1.bin", "notes/2.bin", "notes/3.bin"}) h.link("raw.bin", name);
  };
  return what;
}
/// Staged effects on the same few names.
inline exploration names_in_circles() {
  return shape("names in circles", {one([](mutation& m, hand&) -> cp::result<void> {
                                      BOOST_OUTCOME_TRYV(m.rename("index.md", "notes/c.md"));
                                      BOOST_OUTCOME_TRYV(m.rename("notes/a.md", "index.md"));
                                      BOOST_OUTCOME_TRYV(m.rename("notes/c.md", "notes/a.md"));
                                      BOOST_OUTCOME_TRYV(m.append("index.md", "more of a\n"));
                                      BOOST_OUTCOME_TRYV(m.write("notes/b.md", "first\n"));
                                      BOOST_OUTCOME_TRYV(m.remove("notes/b.md"));
                                      return m.write("notes/b.md", "second\n");
                                    }),
                                    one([](mutation& m, hand&) -> cp::result<void> {
                                      BOOST_OUTCOME_TRYV(m.append("log.md", "day two\n"));
                                      BOOST_OUTCOME_TRYV(m.append("log.md", "day three\n"));
                                      return m.rename("log.md", "notes/log.md");
                                    })});
}
/// The length of a file that grows is relied on while what made it so long may still be lost.
inline exploration appended_later() {
  return shape("appended later", {one([](mutation& m, hand&) { return m.append("log.md", "day two\n"); }),
                                  one([](mutation& m, hand& h) -> cp::result<void> {
                                    BOOST_OUTCOME_TRYV(m.protect(touch::appended("log.md")));
                                    h.append("log.md", "day three\n");
                                    return cp::success();
                                  })});
}
/// What stands before the end of a file that grows is put back first, with the tree that it is in.
inline exploration appended_in_tree(bool fails) {
  return shape(named("appended in a tree", fails), {one([fails](mutation& m, hand& h) -> cp::result<void> {
                 BOOST_OUTCOME_TRYV(m.protect(touch::appended("notes/a.md")));
                 BOOST_OUTCOME_TRYV(m.protect(touch::tree("notes")));
                 h.append("notes/a.md", "more of a\n");
                 h.replace("notes/b.md", "another b\n");
                 return end(fails);
               })});
}
/// Files become directories, and the other way round.
inline exploration other_types() {
  return shape("other types", {one([](mutation& m, hand&) -> cp::result<void> {
                 BOOST_OUTCOME_TRYV(m.remove("notes/deep"));
                 BOOST_OUTCOME_TRYV(m.write("notes/deep", "a file now\n", {.mode = 0640}));
                 BOOST_OUTCOME_TRYV(m.remove("index.md"));
                 BOOST_OUTCOME_TRYV(m.create_directories("index.md"));
                 BOOST_OUTCOME_TRYV(m.write("index.md/inner.md", "inner\n"));
                 return m.symlink("notes/b.md", "link");
               })});
}
inline exploration renamed_tree() {
  return shape("renamed tree", {one([](mutation& m, hand&) -> cp::result<void> {
                 BOOST_OUTCOME_TRYV(m.rename("notes", "moved"));
                 return m.write("moved/deep/d.md", "d\n");
               })});
}
/// A tree that a tool made, at a name that was free.
inline exploration published_tree() {
  return shape("published tree", {with_work([](mutation& m, hand& h) -> cp::result<void> {
                 h.make_directory("work/made");
                 h.make_directory("work/made/below", 0700);
                 h.write("work/made/below/one.md", "one\n");
                 h.make_symlink("below/one.md", "work/made/link");
                 BOOST_OUTCOME_TRYV(m.publish("work/made", "made"));
                 return m.append("log.md", "made\n");
               })});
}
/// A tree in which everything is changed that can be.
inline exploration rebuilt_tree(bool fails) {
  auto what = shape(named("rebuilt tree", fails), {one([fails](mutation& m, hand& h) -> cp::result<void> {
                      BOOST_OUTCOME_TRYV(m.protect(touch::tree("notes")));
                      h.remove("notes/deep/c.md");
                      h.remove("notes/deep");
                      h.write("notes/deep", "a file now\n");
                      h.remove("notes/a.md");
                      h.make_directory("notes/a.md", 0700);
                      h.write("notes/a.md/inner.md", "inner\n");
                      h.set_mode("notes/b.md", 0644);
                      h.replace("notes/b.md", "b was replaced\n");
                      h.set_mode("notes", 0700);
                      return end(fails);
                    })});
  what.edits = {{"notes/b.md", "a person's b"}, {"notes/a.md/inner.md", "a person's inner"}};
  return what;
}
/// What is not there yet is protected.
inline exploration protected_absence(bool fails) {
  return shape(named("protected absence", fails), {one([fails](mutation& m, hand& h) -> cp::result<void> {
                 BOOST_OUTCOME_TRYV(m.protect(touch::file("absent.md")));
                 BOOST_OUTCOME_TRYV(m.protect(touch::tree("absent")));
                 h.write("absent.md", "made\n");
                 h.make_directory("absent");
                 h.write("absent/one.md", "one\n");
                 return end(fails);
               })});
}
/// In place around a savepoint that fails, and in it.
inline exploration savepoint_in_place(bool fails) {
  return shape(named("savepoint in place", fails), {with_work([fails](mutation& m, hand& h) -> cp::result<void> {
                 BOOST_OUTCOME_TRYV(m.protect(touch::file("raw.bin")));
                 put_over(h, "raw.bin", std::string(700, 's'));
                 const auto inner = m.savepoint([&](mutation& s) -> cp::result<void> {
                   BOOST_OUTCOME_TRYV(s.protect(touch::file("raw.bin")));
                   put_over(h, "raw.bin", "wrong");
                   BOOST_OUTCOME_TRYV(s.will_create({"blob"}));
                   h.write("blob", "wrong");
                   return give_up();
                 });
                 if (inner || inner.error() != std::errc::owner_dead) return inner ? cp::errc::outcome_unknown : inner;
                 BOOST_OUTCOME_TRYV(m.will_create({"blob"}));
                 h.write("blob", "right");
                 BOOST_OUTCOME_TRYV(m.append("log.md", "day two\n"));
                 return end(fails);
               })});
}
/// A body that goes on whatever has become of its savepoint: no sync may be lost by that.
inline exploration tolerant_savepoint() {
  const auto act = [](mutation& m, hand& h, bool tries) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("index.md", "outer\n"));
    BOOST_OUTCOME_TRYV(m.protect(touch::file("notes/a.md")));
    put_over(h, "notes/a.md", "in place\n");
    const auto inner = m.savepoint([&](mutation& s) -> cp::result<void> {
      if (!tries) return give_up();
      BOOST_OUTCOME_TRYV(s.protect(touch::file("raw.bin")));
      put_over(h, "raw.bin", "inner");
      return s.write("notes/b.md", "inner\n");
    });
    (void)inner;
    return m.append("log.md", "day two\n");
  };
  auto one = with_work([act](mutation& m, hand& h) { return act(m, h, true); });
  one.or_else = {[act](mutation& m, hand& h) { return act(m, h, false); }};
  return shape("tolerant savepoint", {std::move(one)});
}
/// One path, saved in savepoints in each other; what they undo is put back once more when a sync fails later.
inline exploration nested_savepoints(bool fails) {
  return shape(named("nested savepoints", fails), {with_work([fails](mutation& m, hand& h) -> cp::result<void> {
                 const auto outer = m.savepoint([&](mutation& s) -> cp::result<void> {
                   BOOST_OUTCOME_TRYV(s.protect(touch::file("raw.bin")));
                   put_over(h, "raw.bin", "outer");
                   const auto inner = s.savepoint([&](mutation& t) -> cp::result<void> {
                     BOOST_OUTCOME_TRYV(t.protect(touch::file("raw.bin")));
                     put_over(h, "raw.bin", "inner");
                     return give_up();
                   });
                   if (inner || inner.error() != std::errc::owner_dead)
                     return inner ? cp::errc::outcome_unknown : inner;
                   return give_up();
                 });
                 if (outer || outer.error() != std::errc::owner_dead) return outer ? cp::errc::outcome_unknown : outer;
                 BOOST_OUTCOME_TRYV(m.protect(touch::file("notes/a.md")));
                 BOOST_OUTCOME_TRYV(m.protect(touch::file("raw.bin")));
                 put_over(h, "raw.bin", "at last");
                 return end(fails);
               })});
}
/// In a directory that the mutation before has published, and which may still be lost.
inline exploration in_published_tree() {
  return shape("in a published tree", {with_work([](mutation& m, hand& h) -> cp::result<void> {
                                         h.make_directory("work/made");
                                         h.make_symlink("target", "work/made/link");
                                         h.set_mode("work/made", 0750);
                                         return m.publish("work/made", "made");
                                       }),
                                       one([](mutation& m, hand& h) -> cp::result<void> {
                                         BOOST_OUTCOME_TRYV(m.protect(touch::file("made/link")));
                                         h.remove("made/link");
                                         h.make_symlink("other", "made/link");
                                         BOOST_OUTCOME_TRYV(m.will_create({"made/new"}));
                                         h.write("made/new", "new\n");
                                         return cp::success();
                                       })});
}
/// What one mutation failed to do is done by the next.
inline exploration second_attempt() {
  const auto attempt = [](bool fails) {
    auto one = with_work([fails](mutation& m, hand& h) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.protect(touch::file("raw.bin")));
      put_over(h, "raw.bin", fails ? "wrong" : "right");
      BOOST_OUTCOME_TRYV(m.will_create({"made/blob"}));
      h.make_directory("made");
      h.write("made/blob", fails ? "wrong" : "right");
      BOOST_OUTCOME_TRYV(m.write("index.md", fails ? "wrong" : "right"));
      return end(fails);
    });
    one.fails = fails;
    return one;
  };
  return shape("second attempt", {attempt(true), attempt(false)});
}
/// Three owners, one after the other: the mark that each leaves is worth nothing once the next one has written.
inline exploration sessions(bool late) {
  // Late enough for a mark to vouch for the state directory.
  const auto wait = [late](hand& h) {
    if (late) h.machine().pause(std::chrono::milliseconds(100));
  };
  auto in_place = one([wait](mutation& m, hand& h) -> cp::result<void> {
    wait(h);
    BOOST_OUTCOME_TRYV(m.protect(touch::file("index.md")));
    h.write("index.md", "written in place\n");
    return m.append("log.md", "the second\n");
  });
  const auto staged = [wait](const char* text) {
    auto again = one([wait, text](mutation& m, hand& h) -> cp::result<void> {
      wait(h);
      BOOST_OUTCOME_TRYV(m.write("notes/a.md", text));
      return m.write("index.md", text);
    });
    again.own_session = true;
    return again;
  };
  in_place.own_session = true;
  const auto first = one([wait](mutation& m, hand& h) {
    wait(h);
    return m.write("log.md", "the first\n");
  });
  return shape(late ? "late sessions" : "sessions", {first, in_place, staged("the third\n"), staged("the fourth\n")});
}
/// What was staged is written in place in the same second, as long as before: its times do not tell that.
inline exploration in_one_second(bool fails) {
  auto staged = one([](mutation& m, hand&) { return m.write("index.md", "- [[b]]\n"); });
  auto in_place = one([fails](mutation& m, hand& h) -> cp::result<void> {
    h.machine().pause(std::chrono::milliseconds(100));  // or a clock that ticks is reason enough to doubt its time
    BOOST_OUTCOME_TRYV(m.protect(touch::file("index.md")));
    h.write("index.md", "- [[c]]\n");
    return end(fails);
  });
  in_place.fails = fails;
  auto what = shape("in one second", {std::move(staged), std::move(in_place)});
  if (fails) what.name += ", the second failing";
  what.disk.stamps = 1'000'000'000;
  what.edits = {{"index.md", "- [[d]]\n"}};
  return what;
}
/// Some is done before the clock is set back, and some after it, as long as before.
inline exploration clock_set_back(bool fails) {
  auto what = shape(named("a clock that is set back", fails), {one([fails](mutation& m, hand& h) -> cp::result<void> {
                      BOOST_OUTCOME_TRYV(m.protect(touch::file("raw.bin")));
                      h.write("raw.bin", std::string(1100, 's'));
                      BOOST_OUTCOME_TRYV(m.protect(touch::file("index.md")));
                      h.machine().set_clock(-std::chrono::seconds(8));
                      h.write("index.md", "- [[c]]\n");
                      BOOST_OUTCOME_TRYV(m.protect(touch::tree("notes/deep")));
                      h.write("notes/deep/c.md", "C\n");
                      BOOST_OUTCOME_TRYV(m.write("notes/b.md", "B\n"));
                      return end(fails);
                    })});
  what.edits = {{"index.md", "- [[d]]\n"}, {"notes/b.md", "p\n"}};
  return what;
}
/// More than one generation of the journal has room for.
inline exploration many() {
  std::vector<explored_mutation> all;
  for (int i = 0; i < 7; ++i) {
    auto next = with_work([i](mutation& m, hand& h) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.append("log.md", "day " + std::to_string(i) + "\n"));
      BOOST_OUTCOME_TRYV(m.protect(touch::file("index.md")));
      put_over(h, "index.md", "index " + std::to_string(i) + "\n");
      return m.write("notes/" + std::to_string(i % 3) + ".md", "version " + std::to_string(i) + "\n");
    });
    next.about = [] {
      return cp::plan{.operation = "one of many", .details = std::string(500, 'd'), .staging = {"work"}};
    };
    all.push_back(std::move(next));
  }
  return shape("many", std::move(all));
}

/// All of them that any combination can do.
inline std::vector<exploration> all_tangled(bool overwrites) {
  std::vector<exploration> list{two_names_staged(),
                                names_of_one(),
                                names_in_circles(),
                                appended_later(),
                                other_types(),
                                renamed_tree(),
                                published_tree(),
                                protected_absence(false),
                                protected_absence(true),
                                savepoint_in_place(false),
                                savepoint_in_place(true),
                                tolerant_savepoint(),
                                nested_savepoints(false),
                                nested_savepoints(true),
                                in_published_tree(),
                                second_attempt(),
                                many()};
  if (overwrites) {
    list.push_back(sessions(false));
    list.push_back(sessions(true));
    list.push_back(in_one_second(false));
    list.push_back(in_one_second(true));
    list.push_back(clock_set_back(false));
    list.push_back(clock_set_back(true));
    list.push_back(two_names_in_place(false));
    list.push_back(two_names_in_place(true));
    list.push_back(rebuilt_tree(false));
    list.push_back(rebuilt_tree(true));
    list.push_back(appended_in_tree(false));
    list.push_back(appended_in_tree(true));
  }
  return list;
}

}  // namespace shapes
