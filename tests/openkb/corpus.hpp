#pragma once

/// \file
/// Real documents of the system, always the same ones: those that tests/openkb/corpus.txt lists. They come with
/// Debian 12 and the packages that the checks install.

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace openkb::testing {

/// The name that a document gets beside the others: `/usr/share/doc/bash/README` is `bash-README.txt`.
inline std::string name_in_corpus(const std::filesystem::path& file) {
  std::string out = file.native();
  for (const std::string_view before :
       {"/usr/share/doc/", "/usr/share/common-licenses/", "/usr/lib/", "/usr/share/man/"}) {
    if (out.starts_with(before)) out.erase(0, before.size());
  }
  for (auto& c : out) c = c == '/' ? '-' : c;
  const auto kind = file.extension();
  if (kind == ".gz") return out.substr(0, out.size() - 3) + ".html";
  return kind == ".html" || kind == ".md" || kind == ".txt" ? out : out + ".txt";
}

/// Fills a directory with those that are here, manual pages as HTML. Gives how many.
inline std::size_t fill_corpus(const std::filesystem::path& list, const std::filesystem::path& directory) {
  namespace fs = std::filesystem;
  fs::create_directories(directory);
  std::size_t made = 0;
  std::ofstream pages(directory / "pages.list");
  std::ifstream lines(list);
  for (std::string file; std::getline(lines, file);) {
    if (file.empty() || file.starts_with('#') || !fs::exists(file)) continue;
    const auto to = directory / name_in_corpus(file);
    ++made;
    if (fs::path(file).extension() == ".gz")
      pages << file << '\n' << to.native() << '\n';
    else
      fs::copy_file(file, to);
  }
  pages.close();
  // Two at a time; each takes a tenth of a second.
  const auto command = "cd '" + directory.native() +
                       "' && xargs -P2 -n2 sh -c 'zcat \"$0\" | groff -k -man -Thtml >\"$1\" 2>/dev/null' <pages.list";
  REQUIRE(std::system(command.c_str()) == 0);  // NOLINT(cert-env33-c): a test's own names
  fs::remove(directory / "pages.list");
  return made;
}

}  // namespace openkb::testing
