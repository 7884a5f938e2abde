#pragma once

/// \file
/// A deed that a body does in place, and the tree as it was before it: at once when the body fails, and by the next
/// drain when its process is killed.

#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>

#include <functional>
#include <string>

namespace support {

/// What a program does to live files that knows nothing of commitpoint.
using deed = std::function<void(const cp::path& root)>;

/// The tree as it is before a deed. The state directory is there already, since making it changes the root's time.
template <class Coordinator>
[[nodiscard]] cp::testing::tree_image image_before(const place& p) {
  REQUIRE(Coordinator::open(p.root()));
  return image(p.root());
}

inline void expect_restored(const cp::testing::tree_image& before, const place& p) {
  CHECK(cp::testing::difference_text(before, image(p.root())) == "");
}

/// Runs a body that does the deed and fails.
template <class Coordinator>
[[nodiscard]] cp::result<void> fail_after(const place& p, const cp::plan& what, const deed& d) {
  auto owner = Coordinator::open(p.root()).value().acquire().value();
  return owner.run(what, [&](cp::mutation&) -> cp::result<void> {
    d(p.root());
    return std::make_error_code(std::errc::owner_dead);
  });
}

/// A process that does the deed and is killed.
template <class Coordinator>
void die_after(const place& p, const cp::plan& what, const deed& d) {
  child crashed([&]() -> std::string {
    auto owner = Coordinator::open(p.root()).value().acquire().value();
    (void)owner.run(what, [&](cp::mutation&) -> cp::result<void> {
      d(p.root());
      ::kill(::getpid(), SIGKILL);
      return cp::success();
    });
    return "it lived";
  });
  CHECK(crashed.was_killed());
}

template <class Coordinator>
void expect_undone(const place& p, const cp::plan& what, const deed& d) {
  const auto before = image_before<Coordinator>(p);
  const auto done = fail_after<Coordinator>(p, what, d);
  REQUIRE_FALSE(done);
  CHECK_MESSAGE(done.error() == std::errc::owner_dead, done.error().message());
  expect_restored(before, p);
  CHECK(leftovers(p.root()).empty());
}

template <class Coordinator, class Draining = Coordinator>
void expect_undone_after_crash(const place& p, const cp::plan& what, const deed& d) {
  const auto before = image_before<Coordinator>(p);
  die_after<Coordinator>(p, what, d);
  auto notes = Draining::open(p.root()).value();
  auto owner = notes.acquire();
  REQUIRE_MESSAGE(owner, owner.error().message());
  expect_restored(before, p);
  CHECK(owner.value().recovered().mutations.size() == 1);
  (void)owner.value().purge_kept();
  CHECK(leftovers(p.root()).empty());
}

}  // namespace support
