#pragma once

/// \file
/// A knowledge base as a static site: each page of the wiki in HTML, with what it shows and leads to, and a search.

#include "knowledge_base/error.hpp"

#include <commitpoint/reader.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

namespace openkb {

struct exporting {
  std::filesystem::path root;
  std::filesystem::path target;
  std::string title;
  std::stop_token stop;
  std::function<void(std::size_t done, std::size_t of)> progress;
};

struct exported {
  std::size_t documents = 0;
  std::size_t pages = 0;
  std::size_t files = 0;      ///< images and originals
  std::filesystem::path old;  ///< the site before, where it could not be removed
};

/// As it is under the reader's lock. \errors not_a_site, inside_knowledge_base, cancelled; the system's.
[[nodiscard]] cp::result<exported> export_site(const cp::reader& reader, const exporting& how);

}  // namespace openkb
