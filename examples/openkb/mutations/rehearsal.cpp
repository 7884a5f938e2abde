#include "mutations/rehearsal.hpp"

#include "documents/source_file.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "knowledge_base/layout.hpp"
#include "mutations/document_name.hpp"
#include "registry/copy_rows.hpp"
#include "registry/link_table.hpp"
#include "text/initial.hpp"
#include "text/nfc.hpp"
#include "wiki/index_changes.hpp"
#include "wiki/index_pages.hpp"
#include "wiki/page_changes.hpp"
#include "wiki/pages.hpp"
#include "wiki/summary_topics.hpp"

#include <algorithm>

namespace openkb {

cp::result<rehearsal> rehearsal::of(const std::filesystem::path& root) {
  BOOST_OUTCOME_TRY(auto live, database::open_to_read(registry_file(root)));
  BOOST_OUTCOME_TRY(auto rows, copy_of_rows(live.get()));
  return rehearsal(root, std::move(rows));
}

cp::result<added> rehearsal::add(const document& d, const compiled& c, const std::string& now) {
  registry rows(rows_.get());
  BOOST_OUTCOME_TRY(auto known, rows.by_hash(d.sha256));
  if (!known && d.format == format::cloud) {
    BOOST_OUTCOME_TRY(known, rows.by_place(d.place));
  }
  if (known) return cp::failure(make_error_code(error::already_here), d.place, known->name);
  const name_lookup lookup{[&](const std::string& place) { return rows.by_place(place); },
                           [&](const std::string& name) { return rows.by_name(name); },
                           [&](const entry& e) { return rows.files_of(e.id); },
                           [&](const std::string& file) -> cp::result<bool> { return is_there(file); }};
  BOOST_OUTCOME_TRY(auto change, row_for(d, c, now, lookup));
  auto& [before, row] = change;
  added out{.name = row.name,
            .title = row.title,
            .updated = row.id != 0,
            .images = d.images.size(),
            .pages = d.pages,
            .indexed = d.is_long,
            .written = {},
            .removed = {},
            .warnings = d.warnings};
  std::vector<std::string> old_files;
  if (out.updated) {
    BOOST_OUTCOME_TRY(old_files, rows.files_of(row.id));
  }
  const auto files = own_files(d, row.name);
  BOOST_OUTCOME_TRY(row.id, rows.put(row));
  BOOST_OUTCOME_TRYV(rows.put_files(row.id, files));
  BOOST_OUTCOME_TRYV(put_links(row.id, d, out));
  BOOST_OUTCOME_TRYV(put_topics(row, c.topics, out));
  put_files(old_files, files, out);
  std::erase(out.written, d.lies_at);  // it stays where it lies
  BOOST_OUTCOME_TRYV(put_index(before, row, out));
  out.written.emplace_back(layout::log);
  return out;
}

// The pages of documents that speak of this one.
cp::result<void> rehearsal::put_links(std::int64_t id, const document& d, added& out) {
  link_table links(rows_.get());
  BOOST_OUTCOME_TRY(const auto before, links.places_of(id));
  if (before != d.places) {
    auto places = before;
    places.insert(places.end(), d.places.begin(), d.places.end());
    BOOST_OUTCOME_TRY(const auto speakers, links.speakers_of(places));
    for (const auto each : speakers) {
      BOOST_OUTCOME_TRY(const auto row, registry(rows_.get()).by_id(each));
      if (row && each != id) out.written.push_back(layout::source(row->name));
    }
  }
  return links.put(id, d.places, d.links);
}

cp::result<void> rehearsal::put_topics(const entry& row, const std::vector<topic>& topics, added& out) {
  term_registry terms(rows_.get());
  BOOST_OUTCOME_TRY(const auto changes, terms.put(row, topics));
  for (const auto& each : changes.pages) change(each, out);
  for (const auto& [id, name] : changes.neighbours) {
    const auto file = layout::summary(name);
    const auto text = text_of(file);
    BOOST_OUTCOME_TRY(const auto pages, terms.pages_of(id));
    if (!text || pages::with_topics(*text, pages, left_by(name, changes)) != *text) out.written.push_back(file);
  }
  BOOST_OUTCOME_TRY(const auto mine, terms.pages_of(row.id));
  for (const auto& t : mine) ++(t.kind == topic_kind::concept_page ? out.concepts : out.entities);
  return cp::success();
}

// A page that an earlier document of the same command would make is taken for one that is there.
void rehearsal::change(const page_change& change, added& out) const {
  const auto file = layout::page(change.page.kind, change.page.slug);
  const auto text = text_of(file);
  if (!text && change.gone) return;
  auto rest = text.value_or("");
  for (const auto& part : change.put) rest = pages::with_part(rest, part.document, pages::topic_part(part));
  for (const auto& name : change.dropped) rest = pages::with_part(rest, name, {});
  if (change.gone && pages::is_bare_topic(rest, change.page)) {
    out.removed.push_back(file);
  } else if (rest != text) {
    out.written.push_back(file);
  }
}

void rehearsal::put_files(const std::vector<std::string>& before, const std::vector<std::string>& now,
                          added& out) const {
  out.written.insert(out.written.end(), now.begin(), now.end());
  for (const auto& file : before) {
    if (std::ranges::find(now, file) == now.end() && !standing(file).empty()) out.removed.push_back(file);
  }
}

cp::result<void> rehearsal::put_index(const entry& before, const entry& row, added& out) {
  if (before.id == 0 || pages::index_line(before) != pages::index_line(row)) {
    const auto page = layout::initial_page(initial_of(row.title));
    const auto old = before.id == 0 ? page : layout::initial_page(initial_of(before.title));
    out.written.push_back(page);
    if (old != page) {
      const auto rest = pages::without_line(text_of(old).value_or(""), before.name);
      (pages::is_bare_initial(rest, initial_of(before.title)) ? out.removed : out.written).push_back(old);
    }
  }
  BOOST_OUTCOME_TRY(const auto contents, contents_of(rows_.get()));
  const std::string index(layout::index);
  const auto text = text_of(index).value_or("");
  if (pages::with_contents(text, contents) != text) out.written.push_back(index);
  return cp::success();
}

std::optional<std::string> rehearsal::text_of(const std::string& file) const {
  const auto written = standing(file);
  if (written.empty()) return std::nullopt;
  auto read = read_source(root_ / written, largest_text);
  return read ? std::optional(std::move(read.value().bytes)) : std::nullopt;
}

// As its name is written there; empty when it is not.
std::string rehearsal::standing(const std::string& file) const {
  const auto spellings = spellings_of(file);
  const auto found = std::ranges::find_if(spellings, [&](const std::string& s) { return is_there(s); });
  return found == spellings.end() ? std::string{} : *found;
}

bool rehearsal::is_there(const std::string& file) const {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(root_ / file, ignored));
}

}  // namespace openkb
