#include "wiki/page_changes.hpp"

#include "knowledge_base/layout.hpp"
#include "text/nfc.hpp"
#include "wiki/summary_topics.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace openkb {

std::vector<topic> left_by(const std::string& document, const topic_changes& changes) {
  std::vector<topic> out;
  for (const auto& change : changes.pages) {
    if (change.gone || std::ranges::find(change.dropped, document) != change.dropped.end()) out.push_back(change.page);
  }
  return out;
}

namespace {

bool ends_within_a_line(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in || in.tellg() <= 0) return false;
  in.seekg(-1, std::ios::end);
  return in.get() != '\n';
}

}  // namespace

cp::result<void> page_changes::claim(const std::string& file) {
  const auto spellings = spellings_of(file);
  if (spellings.size() == 1) return cp::success();
  for (const auto& written : spellings) {
    BOOST_OUTCOME_TRY(const bool there, m_.exists(written));
    if (there) return written == file ? cp::success() : respell(written, file);
  }
  return cp::success();
}

cp::result<void> page_changes::respell(const std::string& written, const std::string& file) {
  std::filesystem::path way;
  std::filesystem::path rest(written);
  for (const auto& name : std::filesystem::path(file)) {
    const auto now = way / *rest.begin();
    rest = rest.lexically_relative(*rest.begin());
    way /= name;
    BOOST_OUTCOME_TRY(const bool is_to_do, m_.exists(now.native()));
    if (now == way || !is_to_do) continue;
    BOOST_OUTCOME_TRY(const bool taken, m_.exists(way.native()));
    if (taken) return m_.rename((now / rest).native(), file);
    BOOST_OUTCOME_TRYV(m_.rename(now.native(), way.native()));
  }
  return cp::success();
}

cp::result<bool> page_changes::exists(const std::string& file) {
  BOOST_OUTCOME_TRYV(claim(file));
  return m_.exists(file);
}

cp::result<void> page_changes::write(const std::string& file, std::string_view bytes, const cp::write_options& how) {
  BOOST_OUTCOME_TRYV(claim(file));
  BOOST_OUTCOME_TRYV(m_.write(file, bytes, how));
  written_.push_back(file);
  return cp::success();
}

cp::result<void> page_changes::rewrite(const std::string& file, std::string_view bytes) {
  BOOST_OUTCOME_TRY(const bool there, exists(file));
  if (there) {
    BOOST_OUTCOME_TRY(const auto now, m_.read(file));
    if (now == bytes) return cp::success();
  }
  return write(file, bytes);
}

cp::result<void> page_changes::adopt(const std::string& leased, const std::string& file) {
  BOOST_OUTCOME_TRYV(claim(file));
  BOOST_OUTCOME_TRYV(m_.publish(leased, file));
  written_.push_back(file);
  return cp::success();
}

cp::result<void> page_changes::rename(const std::string& from, const std::string& to) {
  BOOST_OUTCOME_TRYV(m_.rename(from, to));
  removed_.push_back(from);
  written_.push_back(to);
  return cp::success();
}

cp::result<void> page_changes::append(const std::string& file, std::string_view bytes) {
  BOOST_OUTCOME_TRYV(claim(file));
  written_.push_back(file);
  // openkb itself ends every line. What a person left is looked at as it stands, since that costs the same however much
  // it is; the mutation may have appended to it before, or have given it its name.
  const std::filesystem::path root(m_.root().native());
  const auto spellings = spellings_of(file);
  if (std::ranges::none_of(spellings, [&](const std::string& s) { return ends_within_a_line(root / s); }))
    return m_.append(file, bytes);
  BOOST_OUTCOME_TRY(const auto text, m_.read(file));
  BOOST_OUTCOME_TRYV(m_.append(file, text.ends_with('\n') ? std::string(bytes) : "\n" + std::string(bytes)));
  return cp::success();
}

