#include "text/stemmer.hpp"

#include <libstemmer.h>

#include <algorithm>
#include <new>

namespace openkb {

namespace {

constexpr std::size_t longest_stemmed = 64;  // bytes; what is longer is no word

std::string stem_of(sb_stemmer* with, std::string_view small) {
  if (small.size() > longest_stemmed) return std::string(small);
  const auto* symbols = reinterpret_cast<const sb_symbol*>(small.data());
  const auto* stem = sb_stemmer_stem(with, symbols, static_cast<int>(small.size()));
  if (stem == nullptr) throw std::bad_alloc();
  return {reinterpret_cast<const char*>(stem), static_cast<std::size_t>(sb_stemmer_length(with))};
}

}  // namespace

stemmer::stemmer() : stemmer_(sb_stemmer_new("english", nullptr), &sb_stemmer_delete) {
  if (!stemmer_) throw std::bad_alloc();
}

const std::string& stemmer::operator()(std::string_view small) {
  const auto known = known_.find(small);
  if (known != known_.end()) return known->second;
  return known_.emplace(small, stem_of(stemmer_.get(), small)).first->second;
}

std::string stemmer::of_phrase(std::string_view small) {
  std::string out;
  while (!small.empty()) {
    const auto end = std::min(small.find_first_of(" -"), small.size());
    if (end > 0) out.append(out.empty() ? "" : " ").append((*this)(small.substr(0, end)));
    small.remove_prefix(std::min(end + 1, small.size()));
  }
  return out;
}

}  // namespace openkb
