#pragma once

/// \file
/// What adding, compiling again, removing and mending do to the pages of a wiki, inside a mutation. Everything is
/// staged; the rows that belong to it ride in the same commit.

#include "registry/registry.hpp"
#include "registry/terms.hpp"
#include "topics/compiler.hpp"
#include "wiki/pages.hpp"

#include <commitpoint/mutation.hpp>
#include <commitpoint/sqlite/mutation.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// The pages that a document has no part in any more.
[[nodiscard]] std::vector<topic> left_by(const std::string& document, const topic_changes& changes);

class page_changes {
 public:
  explicit page_changes(cp::enlisting_mutation& m) noexcept : m_(m) {}

  /// New, rewritten or appended to, in the order in which it was done.
  [[nodiscard]] const std::vector<std::string>& written() const noexcept { return written_; }
  [[nodiscard]] const std::vector<std::string>& removed() const noexcept { return removed_; }
  [[nodiscard]] bool empty() const noexcept { return written_.empty() && removed_.empty(); }

  /// Whether it is there as this mutation sees it. One that came back with its accents written the other way gets its
  /// own name again first, so that there are never two; all that changes a file sees to that.
  cp::result<bool> exists(const std::string& file);
  cp::result<void> write(const std::string& file, std::string_view bytes, const cp::write_options& how = {});
  /// Only when it is not what stands there.
  cp::result<void> rewrite(const std::string& file, std::string_view bytes);
  /// A file in a lease takes the place.
  cp::result<void> adopt(const std::string& leased, const std::string& file);
  cp::result<void> rename(const std::string& from, const std::string& to);
  /// From the beginning of a line on, also where a person's editor left the last one without its end.
  cp::result<void> append(const std::string& file, std::string_view bytes);
  /// What a person removed already is no reason to fail.
  cp::result<void> remove(const std::string& file);
  /// Unless there is still something in it, which is somebody's own.
  cp::result<void> remove_directory(const std::string& directory);
  /// A directory on the way gets its name back with all that is in it; or the file alone, where there are both.
  cp::result<void> respell(const std::string& written, const std::string& file);

  /// A document's topics, rows and lines. Parts that it no longer has go, and pages that nobody needs any more; pages
  /// that it makes necessary come to be, with the parts of other documents. Gives the pages that it has a part in, the
  /// best one first. The summaries of other documents follow; its own is the caller's.
  cp::result<std::vector<topic>> put_topics(const entry& document, const std::vector<topic>& topics);

 private:
  cp::result<void> claim(const std::string& file);
  [[nodiscard]] cp::result<bool> is_empty(const std::string& directory);
  cp::result<void> change_page(const page_change& change);
  cp::result<void> change_summary(std::int64_t id, const std::string& name, const std::vector<topic>& left);

  cp::enlisting_mutation& m_;
  std::vector<std::string> written_;
  std::vector<std::string> removed_;
};

}  // namespace openkb
