// What the docs name is there: files, headings, settings. What they say of it is for people to read.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path project = PROJECT_DIRECTORY;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Not what was built, nor what git keeps.
std::vector<fs::path> files_where(bool (*wanted)(const fs::path&)) {
  std::vector<fs::path> found;
  for (auto at = fs::recursive_directory_iterator(project); at != fs::recursive_directory_iterator(); ++at) {
    const auto name = at->path().filename();
    if (at->is_directory() && (name == "build" || name == ".git")) at.disable_recursion_pending();
    if (at->is_regular_file() && wanted(at->path())) found.push_back(at->path());
  }
  return found;
}

bool is_page(const fs::path& file) {
  return file.extension() == ".md" && file.string().find("/tests/") == std::string::npos;
}

bool has_settings(const fs::path& file) {
  static const std::set<std::string> kinds{".txt", ".hpp", ".ipp", ".cpp", ".sh", ".json", ".cmake", ".in", ""};
  return kinds.contains(file.extension().string());
}

// A page without its blocks of code.
std::string prose_of(const fs::path& page) {
  std::string prose;
  std::ifstream in(page);
  bool is_code = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) is_code = !is_code;
    if (!is_code) prose += line + '\n';
  }
  return prose;
}

// As GitHub makes it out of a heading.
std::string anchor_of(std::string_view heading) {
  std::string anchor;
  for (const char c : heading) {
    if (c == ' ' || c == '-') anchor += '-';
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return anchor;
}

std::set<std::string> anchors_of(const fs::path& page) {
  std::set<std::string> anchors;
  const auto prose = prose_of(page);
  static const std::regex heading("(?:^|\n)#+ ([^\n]+)");
  for (std::sregex_iterator at(prose.begin(), prose.end(), heading), end; at != end; ++at) {
    anchors.insert(anchor_of((*at)[1].str()));
  }
  return anchors;
}

// All that a pattern finds in a text: its first group.
std::vector<std::string> all_of(const std::string& text, const std::regex& pattern) {
  std::vector<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at)
    found.push_back((*at)[1].str());
  return found;
}

// Where a name of a file in the docs may be meant to begin.
bool is_somewhere(const std::string& name, const fs::path& page) {
  const std::array places{project,
                          page.parent_path(),
                          project / "include",
                          project / "include/commitpoint",
                          project / "include/commitpoint/detail",
                          project / "tests",
                          project / "tests/testing"};
  return std::ranges::any_of(places, [&](const fs::path& place) { return fs::exists(place / name); });
}

}  // namespace

TEST_CASE("docs: every link leads to a file, and to a heading in it") {
  const auto pages = files_where(is_page);
  REQUIRE(pages.size() > 20);
  static const std::regex link(R"(\]\(([^)\s]+)\))");
  std::size_t links = 0;
  for (const auto& page : pages) {
    const auto name = page.lexically_relative(project).string();
    static const std::regex code("`[^`\n]*`");
    for (const auto& target : all_of(std::regex_replace(prose_of(page), code, ""), link)) {
      if (target.find("://") != std::string::npos) continue;
      ++links;
      const auto hash = target.find('#');
      const auto file = hash == 0 ? page : page.parent_path() / target.substr(0, hash);
      CHECK_MESSAGE(fs::exists(file), name, ": ", target);
      if (hash == std::string::npos || !fs::exists(file)) continue;
      CHECK_MESSAGE(anchors_of(file).contains(target.substr(hash + 1)), name, ": ", target);
    }
  }
  CHECK(links > 100);
}

TEST_CASE("docs: every setting that they name is one that something reads") {
  std::string sources;
  for (const auto& file : files_where(has_settings)) sources += text_of(file);
  static const std::regex setting("\\b((?:COMMITPOINT|OPENKB)_[A-Z_]*[A-Z])\\b");
  std::set<std::string> named;
  for (const auto& page : files_where(is_page)) {
    for (const auto& name : all_of(text_of(page), setting)) {
      named.insert(name);
      CHECK_MESSAGE(sources.find(name) != std::string::npos, page.lexically_relative(project).string(), ": ", name);
    }
  }
  CHECK(named.size() > 20);
}

TEST_CASE("docs: every source and script that they name is there") {
  static const std::regex source("`((?:[\\w.-]+/)+[\\w.-]+\\.(?:hpp|ipp|cpp|sh|cmake))`");
  std::size_t named = 0;
  for (const auto& page : files_where(is_page)) {
    for (const auto& name : all_of(prose_of(page), source)) {
      ++named;
      CHECK_MESSAGE(is_somewhere(name, page), page.lexically_relative(project).string(), ": ", name);
    }
  }
  CHECK(named > 50);
}

TEST_CASE("docs: every name of the library that they qualify is declared somewhere") {
  std::set<std::string> known;
  static const std::regex word("\\b([A-Za-z_]\\w*)\\b");
  std::string targets;
  for (const auto& file : files_where(has_settings)) {
    const auto name = file.lexically_relative(project).generic_string();
    if (name.starts_with("include/")) {
      for (auto& w : all_of(text_of(file), word)) known.insert(std::move(w));
    }
    if (name.ends_with("CMakeLists.txt") || name.starts_with("cmake/")) targets += text_of(file);
  }
  static const std::regex qualified("\\b((?:[a-z_]+::)+)([A-Za-z_]\\w*)\\b");
  std::size_t named = 0;
  for (const auto& page : files_where(is_page)) {
    const auto text = text_of(page);
    for (std::sregex_iterator at(text.begin(), text.end(), qualified), end; at != end; ++at) {
      const auto scope = (*at)[1].str();
      const auto name = (*at)[2].str();
      if (scope.starts_with("std::") || scope.starts_with("openkb::") || scope.starts_with("page_index::")) continue;
      ++named;
      const bool is_target = scope == "commitpoint::" && targets.find(name) != std::string::npos;
      CHECK_MESSAGE((known.contains(name) || is_target), page.lexically_relative(project).string(), ": ", scope, name);
    }
  }
  CHECK(named > 200);
}
