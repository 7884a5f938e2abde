#pragma once

/// \file
/// What a mutation expects of the live tree at its commit point.

#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/metadata.hpp>
#include <commitpoint/files/tree.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

class expectations {
 public:
  /// A file of exactly this content, or nothing at all.
  void add(std::string plain, std::optional<std::string_view> content) {
    all_.push_back({std::move(plain), content ? std::optional<std::string>(*content) : std::nullopt});
  }
  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
  /// Forgets the newest, down to so many.
  void cut(std::size_t remaining) { all_.resize(remaining); }

  /// Looks at the live tree.
  /// \errors drifted, with the path and what is there instead.
  [[nodiscard]] result<void> check(system::door& system, const system::handle& root) const {
    for (const auto& e : all_) {
      auto difference = difference_from(system, root, e);
      if (!difference) return std::move(difference).error().on(e.path);
      if (!difference.value().empty()) return failure(make_error_code(errc::drifted), e.path, difference.value());
    }
    return success();
  }

 private:
  struct expectation {
    std::string path;
    std::optional<std::string> content;
  };

  [[nodiscard]] static result<std::string> difference_from(system::door& system, const system::handle& root,
                                                           const expectation& e) {
    const auto seen = status_beneath(system, root, e.path);
    if (!seen && seen.error() == errc::outside_root) return std::string("a directory above it is a symbolic link now");
    if (!seen) return seen.error();
    const auto& live = seen.value();
    if (!e.content) return std::string(live.type == node::none ? "" : "something is there, and nothing was expected");
    if (live.type == node::none) return std::string("it is gone");
    if (live.type != node::regular) return std::string("it is not a file any more");
    if (live.size != e.content->size()) return std::string("another program changed it: its size is another");
    BOOST_OUTCOME_TRY(const auto file, open_beneath(system, root, e.path, {}));
    for (std::size_t at = 0; at < e.content->size(); at += stream_block) {
      const auto wanted = std::string_view(*e.content).substr(at, stream_block);
      BOOST_OUTCOME_TRY(const auto found, read_range(system, file, at, wanted.size()));
      if (found != wanted) return std::string("another program changed its content");
    }
    return std::string{};
  }

  std::vector<expectation> all_;
};

}  // namespace commitpoint::detail
