#include "wiki/page_changes.hpp"

#include "knowledge_base/layout.hpp"

#include <algorithm>

namespace openkb {

cp::result<void> page_changes::write(const std::string& file, std::string_view bytes, const cp::write_options& how) {
  BOOST_OUTCOME_TRYV(m_.write(file, bytes, how));
  written_.push_back(file);
  return cp::success();
}

cp::result<void> page_changes::rewrite(const std::string& file, std::string_view bytes) {
  BOOST_OUTCOME_TRY(const bool there, m_.exists(file));
  if (there) {
    BOOST_OUTCOME_TRY(const auto now, m_.read(file));
    if (now == bytes) return cp::success();
  }
  return write(file, bytes);
}

cp::result<void> page_changes::adopt(const std::string& leased, const std::string& file) {
  BOOST_OUTCOME_TRYV(m_.publish(leased, file));
  written_.push_back(file);
  return cp::success();
}

cp::result<void> page_changes::append(const std::string& file, std::string_view bytes) {
  BOOST_OUTCOME_TRYV(m_.append(file, bytes));
  written_.push_back(file);
  return cp::success();
}

cp::result<void> page_changes::remove(const std::string& file) {
  BOOST_OUTCOME_TRY(const bool there, m_.exists(file));
  if (!there) return cp::success();
  BOOST_OUTCOME_TRYV(m_.remove(file));
  removed_.push_back(file);
  return cp::success();
}

cp::result<void> page_changes::put_topics(std::int64_t id, std::string_view name, const compiled& c, bool known) {
  std::vector<shared_page> before;
  if (known) {
    BOOST_OUTCOME_TRY(before, m_.enlist([&](sqlite3* db) { return registry(db).pages_of(id); }));
  }
  BOOST_OUTCOME_TRYV(m_.enlist([&](sqlite3* db) -> cp::result<void> {
    for (const auto& t : c.topics) {
      BOOST_OUTCOME_TRYV(registry(db).add_part(id, t));
    }
    return cp::success();
  }));
  for (const auto& t : c.topics) {
    BOOST_OUTCOME_TRYV(put_part(t, name, c.title, known));
  }
  for (const auto& page : before) {
    const auto is_it = [&](const topic& t) { return t.kind == page.kind && t.slug == page.slug; };
    if (std::ranges::any_of(c.topics, is_it)) continue;
    BOOST_OUTCOME_TRYV(drop_part(id, name, page));
  }
  return cp::success();
}

cp::result<void> page_changes::drop_topics(std::int64_t id, std::string_view name) {
  BOOST_OUTCOME_TRY(const auto pages, m_.enlist([&](sqlite3* db) { return registry(db).pages_of(id); }));
  for (const auto& page : pages) {
    BOOST_OUTCOME_TRYV(drop_part(id, name, page));
  }
  return cp::success();
}

// A page that is there is appended to, which costs the same however many documents it lists; only a part that was
// there already has to be found and replaced.
cp::result<void> page_changes::put_part(const topic& t, std::string_view name, std::string_view title, bool known) {
  const auto file = layout::page(t.kind, t.slug);
  const auto part = pages::topic_part(t, name, title);
  BOOST_OUTCOME_TRY(const bool there, m_.exists(file));
  if (!there) return write(file, pages::topic_head(t) + part);
  return known ? replace_part(file, name, part) : append(file, part);
}

cp::result<void> page_changes::replace_part(const std::string& file, std::string_view name, std::string_view part) {
  BOOST_OUTCOME_TRY(const auto page, m_.read(file));
  const auto changed = pages::with_part(page, name, part);
  return changed == page ? cp::success() : write(file, changed);
}

cp::result<void> page_changes::drop_part(std::int64_t id, std::string_view name, const shared_page& page) {
  BOOST_OUTCOME_TRY(const bool shared, m_.enlist([&](sqlite3* db) { return registry(db).remove_part(id, page); }));
  const auto file = layout::page(page.kind, page.slug);
  BOOST_OUTCOME_TRY(const bool there, m_.exists(file));
  if (!there) return cp::success();
  if (shared) return replace_part(file, name, {});
  // What a person wrote there stays.
  BOOST_OUTCOME_TRY(const auto text, m_.read(file));
  const auto rest = pages::with_part(text, name, {});
  const bool own = pages::is_bare_topic(rest);
  return own ? remove(file) : rest == text ? cp::success() : write(file, rest);
}

}  // namespace openkb
