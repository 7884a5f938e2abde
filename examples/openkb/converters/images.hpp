#pragma once

/// \file
/// The images that a document names: which files may be taken for one. What is taken goes into the wiki, where others
/// read it, and a document may be a stranger's. So only that is taken which is an image by its bytes, a regular file,
/// and below the document's own directory or another one that whoever adds it has named; links on the way are followed
/// to where they lead, and that has to be there as well.

#include "knowledge_base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

inline constexpr std::uint64_t largest_image = std::uint64_t{256} << 20U;

/// Whether these bytes begin as a PNG, JPEG, GIF, WebP, BMP, TIFF, ICO, AVIF, HEIC or SVG file does.
[[nodiscard]] bool is_image(std::string_view bytes);

/// An image that was read.
struct image_file {
  std::filesystem::path file;  ///< without links
  std::string bytes;
  std::optional<std::uint32_t> mode;  ///< permission bits, where not everybody may read the file
};

class image_directories {
 public:
  image_directories(const std::filesystem::path& own, const std::vector<std::filesystem::path>& others);

  /// `file` may be relative to the document's own directory.
  /// \errors leads_outside, not_an_image, not_a_file, too_large; the system's.
  [[nodiscard]] cp::result<image_file> read(const std::filesystem::path& file) const;

  /// A file of that name below one of the directories, with the shortest way to it; empty where there is none. Hidden
  /// directories and links to directories are passed over.
  [[nodiscard]] std::filesystem::path find(const std::filesystem::path& name) const;

 private:
  std::filesystem::path own_;
  std::vector<std::filesystem::path> all_;  // without links
};

}  // namespace openkb
