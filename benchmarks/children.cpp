#include "children.hpp"

#include "raw_calls.hpp"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace benchmarks {

namespace {

int wait_for(pid_t id) {
  int status = 0;
  while (::waitpid(id, &status, 0) < 0) check(errno == EINTR ? 0 : -1, "waitpid");
  return status;
}

std::string read_all(const descriptor& from) {
  std::string all;
  char part[4096];
  for (;;) {
    const auto size = ::read(from.get(), part, sizeof part);
    check(size < 0 ? -1 : 0, "read");
    if (size == 0) return all;
    all.append(part, static_cast<std::size_t>(size));
  }
}

struct ended {
  std::string output;
  int status;
};

ended run(std::vector<std::string> arguments) {
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC), "pipe2");
  const descriptor reading(ends[0]);
  descriptor writing(ends[1]);
  std::vector<char*> words;
  for (auto& a : arguments) words.push_back(a.data());
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), STDERR_FILENO);
  pid_t id = 0;
  const int error = ::posix_spawnp(&id, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::system_category(), arguments[0]);
  writing = descriptor();
  auto output = read_all(reading);
  return {std::move(output), wait_for(id)};
}

}  // namespace

forked::forked(const std::function<void()>& work) : id_(::fork()) {
  check(id_, "fork");
  if (id_ != 0) return;
  try {
    work();
    ::_exit(0);
  } catch (const std::exception& e) {
    std::cerr << e.what() << std::endl;
    ::_exit(1);
  }
}

forked::~forked() {
  if (id_ <= 0) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

int forked::wait() { return wait_for(std::exchange(id_, -1)); }

std::string run_program(const std::vector<std::string>& arguments) {
  auto [output, status] = run(arguments);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error(arguments[0] + ": " + output);
  return output;
}

bool has_program(const std::string& name) {
  try {
    run_program({name, "--version"});
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

std::string run_worker(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"/proc/self/exe", "--worker"});
  auto [output, status] = run(std::move(arguments));
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) throw std::runtime_error("worker: " + output);
  return output;
}

}  // namespace benchmarks
