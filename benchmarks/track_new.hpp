#pragma once

/// \file
/// Registering many paths that something has just created.

#include "mutations.hpp"
#include "raw_calls.hpp"

#include <commitpoint/function_ref.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace benchmarks {

/// Creates `count` files in one mutation and registers them in calls of `at_once` paths each; the mutation then fails,
/// which removes them. `measure` is handed the registering, a callable without arguments, and calls it once.
template <class Owner, class Measure>
void track_many(Owner& owner, std::size_t count, std::size_t at_once, Measure measure) {
  run_add(owner, {.operation = "track"}, ending::failed, [&](cp::mutation& m) -> cp::result<void> {
    raw_calls calls;
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < count; ++i) {
      paths.push_back("blobs/tracked-" + std::to_string(i));
      static_cast<void>(calls.create(AT_FDCWD, (m.root() / paths.back()).native()));
    }
    // The journal's first sync is not to pay for their creation.
    calls.sync_filesystem(calls.open_directory(AT_FDCWD, m.root().native()));
    cp::result<void> done = cp::success();
    const auto track = [&] {
      for (auto rest = std::span<const std::string>(paths); done && !rest.empty(); rest = rest.subspan(at_once)) {
        done = m.track_new(rest.first(at_once));
      }
    };
    measure(track);
    return done;
  });
}

}  // namespace benchmarks
