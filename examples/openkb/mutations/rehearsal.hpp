#pragma once

/// \file
/// `add --dry-run`: what adding documents would come to, one after the other, without the lock and without a change.

#include "mutations/add_document.hpp"
#include "registry/database.hpp"
#include "registry/registry.hpp"
#include "registry/terms.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace openkb {

/// Rows are changed in a copy, by those who change them otherwise; of files only names are told.
class rehearsal {
 public:
  /// Of the knowledge base as it is now: to be made under a lock, which is not needed any longer then.
  /// \errors registry_failed; ENOENT without a registry.
  [[nodiscard]] static cp::result<rehearsal> of(const std::filesystem::path& root);

  /// What `add_document` would give. \errors already_here (the explanation is the name); registry_failed.
  [[nodiscard]] cp::result<added> add(const document& d, const compiled& c, const std::string& now);

 private:
  rehearsal(std::filesystem::path root, database&& rows) noexcept : root_(std::move(root)), rows_(std::move(rows)) {}

  [[nodiscard]] cp::result<void> put_links(std::int64_t id, const document& d, added& out);
  cp::result<void> put_topics(const entry& row, const std::vector<topic>& topics, added& out);
  void put_files(const std::vector<std::string>& before, const std::vector<std::string>& now, added& out) const;
  [[nodiscard]] cp::result<void> put_index(const entry& before, const entry& row, added& out);
  void change(const page_change& change, added& out) const;
  [[nodiscard]] std::optional<std::string> text_of(const std::string& file) const;
  [[nodiscard]] bool is_there(const std::string& file) const;
  [[nodiscard]] std::string standing(const std::string& file) const;

  std::filesystem::path root_;
  database rows_;
};

}  // namespace openkb
