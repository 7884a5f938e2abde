#pragma once

/// \file
/// How terms are written in a text, and which of its sentences shows each best.

#include "topics/phrase_counts.hpp"
#include "topics/terms.hpp"

#include <map>
#include <string>
#include <vector>

namespace openkb {

/// Fills in the terms' texts and excerpts: give it all headings and sentences, then `settle`.
class term_forms {
 public:
  /// Both outlive this.
  term_forms(const phrase_counts& all, std::vector<term>& chosen);

  void look_at(const analysed_sentence& s, bool heading);
  void settle();

 private:
  struct found {
    term* of = nullptr;
    std::map<std::string, long> in_sentences;
    std::map<std::string, long> in_headings;
    std::string excerpt;
    bool whole = false;
  };

  void look_at(found& f, phrase p, const analysed_sentence& s, bool heading);
  [[nodiscard]] std::string without_chance_capitals(phrase p) const;
  [[nodiscard]] bool is_written_small(const std::string& stem) const;

  const phrase_counts& all_;
  std::map<std::string, found> found_;
};

}  // namespace openkb
