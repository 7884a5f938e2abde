#pragma once

/// \file
/// `observe::json_lines`: one JSON object a line for each event, for logs.

#include <commitpoint/observe/interface.hpp>
#include <commitpoint/observe/sink.hpp>
#include <commitpoint/policy.hpp>

#include <memory>

namespace commitpoint::observe {

/// Writes a line for each event:
///
///     {"after":12.5,"bytes":2000,"mutation":7,"path":"wiki/a.md","step":"publish","thread":1,"time":1700000000123456}
///
/// | member | |
/// | --- | --- |
/// | `time` | microseconds since the epoch |
/// | `thread` | a number from 1, in the order in which threads came |
/// | `step` | as `to_string(step)` spells it; `none`: what the thread was doing is over |
/// | `after` | microseconds (with parts) since this thread's last event: what that step took; not in its first |
/// | `mutation`, `path`, `bytes` | where the event has them. A path that is not UTF-8: `{"$text": "caf%e9"}` |
///
/// Copies share the sink and its lock; lines are never mixed. A default-made one is silent.
class json_lines {
 public:
  using kind = commitpoint::kind::observe;

  json_lines() = default;
  explicit json_lines(sink to);

  void operator()(const event& e) const noexcept;

 private:
  struct state;

  std::shared_ptr<state> shared_;
};

static_assert(Observer<json_lines>);

}  // namespace commitpoint::observe

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/observe/json_lines.ipp>
#endif
