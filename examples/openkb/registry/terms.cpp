#include "registry/terms.hpp"

#include "registry/term_statements.hpp"
#include "text/slug.hpp"
#include "text/stemmer.hpp"
#include "topics/ranking.hpp"
#include "topics/terms.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace openkb {

namespace {

// One document's topics take the place of those that it had.
class putting {
 public:
  putting(sqlite3* db, const entry& document) : registry_(db), rows_(db), document_(document) {}

  cp::result<topic_changes> run(const std::vector<topic>& topics) {
    BOOST_OUTCOME_TRY(all_, registry_.tally(registry::all_documents));
    BOOST_OUTCOME_TRY(before_, rows_.holdings(document_.id));
    std::set<std::string_view> now;
    for (const auto& t : topics) now.insert(t.key);
    for (const auto& [key, mine] : before_) {
      if (now.contains(key)) continue;
      BOOST_OUTCOME_TRYV(let_go(key, mine));
    }
    for (const auto& t : topics) {
      BOOST_OUTCOME_TRYV(hold(t));
    }
    BOOST_OUTCOME_TRYV(join_the_best());
    return std::move(out_);
  }

 private:
  struct waiting {
    holding mine;
    term_row term;
  };

  cp::result<void> hold(const topic& t) {
    const auto before = before_.find(t.key);
    const bool known = before != before_.end();
    BOOST_OUTCOME_TRY(auto term, rows_.term(t.key));
    holding mine{t, 0, known ? before->second.page : 0};
    if (!known && ++term.documents == 1) term.only = document_.id;
    // So long as the document says the same, what others say changes nothing here.
    const bool same = known && before->second.what.weight == t.weight;
    mine.rank = same ? before->second.rank : rank_of(t.weight, term.documents, all_);
    if (term.page == 0 && (term.documents > 1 || t.named)) {
      BOOST_OUTCOME_TRYV(make_page(mine, term));
    } else if (mine.page != 0 && term.documents == 1 && !t.named) {
      BOOST_OUTCOME_TRYV(leave(document_.id, mine, term));
      BOOST_OUTCOME_TRYV(remove_page(term));
    } else if (mine.page != 0) {
      BOOST_OUTCOME_TRY(auto* const change, change_of(term.page));
      change->replaces = true;
      change->put.push_back({document_.name, document_.title, t.excerpt});
      ++pages_;
    } else if (term.page != 0) {
      waiting_.push_back({std::move(mine), term});
      return cp::success();
    }
    return settle(mine, term);
  }

  cp::result<void> settle(const holding& mine, const term_row& term) {
    BOOST_OUTCOME_TRYV(rows_.put_holding(document_.id, mine));
    return rows_.put_term(mine.what.key, term);
  }

  // Pages that are there without this document.
  cp::result<void> join_the_best() {
    std::ranges::stable_sort(waiting_, [](const waiting& a, const waiting& b) { return a.mine.rank > b.mine.rank; });
    for (auto& w : waiting_) {
      if (pages_ < most_pages && !is_everywhere(w.term.documents, all_)) {
        BOOST_OUTCOME_TRYV(join(document_.id, w.mine, w.term));
        ++pages_;
      }
      BOOST_OUTCOME_TRYV(settle(w.mine, w.term));
    }
    return cp::success();
  }

  // A document gets its part in a page, or loses it. The rows of the holding and of the term are still to be put.
  cp::result<void> join(std::int64_t document, holding& of, term_row& term) {
    BOOST_OUTCOME_TRYV(rows_.add_part(term.page, document));
    of.page = term.page;
    ++term.parts;
    BOOST_OUTCOME_TRY(auto known, name_and_title(document));
    BOOST_OUTCOME_TRY(auto* const change, change_of(term.page));
    change->put.push_back({std::move(known.first), std::move(known.second), of.what.excerpt});
    return cp::success();
  }

  cp::result<void> leave(std::int64_t document, holding& of, term_row& term) {
    BOOST_OUTCOME_TRYV(rows_.remove_part(term.page, document));
    of.page = 0;
    --term.parts;
    BOOST_OUTCOME_TRY(auto known, name_and_title(document));
    BOOST_OUTCOME_TRY(auto* const change, change_of(term.page));
    change->dropped.push_back(std::move(known.first));
    return cp::success();
  }

