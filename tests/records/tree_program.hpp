#pragma once

/// \file
/// Programs that change a tree, one for each choice of policies that the trees were written with, and what such a
/// program says of a drain. It uses nothing of the library but what every program may use.

#include "records/tree_text.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/journal/log.hpp>
#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/publish/copy.hpp>
#include <commitpoint/publish/exchange.hpp>
#include <commitpoint/publish/rename.hpp>
#include <commitpoint/system/native.hpp>

#include <nlohmann/json.hpp>

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace records {

/// The system as it is, on a machine whose boot can be chosen. So nobody takes an old tree for one of this boot by
/// accident, or the other way round.
struct machine : cp::system::native {
  std::string boot;

  machine() : native({.ordered_metadata = true}) {}
  std::string cache_identity(const handle& node) override { return boot.empty() ? native::cache_identity(node) : boot; }
};

/// What all old trees were written under.
inline const std::string old_boot = "the boot of before";

/// Tells whoever wants to hear it of each step.
struct watcher {
  using kind = cp::kind::observe;
  std::function<void(const cp::observe::event&)> tell = {};

  void operator()(const cp::observe::event& e) const {
    if (tell) tell(e);
  }
};

template <class Journal, class... Others>
struct program {
  using coordinator = cp::coordinator<machine, watcher, Journal, Others...>;
  Journal journal;

  /// Opens a root. `calls` is told of each compensation.
  [[nodiscard]] coordinator open(const cp::path& root, const std::string& boot, watcher who = {},
                                 std::vector<std::string>* calls = nullptr) const {
    cp::options settings;
    settings.compensations["undo-remote"] = [calls](const nlohmann::json& arguments) -> cp::result<void> {
      if (calls != nullptr) {
        calls->push_back("compensation " + arguments.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
      }
      return cp::success();
    };
    machine here;
    here.boot = boot;
    auto opened = coordinator::open(root, std::move(settings), std::move(here), std::move(who), journal);
    if (!opened) throw std::runtime_error(opened.error().message());
    return std::move(opened).value();
  }
};

/// Calls `f` with the program of that name.
template <class F>
auto with_program(const std::string& name, F f) {
  namespace journal = cp::journal;
  namespace publish = cp::publish;
  const journal::log small_log{.preallocate = 4096};
  if (name == "log") return f(program<journal::log>{small_log});
  if (name == "log, publish::copy") return f(program<journal::log, publish::copy>{small_log});
  if (name == "log, publish::exchange") return f(program<journal::log, publish::exchange>{small_log});
  if (name == "json_file") return f(program<journal::json_file>{journal::json_file{.reserve = 4096}});
  if (name == "sqlite") return f(program<journal::sqlite>{journal::sqlite{.database = "app.db"}});
  throw std::runtime_error("no program '" + name + "'");
}

/// The first column of all rows, one behind the other.
[[nodiscard]] inline std::string ask_database(const cp::path& file, const std::string& sql) {
  sqlite3* database = nullptr;
  std::string answer;
  const auto add = [](void* to, int, char** columns, char**) {
    auto& all = *static_cast<std::string*>(to);
    all += (all.empty() ? "" : " ") + std::string(columns[0] == nullptr ? "NULL" : columns[0]);
    return 0;
  };
  sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  const int code = sqlite3_exec(database, sql.c_str(), add, &answer, nullptr);
  if (code != SQLITE_OK) answer = std::string("error: ") + sqlite3_errmsg(database);
  sqlite3_close_v2(database);
  return answer;
}

/// What stands in a tree, line by line: of commitpoint's own files what was kept and the names in staging, and then
/// what is live. Of a database only the rows, since the rest is SQLite's.
[[nodiscard]] inline std::vector<std::string> tree_lines(const cp::path& root) {
  std::vector<std::string> own;
  std::vector<std::string> live{live_begins};
  for (const auto& [path, n] : read_tree(root)) {
    const std::string state = ".commitpoint/";
    const bool is_own = path == ".commitpoint" || path.starts_with(state);
    if (is_own && path.starts_with(state + "staging/") && path.find('/', state.size() + 8) == std::string::npos) {
      own.push_back("staged " + path);
    }
    if (is_own && !path.starts_with(state + "kept/")) continue;
    if (path.ends_with(".db-wal") || path.ends_with(".db-journal")) continue;
    auto& lines = is_own ? own : live;
    if (path.ends_with(".db") && n.what == node::type::file) {
      lines.push_back("rows " + path + ": " + ask_database(root / path, "SELECT x FROM t ORDER BY x"));
      continue;
    }
    std::istringstream in(node_text(path, n));
    for (std::string line; std::getline(in, line);) lines.push_back(line);
  }
  own.insert(own.end(), live.begin(), live.end());
  return own;
}

/// What is said where a tree is as it was.
inline const std::string as_it_was = "nothing changed";

/// Drains a tree, and says what came of it: first what is reported, then what stands there.
[[nodiscard]] inline std::vector<std::string> drain(const cp::path& root, const std::string& name,
                                                    const std::string& boot) {
  std::vector<std::string> lines;
  const auto before = tree_lines(root);
  with_program(name, [&](const auto& p) {
    auto opened = p.open(root, boot, {}, &lines);
    {
      auto owner = opened.acquire();
      if (!owner) {
        const auto& f = owner.error();
        lines.push_back("failed: " + f.code.message());
        if (f != cp::errc::needs_repair) lines.push_back("because: " + f.describe());
      } else {
        const auto& report = owner.value().recovered();
        for (const auto& m : report.mutations) {
          const bool forward = m.decided == cp::recovered_mutation::decision::roll_forward;
          lines.push_back("mutation " + std::to_string(m.number) + " '" + m.operation + "' rolled " +
                          (forward ? "forward" : "back"));
        }
        for (const auto& k : report.kept) {
          lines.push_back("kept " + escaped(k.path) + " as " + escaped(k.place) + ": " + k.why);
        }
        for (const auto& path : report.edited_later) lines.push_back("edited later " + escaped(path));
        auto released = owner.value().release();
        if (!released) lines.push_back("not released: " + released.error().message());
      }
    }
    auto left = opened.pending();
    if (!left) {
      lines.push_back("no look: " + left.error().message());
    } else {
      for (const auto& m : left.value().mutations)
        lines.push_back("still pending: mutation " + std::to_string(m.number));
      if (left.value().blocked) lines.push_back("blocked: " + left.value().blocked->reason);
    }
  });
  auto after = tree_lines(root);
  if (after == before) after = {as_it_was};
  lines.insert(lines.end(), after.begin(), after.end());
  return lines;
}

/// The words of a line of a tree; which of them is its time.
[[nodiscard]] inline std::size_t place_of_time(const std::vector<std::string>& words) {
  if (words.size() == 4 && (words[0] == "file" || words[0] == "directory")) return 2;
  if (words.size() == 4 && words[0] == "link") return 1;
  return words.size();
}

/// Whether what a drain said is what was expected; a time of `-` is whatever it happens to be.
[[nodiscard]] inline bool is_as_expected(const std::vector<std::string>& wanted,
                                         const std::vector<std::string>& found) {
  return std::ranges::equal(wanted, found, [](const std::string& one, const std::string& other) {
    if (one == other) return true;
    auto expected = words_of(one);
    auto said = words_of(other);
    const auto time = place_of_time(expected);
    if (time >= expected.size() || said.size() != expected.size() || expected[time] != "-") return false;
    said[time] = "-";
    return said == expected;
  });
}

[[nodiscard]] inline std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

}  // namespace records
