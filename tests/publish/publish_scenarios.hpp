#pragma once

/// \file
/// What is done to a tree by each way of publishing, for the tests of them.

#include "support/scenarios.hpp"

namespace crash_lab {

inline constexpr machine exchanging{.ordered_metadata = true, .publish = {cp::publish::by_exchange}};
inline constexpr machine copying{.ordered_metadata = false, .publish = {cp::publish::by_copy}};
inline constexpr machine copying_ordered{
    .ordered_metadata = true, .use_openat2 = false, .publish = {cp::publish::by_copy}};

/// With files of many blocks, one of which has another name.
inline void build_with_large(const cp::path& root) {
  build_tree(root);
  spill(root / "raw/large.bin", std::string(600'000, 'l'));
  demand(::link((root / "raw/large.bin").c_str(), (root / "blobs/large too").c_str()) == 0, "link");
  spill(root / "raw/shrinks.bin", std::string(300'001, 's'));
  age(root);
}

/// A tool makes a tree in a private directory.
inline void make_book(const cp::path& at) {
  demand(::mkdir(at.c_str(), 0755) == 0 && ::mkdir((at / "deep").c_str(), 0750) == 0, "mkdir");
  spill(at / "alpha.md", "the new alpha\n");
  spill(at / "deep/one.md", "one\n");
  make_link("alpha.md", at / "first");
  set_mode(at, 0711);
}

inline cp::plan book_plan() {
  cp::plan plan{.operation = "book"};
  plan.staging = {"work"};
  return plan;
}

/// A whole directory takes the place of another, beside other effects.
inline scenario directory_replaced() {
  return {.name = "a directory is replaced", .act = [](owner& mine, stage& on) {
            expect_success(mine.run(book_plan(), [&](cp::mutation& m) -> cp::result<void> {
              make_book(on / "work/book");
              on.breathe();
              BOOST_OUTCOME_TRYV(m.write("wiki/concepts/alpha.md", "forgotten, with the directory\n"));
              BOOST_OUTCOME_TRYV(m.publish("work/book", "wiki/concepts"));
              BOOST_OUTCOME_TRYV(m.write("wiki/index.md", "- [[alpha]]\n"));
              BOOST_OUTCOME_TRYV(m.remove("registry"));
              return m.append("wiki/log.md", "a new book\n");
            }));
            on.succeeded();
            support::let_the_clock_tick();
            expect_success(mine.run(book_plan(), [&](cp::mutation& m) -> cp::result<void> {
              make_book(on / "work/book");
              spill(on / "work/book/second", "the second edition\n");
              return m.publish("work/book", "wiki/concepts");
            }));
            on.succeeded();
          }};
}

/// The new version has size and time of the old one.
inline scenario same_stamps() {
  return {.name = "the same size and time", .act = [](owner& mine, stage& on) {
            expect_success(mine.run({.operation = "same"}, [&](cp::mutation& m) -> cp::result<void> {
              BOOST_OUTCOME_TRY(const auto place, m.stage("wiki/concepts/alpha.md"));
              spill(place, std::string(2000, 'A'));
              struct stat old {};
              demand(::stat((on / "wiki/concepts/alpha.md").c_str(), &old) == 0, "stat");
              set_time(place, old.st_mtim.tv_sec, old.st_mtim.tv_nsec);
              return m.write("wiki/index.md", "another\n");
            }));
            on.succeeded();
          }};
}

/// Files that grow, shrink, have other names, are written twice, renamed and replaced, or get another mode.
inline scenario written_over() {
  return {.name = "written over",
          .act =
              [](owner& mine, stage& on) {
                expect_success(mine.run({.operation = "over"}, [&](cp::mutation& m) -> cp::result<void> {
                  BOOST_OUTCOME_TRYV(m.write("raw/large.bin", std::string(700'000, 'L')));
                  BOOST_OUTCOME_TRYV(m.write("raw/shrinks.bin", std::string(4'097, 'S')));
                  BOOST_OUTCOME_TRYV(m.write("raw/one.bin", std::string(9'000, 'o')));
                  BOOST_OUTCOME_TRYV(m.write("raw/also-one.bin", std::string(9'001, 'O')));
                  BOOST_OUTCOME_TRYV(m.rename("wiki/concepts/alpha.md", "wiki/concepts/beta.md"));
                  BOOST_OUTCOME_TRYV(m.write("wiki/concepts/alpha.md", "a new alpha\n"));
                  BOOST_OUTCOME_TRYV(m.write("registry", "two rows\n", {.mode = 0640}));
                  BOOST_OUTCOME_TRYV(m.write("wiki/nothing", "something\n"));
                  BOOST_OUTCOME_TRYV(m.write("wiki/new.md", "new\n"));
                  BOOST_OUTCOME_TRYV(m.append("wiki/log.md", "day three\n"));
                  BOOST_OUTCOME_TRY(const auto place, m.stage("wiki/index.md"));
                  spill(place, "- by a tool\n");
                  return cp::success();
                }));
                on.succeeded();
              },
          .build = build_with_large};
}

}  // namespace crash_lab
