#include "registry/read_only.hpp"

#include <sys/stat.h>
#include <unistd.h>

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
  if (plain != SQLITE_CANTOPEN && plain != SQLITE_READONLY) return opened;
  if (has_content(file + "-wal") || has_content(file + "-journal")) return opened;
  std::error_code code;
  const auto absolute = std::filesystem::absolute(file, code).native();
  return open_as("file://" + in_uri(absolute) + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

}  // namespace openkb
