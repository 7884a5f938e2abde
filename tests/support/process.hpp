#pragma once

/// \file
/// Children of a test: what they find comes back as text, because an assertion in a child would be lost.

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace support {

/// Two ends of a pipe: a child tells its parent something, or waits for a word.
class channel {
 public:
  channel() { REQUIRE(::pipe(ends_) == 0); }
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;
  ~channel() {
    close_end(0);
    close_end(1);
  }

  void say(std::string_view text) const { (void)!::write(ends_[1], text.data(), text.size()); }
  /// Waits until something is said, or until nobody is left who could: then it is empty.
  [[nodiscard]] std::string hear() {
    close_end(1);
    char text[256];
    const auto size = ::read(ends_[0], text, sizeof text);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string{};
  }
  /// Everything that is said until the other side is gone.
  [[nodiscard]] std::string hear_all() {
    std::string all;
    for (auto part = hear(); !part.empty(); part = hear()) all += part;
    return all;
  }

 private:
  void close_end(int which) {
    if (ends_[which] >= 0) ::close(std::exchange(ends_[which], -1));
  }
  int ends_[2] = {-1, -1};
};

/// A forked child that runs `work`, a callable `std::string()`; its answer is empty when all was well. It ends without
/// unwinding what it has from its parent.
class child {
 public:
  template <class F>
  explicit child(F work) {
    std::fflush(nullptr);
    id_ = ::fork();
    REQUIRE(id_ >= 0);
    if (id_ > 0) return;
    try {
      answer_.say(work());
    } catch (const std::exception& e) {
      answer_.say(std::string("it threw: ") + e.what());
    }
    ::_exit(0);
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() {
    if (id_ > 0) kill();
  }

  /// Waits for its end, and gives its answer; or how it died.
  [[nodiscard]] std::string answer() {
    auto text = answer_.hear_all();
    const int status = wait();
    if (WIFSIGNALED(status)) text += "killed by signal " + std::to_string(WTERMSIG(status));
    return text;
  }
  void kill() {
    ::kill(id_, SIGKILL);
    (void)wait();
  }
  /// Whether it was killed; waits for its end.
  [[nodiscard]] bool was_killed() {
    const int status = wait();
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

 private:
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(id_, -1), &status, 0);
    return status;
  }
  channel answer_;
  pid_t id_ = -1;
};

}  // namespace support
