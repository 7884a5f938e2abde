#pragma once

/// \file
/// Standard output as what it is: a file that can be full, closed, or a pipe whose reader has gone.

#include <string_view>

namespace terminal {

/// Make it before any file is opened. One a process. The name of the program stands before what it complains of.
class standard_output {
 public:
  /// Sees to it that nothing else is opened as one of the three standard descriptors, where whoever started the program
  /// has closed them, and that a reader who goes away ends no mutation half-way.
  explicit standard_output(std::string_view program);

  void write(std::string_view text);
  void flush();

  /// Whether it is a terminal that understands colours, and nobody asked for none (https://no-color.org).
  [[nodiscard]] static bool has_colours(int descriptor);

  /// The exit code of a program that would end with `code`: 1 instead of 0 when something could not be written, which
  /// is said. For a reader who has gone the process ends as it would have, by SIGPIPE.
  [[nodiscard]] int close(int code);

 private:
  void note_error();

  std::string_view program_;
  int error_ = 0;  // the first one
};

}  // namespace terminal
