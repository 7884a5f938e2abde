#include "topics/analysis.hpp"

#include "text/stop_words.hpp"

#include <algorithm>

namespace openkb {

namespace {

constexpr std::size_t longest_word = 40;  // bytes; what is longer is no word

// UTF8 and SHA256, but neither 4k nor a hash.
bool is_acronym_with_digits(const word& w) noexcept { return w.shouted && w.small.size() <= 8; }

// GitHub, OpenSSL, and their like are names; every one of their words begins with a capital.
bool has_inner_capital(std::string_view text) noexcept {
  return std::ranges::any_of(text.substr(1), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// Titles and shouting: nearly every word of some length has a capital.
bool is_in_capitals(const std::vector<analysed_word>& words) {
  std::size_t large = 0;
  std::size_t all = 0;
  for (const auto& w : words) {
    if (w.code || w.small.size() < 4) continue;
    ++all;
    large += w.capitalised && !(w.small.size() > 1 && has_inner_capital(w.text) && !w.shouted) ? 1U : 0U;
  }
  return all >= 4 && large * 4 >= all * 3;
}

analysed_sentence analyse_one(const sentence& s, stemmer& stem) {
  analysed_sentence out;
  out.source = &s;
  for (auto& w : words_of(s.text, s.code)) {
    analysed_word each;
    static_cast<word&>(each) = std::move(w);
    each.stem = stem.of_phrase(each.small);
    each.stop = is_stop_word(each.small);
    each.general = is_general(each.stem);
    out.words.push_back(std::move(each));
  }
  out.capitals = is_in_capitals(out.words);
  return out;
}

}  // namespace

bool analysed_word::is_content() const noexcept {
  return !stop && !code && (!number || is_acronym_with_digits(*this)) && small.size() > 1 &&
         small.size() <= longest_word;
}

analysed_text analyse(const outline& of, stemmer& stem) {
  analysed_text out;
  for (const auto& h : of.headings) out.headings.push_back(analyse_one(h, stem));
  for (const auto& s : of.sentences) out.sentences.push_back(analyse_one(s, stem));
  return out;
}

std::string key_of(phrase words) {
  std::string key;
  for (const auto& w : words) key.append(key.empty() ? "" : " ").append(w.stem);
  return key;
}

std::vector<text_range> runs_of(const analysed_sentence& s) {
  std::vector<text_range> out;
  for (std::size_t i = 0; i < s.words.size(); ++i) {
    if (!s.words[i].is_content()) continue;
    const bool goes_on = !out.empty() && out.back().end == i && s.words[i].joined;
    if (goes_on)
      ++out.back().end;
    else
      out.push_back({i, i + 1});
  }
  return out;
}

}  // namespace openkb
