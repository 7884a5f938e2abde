#include "changes/subprocess.hpp"

#include "roots/error.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

namespace command {

namespace {

std::error_code last_error() { return {errno, std::system_category()}; }

// How a process is begun: with the signals as they were before this program took some for itself.
class beginning {
 public:
  beginning() {
    posix_spawn_file_actions_init(&files_);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGINT);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &usual);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  beginning(const beginning&) = delete;
  beginning& operator=(const beginning&) = delete;
  ~beginning() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }

  void in(const std::string& directory) { posix_spawn_file_actions_addchdir_np(&files_, directory.c_str()); }
  void writing_to(int descriptor) { posix_spawn_file_actions_adddup2(&files_, descriptor, STDOUT_FILENO); }

  cp::result<pid_t> start(const std::vector<std::string>& words) {
    std::vector<std::string> copies = words;
    std::vector<char*> arguments;
    arguments.reserve(copies.size() + 1);
    for (auto& w : copies) arguments.push_back(w.data());
    arguments.push_back(nullptr);
    pid_t id = 0;
    const int code = posix_spawnp(&id, arguments.front(), &files_, &attributes_, arguments.data(), environ);
    if (code != 0) return cp::failure({code, std::system_category()}, words.front(), "it could not be started");
    return id;
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

int code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
                             : WEXITSTATUS(status);  // NOLINT(hicpp-signed-bitwise): the macros
}

int wait_for(pid_t id) {
  int status = 0;
  while (::waitpid(id, &status, 0) == -1 && errno == EINTR) {}
  return code_of(status);
}

}  // namespace

cp::result<memory_file> memory_file::holding(std::string_view bytes) {
  memory_file out(::memfd_create("bytes", 0));
  if (out.descriptor_ == -1) return last_error();
  while (!bytes.empty()) {
    const auto written = ::write(out.descriptor_, bytes.data(), bytes.size());
    if (written == -1 && errno != EINTR) return last_error();
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return out;
}

memory_file::~memory_file() {
  if (descriptor_ != -1) ::close(descriptor_);
}

cp::result<std::string> output_of(const std::vector<std::string>& words, int most) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return last_error();
  beginning how;
  how.writing_to(ends[1]);
  const auto started = how.start(words);
  ::close(ends[1]);
  std::string out;
  std::array<char, 65536> buffer{};
  while (started) {
    const auto got = ::read(ends[0], buffer.data(), buffer.size());
    if (got == -1 && errno == EINTR) continue;
    if (got <= 0) break;
    out.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  if (!started) return started.error();
  const int code = wait_for(started.value());
  if (code > most) return failure_of(error::command_failed, words.front(), "its exit code is " + std::to_string(code));
  return out;
}

cp::result<ended> run_command(const std::vector<std::string>& words, const std::string& directory,
                              const std::stop_token& stop) {
  // Whoever is left behind by a process that it started becomes a child of this one, and is seen.
  (void)::prctl(PR_SET_CHILD_SUBREAPER, 1);
  beginning how;
  how.in(directory);
  BOOST_OUTCOME_TRY(const auto id, how.start(words));
  ended out;
  {
    const std::stop_callback ending(stop, [id] { ::kill(id, SIGTERM); });
    out.code = wait_for(id);
  }
  pid_t other = 0;
  while ((other = ::waitpid(-1, nullptr, WNOHANG)) > 0) {}
  out.leaves_others = other == 0;
  return out;
}

}  // namespace command
