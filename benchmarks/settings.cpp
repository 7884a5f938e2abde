#include "settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <sstream>

namespace benchmarks {

namespace {

std::string text_of(const char* name) {
  const char* text = std::getenv(name);
  return text != nullptr ? text : "";
}

std::vector<std::string> words_of(const char* name) {
  std::istringstream in(text_of(name));
  return {std::istream_iterator<std::string>(in), {}};
}

void read(const char* name, std::size_t& value) {
  if (const auto text = text_of(name); !text.empty()) value = std::stoul(text);
}

}  // namespace

settings settings_of_environment() {
  settings s;
  read("COMMITPOINT_BENCH_ROUNDS", s.rounds);
  if (const auto sizes = words_of("COMMITPOINT_BENCH_N"); !sizes.empty()) {
    s.sizes.clear();
    for (const auto& size : sizes) s.sizes.push_back(std::stoul(size));
    std::erase(s.sizes, std::size_t{0});
    std::ranges::sort(s.sizes);
  }
  s.chapters = words_of("COMMITPOINT_BENCH_CHAPTERS");
  read("COMMITPOINT_BENCH_LARGEST_FILE", s.largest_file);
  read("COMMITPOINT_BENCH_LARGEST_TREE", s.largest_tree);
  read("COMMITPOINT_BENCH_LARGEST_MUTATION", s.largest_mutation);
  s.results = text_of("COMMITPOINT_BENCH_RESULTS");
  s.title = text_of("COMMITPOINT_BENCH_TITLE");
  return s;
}

std::vector<std::size_t> powers_of_ten(std::size_t first, std::size_t largest) {
  std::vector<std::size_t> all;
  for (auto n = first; n <= largest; n *= 10) all.push_back(n);
  return all;
}

}  // namespace benchmarks
