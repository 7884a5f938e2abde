#pragma once

/// \file
/// Roots with a mutation in them that ended at a chosen point of its publish.

#include "publish/publish_scenarios.hpp"
#include "support/record_body.hpp"

#include <commitpoint/detail/records/codec.hpp>
#include <commitpoint/journal/log.hpp>

#include <boost/filesystem/operations.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace publish_test {

using namespace crash_lab;

using body = std::function<cp::result<void>(cp::mutation&, stage&)>;

inline void shell(const std::string& command) { REQUIRE_MESSAGE(std::system(command.c_str()) == 0, command); }

[[nodiscard]] inline std::size_t names_in(const cp::path& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

[[nodiscard]] inline struct stat stamp_of(const cp::path& at) {
  struct stat x {};
  demand(::lstat(at.c_str(), &x) == 0, at.native());
  return x;
}

/// A tree of its own, and one machine.
class home {
 public:
  explicit home(const machine& on, void (*build)(const cp::path&) = build_tree) : system_(on.system()) {
    fs::create_directory(root());
    build(root());
  }

  [[nodiscard]] cp::path root() const { return outer_ / "root"; }
  [[nodiscard]] cp::path outside() const { return outer_.path(); }
  [[nodiscard]] cp::path staging(int mutation) const {
    return root() / state_directory / "staging" / ("m" + std::to_string(mutation));
  }
  [[nodiscard]] owner acquire() {
    auto kb = open_here(system_, root());
    auto mine = kb.acquire();
    REQUIRE_MESSAGE(mine, mine.error().message());
    return std::move(mine).value();
  }
  [[nodiscard]] system_type& system() noexcept { return system_; }

 private:
  cp::testing::temporary_directory outer_{fast_place()};
  system_type system_;
};

/// Runs a mutation in a child that ends as planned, counted from the end of its body; if it is not, right behind
/// `published`.
inline void leave_before(const machine& on, const cp::path& root, cp::plan plan, const body& effects,
                         const fault_plan& stop) {
  plan.after_commit.emplace_back([] { die(); });
  const auto end = in_child(on, {}, [&](system_type& system, int progress) {
    auto kb = open_here(system, root);
    auto mine = kb.acquire();
    expect_success(mine);
    stage on_stage(on.system(), root, progress);
    expect_success(mine.value().run(std::move(plan), [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(effects(m, on_stage));
      system.arm(stop);
      return cp::success();
    }));
  });
  REQUIRE_MESSAGE(end.killed, end.trouble);
}

/// The number of the last write before the hooks, which is that of the record `published`, counted as above.
[[nodiscard]] inline std::uint64_t write_of_published(const machine& on, cp::plan plan, const body& effects,
                                                      void (*build)(const cp::path&)) {
  home at(on, build);
  auto mine = at.acquire();
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  plan.after_commit.emplace_back([&] { end = at.system().counts().of(call::write); });
  stage on_stage(on.system(), at.root(), -1);
  REQUIRE(mine.run(std::move(plan), [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(effects(m, on_stage));
    begin = at.system().counts().of(call::write);
    return cp::success();
  }));
  return end - begin;
}

/// Everything is live, and nothing says so.
inline void leave_unpublished(const machine& on, const cp::path& root, const cp::plan& plan, const body& effects,
                              void (*build)(const cp::path&) = build_tree) {
  leave_before(
      on, root, plan, effects,
      {.nth = write_of_published(on, plan, effects, build), .effect = fault::ends_process, .only = call::write});
}

/// Changes the commit record that is in the journal, as another program would have written it: in a new generation.
template <class F>
void rewrite_commit(const machine& on, const cp::path& root, F change) {
  auto system = on.system();
  const auto top = system.open_root(root.native()).value();
  const auto state = system.open(top, state_directory, {.directory = true}).value();
  const std::string name = state_directory;
  const auto backend = cp::journal::log{.preallocate = 4096}.open({system, top, state, name}).value();
  const auto image = backend->read().value();
  std::vector<cp::journal::record> pending;
  std::uint64_t number = 1;
  for (auto r : image.records) {
    if (r.kind == record_kind::generation) continue;
    if (r.kind == record_kind::commit) {
      auto content = support::json_of(r);
      change(content.at("redo"));
      r.body = support::body_of(content);
    }
    number = std::max(number, r.mutation + 1);
    pending.push_back(std::move(r));
  }
  backend->begin_generation({record_kind::generation, number, cp::detail::encode_generation(pending), {}}, true)
      .value();
}

}  // namespace publish_test
