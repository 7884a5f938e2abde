#pragma once

#include <filesystem>
#include <string_view>

namespace page_index {

/// What a program is started with to read a PDF for another process.
inline constexpr std::string_view reader_option = "--serve-pdf";

/// Answers questions about a PDF on the socket that is this process's standard input, within the limits of
/// `pdf_limits.hpp`, until the other end is closed. Gives the exit code.
int serve_pdf(const std::filesystem::path& file);

}  // namespace page_index
