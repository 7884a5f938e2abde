#pragma once

#include <commitpoint/codec/flat_json.hpp>
#include <commitpoint/config.hpp>
#include <commitpoint/observe/chrome_trace.hpp>
#include <commitpoint/observe/threads.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::observe {

struct chrome_trace::state {
  using clock = std::chrono::steady_clock;
  using object_text = commitpoint::codec::object_text;

  // What is open on a thread; a step is inside the mutation.
  struct open_spans {
    bool named = false;
    std::optional<std::uint64_t> mutation;
    bool step = false;
  };

  state(observe::sink to, std::int64_t of) : sink(std::move(to)), process(of) {}
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() {
    if (begun) sink.write("\n]\n");
  }

  void hear(const event& e) {
    auto& [thread, open] = threads.mine();
    const auto now = std::chrono::duration<double, std::micro>(clock::now() - start).count();
    if (!open.named) {
      object_text about;
      about.raw("args", object_text().text("name", "thread " + std::to_string(thread)).done());
      put(about.text("name", "thread_name"), "M", thread, 0);
      open.named = true;
    }
    if (std::exchange(open.step, false)) put(object_text(), "E", thread, now);
    // Retiring is of the mutation before, and is done on the way.
    const bool other = e.at != step::retire && (e.mutation != open.mutation.value_or(0) || e.at == step::begin);
    if (other && open.mutation) {
      open.mutation.reset();
      put(object_text(), "E", thread, now);
    }
    if (e.at == step::none) return;
    if (other && e.mutation != 0) {
      open.mutation = e.mutation;
      object_text span;
      span.text("cat", "mutation").text("name", "mutation " + std::to_string(e.mutation));
      put(span, "B", thread, now);
    }
    open.step = true;
    object_text more;
    if (e.bytes != 0) more.number("bytes", e.bytes);
    if (e.mutation != 0) more.number("mutation", e.mutation);
    if (!e.path.empty()) more.path("path", e.path);
    object_text span;
    if (const auto args = more.done(); args != "{}") span.raw("args", args);
    put(span.text("cat", "step").text("name", to_string(e.at)), "B", thread, now);
  }

  void put(object_text& what, std::string_view phase, std::uint64_t thread, double now) {
    what.text("ph", phase).number("pid", process).number("tid", thread).number("ts", now);
    const auto text = what.done();
    sink.write((std::exchange(begun, true) ? ",\n" : "[\n") + text);
  }
  void put(object_text&& what, std::string_view phase, std::uint64_t thread, double now) {
    put(what, phase, thread, now);
  }

  std::mutex mutex;
  observe::sink sink;
  std::int64_t process;
  clock::time_point start = clock::now();
  bool begun = false;
  commitpoint::detail::per_thread<open_spans> threads;
};

COMMITPOINT_INLINE chrome_trace::chrome_trace(sink to, std::int64_t process) {
  if (to) shared_ = std::make_shared<state>(std::move(to), process);
}

COMMITPOINT_INLINE void chrome_trace::operator()(const event& e) const noexcept {
  if (!shared_) return;
  try {
    const std::scoped_lock guard(shared_->mutex);
    shared_->hear(e);
  } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory; the event is lost
  }
}

}  // namespace commitpoint::observe
