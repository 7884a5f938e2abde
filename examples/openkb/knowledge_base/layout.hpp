#pragma once

/// \file
/// Where everything stands in a knowledge base. All paths are relative to its root.

#include "topics/compiler.hpp"

#include <array>
#include <string>
#include <string_view>

namespace openkb::layout {

inline constexpr std::string_view state_directory = ".openkb/commitpoint";
inline constexpr std::string_view registry = ".openkb/registry.db";
/// The page index's own place: everything that it keeps is below it.
inline constexpr std::string_view index_root = ".openkb";
inline constexpr std::string_view index_database = ".openkb/pageindex.db";
inline constexpr std::string_view index_blobs = ".openkb/files";
inline constexpr std::string_view index_collection = "documents";
inline constexpr std::string_view config = ".openkb/config.json";
inline constexpr std::string_view wiki = "wiki/";
inline constexpr std::string_view originals = "raw/";
inline constexpr std::string_view sources = "wiki/sources/";
inline constexpr std::string_view summaries = "wiki/summaries/";
inline constexpr std::string_view index = "wiki/index.md";
inline constexpr std::string_view initials = "wiki/index/";
inline constexpr std::string_view log = "wiki/log.md";
inline constexpr std::array<std::string_view, 7> directories{
    "raw", "wiki/sources", "wiki/sources/images", "wiki/summaries", "wiki/concepts", "wiki/entities", "wiki/index"};
/// The directories that are openkb's; nothing in them is a document to be added.
inline constexpr std::array<std::string_view, 3> own{"raw", "wiki", ".openkb"};

[[nodiscard]] inline std::string raw(std::string_view name, std::string_view extension) {
  return std::string("raw/").append(name).append(extension);
}
[[nodiscard]] inline std::string source(std::string_view name) {
  return std::string("wiki/sources/").append(name).append(".md");
}
[[nodiscard]] inline std::string summary(std::string_view name) {
  return std::string("wiki/summaries/").append(name).append(".md");
}
[[nodiscard]] inline std::string images(std::string_view name) {
  return std::string("wiki/sources/images/").append(name);
}
/// The documents whose titles begin alike.
[[nodiscard]] inline std::string initial_page(std::string_view initial) {
  return std::string(initials).append(initial).append(".md");
}
[[nodiscard]] inline std::string_view directory_of(topic_kind kind) noexcept {
  return kind == topic_kind::concept_page ? "concepts" : "entities";
}
[[nodiscard]] inline std::string page(topic_kind kind, std::string_view slug) {
  return std::string("wiki/").append(directory_of(kind)).append("/").append(slug).append(".md");
}

}  // namespace openkb::layout
