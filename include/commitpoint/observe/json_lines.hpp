#pragma once

/// \file
/// `observe::json_lines`: one JSON object a line for each event, for logs.

#include <commitpoint/codec/json_text.hpp>
#include <commitpoint/observe/interface.hpp>
#include <commitpoint/observe/sink.hpp>
#include <commitpoint/observe/threads.hpp>
#include <commitpoint/policy.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

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
  explicit json_lines(sink to) {
    if (to) shared_ = std::make_shared<state>(std::move(to));
  }

  void operator()(const event& e) const noexcept {
    if (!shared_) return;
    try {
      shared_->hear(e);
    } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory; the line is lost
    }
  }

 private:
  using clock = std::chrono::steady_clock;

  struct state {
    explicit state(observe::sink to) : sink(std::move(to)) {}

    void hear(const event& e) {
      const std::scoped_lock guard(mutex);
      auto& thread = threads.mine();
      const auto now = clock::now();
      const auto today = std::chrono::system_clock::now().time_since_epoch();
      nlohmann::json line{{"time", std::chrono::duration_cast<std::chrono::microseconds>(today).count()},
                          {"thread", thread.number},
                          {"step", to_string(e.at)}};
      if (thread.state) line["after"] = std::chrono::duration<double, std::micro>(now - *thread.state).count();
      if (e.mutation != 0) line["mutation"] = e.mutation;
      if (!e.path.empty()) line["path"] = commitpoint::detail::text_as_json(e.path);
      if (e.bytes != 0) line["bytes"] = e.bytes;
      thread.state = now;
      sink.write(line.dump() + "\n");
    }

    std::mutex mutex;
    observe::sink sink;
    commitpoint::detail::per_thread<std::optional<clock::time_point>> threads;
  };

  std::shared_ptr<state> shared_;
};

static_assert(Observer<json_lines>);

}  // namespace commitpoint::observe
