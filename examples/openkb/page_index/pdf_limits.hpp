#pragma once

/// \file
/// What reading one PDF may take, and how a process holds itself to it. A page of a few kilobytes can unpack to
/// gigabytes, by its compression or by forms within forms; nothing that is read of it beforehand tells.

#include <cstddef>

namespace page_index {

/// For the text of a page, and for opening a document: some hundred times what a page of a newspaper takes.
inline constexpr std::size_t text_memory = std::size_t{256} << 20U;  // bytes
/// For an image: enough for 64 million pixels and their mask.
inline constexpr std::size_t image_memory = std::size_t{768} << 20U;  // bytes
/// For one page, in seconds of the processor.
inline constexpr unsigned page_seconds = 30;

/// How a process ends that finds no more memory.
inline constexpr int out_of_memory = 77;

/// Holds this process to its limits.
class pdf_limits {
 public:
  /// From here on memory that is not there ends the process, which leaves no core file.
  pdf_limits();
  /// For what comes next, beyond what the process had when this object was made. The seconds begin anew.
  void allow(std::size_t memory) const;

 private:
  std::size_t mapped_;
};

}  // namespace page_index
