#pragma once

/// \file
/// The lines of a summary that lead to the topics of its document, and what a person wrote among them.

#include "topics/compiler.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace openkb::pages {

/// The summary with these topics, and without those that the document has left. What a person wrote there stays, also
/// among them, and also where it leads to a topic.
[[nodiscard]] std::string with_topics(std::string_view summary, const std::vector<topic>& topics,
                                      const std::vector<topic>& left = {});
/// The summary without those lines of openkb's, and without a heading of topics that has nothing any more.
[[nodiscard]] std::string without_topics(std::string_view summary, const std::vector<topic>& gone);
/// The topics, by kind and slug, that a summary has a line for which reads as openkb writes it.
[[nodiscard]] std::vector<topic> topics_in(std::string_view summary);

}  // namespace openkb::pages
