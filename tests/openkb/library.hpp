#pragma once

/// \file
/// Real documents, as many as a test wants: what the system's packages document, cut into parts where it is not enough.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace openkb::testing {

/// Texts of the system: copyright files, licences, and the headers of the libraries that openkb itself is built with.
inline std::vector<std::filesystem::path> texts_of_the_system() {
  namespace fs = std::filesystem;
  std::vector<fs::path> out;
  for (const auto* top : {"/usr/share/common-licenses", "/usr/share/doc", "/usr/include/boost/outcome",
                          "/usr/include/boost/filesystem", "/usr/include/nlohmann", "/usr/include/c++"}) {
    const auto begin = static_cast<std::ptrdiff_t>(out.size());
    std::error_code code;
    for (fs::recursive_directory_iterator entry(top, code), end; !code && entry != end; entry.increment(code)) {
      std::error_code ignored;
      const auto size = entry->is_regular_file(ignored) && !entry->is_symlink(ignored) ? entry->file_size(ignored) : 0U;
      if (size > 600 && size < 60'000 && entry->path().extension() != ".gz") out.push_back(entry->path());
    }
    std::sort(out.begin() + begin, out.end());
  }
  return out;
}

/// Fills a directory with that many documents of a thousand bytes and more, no two of the same content.
inline void fill_library(const std::filesystem::path& directory, std::size_t count) {
  namespace fs = std::filesystem;
  constexpr std::size_t longest = 4000;
  std::size_t made = 0;
  for (const auto& file : texts_of_the_system()) {
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const bool plain =
        std::ranges::all_of(text, [](char c) { return c == '\n' || c == '\t' || (c >= ' ' && c <= '~'); });
    if (!plain) continue;
    for (std::size_t part = 0; part * longest + 600 < text.size() && part < 3 && made < count; ++part, ++made) {
      const auto folder = directory / std::to_string(made / 100);
      fs::create_directories(folder);
      std::ofstream out(folder / (file.filename().native() + "-" + std::to_string(made) + ".txt"), std::ios::binary);
      out << "PART " << made << " OF " << file.native() << "\n\n" << text.substr(part * longest, longest) << '\n';
    }
    if (made == count) return;
  }
  FAIL("the system has no more than " << made << " documents");
}

}  // namespace openkb::testing
