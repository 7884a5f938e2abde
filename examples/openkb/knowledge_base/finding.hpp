#pragma once

/// \file
/// One thing that `lint` says of a knowledge base.

#include <string>
#include <string_view>

namespace openkb {

struct finding {
  enum class kind {
    missing_file,     ///< a row names it
    other_spelling,   ///< it is there under its name with accents written the other way
    stale_part,       ///< a line of a document that is not here, or has no part there
    missing_part,     ///< a document has a part in a page that has no line of it
    missing_line,     ///< the index does not list a document
    stale_line,       ///< the index lists what is not here, or lists it somewhere else
    stale_index,      ///< the index counts what is not so
    broken_link,      ///< from a page of the wiki to where nothing is
    missing_blob,     ///< the page index does not have a document that it should
    stray_blob,       ///< the page index has what nobody refers to
    missing_text,     ///< a document cannot be found by its text
    stray_text,       ///< the full text has a document that is not here
    damaged_text,     ///< FTS5's own check
    damaged_rows,     ///< SQLite's own check
    document_to_add,  ///< somebody put it into raw/: no problem
    foreign_file,     ///< not openkb's, and left alone: no problem
  };
  kind what = kind::foreign_file;
  std::string path;      ///< relative to the root
  std::string document;  ///< its name, where it is about one
  std::string detail;
  bool can_be_mended = false;  ///< by `lint --fix`, which changes nothing but openkb's own lines and files

  friend bool operator==(const finding&, const finding&) = default;
};

[[nodiscard]] std::string_view to_string(finding::kind k) noexcept;
/// Whether it is more than a remark.
[[nodiscard]] bool is_problem(const finding& f) noexcept;
/// What to do about one that `lint --fix` does nothing about. `root` is the knowledge base as it was asked for.
[[nodiscard]] std::string advice_on(const finding& f, const std::string& root);

}  // namespace openkb
