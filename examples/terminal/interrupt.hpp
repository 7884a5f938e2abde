#pragma once

/// \file
/// Ctrl-C. The first one asks the mutation to stop at the next safe point, where it is rolled back; a second one kills
/// the process, and the next command recovers.

#include <atomic>
#include <stop_token>
#include <thread>

namespace terminal {

/// While it lives, SIGINT becomes a stop request. Make it before any other thread, so that all of them leave the
/// signal to it.
class interrupt {
 public:
  interrupt();
  interrupt(const interrupt&) = delete;
  interrupt& operator=(const interrupt&) = delete;
  ~interrupt();

  [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }
  [[nodiscard]] bool requested() const noexcept { return source_.stop_requested(); }

 private:
  void watch();

  std::stop_source source_;
  std::atomic<bool> done_ = false;
  std::thread watcher_;
};

}  // namespace terminal
