#pragma once

/// \file
/// Other processes that a measurement needs: some are killed, some compete, some are looked at.

#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace benchmarks {

/// A forked process that runs `work` and ends without unwinding. Killed when this goes before it was waited
/// for.
class forked {
 public:
  explicit forked(const std::function<void()>& work);
  forked(const forked&) = delete;
  forked& operator=(const forked&) = delete;
  ~forked();

  /// How it ended, as wait(2) says it.
  int wait();

 private:
  pid_t id_;
};

/// Runs a program, found by PATH, and gives what it printed. Throws when it fails, with what it said.
std::string run_program(const std::vector<std::string>& arguments);
/// Whether there is a program of that name.
[[nodiscard]] bool has_program(const std::string& name);

/// Runs this program as a worker (`main.cpp`), in a process whose memory is its own; killed by a signal is no failure.
std::string run_worker(std::vector<std::string> arguments);

}  // namespace benchmarks
