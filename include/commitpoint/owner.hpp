#pragma once

/// \file
/// The one holder of the exclusive lock, and the only way to run a mutation.

#include <commitpoint/config.hpp>
#include <commitpoint/function_ref.hpp>
#include <commitpoint/mutation.hpp>
#include <commitpoint/plan.hpp>
#include <commitpoint/report.hpp>
#include <commitpoint/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace commitpoint {

namespace detail {
class session;
struct opened_root;
}  // namespace detail

/// Owning it is the proof that the lock is held. Made by `coordinator::acquire`; movable; released when it goes.
///
/// After a failure whose outcome is not `rolled_back` it refuses further mutations with that same failure: a batch
/// stops by itself, and the next acquire drains. In a forked child every call fails with `not_owner`, and its
/// destruction leaves the parent's lock alone.
class owner {
 public:
  /// What a body is handed.
  using mutation_type = mutation;

  owner(owner&& other) noexcept;
  owner& operator=(owner&&) = delete;
  ~owner();

  /// Runs `body`, any callable `result<T>(mutation&)`, as one mutation. Either everything that it did through the
  /// mutation is there afterwards, or nothing of it.
  ///
  /// A body that returns a failure is rolled back and gets that failure back; one that throws is rolled back and its
  /// exception goes on (if that rollback fails, `dirty()` is set).
  ///
  /// \errors the body's; those of the effects; drifted; cancelled; nested_mutation; not_owner. Three say that "none of
  /// it is there" does not hold yet, with the `outcome()` in brackets: dirty_rollback (dirty), publish_incomplete
  /// (unfinished), outcome_unknown (unknown).
  /// \durability with `durability::power_loss`, success survives a power cut.
  /// \crash at any instant: the next drain makes it all or nothing, by the commit record alone.
  template <class F>
  auto run(plan what, F&& body) -> detail::result_of_body<std::invoke_result_t<F&, mutation&>> {
    return run_with<mutation>(what, body);
  }

  /// What the drain that came first found and did; empty if nothing was pending.
  [[nodiscard]] const report& recovered() const noexcept;
  /// What the last `run` has to tell beyond its result: hooks that failed, bytes that were kept.
  [[nodiscard]] const report& last_report() const noexcept;
  /// Whether a rollback failed and further mutations are refused.
  [[nodiscard]] bool dirty() const noexcept;

  /// Removes everything that drains have kept, for good. Gives how many files and links that were.
  /// \errors not_owner; what the owner refuses with since something went wrong; the system's.
  /// \durability none of its own: after a power cut some of it may be there again.
  /// \crash some of it is left; nothing else is touched.
  result<std::size_t> purge_kept();

  /// Gives the lock back now, after making the last publish durable, so that nothing is left to a drain; with
  /// `durability::settle::later` the barrier of the next owner does that. The destructor does the same, and says
  /// nothing of a failure.
  /// \errors the system's, and not_owner: something is left to the next drain, and nothing is lost;
  /// nested_mutation inside a body. The lock is given back in all cases but that one.
  /// \durability what was published by then, unless it settles later.
  /// \crash the next drain does what is left.
  result<void> release();

 protected:
  template <class Mutation, class F>
  auto run_with(const plan& what, F& body) -> detail::result_of_body<std::invoke_result_t<F&, Mutation&>> {
    using Result = std::invoke_result_t<F&, Mutation&>;
    static_assert(detail::is_result<Result>, "commitpoint: a body returns a commitpoint::result<T>");
    if constexpr (detail::is_result<Result>) {
      std::optional<Result> done;
      auto ended = carry_out(what, [&](detail::mutation_effects& effects) -> result<void> {
        handle<Mutation> as_the_body_sees_it(effects);
        done.emplace(body(as_the_body_sees_it));
        if (!*done) return done->error();
        return success();
      });
      if (!ended) return std::move(ended).error();
      return *std::move(done);
    } else {
      return success();
    }
  }

 private:
  friend class any_coordinator;

  // Bodies are handed mutations, and nobody makes one but an owner.
  template <class Mutation>
  class handle final : public Mutation {
   public:
    explicit handle(detail::mutation_effects& effects) noexcept : Mutation(effects) {}
  };

  explicit owner(std::unique_ptr<detail::session> held) noexcept;

  // Runs the body in a mutation, and commits it or rolls it back.
  result<void> carry_out(const plan& what, function_ref<result<void>(detail::mutation_effects&)> body);

  std::unique_ptr<detail::session> session_;
};

/// The owner of a coordinator whose journal is transactional: its bodies are handed mutations of another type, with
/// `enlist`.
template <class Mutation>
class owner_with : public owner {
 public:
  using mutation_type = Mutation;

  explicit owner_with(owner&& of) noexcept : owner(std::move(of)) {}

  /// As that of `owner`; a body that takes `mutation&` is as welcome.
  template <class F>
  auto run(plan what, F&& body) -> detail::result_of_body<std::invoke_result_t<F&, Mutation&>> {
    return this->template run_with<Mutation>(what, body);
  }
};

}  // namespace commitpoint