cp::result<void> page_changes::remove(const std::string& file) {
  for (const auto& written : spellings_of(file)) {
    BOOST_OUTCOME_TRY(const bool there, m_.exists(written));
    if (!there) continue;
    BOOST_OUTCOME_TRYV(m_.remove(written));
    removed_.push_back(file);
    break;
  }
  return cp::success();
}

cp::result<void> page_changes::remove_directory(const std::string& directory) {
  for (const auto& written : spellings_of(directory)) {
    BOOST_OUTCOME_TRY(const bool there, m_.exists(written));
    if (!there) continue;
    BOOST_OUTCOME_TRY(const bool empty, is_empty(written));
    if (!empty) continue;
    BOOST_OUTCOME_TRYV(m_.remove(written));
  }
  return cp::success();
}

// Of what stands on the disk, under whatever name the directory has there, the mutation says what is still there.
cp::result<bool> page_changes::is_empty(const std::string& directory) {
  namespace fs = std::filesystem;
  for (const auto& written : spellings_of(directory)) {
    std::error_code code;
    const auto standing = fs::path(m_.root().native()) / written;
    const auto status = fs::symlink_status(standing, code);
    if (!fs::exists(status)) continue;
    if (!fs::is_directory(status)) return false;
    for (fs::directory_iterator entry(standing, code), end; !code && entry != end; entry.increment(code)) {
      BOOST_OUTCOME_TRY(const bool there, m_.exists(directory + '/' + entry->path().filename().native()));
      if (there) return false;
    }
    if (code) return false;
  }
  return true;
}

cp::result<std::vector<topic>> page_changes::put_topics(const entry& document, const std::vector<topic>& topics) {
  topic_changes changes;
  std::vector<topic> pages;
  BOOST_OUTCOME_TRYV(m_.enlist([&](sqlite3* db) -> cp::result<void> {
    term_registry terms(db);
    BOOST_OUTCOME_TRY(changes, terms.put(document, topics));
    BOOST_OUTCOME_TRY(pages, terms.pages_of(document.id));
    return cp::success();
  }));
  for (const auto& change : changes.pages) {
    BOOST_OUTCOME_TRYV(change_page(change));
  }
  for (const auto& [id, name] : changes.neighbours) {
    BOOST_OUTCOME_TRYV(change_summary(id, name, left_by(name, changes)));
  }
  return pages;
}

cp::result<void> page_changes::change_page(const page_change& change) {
  const auto file = layout::page(change.page.kind, change.page.slug);
  BOOST_OUTCOME_TRY(const bool there, exists(file));
  std::string lines;
  for (const auto& part : change.put) lines += pages::topic_part(part);
  if (!there) return change.gone ? cp::success() : write(file, pages::topic_head(change.page) + lines);
  // Appending costs the same however many documents the page lists.
  if (!change.replaces && change.dropped.empty()) return append(file, lines);
  BOOST_OUTCOME_TRY(const auto text, m_.read(file));
  auto rest = text;
  for (const auto& part : change.put) rest = pages::with_part(rest, part.document, pages::topic_part(part));
  for (const auto& name : change.dropped) rest = pages::with_part(rest, name, {});
  // What a person wrote there stays.
  if (change.gone && pages::is_bare_topic(rest, change.page)) return remove(file);
  return rest == text ? cp::success() : write(file, rest);
}

// The summary of another document, whose topics have more pages now, or fewer.
cp::result<void> page_changes::change_summary(std::int64_t id, const std::string& name,
                                              const std::vector<topic>& left) {
  const auto file = layout::summary(name);
  BOOST_OUTCOME_TRY(const bool there, exists(file));
  if (!there) return cp::success();
  BOOST_OUTCOME_TRY(const auto topics, m_.enlist([&](sqlite3* db) { return term_registry(db).pages_of(id); }));
  BOOST_OUTCOME_TRY(const auto text, m_.read(file));
  const auto changed = pages::with_topics(text, topics, left);
  return changed == text ? cp::success() : write(file, changed);
}

}  // namespace openkb
