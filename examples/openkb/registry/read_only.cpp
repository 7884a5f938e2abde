#include "registry/read_only.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace openkb {

namespace {

constexpr int busy_milliseconds = 10'000;

bool is_mine(const std::string& file) {
  struct stat found {};
  return ::stat(file.c_str(), &found) == 0 && found.st_uid == ::geteuid();
}

bool has_content(const std::string& file) {
  std::error_code code;
  const auto size = std::filesystem::file_size(file, code);
  return !code && size > 0;
}

opened_to_look open_as(const std::string& name, int how) {
  opened_to_look out;
  sqlite3* db = nullptr;
  out.code = sqlite3_open_v2(name.c_str(), &db, how, nullptr);
  out.database.reset(db);
  sqlite3_busy_timeout(db, busy_milliseconds);
  if (out.code == SQLITE_OK) {
    out.code = sqlite3_exec(db, "SELECT count(*) FROM sqlite_master", nullptr, nullptr, nullptr);
  }
  return out;
}

std::string in_uri(std::string_view path) {
  std::string out;
  for (const char c : path) {
    switch (c) {
      case '%': out += "%25"; break;
      case '?': out += "%3f"; break;
      case '#': out += "%23"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

// What belongs to another user is not opened for writing: a rollback journal that stands beside it would be carried
// out, and may name any file. What is one's own is: the last connection takes SQLite's files beside it away, which one
// that only reads cannot do.
opened_to_look open_to_look(const std::string& file) {
  auto opened = open_as(file, is_mine(file) ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
  const int plain = opened.code & 0xFF;
  const bool no_room = is_for_want_of_room(opened.database.get(), opened.code);  // for the index of a write-ahead log
  if (plain != SQLITE_CANTOPEN && plain != SQLITE_READONLY && !no_room) return opened;
  if (has_content(file + "-wal") || has_content(file + "-journal")) return opened;
  std::error_code code;
  const auto absolute = std::filesystem::absolute(file, code).native();
  return open_as("file://" + in_uri(absolute) + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

// The index of a write-ahead log has 32 KiB, and SQLite does not tell why it could not be made.
bool is_for_want_of_room(sqlite3* db, int code) {
  constexpr std::uintmax_t enough = std::uintmax_t{128} << 10U;
  const int plain = code & 0xFF;
  if (plain == SQLITE_FULL) return true;
  if (plain != SQLITE_IOERR || db == nullptr) return false;
  const int why = sqlite3_system_errno(db);
  if (why == ENOSPC || why == EDQUOT) return true;
  const char* file = sqlite3_db_filename(db, "main");
  std::error_code ignored;
  return file != nullptr &&
         std::filesystem::space(std::filesystem::path(file).parent_path(), ignored).available < enough;
}

}  // namespace openkb
