#pragma once

/// \file
/// A document, ready to go into a knowledge base: read once, converted, its images at hand. Nothing of a knowledge
/// base is needed or touched to make one; private staging is, for what is too large to be held in memory.
///
///     original -- convert --> document -- compile --> compiled

#include "converters/encoding.hpp"
#include "documents/places.hpp"
#include "knowledge_base/error.hpp"
#include "page_index/page_index.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// `cloud`: what PageIndex has made of a document that is not here itself.
enum class format { markdown, text, html, pdf, cloud };

[[nodiscard]] std::string_view to_string(format f) noexcept;
/// By the file name's extension.
[[nodiscard]] std::optional<format> format_of(const std::filesystem::path& file);

/// Texts are held in memory while they are converted; PDFs are not.
inline constexpr std::uint64_t largest_text = std::uint64_t{64} << 20U;
inline constexpr std::uint64_t largest_pdf = std::uint64_t{4} << 30U;

/// An image that a document shows, under the name that it gets.
struct image {
  std::string name;
  std::string bytes;
  std::optional<std::uint32_t> mode = {};  ///< permission bits, where not everybody may read the file that it came from
};

/// A document as it came, in a copy that nobody else has.
struct original {
  std::string place;      ///< absolute path, or URL
  std::string base_url;   ///< what relative links are meant against, for a document from the web
  std::string stem;       ///< the slug of the file's name without extension
  std::string extension;  ///< with its dot, in lower case; empty when the original is not to be kept
  openkb::format format = format::markdown;
  std::string bytes;
  std::filesystem::path file;  ///< where the bytes are instead; in private staging
  std::uint64_t size = 0;      ///< in bytes
  std::string sha256;
  std::string lies_at;  ///< relative to the root of the knowledge base, for a file that somebody put into its raw/
  std::string charset;  ///< as the web server said; may be empty, or any label
  /// What identifies the version of a local file that was read: empty for others.
  std::string version;
};

struct document : original {
  std::string title;
  std::string markdown;  ///< links to images read `images/<image_directory>/name`; the directory is put in later
  std::vector<image> images;
  std::vector<std::string> warnings;
  std::size_t pages = 0;  ///< of a PDF
  bool is_long = false;   ///< its pages and images are the page index's business

  std::vector<std::string> places;   ///< where links of other documents find it (places.hpp)
  std::vector<outgoing_link> links;  ///< of its text, to where other documents may be
};

/// How documents are read.
struct reading {
  std::filesystem::path staging = {};                   ///< a private directory; without one a PDF is read where it is
  std::size_t index_from = 20;                          ///< PDFs of that many pages and more go through the page index
  std::vector<std::filesystem::path> images_from = {};  ///< where images may come from, beside a document's directory
  const encoding* encoded_as = nullptr;                 ///< what texts are in, whatever they say; null: what they say
  std::stop_token stop = {};
};

/// Reads a local file, once. \errors the system's; not_a_document, not_a_file, too_large, cancelled.
[[nodiscard]] cp::result<original> read_original(const std::filesystem::path& file, const reading& how = {});
/// \errors not_utf8, not_text, bad_encoding, no_text, bad_pdf, cancelled.
[[nodiscard]] cp::result<document> convert(original&& source, const reading& how = {});
/// Both.
[[nodiscard]] cp::result<document> read_document(const std::filesystem::path& file, const reading& how = {});

/// Whether a local file is still the one that was read.
[[nodiscard]] bool is_unchanged(const original& source);

/// The text of a PDF as Markdown: a heading where the outline has one, a comment for each page, and what `image_link`
/// gives for each image's name.
[[nodiscard]] std::string markdown_of_pages(const std::vector<page_index::page>& pages,
                                            const std::vector<page_index::section>& sections,
                                            const std::function<std::string(const std::string&)>& image_link);

/// Stands in `document::markdown` where the directory of the images comes, since its name is known only later.
inline constexpr std::string_view image_directory = "images/\x02/";

}  // namespace openkb
