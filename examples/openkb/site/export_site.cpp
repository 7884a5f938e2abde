#include "site/export_site.hpp"

#include "documents/find_documents.hpp"
#include "documents/source_file.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "knowledge_base/layout.hpp"
#include "registry/registry.hpp"
#include "site/markdown_html.hpp"
#include "site/page_frame.hpp"
#include "site/site_directory.hpp"
#include "site/site_map.hpp"
#include "site/word_index.hpp"
#include "text/plain_text.hpp"
#include "text/searchable_text.hpp"
#include "text/text_lines.hpp"
#include "wiki/pages.hpp"
#include "wiki/wiki_files.hpp"

#include <glib.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <memory>

namespace openkb {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_excerpt = 240;                     // bytes
constexpr std::size_t largest_embedded = std::size_t{1} << 20U;  // bytes of an SVG
constexpr std::size_t most_embedded = std::size_t{16} << 20U;    // of those in a page

// The paragraph of a summary that stands below its title.
std::string excerpt_of(std::string_view summary) {
  std::string paragraph;
  for (const auto line : lines_of(summary)) {
    if (line.starts_with("# ") || (line.empty() && paragraph.empty())) continue;
    if (line.empty() || line.starts_with("- ")) break;
    paragraph.append(line).append("\n");
  }
  return abridged(plain_text(paragraph), longest_excerpt);
}

class site {
 public:
  site(const cp::reader& reader, const exporting& how, site_directory& to) : reader_(reader), how_(how), to_(to) {}

  cp::result<exported> run() {
    BOOST_OUTCOME_TRYV(find_documents());
    find_files();
    std::size_t done = 0;
    for (const auto& [file, place] : map_.files()) {
      if (how_.stop.stop_requested()) return cp::failure(cp::errc::cancelled);
      BOOST_OUTCOME_TRYV(put(file, place));
      how_.progress(++done, map_.files().size());
    }
    for (const auto& [name, text] : words_.files()) {
      BOOST_OUTCOME_TRYV(to_.write("search/" + name, text, narrowest_));
    }
    BOOST_OUTCOME_TRYV(to_.write("style.css", style_sheet(), 0666));
    BOOST_OUTCOME_TRY(out_.old, to_.publish());
    return std::move(out_);
  }

 private:
  cp::result<void> find_documents() {
    BOOST_OUTCOME_TRY(auto db, database::open_to_read(registry_file(how_.root)));
    BOOST_OUTCOME_TRY(const auto all, registry(db.get()).all());
    for (const auto& e : all) {
      titles_.emplace(layout::source(e.name), e.title);
      titles_.emplace(layout::summary(e.name), e.title);
      documents_.emplace(layout::source(e.name), e.name);
    }
    out_.documents = all.size();
    return cp::success();
  }

  void find_files() {
    for (const auto& file : files_below(how_.root)) {
      std::error_code ignored;
      if (fs::is_regular_file(fs::symlink_status(how_.root / file, ignored))) map_.put(file);
    }
    std::error_code code;
    const auto blobs = how_.root / layout::index_blobs;
    for (fs::recursive_directory_iterator entry(blobs, code), end; !code && entry != end; entry.increment(code)) {
      std::error_code ignored;
      if (entry->is_regular_file(ignored) && !entry->is_symlink(ignored)) {
        map_.put(entry->path().lexically_relative(how_.root).native());
      }
    }
  }

  cp::result<void> put(const std::string& file, const std::string& place) {
    if (file.ends_with(".md") && file.starts_with("wiki/")) return put_page(file, place);
    ++out_.files;
    return to_.copy(how_.root / file, place);
  }

  cp::result<void> put_page(const std::string& file, const std::string& place) {
    BOOST_OUTCOME_TRY(const auto text, reader_.read(file));
    const auto mode = mode_of(file);
    auto room = most_embedded;
    const auto content = html_of(text, [&](std::string_view target, bool image) {
      const auto shown = image ? map_.file_of(target_of(file, target)) : std::string{};
      return is_svg(shown) ? embedded(shown, mode, room) : map_.link(file, target, image);
    });
    const auto known = titles_.find(file);
    const bool first = file == layout::index;
    const framed_page page{place,
                           known != titles_.end() ? known->second
                           : first                ? how_.title
                                                  : content.title,
                           content.html};
    BOOST_OUTCOME_TRYV(to_.write(place, first ? framed_index(page, how_.title) : framed(page, how_.title), mode));
    ++out_.pages;
    return put_words(file, text, mode);
  }

  // An SVG as part of the page that shows it: in an <img>, browsers run nothing of it. Empty where it would take more
  // than there is room for, or where the page may be read by others than those who may read the image.
  std::string embedded(const std::string& file, mode_t page, std::size_t& room) const {
    const auto image = read_source(how_.root / file, std::min(room, largest_embedded));
    if (!image || (mode_of(file) & page) != page) return {};
    const auto& bytes = image.value().bytes;
    room -= bytes.size();
    const std::unique_ptr<gchar, decltype(&g_free)> text(
        g_base64_encode(reinterpret_cast<const guchar*>(bytes.data()), bytes.size()), &g_free);
    return std::string("data:image/svg+xml;base64,") + text.get();
  }

  // A document is found by its full text, and what is found is its summary, which leads on.
  cp::result<void> put_words(const std::string& file, std::string_view text, mode_t mode) {
    const auto document = documents_.find(file);
    if (document == documents_.end()) return cp::success();
    narrowest_ &= mode;
    const auto summary = layout::summary(document->second);
    const auto summary_place = map_.place_of(summary);
    std::string excerpt;
    if (!summary_place.empty()) {
      BOOST_OUTCOME_TRY(const auto page, reader_.read(summary));
      excerpt = excerpt_of(page);
    }
    const auto place = way("index.html", summary_place.empty() ? map_.place_of(file) : summary_place);
    words_.add(place, titles_.at(file), excerpt, searchable_text(pages::text_in_source(text)));
    return cp::success();
  }

  [[nodiscard]] mode_t mode_of(const std::string& file) const {
    struct stat found {};
    return ::stat((how_.root / file).c_str(), &found) == 0 ? found.st_mode & 0666U : 0600U;
  }

  const cp::reader& reader_;
  const exporting& how_;
  site_directory& to_;
  site_map map_;
  word_index words_;
  std::map<std::string, std::string> titles_;     // by page
  std::map<std::string, std::string> documents_;  // names, by source page
  mode_t narrowest_ = 0666;                       // what everybody may do who may read every document
  exported out_;
};

}  // namespace

cp::result<exported> export_site(const cp::reader& reader, const exporting& how) {
  if (lies_in(how.target, own_directories(how.root))) {
    return cp::failure(make_error_code(error::inside_knowledge_base), how.target.native());
  }
  BOOST_OUTCOME_TRY(auto to, site_directory::prepare(how.target));
  return site(reader, how, to).run();
}

}  // namespace openkb
