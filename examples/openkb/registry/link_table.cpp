#include "registry/link_table.hpp"

#include "text/nfc.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <tuple>

namespace openkb {

namespace {

constexpr std::array<std::string_view, 4> link_tables{
    "CREATE TABLE places (place TEXT NOT NULL, document_id INTEGER NOT NULL REFERENCES documents (id), PRIMARY KEY"
    " (place, document_id)) WITHOUT ROWID",
    "CREATE INDEX places_by_document ON places (document_id)",
    "CREATE TABLE links (place TEXT NOT NULL, document_id INTEGER NOT NULL REFERENCES documents (id), written TEXT NOT"
    " NULL, PRIMARY KEY (place, document_id, written)) WITHOUT ROWID",
    "CREATE INDEX links_by_document ON links (document_id)"};

struct claim {
  destination to;
  std::string source_path;
};

auto claim_rank(const claim& c, const std::string& place, const std::filesystem::path& directory) {
  const std::filesystem::path path(c.source_path);
  return std::tuple(nfc(c.source_path) != place, path.parent_path() != directory,
                    std::distance(path.begin(), path.end()), c.source_path);
}

cp::result<std::vector<std::string>> texts(statement row) {
  std::vector<std::string> out;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) return out;
    out.push_back(row.text(0));
  }
}

cp::result<void> gather_links(statement row, std::vector<outgoing_link>& out) {
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) return cp::success();
    out.push_back({row.text(0), row.text(1)});
  }
}

}  // namespace

cp::result<void> link_table::make_tables() {
  for (const auto sql : link_tables) {
    BOOST_OUTCOME_TRYV(execute(db_, sql));
  }
  return cp::success();
}

cp::result<void> link_table::put(std::int64_t id, const std::vector<std::string>& places,
                                 const std::vector<outgoing_link>& links) {
  BOOST_OUTCOME_TRYV(remove(id));
  BOOST_OUTCOME_TRY(auto place, statement::prepare(db_, "INSERT INTO places (place, document_id) VALUES (?, ?)"));
  for (const auto& p : places) {
    BOOST_OUTCOME_TRYV(place.bind(p).bind(id).run());
  }
  constexpr std::string_view sql = "INSERT INTO links (place, document_id, written) VALUES (?, ?, ?)";
  BOOST_OUTCOME_TRY(auto link, statement::prepare(db_, sql));
  for (const auto& l : links) {
    BOOST_OUTCOME_TRYV(link.bind(l.place).bind(id).bind(l.written).run());
  }
  return cp::success();
}

cp::result<void> link_table::remove(std::int64_t id) {
  BOOST_OUTCOME_TRYV(execute(db_, "DELETE FROM links WHERE document_id = ?", id));
  return execute(db_, "DELETE FROM places WHERE document_id = ?", id);
}

cp::result<std::vector<std::string>> link_table::places_of(std::int64_t id) {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_, "SELECT place FROM places WHERE document_id = ? ORDER BY place"));
  row.bind(id);
  return texts(std::move(row));
}

cp::result<std::vector<outgoing_link>> link_table::links_of(std::int64_t id) {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_, "SELECT place, written FROM links WHERE document_id = ?"));
  row.bind(id);
  std::vector<outgoing_link> out;
  BOOST_OUTCOME_TRYV(gather_links(std::move(row), out));
  std::ranges::sort(out);
  return out;
}

cp::result<std::vector<outgoing_link>> link_table::links_of(std::int64_t id, const std::vector<std::string>& places) {
  std::vector<outgoing_link> out;
  for (const auto& place : places) {
    constexpr std::string_view sql = "SELECT place, written FROM links WHERE place = ? AND document_id = ?";
    BOOST_OUTCOME_TRY(auto row, statement::prepare(db_, sql));
    row.bind(place).bind(id);
    BOOST_OUTCOME_TRYV(gather_links(std::move(row), out));
  }
  std::ranges::sort(out);
  return out;
}

cp::result<std::vector<std::int64_t>> link_table::speakers_of(const std::vector<std::string>& places) {
  std::set<std::int64_t> out;
  for (const auto& place : places) {
    BOOST_OUTCOME_TRY(auto row, statement::prepare(db_, "SELECT DISTINCT document_id FROM links WHERE place = ?"));
    row.bind(place);
    for (;;) {
      BOOST_OUTCOME_TRY(const bool more, row.next());
      if (!more) break;
      out.insert(row.number(0));
    }
  }
  return std::vector(out.begin(), out.end());
}

cp::result<std::optional<destination>> link_table::at(const std::string& place, const std::string& speaker) {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_,
                                                 "SELECT documents.id, name, source_path FROM places JOIN documents ON"
                                                 " documents.id = document_id WHERE place = ?"));
  row.bind(place);
  std::vector<claim> claims;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) break;
    claims.push_back({{row.number(0), row.text(1)}, row.text(2)});
  }
  if (claims.empty()) return std::nullopt;
  const auto directory = std::filesystem::path(speaker).parent_path();
  const auto best =
      std::ranges::min_element(claims, {}, [&](const claim& c) { return claim_rank(c, place, directory); });
  return best->to;
}

}  // namespace openkb
