#pragma once

/// \file
/// An index of long documents, page by page: a component of its own, with its own database and its own store of blobs.
/// It knows nothing of whoever uses it, names its blobs itself while it works, and keeps equal contents once.
///
///     <directory>/pageindex.db
///     <directory>/files/<collection>/<id>.pdf
///     <directory>/files/<collection>/<id>/images/<image>
///
/// A document is first taken into the store, then indexed. If indexing fails after that, or is cancelled, the document
/// is deleted from the store again before the exception goes on. A process that is killed in between leaves a document
/// that is not finished: whoever wants to undo its own adding asks `remove_labelled`; whoever adds the same content
/// again gets it done over.
///
/// One that writes holds a lock on `files/` (flock), so that several processes may use one index. Blobs are written and
/// not synced: whoever needs that syncs the files that `add` names.

#include "page_index/pdf_file.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace page_index {

/// A page as the index has it.
struct page {
  std::size_t number = 1;
  std::string text;
  std::vector<std::string> images;  ///< file names in the document's directory of images
};

struct document {
  std::string collection;
  std::string id;
  std::string sha256;
  std::string label;  ///< given by whoever added it
  std::string title;
  std::size_t pages = 0;
  bool ready = false;  ///< false: somebody is at it, or was killed
};

/// What `add` did.
struct indexed {
  std::string id;
  bool created = false;  ///< false: the same content was there, under this id
  std::vector<std::filesystem::path>
      new_paths;  ///< relative to the index's directory; what is in a new directory is new
  std::vector<std::size_t> pages_without_images = {};  ///< where some take more memory or time than is allowed
};

class index {
 public:
  /// Opens the index in a directory, and makes it if there is none. \throws error.
  explicit index(std::filesystem::path directory);
  /// Opens one that is there, to look at it: makes and changes nothing, and need not be allowed to. \throws error.
  [[nodiscard]] static index to_read(std::filesystem::path directory);
  index(index&&) noexcept;
  index& operator=(index&&) noexcept;
  ~index();

  /// Makes an empty collection; `add` makes one that is not there.
  void make_collection(std::string_view collection);

  /// Takes a PDF into a collection. `label` is kept with a document that this call created.
  /// \throws error: bad_document, store_failed, cancelled; then nothing of it is left.
  indexed add(std::string_view collection, const std::filesystem::path& pdf, std::string_view label = {},
              const std::stop_token& stop = {});

  /// Deletes a document; one that is not there is fine.
  void remove(std::string_view collection, std::string_view id);
  /// Deletes what was created with this label and nothing else, finished or not.
  void remove_labelled(std::string_view label);

  [[nodiscard]] std::optional<document> find(std::string_view collection, std::string_view id);
  [[nodiscard]] std::vector<document> documents();
  [[nodiscard]] std::vector<page> pages(std::string_view collection, std::string_view id);
  [[nodiscard]] std::vector<section> sections(std::string_view collection, std::string_view id);

  /// Blobs that belong to no document, relative to the index's directory.
  [[nodiscard]] std::vector<std::filesystem::path> strays();

  /// Where the images of a document are, relative to the index's directory.
  [[nodiscard]] static std::filesystem::path image_directory(std::string_view collection, std::string_view id);

 private:
  struct parts;
  explicit index(std::unique_ptr<parts> made) noexcept;
  std::unique_ptr<parts> parts_;
};

}  // namespace page_index
