#pragma once

/// \file
/// What one owner may do to a tree, for the sweeps: every kind of effect, alone and mixed.

#include "crash_lab.hpp"
#include "tree.hpp"

namespace crash_lab {

inline void must(const cp::result<void>& r) { expect_success(r); }

/// Eleven files new, replaced, appended to, renamed and removed, with directories and links.
inline scenario staged() {
  return {.name = "staged", .act = [](owner& mine, stage& on) {
            expect_success(mine.run({.operation = "staged"}, [](cp::mutation& m) -> cp::result<void> {
              BOOST_OUTCOME_TRYV(m.create_directories("wiki/summaries/of/things"));
              BOOST_OUTCOME_TRYV(m.write("raw/new.bin", std::string(5000, 'n')));
              BOOST_OUTCOME_TRYV(m.write("wiki/summaries/of/things/new.md", "a summary\n"));
              BOOST_OUTCOME_TRYV(m.write("wiki/concepts/delta.md", "delta\n", {.mode = 0640}));
              BOOST_OUTCOME_TRYV(m.write("wiki/concepts/caf\xe9\n.md", "another\n"));
              BOOST_OUTCOME_TRYV(m.write("wiki/concepts/alpha.md", std::string(1999, 'A')));
              BOOST_OUTCOME_TRYV(m.write("wiki/index.md", "- [[alpha]]\n- [[new]]\n"));
              BOOST_OUTCOME_TRYV(m.write("registry", "two rows\n"));
              BOOST_OUTCOME_TRYV(m.write("shared/fresh", "of the group\n"));
              BOOST_OUTCOME_TRYV(m.append("wiki/log.md", "day three\n"));
              BOOST_OUTCOME_TRYV(m.append("wiki/log.md", "day four\n"));
              BOOST_OUTCOME_TRYV(m.append("wiki/new-log.md", "day one\n"));
              BOOST_OUTCOME_TRYV(m.rename("wiki/concepts/beta.md", "wiki/concepts/b.md"));
              BOOST_OUTCOME_TRYV(m.rename("wiki/dangling", "wiki/hanging"));
              BOOST_OUTCOME_TRYV(m.remove("wiki/concepts/deep/gamma.md"));
              BOOST_OUTCOME_TRYV(m.remove("raw/also-one.bin"));
              BOOST_OUTCOME_TRYV(m.symlink("wiki/concepts", "concepts"));
              return m.symlink("wiki/log.md", "start");
            }));
            on.succeeded();
          }};
}

inline scenario tree_rename() {
  return {
      .name = "tree rename", .act = [](owner& mine, stage& on) {
        expect_success(mine.run({.operation = "rename"}, [](cp::mutation& m) { return m.rename("wiki", "pages"); }));
        on.succeeded();
      }};
}

inline scenario tree_remove() {
  return {.name = "tree remove", .act = [](owner& mine, stage& on) {
            expect_success(mine.run({.operation = "remove"}, [](cp::mutation& m) { return m.remove("wiki"); }));
            on.succeeded();
          }};
}

/// What was a file becomes a directory and the other way round; two files change places.
inline scenario type_changes() {
  return {.name = "type changes", .act = [](owner& mine, stage& on) {
            expect_success(mine.run({.operation = "types"}, [](cp::mutation& m) -> cp::result<void> {
              BOOST_OUTCOME_TRYV(m.remove("wiki/concepts/deep"));
              BOOST_OUTCOME_TRYV(m.write("wiki/concepts/deep", "now a file\n"));
              BOOST_OUTCOME_TRYV(m.remove("registry"));
              BOOST_OUTCOME_TRYV(m.create_directories("registry"));
              BOOST_OUTCOME_TRYV(m.write("registry/rows", "one row\n"));
              BOOST_OUTCOME_TRYV(m.remove("start"));
              BOOST_OUTCOME_TRYV(m.write("start", "no link any more\n"));
              BOOST_OUTCOME_TRYV(m.rename("wiki/concepts/alpha.md", "swap"));
              BOOST_OUTCOME_TRYV(m.rename("wiki/concepts/beta.md", "wiki/concepts/alpha.md"));
              return m.rename("swap", "wiki/concepts/beta.md");
            }));
            on.succeeded();
          }};
}

// A third-party tool that knows its way in the tree.
inline void edit_files(stage& on) {
  spill(on / "wiki/index.md", "edited in place\n");
  on.breathe();
  fs::remove(on / "registry");
  on.breathe();
  spill(on / "registry", "rows, in a new file\n");
  on.breathe();
  spill(on / "raw/one.bin", std::string(9000, '2'));
  on.breathe();
  fs::remove(on / "start");
  on.breathe();
  make_link("elsewhere", on / "start");
  on.breathe();
  spill(on / "wiki/appeared", "was not there\n");
  on.breathe();
}

inline cp::plan files_plan() {
  return {.operation = "edit files",
          .touches = {cp::touch::file("wiki/index.md"), cp::touch::file("registry"), cp::touch::file("raw/one.bin"),
                      cp::touch::file("start"), cp::touch::file("wiki/appeared"), cp::touch::file("wiki/nothing")}};
}

inline scenario in_place_files() {
  return {.name = "in place: files", .act = [](owner& mine, stage& on) {
            expect_success(mine.run(files_plan(), [&](cp::mutation&) -> cp::result<void> {
              edit_files(on);
              return cp::success();
            }));
            on.succeeded();
          }};
}

inline void edit_tree(stage& on) {
  spill(on / "wiki/concepts/alpha.md", "alpha was edited\n");
  on.breathe();
  set_mode(on / "wiki/concepts/beta.md", 0600);
  on.breathe();
  fs::remove(on / "wiki/concepts/first");
  make_link("gone.md", on / "wiki/concepts/first");
  on.breathe();
  fs::remove(on / "wiki/concepts/second");
  on.breathe();
  fs::remove_all(on / "wiki/concepts/deep");
  on.breathe();
  spill(on / "wiki/concepts/deep", "a file where a directory was\n");
  on.breathe();
  demand(::mkdir((on / "wiki/concepts/made").c_str(), 0700) == 0, "mkdir");
  on.breathe();
  spill(on / "wiki/concepts/made/extra.md", "extra\n");
  on.breathe();
  set_mode(on / "wiki/concepts", 0711);
  on.breathe();
}

inline scenario in_place_tree() {
  return {.name = "in place: a tree", .act = [](owner& mine, stage& on) {
            expect_success(mine.run({.operation = "edit tree"}, [&](cp::mutation& m) -> cp::result<void> {
              BOOST_OUTCOME_TRYV(m.protect(cp::touch::tree("wiki/concepts")));
              edit_tree(on);
              return cp::success();
            }));
            on.succeeded();
          }};
}

// A tool that writes aside and renames, so that the snapshot may be links.
inline void edit_replaced_tree(stage& on) {
  const auto put = [&](const char* name, std::string_view bytes) {
    spill(on / "wiki/concepts/aside", bytes);
    on.breathe();
    demand(::rename((on / "wiki/concepts/aside").c_str(), (on / name).c_str()) == 0, name);
    on.breathe();
  };
  put("wiki/concepts/alpha.md", "alpha was replaced\n");
  put("wiki/concepts/deep/gamma.md", "gamma was replaced\n");
  set_mode(on / "wiki/concepts/beta.md", 0600);
  on.breathe();
  // As an editor keeps the old version: its backup has the same inode.
  demand(::rename((on / "wiki/concepts/beta.md").c_str(), (on / "wiki/concepts/beta.md~").c_str()) == 0, "rename");
  on.breathe();
  put("wiki/concepts/beta.md", "beta was replaced\n");
  fs::remove(on / "wiki/concepts/caf\xe9\n.md");
  on.breathe();
}

inline scenario in_place_replaced_tree() {
  return {.name = "in place: a replaced tree", .act = [](owner& mine, stage& on) {
            const cp::plan plan{.operation = "replace", .touches = {cp::touch::replaced_tree("wiki/concepts")}};
            for (int time = 0; time < 2; ++time) {
              expect_success(mine.run(plan, [&](cp::mutation& m) -> cp::result<void> {
                edit_replaced_tree(on);
                if (time == 0) return m.write("wiki/concepts/caf\xe9\n.md", "written again\n");
                return cp::success();
              }));
              on.succeeded();
            }
          }};
}

inline scenario in_place_appended() {
  return {.name = "in place: appended", .act = [](owner& mine, stage& on) {
            expect_success(mine.run({.operation = "log", .touches = {cp::touch::appended("wiki/log.md")}},
                                    [&](cp::mutation&) -> cp::result<void> {
                                      spill_behind(on / "wiki/log.md", "day three\n");
                                      on.breathe();
                                      spill_behind(on / "wiki/log.md", "day four\n");
                                      return cp::success();
                                    }));
            on.succeeded();
          }};
}

inline scenario will_create() {
  return {.name = "will_create", .act = [](owner& mine, stage& on) {
            expect_success(mine.run({.operation = "create"}, [&](cp::mutation& m) -> cp::result<void> {
              BOOST_OUTCOME_TRYV(m.will_create({"blobs/one", "blobs/some", "blobs/unused"}));
              spill(on / "blobs/one", std::string(3000, 'x'));
              on.breathe();
              demand(::mkdir((on / "blobs/some").c_str(), 0755) == 0, "mkdir");
              on.breathe();
              spill(on / "blobs/some/more", "more\n");
              on.breathe();
              make_link("more", on / "blobs/some/link");
              on.breathe();
              return cp::success();
            }));
            on.succeeded();
          }};
}

inline scenario track_new() {
  return {.name = "track_new",
          .act =
              [](owner& mine, stage& on) {
                expect_success(mine.run({.operation = "track"}, [&](cp::mutation& m) -> cp::result<void> {
                  spill(on / "blobs/8d969eef", std::string(3000, 'x'));
                  on.breathe();
                  BOOST_OUTCOME_TRYV(m.track_new({"blobs/8d969eef"}));
                  spill(on / "blobs/6ecad3c2", std::string(2000, 'y'));
                  on.breathe();
                  BOOST_OUTCOME_TRYV(m.track_new({"blobs/6ecad3c2"}));
                  return cp::success();
                }));
                on.succeeded();
              },
          .ignored_times = {"blobs"},
          .orphans = {"blobs/8d969eef", "blobs/6ecad3c2"}};
}

/// Everything at once, and then the body fails.
inline scenario mixed(bool fails) {
  return {.name = fails ? "mixed, failing" : "mixed",
          .act =
              [fails](owner& mine, stage& on) {
                auto plan = files_plan();
                plan.touches.push_back(cp::touch::tree("wiki/concepts"));
                plan.touches.push_back(cp::touch::appended("wiki/log.md"));
                plan.staging = {"work"};
                const auto done = mine.run(std::move(plan), [&](cp::mutation& m) -> cp::result<void> {
                  edit_files(on);
                  edit_tree(on);
                  spill_behind(on / "wiki/log.md", "day three\n");
                  on.breathe();
                  spill(on / "work/blob", "made by a tool\n");
                  BOOST_OUTCOME_TRYV(m.publish("work/blob", "blobs/adopted"));
                  BOOST_OUTCOME_TRYV(m.will_create({"blobs/known"}));
                  spill(on / "blobs/known", "known\n");
                  on.breathe();
                  spill(on / "blobs/found", "found\n");
                  BOOST_OUTCOME_TRYV(m.track_new({"blobs/found"}));
                  BOOST_OUTCOME_TRYV(m.write("raw/staged", "staged\n"));
                  BOOST_OUTCOME_TRYV(m.rename("raw/also-one.bin", "raw/uno.bin"));
                  if (fails) return cp::failure(std::make_error_code(std::errc::owner_dead));
                  return cp::success();
                });
                if (!fails) {
                  expect_success(done);
                  on.succeeded();
                } else if (done || done.error() != std::errc::owner_dead) {
                  throw std::runtime_error("the body failed and run did not");
                }
              },
          .ignored_times = {"blobs"},
          .orphans = {"blobs/found"}};
}

/// A tool fills a private directory, and the tree that it made is adopted.
inline scenario private_staging() {
  return {.name = "plan.staging", .act = [](owner& mine, stage& on) {
            cp::plan plan{.operation = "adopt"};
            plan.staging = {"wiki/work", "other-work"};
            expect_success(mine.run(std::move(plan), [&](cp::mutation& m) -> cp::result<void> {
              demand(::mkdir((on / "wiki/work/out").c_str(), 0750) == 0, "mkdir");
              demand(::mkdir((on / "wiki/work/out/images").c_str(), 0700) == 0, "mkdir");
              on.breathe();
              spill(on / "wiki/work/out/page.md", "a page\n");
              spill(on / "wiki/work/out/images/one.png", "an image\n");
              make_link("images/one.png", on / "wiki/work/out/cover");
              spill(on / "wiki/work/log", "not to be kept\n");
              on.breathe();
              BOOST_OUTCOME_TRYV(m.publish("wiki/work/out", "wiki/book"));
              BOOST_OUTCOME_TRY(const auto place, m.stage("raw/book.bin"));
              spill(place, "bytes of a tool\n");
              return cp::success();
            }));
            on.succeeded();
          }};
}

/// A batch in which each document is a savepoint: with every kind of effect, some of them nested, and every other one
/// undone. Some paths are written to in all of them, and around them.
inline scenario savepoints(bool fails) {
  return {.name = fails ? "savepoints, failing" : "savepoints",
          .act =
              [fails](owner& mine, stage& on) {
                cp::plan plan{.operation = "batch", .touches = {cp::touch::file("registry")}};
                plan.staging = {"work"};
                const auto add = [&](cp::mutation& m, int i) -> cp::result<void> {
                  const auto n = std::to_string(i);
                  BOOST_OUTCOME_TRYV(m.append("wiki/log.md", "document " + n + "\n"));
                  BOOST_OUTCOME_TRYV(m.write("raw/document-" + n, std::string(3000, 'd')));
                  BOOST_OUTCOME_TRYV(m.append("wiki/index.md", "- [[document-" + n + "]]\n"));
                  BOOST_OUTCOME_TRYV(m.protect(cp::touch::file("registry")));
                  spill_behind(on / "registry", "row " + n + "\n");
                  on.breathe();
                  BOOST_OUTCOME_TRYV(m.protect(cp::touch::appended("wiki/concepts/deep/gamma.md")));
                  spill_behind(on / "wiki/concepts/deep/gamma.md", "gamma " + n + "\n");
                  on.breathe();
                  if (i % 2 == 1) return cp::failure(std::make_error_code(std::errc::timed_out));
                  spill(on / "work/out", "made by a tool\n");
                  return m.savepoint([&](cp::mutation& inner) -> cp::result<void> {
                    BOOST_OUTCOME_TRYV(inner.publish("work/out", "raw/made-" + n));
                    BOOST_OUTCOME_TRYV(inner.will_create({"blobs/known-" + n}));
                    spill(on / ("blobs/known-" + n), "known\n");
                    on.breathe();
                    spill(on / ("blobs/found-" + n), "found\n");
                    BOOST_OUTCOME_TRYV(inner.track_new({"blobs/found-" + n}));
                    if (i % 4 == 2) return cp::failure(std::make_error_code(std::errc::timed_out));
                    return cp::success();
                  });
                };
                const auto done = mine.run(std::move(plan), [&](cp::mutation& m) -> cp::result<void> {
                  spill_behind(on / "registry", "begun\n");
                  for (int i = 0; i < 4; ++i) {
                    const auto added = m.savepoint([&](cp::mutation& one) { return add(one, i); });
                    if (static_cast<bool>(added) != (i % 4 == 0)) throw std::runtime_error("a savepoint went wrong");
                  }
                  BOOST_OUTCOME_TRYV(m.append("wiki/log.md", "done\n"));
                  spill_behind(on / "registry", "done\n");
                  on.breathe();
                  if (fails) return cp::failure(std::make_error_code(std::errc::owner_dead));
                  return cp::success();
                });
                if (!fails) {
                  expect_success(done);
                  on.succeeded();
                } else if (done || done.error() != std::errc::owner_dead) {
                  throw std::runtime_error("the body failed and run did not");
                }
              },
          .ignored_times = {"blobs"},
          .orphans = {"blobs/found-0", "blobs/found-2"}};
}

/// Effects in somebody else's store, with what undoes them; one of them undone with its savepoint.
inline scenario compensation(bool fails) {
  return {.name = fails ? "compensation, failing" : "compensation",
          .act =
              [fails](owner& mine, stage& on) {
                const auto index = [&](cp::mutation& m, const std::string& name) -> cp::result<void> {
                  BOOST_OUTCOME_TRYV(m.on_rollback("forget", name));
                  on.breathe();
                  spill(on / name, "by somebody else\n");
                  on.breathe();
                  return cp::success();
                };
                const auto done = mine.run({.operation = "index"}, [&](cp::mutation& m) -> cp::result<void> {
                  BOOST_OUTCOME_TRYV(index(m, "blobs/one"));
                  BOOST_OUTCOME_TRYV(m.append("wiki/log.md", "one\n"));
                  (void)m.savepoint([&](cp::mutation& inner) -> cp::result<void> {
                    BOOST_OUTCOME_TRYV(index(inner, "blobs/two"));
                    return cp::failure(std::make_error_code(std::errc::timed_out));
                  });
                  BOOST_OUTCOME_TRYV(index(m, "blobs/three"));
                  if (fails) return cp::failure(std::make_error_code(std::errc::owner_dead));
                  return cp::success();
                });
                if (!fails) {
                  expect_success(done);
                  on.succeeded();
                } else if (done || done.error() != std::errc::owner_dead) {
                  throw std::runtime_error("the body failed and run did not");
                }
              },
          .ignored_times = {"blobs"}};
}

/// Three mutations by one owner: staged, in place, staged again over the same paths. Each after the clock has moved on:
/// a drain keeps what another one wrote in the same tick, since it could be a later edit.
inline scenario several() {
  return {.name = "several mutations", .act = [](owner& mine, stage& on) {
            cp::plan first{.operation = "first"};
            first.staging = {"work"};
            expect_success(mine.run(std::move(first), [&](cp::mutation& m) -> cp::result<void> {
              spill(on / "work/thing", "a thing\n");
              BOOST_OUTCOME_TRYV(m.publish("work/thing", "thing"));
              BOOST_OUTCOME_TRYV(m.append("wiki/log.md", "first\n"));
              return m.write("wiki/index.md", "first\n");
            }));
            on.succeeded();
            support::let_the_clock_tick();
            expect_success(mine.run({.operation = "second", .touches = {cp::touch::file("wiki/index.md")}},
                                    [&](cp::mutation& m) -> cp::result<void> {
                                      spill(on / "wiki/index.md", "second, in place\n");
                                      on.breathe();
                                      return m.append("wiki/log.md", "second\n");
                                    }));
            on.succeeded();
            support::let_the_clock_tick();
            expect_success(mine.run({.operation = "third"}, [&](cp::mutation& m) -> cp::result<void> {
              BOOST_OUTCOME_TRYV(m.rename("wiki/index.md", "wiki/contents.md"));
              BOOST_OUTCOME_TRYV(m.remove("wiki/log.md"));
              return m.write("thing", "third\n");
            }));
            on.succeeded();
          }};
}

}  // namespace crash_lab
