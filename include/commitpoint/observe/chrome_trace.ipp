#pragma once

#include <commitpoint/codec/json_text.hpp>
#include <commitpoint/config.hpp>
#include <commitpoint/observe/chrome_trace.hpp>
#include <commitpoint/observe/threads.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace commitpoint::observe {

struct chrome_trace::state {
  using clock = std::chrono::steady_clock;

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
      put({{"ph", "M"}, {"name", "thread_name"}, {"args", {{"name", "thread " + std::to_string(thread)}}}}, thread, 0);
      open.named = true;
    }
    if (std::exchange(open.step, false)) put({{"ph", "E"}}, thread, now);
    // Retiring is of the mutation before, and is done on the way.
    const bool other = e.at != step::retire && (e.mutation != open.mutation.value_or(0) || e.at == step::begin);
    if (other && open.mutation) {
      open.mutation.reset();
      put({{"ph", "E"}}, thread, now);
    }
    if (e.at == step::none) return;
    if (other && e.mutation != 0) {
      open.mutation = e.mutation;
      put({{"ph", "B"}, {"cat", "mutation"}, {"name", "mutation " + std::to_string(e.mutation)}}, thread, now);
    }
    open.step = true;
    nlohmann::json span{{"ph", "B"}, {"cat", "step"}, {"name", to_string(e.at)}};
    if (e.mutation != 0) span["args"]["mutation"] = e.mutation;
    if (!e.path.empty()) span["args"]["path"] = commitpoint::codec::text_as_json(e.path);
    if (e.bytes != 0) span["args"]["bytes"] = e.bytes;
    put(std::move(span), thread, now);
  }

  void put(nlohmann::json what, std::uint64_t thread, double now) {
    what["pid"] = process;
    what["tid"] = thread;
    what["ts"] = now;
    sink.write((std::exchange(begun, true) ? ",\n" : "[\n") + what.dump());
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
