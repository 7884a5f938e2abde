#pragma once

/// \file
/// `observe::chrome_trace`: a trace that Perfetto (ui.perfetto.dev) and chrome://tracing show.

#include <commitpoint/observe/interface.hpp>
#include <commitpoint/observe/sink.hpp>
#include <commitpoint/policy.hpp>

#include <cstdint>
#include <memory>

namespace commitpoint::observe {

/// A span for each mutation, and in it one for each step, by thread. A step lasts until the next event of its thread.
/// Beginnings and ends are written as they come, so that the trace of a program that was killed shows where: a viewer
/// takes spans that have no end, and needs no `]` behind them. It is written when the last copy goes.
///
/// Copies share the sink, its lock and its clock. A default-made one is silent.
/// \source the JSON array format of the Trace Event Format (duration events, `ph` B and E; metadata events, M)
class chrome_trace {
 public:
  using kind = commitpoint::kind::observe;

  chrome_trace() = default;
  /// `process` is the `pid` of all events: give each its own where several traces are put together.
  explicit chrome_trace(sink to, std::int64_t process = 1);

  void operator()(const event& e) const noexcept;

 private:
  struct state;

  std::shared_ptr<state> shared_;
};

static_assert(Observer<chrome_trace>);

}  // namespace commitpoint::observe

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/observe/chrome_trace.ipp>
#endif
