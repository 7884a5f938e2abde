#pragma once

/// \file
/// The index's database: what is in which document.

#include "page_index/page_index.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace page_index {

/// A statement whose parameters are bound in order. Throws what SQLite says.
class query {
 public:
  query(sqlite3* db, std::string_view sql);
  query& with(std::string_view text);
  query& with(std::size_t number);
  [[nodiscard]] bool next();
  void run();
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::size_t number(int column) const;

 private:
  std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> prepared_;
  int bound_ = 0;
};

class store_database {
 public:
  explicit store_database(const std::string& file);
  /// Makes and changes nothing. \throws error.
  [[nodiscard]] static store_database to_read(const std::string& file);

  [[nodiscard]] std::optional<document> find(std::string_view collection, std::string_view id) const;
  [[nodiscard]] std::optional<document> find_content(std::string_view collection, std::string_view sha256) const;
  [[nodiscard]] std::vector<document> find_labelled(std::string_view label) const;
  [[nodiscard]] std::vector<document> all() const;

  /// A document that is being taken. Durable when this returns, and so before its blob is there.
  void take(const document& d) const;
  /// Everything that indexing found, in one transaction.
  void finish(const document& d, const std::vector<page>& pages, const std::vector<section>& sections) const;
  void forget(std::string_view collection, std::string_view id) const;

  [[nodiscard]] std::vector<page> pages(std::string_view collection, std::string_view id) const;
  [[nodiscard]] std::vector<section> sections(std::string_view collection, std::string_view id) const;

 private:
  using connection = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
  explicit store_database(connection opened) noexcept : db_(std::move(opened)) {}

  [[nodiscard]] std::vector<document> select(std::string_view where, std::string_view first,
                                             std::string_view second = {}) const;
  void execute(const char* sql) const;

  connection db_;
};

}  // namespace page_index
