#pragma once

/// \file
/// Words that say nothing, or little, about what a text is about.

#include <string>
#include <string_view>

namespace openkb {

/// Whether a word, in lower case, belongs to the language and not to the subject: articles, pronouns, prepositions and
/// the like, verbs and qualities that any text has, and what only leads around in a page. No term reaches across one.
[[nodiscard]] bool is_stop_word(std::string_view small);

/// Whether the word of that stem has a meaning, but one that every manual speaks of: "file", "value", "user". It says
/// something together with others only.
[[nodiscard]] bool is_general(const std::string& stem);

}  // namespace openkb
