#pragma once

#include <commitpoint/detail/mutation/running_mutation.hpp>
#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/tree.hpp>
#include <commitpoint/owner.hpp>

namespace commitpoint {

namespace detail {

// What an empty owner has to tell.
[[nodiscard]] COMMITPOINT_INLINE const report& nothing_to_tell() noexcept {
  static const report empty;
  return empty;
}

// What calls on an empty owner give.
[[nodiscard]] COMMITPOINT_INLINE failure owns_nothing() {
  return {make_error_code(errc::not_owner), {}, "the owner was moved from, or has given the lock back"};
}

// What calls that a body may not make give.
[[nodiscard]] COMMITPOINT_INLINE failure nested(const session& by) {
  return failure(make_error_code(errc::nested_mutation), {}, "a body cannot call this on its own owner")
      .at(step::body)
      .under(by.where().root_path);
}

// One mutation from the plan to its end, whatever ends it.
class mutation_run {
 public:
  mutation_run(session& by, const plan& what) : by_(by), last_(&by.shared()), running_(by, what) {
    by_.running = true;
    by_.last = {};
  }
  mutation_run(const mutation_run&) = delete;
  mutation_run& operator=(const mutation_run&) = delete;
  ~mutation_run() { by_.running = false; }

  result<void> run(function_ref<result<void>(mutation_effects&)> body) {
    auto done = run_to_the_end(body);
    name_refusal();
    if (!done) return running_.named(std::move(done).error());
    return done;
  }

 private:
  result<void> run_to_the_end(function_ref<result<void>(mutation_effects&)> body) {
    auto begun = guarded([&] { return running_.begin(); });
    if (!begun) return undone(std::move(begun).error());
    auto done = call(body);
    if (!done) return undone(std::move(done).error().at(step::body));
    auto verdict = running_.verdict();
    if (!verdict) return undone(std::move(verdict).error());
    auto committed = guarded([&] { return running_.commit(); });
    if (!committed && committed.error().outcome() == outcome::rolled_back) return undone(std::move(committed).error());
    return committed;
  }

  // An exception in here is the library's own (out of memory): how far it came is for a drain to say. The owner refuses
  // first, which needs no memory, and then says why if it can.
  template <class F>
  result<void> guarded(F f) {
    try {
      return f();
    } catch (...) {
      by_.refused = failure(make_error_code(errc::outcome_unknown)).with(outcome::unknown);
      try {
        by_.refused = failure(*by_.refused).because("an exception ended the mutation");
        name_refusal();
      } catch (...) {  // NOLINT(bugprone-empty-catch): it refuses all the same
      }
      throw;
    }
  }

  result<void> call(function_ref<result<void>(mutation_effects&)> body) {
    running_.say_body();
    try {
      return body(running_);
    } catch (...) {
      try {
        (void)guarded([&] { return running_.roll_back(); });  // what it failed with stays in the session
        name_refusal();
      } catch (...) {  // NOLINT(bugprone-empty-catch): the body's own exception is the one that goes on
      }
      throw;
    }
  }

  failure undone(failure why) {
    auto rolled_back = guarded([&] { return running_.roll_back(); });
    if (!rolled_back) return std::move(rolled_back).error();
    return running_.undone(std::move(why));
  }

  // Later mutations are refused with the failure of this one, which says so.
  void name_refusal() {
    if (by_.refused) by_.refused = running_.named(*std::move(by_.refused));
  }

  session& by_;
  const leaving last_;
  running_mutation running_;
};

}  // namespace detail

COMMITPOINT_INLINE owner::owner(std::unique_ptr<detail::session> held) noexcept : session_(std::move(held)) {}
COMMITPOINT_INLINE owner::owner(owner&& other) noexcept : session_(std::move(other.session_)) {
  if (session_) session_->used_here();
}
COMMITPOINT_INLINE owner::~owner() {
  try {
    (void)release();
  } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory; as after a failure, the next drain does what is left
  }
}

COMMITPOINT_INLINE result<void> owner::carry_out(const plan& what,
                                                 function_ref<result<void>(detail::mutation_effects&)> body) {
  if (!session_) return detail::owns_nothing();
  BOOST_OUTCOME_TRYV(session_->usable());
  session_->used_here();
  if (session_->running) return detail::nested(*session_).during(what.operation);
  return detail::mutation_run(*session_, what).run(body);
}

COMMITPOINT_INLINE const report& owner::recovered() const noexcept {
  return session_ ? session_->recovered : detail::nothing_to_tell();
}

COMMITPOINT_INLINE const report& owner::last_report() const noexcept {
  return session_ ? session_->last : detail::nothing_to_tell();
}

COMMITPOINT_INLINE bool owner::dirty() const noexcept {
  return session_ && session_->refused && session_->refused->outcome() == outcome::dirty;
}

COMMITPOINT_INLINE result<std::size_t> owner::purge_kept() {
  if (!session_) return detail::owns_nothing();
  BOOST_OUTCOME_TRYV(session_->usable());
  BOOST_OUTCOME_TRYV(session_->still_locked());
  auto& system = session_->system();
  const auto& state = session_->where().state;
  BOOST_OUTCOME_TRY(const auto there, system.status(state, detail::names::kept));
  if (there.type == files::node::none) return std::size_t{0};
  BOOST_OUTCOME_TRY(const auto entries, files::entries_below(system, state, detail::names::kept));
  std::size_t count = 0;
  for (const auto& e : entries) count += e.status.type == files::node::directory ? 0U : 1U;
  BOOST_OUTCOME_TRYV(files::remove_tree(system, state, detail::names::kept));
  return count;
}

COMMITPOINT_INLINE result<void> owner::release() {
  if (!session_) return success();
  if (session_->running) return detail::nested(*session_);
  const auto held = std::move(session_);
  if (!held->usable()) return success();
  const detail::leaving last(&held->shared());
  held->say(step::release);
  auto done = held->settle();
  if (!done) return std::move(done).error().at(step::release).under(held->where().root_path);
  return success();
}

}  // namespace commitpoint
