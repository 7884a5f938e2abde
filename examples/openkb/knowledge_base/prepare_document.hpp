#pragma once

/// \file
/// What an add does before it takes the lock: fetch, hash, convert, compile. By any thread, several at once.

#include "documents/document.hpp"
#include "documents/standard_input.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "remote/cloud.hpp"
#include "remote/http.hpp"
#include "topics/compiler.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace openkb {

/// One thing to be added.
struct input {
  enum class kind { file, url, cloud, piped };
  kind from = kind::file;
  std::string what;  ///< path, URL, id, or the name of what standard input has

  /// As it was asked for, for messages.
  [[nodiscard]] std::string shown() const {
    if (from == kind::piped) return place_of_piped(what);
    return from == kind::cloud ? cloud_place(what) : what;
  }
  /// Whether it may keep somebody waiting.
  [[nodiscard]] bool is_remote() const noexcept { return from != kind::file; }
};

/// What makes the wiki's view of a document of its text; the built-in compiler, or somebody else's.
using compile_function = std::function<cp::result<compiled>(const document&, const std::stop_token&)>;

struct prepared_document {
  document source;
  compiled result;
};

struct preparing {
  std::filesystem::path root;
  std::size_t index_from = 20;  ///< pages
  std::vector<std::filesystem::path> images_from;
  const encoding* encoded_as = nullptr;  ///< what texts are in; null: what they say
  http_limits limits;
  cloud_access cloud;
  compile_function compile;
  std::stop_token stop;
};

/// Makes a document ready, in a private directory. What is here already is not converted.
/// \errors already_here (the explanation is the name); those of reading, fetching, converting and compiling.
[[nodiscard]] cp::result<std::unique_ptr<prepared_document>> prepare_document(const preparing& how, const input& in,
                                                                              const std::filesystem::path& staging);

}  // namespace openkb
