#pragma once

/// \file
/// What a publish step must do.

#include <commitpoint/policy.hpp>
#include <commitpoint/system/door.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace commitpoint::publish {

/// The word for a way of publishing, as the journal has it: a drain of a program that was compiled with another policy
/// knows by it how to go on. What is published by `rename` has none.
inline constexpr std::string_view by_rename;
inline constexpr std::string_view by_exchange = "exchange";
inline constexpr std::string_view by_copy = "copy";

/// Behind the name of a spare: a second free name.
inline constexpr std::string_view half_suffix = ".half";

/// One new version on its way to its live name. Source and spare are in the same directory, and on the same device as
/// the directory of the target. The spare is a free name that the step may use, and so is that name with `half_suffix`
/// behind it, for a spare that is not whole yet; whatever is left at them is removed later.
struct move {
  const system::handle& from;
  const std::string& source;
  const std::string& spare;
  const system::handle& to;
  const std::string& target;
  bool ordered = false;       ///< whether renames reach the disk in order, so that the source need not be kept
  std::int64_t modified = 0;  ///< the time of the new version, ns since the epoch
  std::optional<std::uint32_t> mode = {};  ///< permission bits for a live file that is written to
};

/// The working part of a publish policy: how a staged version goes live. A policy derives from it and can be copied, or
/// makes one by `std::unique_ptr<publish::way> make() const`.
class way {
 public:
  using kind = commitpoint::kind::publish;

  virtual ~way() = default;

  /// Before the commit point: everything of `put` that may need room or be refused.
  virtual result<void> prepare(system::door& system, const move& m) const = 0;
  /// After it: the target has the new version. The same call again after a crash in it succeeds.
  virtual result<void> put(system::door& system, const move& m) const = 0;
  /// The word for it in the journal. With none a drain finishes by renaming.
  [[nodiscard]] virtual std::string_view word() const noexcept { return by_rename; }
  /// Whether a staged directory may take the place of a live one.
  [[nodiscard]] virtual bool replaces_directories() const noexcept { return false; }

 protected:
  way() = default;
  way(const way&) = default;
  way& operator=(const way&) = default;
};

}  // namespace commitpoint::publish