  cp::result<std::pair<std::string, std::string>> name_and_title(std::int64_t document) {
    if (document == document_.id) return std::pair(document_.name, document_.title);
    BOOST_OUTCOME_TRY(auto known, rows_.name_and_title(document));
    out_.neighbours.emplace(document, known.first);
    return known;
  }

  // A term that was another document's alone is not any more, or a heading names one that nobody else has. Whether it
  // is a name, and how it is written, the one decides that says more of it.
  cp::result<void> make_page(holding& mine, term_row& term) {
    topic page{.kind = mine.what.kind, .slug = {}, .title = mine.what.title, .excerpt = {}};
    holding other;
    const bool shared = term.only != document_.id;
    if (shared) {
      BOOST_OUTCOME_TRY(other, rows_.holding_of(term.only, mine.what.key));
    }
    if (shared && other.what.weight >= mine.what.weight) {
      page.kind = other.what.kind;
      page.title = other.what.title;
    }
    BOOST_OUTCOME_TRY(page.slug, free_slug(page.title, mine.what.key));
    BOOST_OUTCOME_TRY(term.page, rows_.make_page(page));
    if (shared) {
      BOOST_OUTCOME_TRYV(join(term.only, other, term));
      BOOST_OUTCOME_TRYV(rows_.put_holding(term.only, other));
    }
    ++pages_;
    return join(document_.id, mine, term);
  }

  cp::result<std::string> free_slug(std::string_view title, std::string_view key) {
    auto name = slug(title, slug(key));
    BOOST_OUTCOME_TRY(const bool taken, rows_.has_page(name));
    return taken ? distinct_slug(name, key) : name;
  }

  cp::result<void> let_go(const std::string& key, holding mine) {
    BOOST_OUTCOME_TRY(auto term, rows_.term(key));
    --term.documents;
    BOOST_OUTCOME_TRYV(rows_.remove_holding(document_.id, key));
    if (mine.page != 0) {
      BOOST_OUTCOME_TRYV(leave(document_.id, mine, term));
    }
    if (term.documents == 1) {
      BOOST_OUTCOME_TRYV(leave_to_one(key, term));
    } else if (term.documents > 1 && term.parts < 2) {
      BOOST_OUTCOME_TRYV(call_in_others(key, term));
    }
    if (term.documents == 0 && term.page != 0) {
      BOOST_OUTCOME_TRYV(remove_page(term));
    }
    return rows_.put_term(key, term);
  }

  // The page stays only if the one that is left names the term in a heading.
  cp::result<void> leave_to_one(const std::string& key, term_row& term) {
    BOOST_OUTCOME_TRY(auto left, rows_.with_part(term.page));
    if (left.empty()) {
      BOOST_OUTCOME_TRY(left, rows_.without_part(key));
    }
    if (left.empty() || term.page == 0) return cp::success();
    term.only = left.front();
    BOOST_OUTCOME_TRY(auto other, rows_.holding_of(term.only, key));
    const bool has_part = other.page != 0;
    if (other.what.named == has_part) return has_part ? cp::success() : remove_page(term);
    BOOST_OUTCOME_TRYV(has_part ? leave(term.only, other, term) : join(term.only, other, term));
    BOOST_OUTCOME_TRYV(rows_.put_holding(term.only, other));
    return has_part ? remove_page(term) : cp::success();
  }

  // A page that two documents have a term for has two lines, also where those were not its best.
  cp::result<void> call_in_others(const std::string& key, term_row& term) {
    BOOST_OUTCOME_TRY(const auto others, rows_.without_part(key));
    for (const auto document : others) {
      if (term.parts >= 2) break;
      BOOST_OUTCOME_TRY(auto other, rows_.holding_of(document, key));
      BOOST_OUTCOME_TRYV(join(document, other, term));
      BOOST_OUTCOME_TRYV(rows_.put_holding(document, other));
    }
    return cp::success();
  }

  cp::result<void> remove_page(term_row& term) {
    BOOST_OUTCOME_TRY(auto* const change, change_of(term.page));
    change->gone = true;
    BOOST_OUTCOME_TRYV(rows_.remove_page(term.page, change->page.kind));
    changed_.erase(term.page);  // another page may get its number
    term.page = 0;
    return cp::success();
  }

