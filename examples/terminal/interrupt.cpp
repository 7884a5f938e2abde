#include "terminal/interrupt.hpp"

#include <pthread.h>
#include <csignal>

namespace terminal {

namespace {

sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t out;
  sigemptyset(&out);
  for (const int s : signals) sigaddset(&out, s);
  return out;
}

}  // namespace

// A stop_source cannot be used in a signal handler, so there is none: a thread waits for the signal, which all threads
// block. SIGUSR1 only wakes that thread when the command is over.
interrupt::interrupt() {
  const auto waited_for = set_of({SIGINT, SIGUSR1});
  const auto wake = set_of({SIGUSR1});
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &waited_for, &before);
  watcher_ = std::thread([this] { watch(); });
  if (sigismember(&before, SIGUSR1) == 0) pthread_sigmask(SIG_UNBLOCK, &wake, nullptr);
}

interrupt::~interrupt() {
  done_ = true;
  done_.notify_all();
  pthread_kill(watcher_.native_handle(), SIGUSR1);
  watcher_.join();
}

void interrupt::watch() {
  const auto waited_for = set_of({SIGINT, SIGUSR1});
  int which = 0;
  while (sigwait(&waited_for, &which) != 0) {}
  if (which != SIGINT) return;
  source_.request_stop();
  // From now on SIGINT means what it always means: this thread alone lets it through.
  std::signal(SIGINT, SIG_DFL);
  const auto kills = set_of({SIGINT});
  pthread_sigmask(SIG_UNBLOCK, &kills, nullptr);
  done_.wait(false);
}

}  // namespace terminal
