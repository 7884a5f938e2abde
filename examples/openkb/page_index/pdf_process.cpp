#include "page_index/pdf_process.hpp"

#include "page_index/error.hpp"
#include "page_index/pdf_limits.hpp"
#include "page_index/serve_pdf.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <sstream>
#include <utility>

namespace page_index {

namespace {

[[noreturn]] void fail_to_start(int why) {
  throw error(error::kind::no_process, "a process that reads the PDF cannot be started", why);
}

std::string limits_in_words() {
  return std::to_string(text_memory >> 20U) + " MiB of memory or " + std::to_string(page_seconds) +
         " seconds, which no page of text needs";
}

// How a process is to begin.
class spawn_settings {
 public:
  // In a group of its own: Ctrl-C is for the one who asks. Signals are as a new process expects them.
  explicit spawn_settings(int socket) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_adddup2(&files_, socket, STDIN_FILENO);
    for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
      posix_spawn_file_actions_addopen(&files_, fd, "/dev/null", O_WRONLY, 0);
    }
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  spawn_settings(const spawn_settings&) = delete;
  spawn_settings& operator=(const spawn_settings&) = delete;
  ~spawn_settings() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }

  [[nodiscard]] int spawn(pid_t& id, std::string program, std::string file) const {
    std::string option(reader_option);
    std::array<char*, 4> arguments{program.data(), option.data(), file.data(), nullptr};
    return ::posix_spawn(&id, program.c_str(), &files_, &attributes_, arguments.data(), environ);
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

alarm_bell::alarm_bell() : descriptor_(::eventfd(0, EFD_CLOEXEC)) {
  if (descriptor_ < 0) fail_to_start(errno);
}

alarm_bell::~alarm_bell() { ::close(descriptor_); }

void alarm_bell::ring() const noexcept {
  const std::uint64_t one = 1;
  (void)!::write(descriptor_, &one, sizeof one);  // it fails only where it was rung often enough already
}

pdf_process::pdf_process(std::filesystem::path program, std::filesystem::path file, std::stop_token stop)
    : program_(std::move(program)),
      file_(std::filesystem::absolute(file)),
      stop_(std::move(stop)),
      on_stop_(stop_, [this] { wake_.ring(); }) {}

pdf_process::~pdf_process() { (void)end(); }

void pdf_process::start() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail_to_start(errno);
  const int why = spawn_settings(ends[1]).spawn(process_, program_.native(), file_.native());
  ::close(ends[1]);
  socket_ = ends[0];
  if (why == 0) return;
  process_ = -1;
  ::close(std::exchange(socket_, -1));
  fail_to_start(why);
}

// Ends the process, if it runs, and says how it ended by itself; empty when it did not.
std::string pdf_process::end() {
  if (process_ < 0) return {};
  ::close(std::exchange(socket_, -1));
  ::kill(process_, SIGKILL);
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {}
  process_ = -1;
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  const bool memory =
      (WIFEXITED(status) && WEXITSTATUS(status) == out_of_memory) || signal == SIGABRT || signal == SIGTRAP;
  if (memory || signal == SIGXCPU) return "takes more than " + limits_in_words();
  return "cannot be read by poppler, which ended with " +
         (signal != 0 ? "signal " + std::to_string(signal) : "code " + std::to_string(WEXITSTATUS(status)));
}

// False when the process ended over it.
bool pdf_process::ask(frame_kind question, std::string_view about, const frame_sink& take) {
  if (process_ < 0) start();
  if (!send_frame(socket_, question, about)) return false;
  std::string failed;
  for (frame answer; receive_frame(socket_, answer, wake_.descriptor());) {
    if (answer.kind == frame_kind::end && failed.empty()) return true;
    if (answer.kind == frame_kind::end) throw error(error::kind::bad_document, failed);
    if (answer.kind == frame_kind::failed)
      failed = answer.bytes;
    else
      take(std::move(answer));
  }
  if (stop_.stop_requested()) throw error(error::kind::cancelled, "cancelled");
  return false;
}

void pdf_process::ask_or_fail(frame_kind question, const std::string& about, const std::string& what,
                              const frame_sink& take) {
  if (!ask(question, about, take)) throw error(error::kind::bad_document, what + ' ' + end());
}

pdf_facts pdf_process::facts() {
  pdf_facts out;
  ask_or_fail(frame_kind::ask_facts, {}, "the document", [&](frame&& f) {
    if (f.kind == frame_kind::pages) out.pages = std::stoul(f.bytes);
    if (f.kind == frame_kind::title) out.title = std::move(f.bytes);
    if (f.kind == frame_kind::largest_text) out.largest_text = std::move(f.bytes);
    if (f.kind != frame_kind::section) return;
    auto& s = out.sections.emplace_back();
    std::istringstream in(f.bytes);
    in >> s.level >> s.page;
    in.ignore();
    std::getline(in, s.title, '\0');
  });
  return out;
}

std::string pdf_process::text(std::size_t page) {
  std::string out;
  const auto number = std::to_string(page);
  ask_or_fail(frame_kind::ask_text, number, "page " + number, [&](frame&& f) { out = std::move(f.bytes); });
  return out;
}

bool pdf_process::images(std::size_t page, const png_sink& take) {
  const bool done = ask(frame_kind::ask_images, std::to_string(page), [&](frame&& f) { take(f.bytes); });
  if (!done) (void)end();
  return done;
}

}  // namespace page_index
