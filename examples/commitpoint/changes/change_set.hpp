#pragma once

/// \file
/// What `apply` is given: JSON, as an agent writes it or `jq` makes it.
///
///     {"operation": "rename the topic",
///      "expect": {"notes/a.md": "9f86d081...", "notes/b.md": "absent"},
///      "operations": [
///        {"op": "write", "path": "a", "text": "..."},                 or "base64", or "from": a file; "mode": "0644"
///        {"op": "append", "path": "log", "text": "..."},
///        {"op": "replace", "path": "a", "find": "x", "with": "y", "count": 2},
///        {"op": "edit", "path": "a", "diff": "@@ -1,2 +1,2 @@\n..."},
///        {"op": "mkdir", "path": "d/e"}, {"op": "rename", "from": "a", "to": "b"},
///        {"op": "remove", "path": "c"}, {"op": "symlink", "path": "l", "target": "b"}]}

#include <commitpoint/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace command {

namespace cp = commitpoint;

/// A content that stands in the change set, or in a file that is read when its turn comes.
struct content {
  std::string bytes;
  std::string from;  ///< empty: it stands in `bytes`
};

namespace op {
struct write {
  std::string path;
  command::content content;
  std::optional<std::uint32_t> mode;
};
struct append {
  std::string path;
  command::content content;
};
struct replace {
  std::string path;
  std::string find;
  std::string with;
  std::size_t count;
};
struct edit {
  std::string path;
  std::string diff;
};
struct mkdir {
  std::string path;
};
struct rename {
  std::string from;
  std::string to;
};
struct remove {
  std::string path;
};
struct symlink {
  std::string path;
  std::string target;
};
}  // namespace op

using operation =
    std::variant<op::write, op::append, op::replace, op::edit, op::mkdir, op::rename, op::remove, op::symlink>;

/// What stands at a path before.
struct expectation {
  std::string path;
  std::optional<std::string> sha256;  ///< in hexadecimal; nothing: nothing is there
};

struct change_set {
  std::string name = "apply";
  std::vector<expectation> expected;
  std::vector<operation> operations;
};

/// \errors bad_change_set, which says where: what is no JSON, members and operations that nobody knows, values that are
/// missing or of another kind.
[[nodiscard]] cp::result<change_set> parse_change_set(std::string_view json);

/// Such as `write`.
[[nodiscard]] std::string_view name_of(const operation& o);
/// The path that it is about; of a renaming the old one.
[[nodiscard]] const std::string& path_of(const operation& o);

}  // namespace command
