#include "roots/any_root.hpp"

#include "roots/error.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/journal/kind_file.hpp>
#include <commitpoint/journal/log.hpp>
#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/publish/exchange.hpp>
#include <commitpoint/publish/rename.hpp>
#include <commitpoint/system/native.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

namespace command {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view in_a_database = "sqlite:";
constexpr std::size_t deepest_state = 2;

nlohmann::json object_in(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  auto parsed = nlohmann::json::parse(text, nullptr, false);
  return parsed.is_object() ? parsed : nlohmann::json{};
}

// By the file that says so.
bool is_state_directory(const fs::path& at) {
  std::error_code ignored;
  if (!fs::is_regular_file(at / "format", ignored) || !fs::is_directory(at / "staging", ignored)) return false;
  const auto format = object_in(at / "format");
  return format.contains("version") && format.contains("root");
}

void look_for_state(const fs::path& root, const fs::path& below, std::size_t deepest, std::vector<std::string>& out) {
  std::error_code code;
  for (fs::directory_iterator it(root / below, fs::directory_options::skip_permission_denied, code), end;
       !code && it != end; it.increment(code)) {
    std::error_code ignored;
    if (it->is_symlink(ignored) || !it->is_directory(ignored)) continue;
    const auto here = below / it->path().filename();
    if (is_state_directory(root / here)) {
      out.push_back(here.native());
    } else if (deepest > 1) {
      look_for_state(root, here, deepest - 1, out);
    }
  }
}

cp::result<std::string> journal_of(const known_root& where) {
  cp::system::native system;
  BOOST_OUTCOME_TRY(const auto root, system.open_root(where.root));
  BOOST_OUTCOME_TRY(const auto state, system.open_beneath(root, where.state_directory, {.directory = true}));
  BOOST_OUTCOME_TRY(const auto kind, cp::journal::read_kind(system, state, where.state_directory));
  if (!kind) {
    std::error_code ignored;
    return fs::is_directory(fs::path(where.root) / where.state_directory / "journal", ignored) ? "json_file" : "log";
  }
  // JSON in JSON, since names of files are bytes.
  auto name = nlohmann::json::parse('"' + kind->journal + '"', nullptr, false);
  return name.is_string() ? name.get<std::string>() : kind->journal;
}

// As the policy is told it: nothing for the one in the state directory.
std::string database_of(const known_root& where) {
  auto out = where.journal.substr(in_a_database.size());
  return out == where.state_directory + "/journal.db" ? std::string{} : out;
}

cp::failure unknown_journal(const std::string& name) {
  return {make_error_code(cp::errc::unsupported), {}, "the journal of this root is '" + name + "': use its program"};
}

// Whatever its policies are.
template <class Coordinator, class... Values>
cp::result<cp::any_coordinator> open_as(const known_root& where, const cp::options& settings, const Values&... values) {
  auto opened = Coordinator::open(where.root, settings, values...);
  if (!opened) return std::move(opened).error();
  return cp::any_coordinator(std::move(opened).value());
}

template <class Publish>
cp::result<cp::any_coordinator> open_with(const known_root& where, const cp::options& settings) {
  if (where.journal == "log") return open_as<cp::coordinator<Publish>>(where, settings);
  if (where.journal == "json_file") {
    return open_as<cp::coordinator<Publish, cp::journal::json_file>>(where, settings);
  }
  if (where.journal.starts_with(in_a_database)) {
    const cp::journal::sqlite journal{.database = database_of(where)};
    return open_as<cp::coordinator<Publish, cp::journal::sqlite>>(where, settings, journal);
  }
  return unknown_journal(where.journal);
}

}  // namespace

cp::result<known_root> find_root(const std::string& root, const std::string& state_directory) {
  std::error_code code;
  const auto status = fs::status(root, code);
  if (!fs::exists(status)) return cp::failure(make_error_code(std::errc::no_such_file_or_directory), root);
  if (!fs::is_directory(status)) return cp::failure(make_error_code(std::errc::not_a_directory), root);
  known_root out{root, state_directory, "log"};
  if (state_directory.empty()) {
    out.state_directory = cp::options{}.state_directory;
    std::vector<std::string> found;
    if (!is_state_directory(fs::path(root) / out.state_directory)) look_for_state(root, {}, deepest_state, found);
    if (found.size() > 1) {
      std::ranges::sort(found);
      return failure_of(error::no_root, root,
                        "several programs have one: choose with --state " + found[0] + " or --state " + found[1]);
    }
    if (!found.empty()) out.state_directory = found.front();
  }
  const auto state = fs::path(root) / out.state_directory;
  (void)fs::status(state / "format", code);
  if (code == std::errc::permission_denied) return cp::failure(code, (state / "format").native());
  out.is_there = is_state_directory(state);
  if (!out.is_there) return out;
  BOOST_OUTCOME_TRY(out.journal, journal_of(out));
  return out;
}

cp::result<cp::any_coordinator> open_root(const known_root& where, directories replaced) {
  const cp::options settings{.state_directory = where.state_directory};
  return replaced == directories::are_exchanged ? open_with<cp::publish::exchange>(where, settings)
                                                : open_with<cp::publish::rename>(where, settings);
}

bool renames_in_order(const known_root& where) {
  cp::system::native system;
  const auto root = system.open_root(where.root);
  return root && system.ordered_metadata(root.value());
}

cp::result<cp::journal::image> read_journal(const known_root& where) {
  cp::system::native system;
  BOOST_OUTCOME_TRY(const auto root, system.open_root(where.root));
  BOOST_OUTCOME_TRY(const auto state, system.open_beneath(root, where.state_directory, {.directory = true}));
  const cp::journal::place at{system, root, state, where.state_directory, true};
  if (where.journal == "json_file") {
    BOOST_OUTCOME_TRY(const auto journal, cp::journal::json_file{}.open(at));
    return journal->read();
  }
  if (where.journal.starts_with(in_a_database)) {
    BOOST_OUTCOME_TRY(const auto journal, cp::journal::sqlite{.database = database_of(where)}.open(at));
    return journal->read();
  }
  if (where.journal != "log") return unknown_journal(where.journal);
  BOOST_OUTCOME_TRY(const auto journal, cp::journal::log{}.open(at));
  return journal->read();
}

cp::result<std::vector<kept_entry>> kept_in(const known_root& where) {
  std::vector<kept_entry> out;
  const auto kept = fs::path(where.root) / where.state_directory / "kept";
  std::error_code code;
  if (!fs::exists(kept, code)) return out;
  for (fs::recursive_directory_iterator it(kept, code), end; !code && it != end; it.increment(code)) {
    if (it->is_directory() && !it->is_symlink()) continue;
    const auto within = it->path().lexically_relative(kept);
    const auto number = within.begin()->native();
    kept_entry found;
    (void)std::from_chars(number.data(), number.data() + number.size(), found.mutation);
    found.path = within.lexically_relative(*within.begin()).native();
    found.place = (fs::path(where.state_directory) / "kept" / within).native();
    out.push_back(std::move(found));
  }
  if (code) return cp::failure(code, kept.native());
  std::ranges::sort(out, {}, [](const kept_entry& e) { return std::pair(e.mutation, e.path); });
  return out;
}

}  // namespace command
