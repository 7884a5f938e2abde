#include "registry/copy_rows.hpp"

#include "registry/registry.hpp"
#include "registry/terms.hpp"

#include <array>
#include <string>
#include <string_view>

namespace openkb {

namespace {

// Those of older formats come first.
constexpr std::array<std::string_view, 10> tables{"documents",       "document_files", "pages", "page_documents",
                                                  "index_deletions", "tallies",        "terms", "document_terms",
                                                  "places",          "links"};

std::size_t tables_of(std::int64_t version) {
  if (version < registry::version_with_text) return 5;
  return version < registry::current_version ? 8 : tables.size();
}

cp::result<void> copy_table(sqlite3* from, sqlite3* to, std::string_view table) {
  const std::string name(table);
  BOOST_OUTCOME_TRY(auto columns, statement::prepare(from, "SELECT count(*) FROM pragma_table_info(?)"));
  BOOST_OUTCOME_TRYV(columns.bind(name).next());
  std::string values = "?";
  for (auto n = columns.number(0); n > 1; --n) values += ", ?";
  BOOST_OUTCOME_TRY(auto rows, statement::prepare(from, "SELECT * FROM " + name));
  BOOST_OUTCOME_TRY(auto put, statement::prepare(to, "INSERT INTO " + name + " VALUES (" + values + ")"));
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, rows.next());
    if (!more) return cp::success();
    BOOST_OUTCOME_TRYV(put.bind_row(rows).run());
  }
}

}  // namespace

cp::result<database> copy_of_rows(sqlite3* from) {
  BOOST_OUTCOME_TRY(const auto version, registry(from).version());
  BOOST_OUTCOME_TRY(auto out, database::temporary());
  auto* const to = out.get();
  BOOST_OUTCOME_TRYV(execute(to, "BEGIN"));
  BOOST_OUTCOME_TRYV(registry(to).make_tables());
  for (std::size_t i = 0; i < tables_of(version); ++i) {
    BOOST_OUTCOME_TRYV(copy_table(from, to, tables[i]));
  }
  if (version < registry::version_with_text) {
    BOOST_OUTCOME_TRYV(term_registry(to).adopt_pages());
    BOOST_OUTCOME_TRYV(registry(to).count_again());
  }
  BOOST_OUTCOME_TRYV(execute(to, "COMMIT"));
  return out;
}

}  // namespace openkb
