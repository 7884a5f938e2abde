#include "commands/room.hpp"

#include "documents/same_name.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "mutations/remove_document.hpp"
#include "registry/registry.hpp"

#include <commitpoint/sqlite/error.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace openkb {

namespace {

constexpr std::uintmax_t worth_showing = 4096;  // bytes

struct sized_file {
  std::uintmax_t size = 0;
  std::string path;
};

// Those of the documents alone that are still there, the largest first.
cp::result<std::vector<sized_file>> files_to_go(const command_line& asked) {
  BOOST_OUTCOME_TRY(auto db, database::open_to_read(registry_file(asked.root)));
  registry rows(db.get());
  std::vector<sized_file> out;
  for (const auto& name : asked.paths) {
    BOOST_OUTCOME_TRY(const auto found, find_document(rows, name));
    BOOST_OUTCOME_TRY(const auto files, rows.files_of(found.id));
    for (const auto& file : files) {
      if (asked.keep_raw && file.starts_with("raw/")) continue;
      const auto path = file_of_same_name(std::filesystem::path(asked.root) / file);
      std::error_code code;
      const auto size = std::filesystem::file_size(path, code);
      if (!code) out.push_back({size, path.native()});
    }
  }
  std::ranges::sort(out, [](const sized_file& a, const sized_file& b) {
    return std::pair(b.size, a.path) < std::pair(a.size, b.path);
  });
  return out;
}

std::string kibibytes(std::uintmax_t bytes) { return std::to_string((bytes + 1023) / 1024) + " KiB"; }

}  // namespace

// SQLite calls it an error of its input and output that it finds no room for the index of its write-ahead log.
cp::failure named_full(const cp::failure& f, const std::filesystem::path& root) {
  constexpr std::uintmax_t enough = std::uintmax_t{128} << 10U;
  if (exit_code_of(f) != exit_code::failed || f.code.category() != cp::sqlite_category()) return f;
  std::error_code code;
  const auto space = std::filesystem::space(root, code);
  const bool full =
      f == std::errc::no_space_on_device || (f == std::errc::io_error && !code && space.available < enough);
  return full ? cp::failure(make_error_code(std::errc::no_space_on_device), f.path()) : f;
}

std::string advice_on_room(const command_line& asked) {
  const auto files = files_to_go(asked);
  if (!files) return "free some space on its file system, then run the command again";
  std::uintmax_t all = 0;
  std::uintmax_t texts = 0;
  for (const auto& f : files.value()) {
    all += f.size;
    if (f.path.ends_with(".md")) texts += f.size;
  }
  // Measured: a removal writes somewhat more than the text to the registry's log, and the pages that change.
  const auto needed = texts + texts / 2 + (std::uintmax_t{256} << 10U);
  std::error_code code;
  const auto space = std::filesystem::space(asked.root, code);
  const auto free = code ? 0 : space.available;
  auto out = "removing takes up to " + kibibytes(needed) + " for a moment, and " + kibibytes(free) + " are free";
  if (all + free < needed) out += "; free " + kibibytes(needed - all - free) + " elsewhere on that file system";
  if (files.value().empty()) return out + ", then run it again";
  out += "; these files go with it anyway, so delete them and run it again:";
  for (const auto& [size, path] : files.value()) {
    if (size < worth_showing && &path != &files.value().front().path) break;
    out.append(" ").append(path).append(" (").append(kibibytes(size)).append(")");
  }
  return out;
}

}  // namespace openkb
