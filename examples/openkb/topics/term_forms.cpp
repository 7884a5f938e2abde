#include "topics/term_forms.hpp"

#include "terminal/utf8.hpp"
#include "text/plain_text.hpp"
#include "topics/summary.hpp"

#include <algorithm>

namespace openkb {

namespace {

constexpr std::size_t longest_excerpt = 240;

std::string as_written(phrase p) {
  const auto* begin = p.front().text.data();
  return {begin, p.back().text.data() + p.back().text.size()};
}

}  // namespace

term_forms::term_forms(const phrase_counts& all, std::vector<term>& chosen) : all_(all) {
  for (auto& t : chosen) found_[t.key].of = &t;
}

void term_forms::look_at(const analysed_sentence& s, bool heading) {
  for (const auto run : runs_of(s)) {
    const auto words = phrase(s.words).subspan(run.begin, run.end - run.begin);
    for (std::size_t at = 0; at < words.size(); ++at) {
      for (std::size_t n = 1; n <= longest_name && at + n <= words.size(); ++n) {
        const auto p = words.subspan(at, n);
        const auto known = found_.find(key_of(p));
        if (known != found_.end()) look_at(known->second, p, s, heading);
      }
    }
  }
}

void term_forms::settle() {
  for (auto& [key, f] : found_) {
    const auto& written = f.in_sentences.empty() ? f.in_headings : f.in_sentences;
    const auto most = std::ranges::max_element(
        written, [](const auto& a, const auto& b) { return a.second < b.second; });  // the first of equals
    if (most != written.end()) f.of->text = utf8::capitalised(most->first);
    f.of->excerpt = abridged(f.excerpt, longest_excerpt);
  }
}

void term_forms::look_at(found& f, phrase p, const analysed_sentence& s, bool heading) {
  auto& seen = heading ? f.in_headings : f.in_sentences;
  ++seen[f.of->name ? as_written(p) : without_chance_capitals(p)];
  if (heading || f.whole) return;
  const bool whole = is_whole(s) && s.source->text.size() <= longest_excerpt;
  if (f.excerpt.empty() || whole) f.excerpt = s.source->text;
  f.whole = whole;
}

// A word keeps its capital where the text never writes it without. What is shouted is an acronym, or shouted.
std::string term_forms::without_chance_capitals(phrase p) const {
  const bool loud = p.size() > 1 && all_shouted(p);
  std::string out;
  for (const auto& w : p) {
    const bool acronym = w.shouted && !(loud && (w.small.size() > longest_acronym || is_written_small(w.stem)));
    const bool keeps = acronym || (w.capitalised && !w.shouted && !is_written_small(w.stem));
    out.append(out.empty() ? "" : " ").append(keeps ? std::string(w.text) : w.small);
  }
  return out;
}

bool term_forms::is_written_small(const std::string& stem) const {
  const auto alone = all_.find(stem);
  return alone != all_.end() && alone->second.without > 0;
}

}  // namespace openkb