  cp::result<page_change*> change_of(std::int64_t page) {
    const auto known = changed_.find(page);
    if (known != changed_.end()) return &out_.pages[known->second];
    BOOST_OUTCOME_TRY(auto what, rows_.page(page));
    changed_.emplace(page, out_.pages.size());
    return &out_.pages.emplace_back(page_change{.page = std::move(what), .put = {}, .dropped = {}});
  }

  registry registry_;
  term_statements rows_;
  const entry& document_;
  std::int64_t all_ = 0;
  std::map<std::string, holding> before_;
  std::vector<waiting> waiting_;
  std::size_t pages_ = 0;                        // that the document has a part in
  std::map<std::int64_t, std::size_t> changed_;  // page -> its place in out_.pages
  topic_changes out_;
};

}  // namespace

cp::result<topic_changes> term_registry::put(const entry& document, const std::vector<topic>& topics) {
  return putting(db_, document).run(topics);
}

cp::result<std::vector<topic>> term_registry::pages_of(std::int64_t document) {
  term_statements rows(db_);
  BOOST_OUTCOME_TRY(const auto held, rows.holdings(document));
  std::vector<const holding*> order;
  for (const auto& [key, h] : held) {
    if (h.page != 0) order.push_back(&h);
  }
  std::ranges::stable_sort(order, [](auto* a, auto* b) { return a->rank > b->rank; });
  std::vector<topic> out;
  for (const auto* h : order) {
    BOOST_OUTCOME_TRY(auto page, rows.page(h->page));
    out.push_back(std::move(page));
  }
  return out;
}

cp::result<std::vector<shared_topic>> term_registry::most_shared(std::int64_t most) {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_,
                                                 "SELECT page_id, parts FROM terms WHERE parts > 1"
                                                 " ORDER BY parts DESC, key LIMIT ?"));
  row.bind(most);
  std::vector<shared_topic> out;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) return out;
    BOOST_OUTCOME_TRY(auto page, term_statements(db_).page(row.number(0)));
    out.push_back({std::move(page), row.number(1)});
  }
}

cp::result<page_change> term_registry::page_and_parts(topic_kind kind, std::string_view slug) {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_,
                                                 "SELECT pages.title, name, documents.title, coalesce(excerpt, '') FROM"
                                                 " pages JOIN page_documents AS part ON part.page_id = pages.id JOIN"
                                                 " documents ON documents.id = part.document_id LEFT JOIN"
                                                 " document_terms AS has ON has.document_id = part.document_id AND"
                                                 " has.page_id = pages.id WHERE pages.kind = ? AND slug = ?"
                                                 " ORDER BY part.document_id"));
  row.bind(to_string(kind)).bind(slug);
  page_change out{
      .page = {.kind = kind, .slug = std::string(slug), .title = {}, .excerpt = {}}, .put = {}, .dropped = {}};
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) return out;
    out.page.title = row.text(0);
    out.put.push_back({row.text(1), row.text(2), row.text(3)});
  }
}

// A part that is there stays, as if a heading named it, until its document is compiled again. Where two pages are of
// one term, the later one goes by its own name.
cp::result<void> term_registry::adopt_pages() {
  term_statements rows(db_);
  stemmer stem;
  BOOST_OUTCOME_TRY(auto page, statement::prepare(db_,
                                                  "SELECT pages.id, title, kind || ' ' || slug, document_id, kind FROM"
                                                  " pages JOIN page_documents ON page_id = pages.id ORDER BY 1, 4"));
  std::int64_t last = 0;
  std::string key;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, page.next());
    if (!more) return cp::success();
    const auto id = page.number(0);
    if (id != last) {
      key = key_of(page.text(1), stem);
      BOOST_OUTCOME_TRY(const auto taken, rows.term(key));
      if (key.empty() || taken.documents > 0) key = page.text(2);
    }
    last = id;
    BOOST_OUTCOME_TRY(auto term, rows.term(key));
    if (++term.documents == 1) term.only = page.number(3);
    term.page = id;
    ++term.parts;
    BOOST_OUTCOME_TRYV(rows.put_term(key, term));
    holding h{{.kind = topic_kind::concept_page,
               .slug = {},
               .title = page.text(1),
               .excerpt = {},
               .key = key,
               .weight = 1,
               .named = true},
              0,
              id};
    if (page.text(4) == to_string(topic_kind::entity_page)) h.what.kind = topic_kind::entity_page;
    BOOST_OUTCOME_TRYV(rows.put_holding(page.number(3), h));
  }
}

}  // namespace openkb
