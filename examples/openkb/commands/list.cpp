#include "commands/commands.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "registry/registry.hpp"
#include "terminal/printable.hpp"
#include "terminal/utf8.hpp"
#include "text/name_pattern.hpp"
#include "text/nfc.hpp"
#include "text/utf8_locale.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

namespace openkb {

namespace {

// Under the shared lock only committed states are seen; a crash that nobody settled yet is settled first.
cp::result<std::vector<entry>> entries_of(knowledge_base& kb, const command_line& asked, std::stop_token stop,
                                          output& out) {
  BOOST_OUTCOME_TRY(const auto reader, read(kb, asked.root, std::move(stop), out));
  BOOST_OUTCOME_TRY(auto db, database::open_to_read(registry_file(asked.root)));
  return registry(db.get()).all();
}

bool is_meant(const entry& e, const std::vector<name_pattern>& patterns) {
  const auto file = std::string_view(e.source_path).substr(e.source_path.rfind('/') + 1);
  return patterns.empty() || std::ranges::any_of(patterns, [&](const name_pattern& p) {
           return p.fits(e.name) || p.fits(e.title) || p.fits(file);
         });
}

// They come sorted by name, which decides where nothing else does.
void sort(std::vector<entry>& all, const std::string& by, bool reverse) {
  if (by == "title") {
    std::vector<std::pair<std::string, entry>> keyed;
    for (auto& e : all) keyed.emplace_back(utf8::lowered(nfc(e.title)), std::move(e));
    std::ranges::stable_sort(keyed, {}, &std::pair<std::string, entry>::first);
    std::ranges::transform(keyed, all.begin(), [](auto& each) { return std::move(each.second); });
  } else if (by == "added") {
    std::ranges::sort(all, {}, [](const entry& e) { return std::pair(e.added_at, e.id); });
  } else if (by == "size") {
    std::ranges::stable_sort(all, {}, &entry::size);
  }
  if (reverse) std::ranges::reverse(all);
}

std::string readable_size(std::int64_t bytes) {
  constexpr std::array<const char*, 4> units{"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B  ";
  auto size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; size >= 1023.5 && unit + 1 < units.size(); ++unit) size /= 1024;
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), size < 9.95 ? "%.1f %s" : "%.0f %s", size, units[unit]);
  return text.data();
}

std::string blanks(std::string_view text, std::size_t width) {
  const auto taken = columns_of(terminal::printable(text));
  return std::string(width > taken ? width - taken : 0, ' ');
}

std::size_t widest(const std::vector<entry>& all, std::size_t most, std::string (*shown)(const entry&)) {
  std::size_t out = 0;
  for (const auto& e : all) out = std::max(out, columns_of(terminal::printable(shown(e))));
  return std::min(out, most);
}

// For eyes. A name that is longer than others push to the right pushes its own line only.
void tell_in_columns(const std::vector<entry>& all, output& out) {
  constexpr std::size_t longest_name = 40;
  constexpr std::size_t any = std::string::npos;
  const auto names = widest(all, longest_name, [](const entry& e) { return e.name; });
  const auto formats = widest(all, any, [](const entry& e) { return e.format; });
  const auto sizes = widest(all, any, [](const entry& e) { return readable_size(e.size); });
  for (const auto& e : all) {
    const auto size = readable_size(e.size);
    out.line({{e.name, tone::name},
              {blanks(e.name, names) + "  " + e.format + blanks(e.format, formats) + "  " + blanks(size, sizes) + size +
               "  " + e.added_at.substr(0, 10) + "  "},
              {e.title}});
  }
}

// For programs that read lines: the same whatever else there is.
void tell_line_by_line(const std::vector<entry>& all, output& out) {
  for (const auto& e : all) {
    out.line({{e.name, tone::name}, {"  (" + e.format + ", " + e.added_at.substr(0, 10) + ")  " + e.title}});
  }
}

json to_json(const std::vector<entry>& all) {
  json out = json::array();
  for (const auto& e : all) {
    out.push_back({{"name", e.name},
                   {"title", e.title},
                   {"format", e.format},
                   {"size", e.size},
                   {"sha256", e.sha256},
                   {"source", e.source_path},
                   {"added", e.added_at},
                   {"updated", e.updated_at}});
  }
  return out;
}

}  // namespace

int list(const command_line& asked, std::stop_token stop, output& out) {
  auto kb = knowledge_base::open(asked.root, asked.watch);
  if (!kb) return out.failed("failed", {}, kb.error());
  auto entries = entries_of(kb.value(), asked, std::move(stop), out);
  if (!entries) return out.failed("failed", {}, entries.error(), blockage_of(kb.value()));
  auto& all = entries.value();
  const bool none = all.empty();
  const std::vector<name_pattern> patterns(asked.paths.begin(), asked.paths.end());
  std::erase_if(all, [&](const entry& e) { return !is_meant(e, patterns); });
  sort(all, asked.sort, asked.reverse);
  out.on_terminal() ? tell_in_columns(all, out) : tell_line_by_line(all, out);
  if (none) {
    out.note("no documents yet; add some with: openkb add FILE|DIR");
  } else if (all.empty()) {
    out.note("no name, title or file's name fits");
  }
  out.object({{"documents", to_json(all)}});
  return exit_code::done;
}

}  // namespace openkb
