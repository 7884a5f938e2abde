#pragma once

/// \file
/// What tests share that interrupt an add and compare the knowledge base with the one before and the one after.

#include <commitpoint/testing/tree_image.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace openkb::testing {

/// A document with an image, and with a link to another one that is not there yet.
inline const std::string first_text =
    "# Atomic commit\n\nThe atomic commit of Ada Lovelace keeps a rollback journal. The rollback journal is synced "
    "first, and the atomic commit follows. ![picture](img/a.png) [more](b.md)\n";

inline void copy_tree(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  const auto command = "cp -a '" + from.native() + "' '" + to.native() + "'";
  REQUIRE(std::system(command.c_str()) == 0);  // NOLINT(cert-env33-c): a test's own names
}

/// What was not touched keeps its time as well.
inline commitpoint::testing::tree_image with_times_of_untouched(commitpoint::testing::tree_image of,
                                                                const commitpoint::testing::tree_image& before) {
  for (auto& [name, entry] : of.entries) {
    const auto old = before.entries.find(name);
    if (old == before.entries.end() || old->second.modified != entry.modified) entry.modified.reset();
  }
  return of;
}

}  // namespace openkb::testing
