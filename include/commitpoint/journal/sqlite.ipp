#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/sqlite/journal.hpp>

#include <memory>

namespace commitpoint::journal {

COMMITPOINT_INLINE result<std::unique_ptr<backend>> sqlite::open(const place& where) const {
  const auto& chosen = database.empty() ? where.state_directory + "/journal.db" : database;
  BOOST_OUTCOME_TRY(auto name, commitpoint::files::plain_path(chosen));
  return std::make_unique<sqlite_backend>(where, std::move(name), busy_timeout, preallocate);
}

}  // namespace commitpoint::journal
