#pragma once

/// \file
/// Other programs, as this one runs them.

#include <commitpoint/result.hpp>

#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace command {

namespace cp = commitpoint;

/// Bytes that a subprocess reads as a file.
class memory_file {
 public:
  /// \errors the system's.
  static cp::result<memory_file> holding(std::string_view bytes);
  memory_file(memory_file&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  memory_file& operator=(memory_file&&) = delete;
  ~memory_file();

  [[nodiscard]] std::string path() const { return "/dev/fd/" + std::to_string(descriptor_); }

 private:
  explicit memory_file(int descriptor) noexcept : descriptor_(descriptor) {}
  int descriptor_;
};

/// What a program says on standard output.
/// \errors the system's (it is not there); command_failed with an exit code above `most`.
[[nodiscard]] cp::result<std::string> output_of(const std::vector<std::string>& words, int most = 0);

/// How a command ended.
struct ended {
  int code = 0;                ///< as a shell gives it: 128 and the signal for one that was killed
  bool leaves_others = false;  ///< processes that it started are still there
};

/// Runs a command as a shell does, in a directory, until it ends. A stop request ends it (SIGTERM).
/// \errors the system's: it could not be started.
[[nodiscard]] cp::result<ended> run_command(const std::vector<std::string>& words, const std::string& directory,
                                            const std::stop_token& stop);

}  // namespace command
