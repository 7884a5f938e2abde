#pragma once

/// \file
/// Runs a program as a person would.

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace support {

inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// How a run ended, and what it said.
struct ended {
  int code = 0;  ///< as a shell would give it: 128 and the signal for one that was killed
  std::string out;
  std::string err;
  long peak = 0;  ///< of memory, in KiB

  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(out); }
};

/// A process that was started, and writes to two files.
class running {
 public:
  /// The words of its command line. `said` is where its output goes; its environment is this and a plain PATH.
  running(std::vector<std::string> words, const std::filesystem::path& said,
          std::vector<std::string> environment_too = {}, const std::string& directory = {})
      : said_(said) {
    std::vector<char*> argv;
    for (auto& w : words) argv.push_back(w.data());
    argv.push_back(nullptr);
    environment_too.insert(environment_too.begin(), "PATH=/usr/bin:/bin");
    std::vector<char*> environment;
    for (auto& e : environment_too) environment.push_back(e.data());
    environment.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    if (!directory.empty()) posix_spawn_file_actions_addchdir_np(&files, directory.c_str());
    posix_spawn_file_actions_addopen(&files, 1, out_name().c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&files, 2, err_name().c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    REQUIRE(::posix_spawnp(&id_, argv.front(), &files, nullptr, argv.data(), environment.data()) == 0);
    posix_spawn_file_actions_destroy(&files);
  }

  void signal(int which) const { ::kill(id_, which); }
  [[nodiscard]] std::string said_so_far() const { return content_of(err_name()); }

  /// Waits until `seen` gives true. False if the process ended before that.
  template <class F>
  [[nodiscard]] bool wait_until(F seen) const {
    while (!seen()) {
      siginfo_t over{};
      if (::waitid(P_PID, static_cast<id_t>(id_), &over, WEXITED | WNOHANG | WNOWAIT) != 0 || over.si_pid == id_)
        return seen();
      std::this_thread::yield();
    }
    return true;
  }

  [[nodiscard]] ended wait() const {
    int status = 0;
    rusage used{};
    REQUIRE(::wait4(id_, &status, 0, &used) == id_);
    const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return {code, content_of(out_name()), content_of(err_name()), used.ru_maxrss};
  }

 private:
  [[nodiscard]] std::string out_name() const { return said_.native() + ".out"; }
  [[nodiscard]] std::string err_name() const { return said_.native() + ".err"; }

  std::filesystem::path said_;
  pid_t id_ = -1;
};

}  // namespace support
