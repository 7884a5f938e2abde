#pragma once

/// \file
/// An optional compiler: a language model behind an OpenAI-compatible endpoint.

#include "documents/document.hpp"
#include "topics/compiler.hpp"

#include <stop_token>
#include <string>

namespace openkb {

struct llm_endpoint {
  std::string url;  ///< up to and without `/chat/completions`
  std::string model;
  std::string key;  ///< may be empty
};

/// Asks the model for a title, a summary and topics, as JSON; what it does not give is taken from the built-in
/// compiler, and everything is cut to the same measures. Two minutes for an answer, five attempts.
/// \errors llm_answer; those of `http_get_text`.
[[nodiscard]] cp::result<compiled> compile_by_llm(const llm_endpoint& endpoint, const document& d,
                                                  const std::stop_token& stop);

}  // namespace openkb
