#include "mutations/link_documents.hpp"

#include "knowledge_base/layout.hpp"
#include "registry/registry.hpp"

#include <algorithm>
#include <iterator>

namespace openkb {

namespace {

// With the rows of the mutation.
template <class F>
auto rows(cp::enlisting_mutation& m, F f) {
  return m.enlist([&](sqlite3* db) {
    link_table table(db);
    return f(table);
  });
}

std::vector<std::string> both(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::string> out;
  std::ranges::set_union(a, b, std::back_inserter(out));
  return out;
}

}  // namespace

cp::result<void> document_linking::put(std::int64_t id, const std::vector<std::string>& places,
                                       const std::vector<outgoing_link>& links) {
  BOOST_OUTCOME_TRY(const auto old, rows(m_, [&](link_table& table) { return table.places_of(id); }));
  const auto changed = old == places ? std::vector<std::string>{} : both(old, places);
  BOOST_OUTCOME_TRY(auto speakers, gather(changed, id));
  BOOST_OUTCOME_TRYV(rows(m_, [&](link_table& table) { return table.put(id, places, links); }));
  for (auto& s : speakers) {
    BOOST_OUTCOME_TRYV(turn(s));
  }
  return cp::success();
}

cp::result<void> document_linking::remove(std::int64_t id) {
  BOOST_OUTCOME_TRY(const auto places, rows(m_, [&](link_table& table) { return table.places_of(id); }));
  BOOST_OUTCOME_TRY(auto speakers, gather(places, id));
  BOOST_OUTCOME_TRYV(rows(m_, [&](link_table& table) { return table.remove(id); }));
  for (auto& s : speakers) {
    BOOST_OUTCOME_TRYV(turn(s));
  }
  return cp::success();
}

cp::result<std::string> document_linking::linked(std::string_view text, const std::vector<outgoing_link>& links,
                                                 const std::string& place) {
  BOOST_OUTCOME_TRY(const auto to, lead_to(links, place));
  return with_cross_links(text, links, {}, to);
}

// What leads to these places now, before anything changes.
cp::result<std::vector<document_linking::speaker>> document_linking::gather(const std::vector<std::string>& places,
                                                                            std::int64_t but) {
  BOOST_OUTCOME_TRY(const auto ids, rows(m_, [&](link_table& table) { return table.speakers_of(places); }));
  std::vector<speaker> out;
  for (const auto id : ids) {
    if (id == but) continue;
    BOOST_OUTCOME_TRY(const auto row, m_.enlist([&](sqlite3* db) { return registry(db).by_id(id); }));
    if (!row) continue;
    speaker s{id, row->name, row->source_path, {}, {}};
    BOOST_OUTCOME_TRY(s.links, rows(m_, [&](link_table& table) { return table.links_of(id, places); }));
    std::vector<std::int64_t> documents;
    BOOST_OUTCOME_TRYV(lead_to(s.links, s.place, &documents));
    BOOST_OUTCOME_TRYV(add_links_to(documents, s));
    BOOST_OUTCOME_TRY(s.before, lead_to(s.links, s.place));
    out.push_back(std::move(s));
  }
  return out;
}

cp::result<void> document_linking::turn(speaker& s) {
  std::vector<std::int64_t> documents;
  BOOST_OUTCOME_TRYV(lead_to(s.links, s.place, &documents));
  const auto known = s.links;
  BOOST_OUTCOME_TRYV(add_links_to(documents, s));
  BOOST_OUTCOME_TRY(const auto after, lead_to(s.links, s.place));
  // Other links to a document that a link came to lead there already.
  for (const auto& l : s.links) {
    const auto to = after.find(l.place);
    if (to != after.end() && !std::ranges::binary_search(known, l)) s.before.emplace(*to);
  }
  if (after == s.before) return cp::success();
  const auto file = layout::source(s.name);
  BOOST_OUTCOME_TRY(const bool there, changes_.exists(file));
  if (!there) return cp::success();  // that is for lint to tell
  BOOST_OUTCOME_TRY(const auto page, m_.read(file));
  return changes_.rewrite(file, with_cross_links(page, s.links, s.before, after));
}

cp::result<destinations> document_linking::lead_to(const std::vector<outgoing_link>& links, const std::string& place,
                                                   std::vector<std::int64_t>* documents) {
  return rows(m_, [&](link_table& table) -> cp::result<destinations> {
    destinations out;
    for (const auto& l : links) {
      if (out.contains(l.place)) continue;
      BOOST_OUTCOME_TRY(const auto to, table.at(l.place, place));
      if (!to) continue;
      out.emplace(l.place, to->name);
      if (documents != nullptr) documents->push_back(to->id);
    }
    return out;
  });
}

cp::result<void> document_linking::add_links_to(const std::vector<std::int64_t>& documents, speaker& s) {
  return rows(m_, [&](link_table& table) -> cp::result<void> {
    for (const auto id : documents) {
      BOOST_OUTCOME_TRY(const auto places, table.places_of(id));
      BOOST_OUTCOME_TRY(const auto links, table.links_of(s.id, places));
      s.links.insert(s.links.end(), links.begin(), links.end());
    }
    std::ranges::sort(s.links);
    // Not of std::ranges: clang 14 cannot read what libstdc++ 12 gives back there.
    s.links.erase(std::unique(s.links.begin(), s.links.end()), s.links.end());
    return cp::success();
  });
}

}  // namespace openkb
