#include "exploring.hpp"

#include <doctest/doctest.h>

// Every snapshot and publish step, under both settings of the disk, for every shape of mutation.

TEST_CASE("F1, F2, F3: any crash of any mutation with journal::log, names in no order: old or new") {
  explored::explore_all("log", false);
}
TEST_CASE("F1, F2, F3: any crash of any mutation with journal::log, names in order: old or new") {
  explored::explore_all("log", true);
}
TEST_CASE("F1, F2, F3: any crash of any mutation with journal::json_file, names in no order: old or new") {
  explored::explore_all("json_file", false);
}
TEST_CASE("F1, F2, F3: any crash of any mutation with journal::json_file, names in order: old or new") {
  explored::explore_all("json_file", true);
}

// With rows and files in one mutation: SQLite's files are on the simulated disk too.

TEST_CASE("F1, F2, F3, F32, F33: any crash of any mutation with journal::sqlite, names in no order: old or new") {
  explored::explore_all("sqlite", false);
}
TEST_CASE("F1, F2, F3, F32, F33: any crash of any mutation with journal::sqlite, names in order: old or new") {
  explored::explore_all("sqlite", true);
}

// What durability::process_crash is good for: every kill of every mutation, and of the drains that follow.

TEST_CASE("F1, F3: any kill of any mutation with durability::process_crash: old or new") {
  for (const auto* journal : {"log", "json_file", "sqlite"}) explored::explore_kills(journal);
}

// Where a release leaves its publish to the barrier of the next owner, which goes on by the mark.

TEST_CASE("F1, F2, F3: any crash of any mutation whose publish is settled later: old or new") {
  const std::vector<explored::combination> all{
      {.settles_later = true},
      {.snapshot = "adaptive", .publish = "exchange", .settles_later = true},
      {.publish = "copy", .settles_later = true},
      {.journal = "json_file", .settles_later = true},
      {.journal = "sqlite", .settles_later = true},
  };
  for (const bool ordered : {false, true}) explored::explore_all(all, ordered, explored::budget_of_one / 5);
}

// A copy grows beside the file then. The power cut that puts the file back by itself is rare among all the others.

TEST_CASE("F2, F3: a restore that is cut off where there are no hard links leaves nothing beside the file") {
  explored::totals sum;
  const explored::combination plain;
  for (const auto& what : {shapes::overwritten_file(true), shapes::overwritten_files()}) {
    for (const bool ordered : {false, true}) {
      explored::explore_one(what, plain, explored::program_of(plain), ordered, sum, 3000,
                            explored::peculiarity::no_links);
    }
  }
  MESSAGE(sum.explorations << " explorations, " << sum.states << " states, " << sum.distinct << " distinct");
}
