#pragma once

/// \file
/// What adding, compiling again, removing and mending do to the pages of a wiki, inside a mutation. Everything is
/// staged; the rows that belong to it ride in the same commit.

#include "registry/registry.hpp"
#include "topics/compiler.hpp"
#include "wiki/pages.hpp"

#include <commitpoint/mutation.hpp>
#include <commitpoint/sqlite/mutation.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace openkb {

class page_changes {
 public:
  explicit page_changes(cp::enlisting_mutation& m) noexcept : m_(m) {}

  /// New, rewritten or appended to, in the order in which it was done.
  [[nodiscard]] const std::vector<std::string>& written() const noexcept { return written_; }
  [[nodiscard]] const std::vector<std::string>& removed() const noexcept { return removed_; }
  [[nodiscard]] bool empty() const noexcept { return written_.empty() && removed_.empty(); }

  cp::result<void> write(const std::string& file, std::string_view bytes, const cp::write_options& how = {});
  /// Only when it is not what stands there.
  cp::result<void> rewrite(const std::string& file, std::string_view bytes);
  /// A file in a lease takes the place.
  cp::result<void> adopt(const std::string& leased, const std::string& file);
  cp::result<void> append(const std::string& file, std::string_view bytes);
  /// What a person removed already is no reason to fail.
  cp::result<void> remove(const std::string& file);

  /// A document's parts in the pages of its topics, rows and lines; parts that it no longer has go, and with the last
  /// part a page. With `known`, the document may have had a part before, so that pages are read and not just appended
  /// to.
  cp::result<void> put_topics(std::int64_t id, std::string_view name, const compiled& c, bool known);
  /// All of a document's parts go.
  cp::result<void> drop_topics(std::int64_t id, std::string_view name);

 private:
  cp::result<void> put_part(const topic& t, std::string_view name, std::string_view title, bool known);
  cp::result<void> replace_part(const std::string& file, std::string_view name, std::string_view part);
  cp::result<void> drop_part(std::int64_t id, std::string_view name, const shared_page& page);

  cp::enlisting_mutation& m_;
  std::vector<std::string> written_;
  std::vector<std::string> removed_;
};

}  // namespace openkb
