#pragma once

/// \file
/// The one holder of the exclusive lock, and the only way to run a mutation.

#include <commitpoint/detail/drain.hpp>
#include <commitpoint/detail/engine.hpp>
#include <commitpoint/detail/running_mutation.hpp>
#include <commitpoint/plan.hpp>
#include <commitpoint/report.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace commitpoint {

namespace detail {

template <class P>
struct handle_of {
  using type = plain_mutation<running_mutation<P>>;
};
// A transactional journal brings its own, which has `enlist` as well.
template <class P>
  requires requires { typename P::journal_settings::template mutation_for<running_mutation<P>>; }
struct handle_of<P> {
  using type = typename P::journal_settings::template mutation_for<running_mutation<P>>;
};

}  // namespace detail

/// Owning it is the proof that the lock is held. Made by `coordinator::acquire`; movable; released when it goes.
///
/// After a failure whose outcome is not `rolled_back` it refuses further mutations with that same failure: a batch
/// stops by itself, and the next acquire drains. In a forked child every call fails with `not_owner`, and its
/// destruction leaves the parent's lock alone.
template <class Parts>
class owner {
 public:
  /// What a body is handed: a `mutation`, or one with `enlist` where the journal is transactional.
  using mutation_type = typename detail::handle_of<Parts>::type;

  explicit owner(std::unique_ptr<detail::session<Parts>> held)
      : session_(std::move(held)), held_(session_->shared().threads) {}
  owner(owner&&) noexcept = default;
  owner& operator=(owner&&) = delete;
  ~owner() { (void)release(); }

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
  auto run(plan what, F&& body) -> std::invoke_result_t<F&, mutation_type&> {
    using Result = std::invoke_result_t<F&, mutation_type&>;
    static_assert(detail::is_result<Result>, "commitpoint: a body returns a commitpoint::result<T>");
    if (!session_) return errc::not_owner;
    BOOST_OUTCOME_TRYV(session_->usable());
    if (session_->running) return errc::nested_mutation;
    const running_flag flag(session_->running);
    const detail::leaving<Parts> last(&session_->shared());
    session_->last = {};
    detail::running_mutation<Parts> running(*session_, what);
    auto begun = guarded([&] { return running.begin(); });
    if (!begun) return undone(running, std::move(begun).error());
    auto done = call(running, body);
    if (!done) return undone(running, std::move(done).error());
    auto verdict = running.verdict();
    if (!verdict) return undone(running, std::move(verdict).error());
    auto committed = guarded([&] { return running.commit(); });
    if (!committed && committed.error().outcome() == outcome::rolled_back) {
      return undone(running, std::move(committed).error());
    }
    if (!committed) return std::move(committed).error();
    return done;
  }

  /// What the drain that came first found and did; empty if nothing was pending.
  [[nodiscard]] const report& recovered() const noexcept { return session_ ? session_->recovered : nothing(); }
  /// What the last `run` has to tell beyond its result: hooks that failed, bytes that were kept.
  [[nodiscard]] const report& last_report() const noexcept { return session_ ? session_->last : nothing(); }
  /// Whether a rollback failed and further mutations are refused.
  [[nodiscard]] bool dirty() const noexcept {
    return session_ && session_->refused && session_->refused->outcome() == outcome::dirty;
  }

  /// Removes everything that drains have kept. Gives how many files and links that were.
  result<std::size_t> purge_kept() {
    if (!session_) return errc::not_owner;
    BOOST_OUTCOME_TRYV(session_->usable());
    auto& system = session_->system();
    const auto& state = session_->where().state;
    BOOST_OUTCOME_TRY(const auto there, system.status(state, detail::names::kept));
    if (there.type == detail::node::none) return std::size_t{0};
    BOOST_OUTCOME_TRY(const auto entries, detail::entries_below(system, state, detail::names::kept));
    std::size_t count = 0;
    for (const auto& e : entries) count += e.status.type == detail::node::directory ? 0U : 1U;
    BOOST_OUTCOME_TRYV(detail::remove_tree(system, state, detail::names::kept));
    return count;
  }

  /// Gives the lock back now, after making the last publish durable, so that nothing is left to a drain. The
  /// destructor does the same. A failure loses nothing: the next drain does what is left.
  result<void> release() {
    if (!session_) return success();
    if (session_->running) return errc::nested_mutation;
    const auto thread = std::move(held_);  // which may acquire again from now on
    const auto held = std::move(session_);
    if (!held->usable()) return success();
    const detail::leaving<Parts> last(&held->shared());
    held->say(step::release);
    return held->retire_now();
  }

 private:
  [[nodiscard]] static const report& nothing() noexcept {
    static const report empty;
    return empty;
  }

  class running_flag {
   public:
    explicit running_flag(bool& flag) : flag_(flag) { flag_ = true; }
    running_flag(const running_flag&) = delete;
    running_flag& operator=(const running_flag&) = delete;
    ~running_flag() { flag_ = false; }

   private:
    bool& flag_;
  };

  // An exception in here is the library's own (out of memory): how far it came is for a drain to say.
  template <class F>
  result<void> guarded(F f) {
    try {
      return f();
    } catch (...) {
      session_->refused =
          failure(make_error_code(errc::outcome_unknown), {}, "an exception ended the mutation").with(outcome::unknown);
      throw;
    }
  }

  template <class F>
  auto call(detail::running_mutation<Parts>& running, F& body) -> std::invoke_result_t<F&, mutation_type&> {
    running.say_body();
    try {
      mutation_type handle(running);
      return body(handle);
    } catch (...) {
      try {
        (void)guarded([&] { return running.roll_back(); });  // what it failed with stays in the session
      } catch (...) {  // NOLINT(bugprone-empty-catch): the body's own exception is the one that goes on
      }
      throw;
    }
  }

  failure undone(detail::running_mutation<Parts>& running, failure why) {
    auto rolled_back = guarded([&] { return running.roll_back(); });
    if (!rolled_back) return std::move(rolled_back).error();
    return why;
  }

  std::unique_ptr<detail::session<Parts>> session_;
  detail::holder_entry held_;
};

}  // namespace commitpoint
