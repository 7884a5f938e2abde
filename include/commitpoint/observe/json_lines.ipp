#pragma once

#include <commitpoint/codec/flat_json.hpp>
#include <commitpoint/config.hpp>
#include <commitpoint/observe/json_lines.hpp>
#include <commitpoint/observe/threads.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace commitpoint::observe {

struct json_lines::state {
  using clock = std::chrono::steady_clock;

  explicit state(observe::sink to) : sink(std::move(to)) {}

  void hear(const event& e) {
    const std::scoped_lock guard(mutex);
    auto& thread = threads.mine();
    const auto now = clock::now();
    const auto today = std::chrono::system_clock::now().time_since_epoch();
    codec::object_text line;
    if (thread.state) line.number("after", std::chrono::duration<double, std::micro>(now - *thread.state).count());
    if (e.bytes != 0) line.number("bytes", e.bytes);
    if (e.mutation != 0) line.number("mutation", e.mutation);
    if (!e.path.empty()) line.path("path", e.path);
    line.text("step", to_string(e.at)).number("thread", thread.number);
    line.number("time", std::chrono::duration_cast<std::chrono::microseconds>(today).count());
    thread.state = now;
    sink.write(line.done() + "\n");
  }

  std::mutex mutex;
  observe::sink sink;
  commitpoint::detail::per_thread<std::optional<clock::time_point>> threads;
};

COMMITPOINT_INLINE json_lines::json_lines(sink to) {
  if (to) shared_ = std::make_shared<state>(std::move(to));
}

COMMITPOINT_INLINE void json_lines::operator()(const event& e) const noexcept {
  if (!shared_) return;
  try {
    shared_->hear(e);
  } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory; the line is lost
  }
}

}  // namespace commitpoint::observe
