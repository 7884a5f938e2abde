#pragma once

/// \file
/// The directory that a site is exported into. It is no knowledge base and nobody locks it, so that commitpoint has
/// nothing to say there: all of a site is written beside it first, and then takes its place in one step.
///
///     prepare     refuses a directory with anything in it that no export put there; makes a sibling,
///     `.NAME.openkb-...` write, copy ... into the sibling publish     what is written is made durable; the two
///     directories are exchanged; the old site is removed
///
/// A crash leaves the old site or the new one, and the other one as such a sibling, which the next export into the same
/// place removes.

#include "knowledge_base/error.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

class site_directory {
 public:
  /// \errors not_a_site; the system's.
  [[nodiscard]] static cp::result<site_directory> prepare(const std::filesystem::path& target);
  site_directory(site_directory&& other) noexcept;
  site_directory& operator=(site_directory&&) = delete;
  /// Removes what was not published.
  ~site_directory();

  /// A file, readable by no more than `mode` says.
  [[nodiscard]] cp::result<void> write(const std::string& place, std::string_view bytes, mode_t mode);
  /// A regular file, not through a link, readable by no more than it is where it comes from.
  [[nodiscard]] cp::result<void> copy(const std::filesystem::path& from, const std::string& place);

  /// Gives where the old site is if it could not be removed, because somebody put something into it meanwhile.
  /// \errors not_a_site; the system's. The old site is there then.
  [[nodiscard]] cp::result<std::filesystem::path> publish();

 private:
  site_directory(std::filesystem::path target, std::filesystem::path sibling, int lock) noexcept
      : target_(std::move(target)), sibling_(std::move(sibling)), lock_(lock) {}

  [[nodiscard]] cp::result<void> write_list() const;
  [[nodiscard]] cp::result<bool> take_its_place() const;

  std::filesystem::path target_;
  std::filesystem::path sibling_;  // empty when it is somebody else's business
  int lock_ = -1;                  // held as long as the sibling is in use
  std::vector<std::string> files_;
};

}  // namespace openkb
