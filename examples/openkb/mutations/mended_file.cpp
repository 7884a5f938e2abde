#include "mutations/mended_file.hpp"

#include "documents/source_file.hpp"
#include "text/text_lines.hpp"

#include <filesystem>
#include <set>
#include <string_view>

namespace openkb {

namespace {

std::vector<std::string> lines_only_in(std::string_view text, std::string_view other) {
  std::multiset<std::string_view> there;
  for (const auto line : lines_of(other)) there.insert(line);
  std::vector<std::string> out;
  for (const auto line : lines_of(text)) {
    if (const auto found = there.find(line); found != there.end()) {
      there.erase(found);
    } else if (!line.empty()) {
      out.emplace_back(line);
    }
  }
  return out;
}

}  // namespace

cp::result<mended_file> compared(cp::mutation& m, const std::string& file, const std::string& before) {
  const auto standing = std::filesystem::path(m.root().native()) / (before.empty() ? file : before);
  const auto then = read_source(standing, std::uint64_t{1} << 30U);
  BOOST_OUTCOME_TRY(const bool there, m.exists(file));
  std::string now;
  if (there) {
    BOOST_OUTCOME_TRY(now, m.read(file));
  }
  mended_file out{.path = file, .what = "changed", .before = before, .taken_out = {}, .put_in = {}};
  if (!there) out.what = "removed";
  if (there && !then) out.what = "made";
  if (there && !before.empty()) out.what = "renamed";
  const std::string_view old = then ? std::string_view(then.value().bytes) : std::string_view{};
  out.taken_out = lines_only_in(old, now);
  out.put_in = lines_only_in(now, old);
  return out;
}

}  // namespace openkb
