#pragma once

/// \file
/// The machinery of `prepare` as its front sees it: what there is to do with an input, and where inputs come from.

#include <commitpoint/any_coordinator.hpp>
#include <commitpoint/function_ref.hpp>
#include <commitpoint/lease.hpp>
#include <commitpoint/options.hpp>
#include <commitpoint/owner.hpp>
#include <commitpoint/plan.hpp>
#include <commitpoint/result.hpp>

#include <cstddef>
#include <memory>

namespace commitpoint {

struct prepare_report;

namespace detail {

/// One input, kept until it is committed, and what is done with it.
class prepared_input {
 public:
  prepared_input() = default;
  prepared_input(const prepared_input&) = delete;
  prepared_input& operator=(const prepared_input&) = delete;
  virtual ~prepared_input() = default;

  /// Makes the value. Any worker calls it, once; it may throw.
  virtual result<void> prepare(lease& staging) = 0;
  /// Commits the value that was made. The committing thread calls it, at most once.
  virtual result<void> commit(mutation& m) = 0;
  /// Drops the value, before the lease that it may point into.
  virtual void forget() noexcept = 0;
};

/// The inputs, one after the other, and the mutations that they are committed in.
class input_source {
 public:
  input_source() = default;
  input_source(const input_source&) = delete;
  input_source& operator=(const input_source&) = delete;
  virtual ~input_source() = default;

  /// The next one; nothing at the end. One thread at a time calls it; it may wait, and throw.
  virtual std::unique_ptr<prepared_input> next() = 0;
  /// How many were never read, where they can be counted without waiting for anything.
  virtual std::size_t count_rest() = 0;
  /// `owner::run`, with mutations of the type that `prepared_input::commit` expects.
  virtual result<void> run(owner& by, const plan& what, function_ref<result<void>(mutation&)> body) = 0;
};

/// Returns when every input is settled, or nothing more can be. Passes the exceptions of `commit` and of the source on.
[[nodiscard]] prepare_report prepare_all(any_coordinator& where, const prepare_options& how, input_source& inputs);

}  // namespace detail

}  // namespace commitpoint
