#pragma once

/// \file
/// A directory of the system's for temporary files, for what is looked at and not kept.

#include "knowledge_base/error.hpp"

#include <filesystem>
#include <utility>

namespace openkb {

/// Nobody else may read it; it goes with everything in it.
class private_directory {
 public:
  [[nodiscard]] static cp::result<private_directory> make();
  private_directory(private_directory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  private_directory& operator=(private_directory&&) = delete;
  ~private_directory();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  explicit private_directory(std::filesystem::path path) noexcept : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace openkb
