#pragma once

/// \file
/// Unified diffs of one file: applying one, and making one to be shown.
///
/// \source POSIX, diff: "Diff -u or -U Output Format"

#include <commitpoint/result.hpp>

#include <string>
#include <string_view>

namespace command {

namespace cp = commitpoint;

/// The text with all hunks of the diff in it. Each is looked for where its header says, and otherwise where it fits
/// nearest to that, behind the hunk before; its context and what it removes must be there, to the byte. Lines in front
/// of the first hunk (`---`, `+++`, `diff`, `index`) are passed over.
/// \errors does_not_apply, which names the hunk.
[[nodiscard]] cp::result<std::string> with_diff(std::string_view text, std::string_view diff);

/// What makes `after` of `before`, made by diff(1): empty where they are the same.
/// \errors the system's: diff is not there.
[[nodiscard]] cp::result<std::string> diff_of(const std::string& path, std::string_view before, std::string_view after);

}  // namespace command
