#pragma once

/// \file
/// The lines of a summary that lead to the topics of its document, and what a person wrote among them.

#include "topics/compiler.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace openkb::pages {

/// The summary with these topics, and without those that the document has left; a heading of openkb's that has nothing
/// any more goes with them. What a person wrote stays to the byte and where it is, also among them, and also where it
/// leads to a topic.
[[nodiscard]] std::string with_topics(std::string_view summary, const std::vector<topic>& topics,
                                      const std::vector<topic>& left = {});
/// The topics, by kind and slug, that a summary has a line for which reads as openkb writes it.
[[nodiscard]] std::vector<topic> topics_in(std::string_view summary);

}  // namespace openkb::pages
