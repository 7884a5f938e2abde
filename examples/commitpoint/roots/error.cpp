#include "roots/error.hpp"

#include <utility>

namespace command {

namespace {

class category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "commitpoint command"; }
  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<error>(value)) {
      case error::bad_change_set: return "the change set cannot be read";
      case error::not_expected: return "it is not what was expected";
      case error::not_so_often: return "the text is not there so often";
      case error::does_not_apply: return "the diff does not apply";
      case error::not_a_source: return "it is no file, directory or symbolic link";
      case error::no_root: return "no state directory of commitpoint here";
      case error::not_kept: return "no such file was kept";
      case error::would_overwrite: return "something else is there";
      case error::command_failed: return "the command failed";
      case error::only_looked: return "nothing was to be changed";
    }
    return "unknown error " + std::to_string(value);
  }
};

bool is_usage(const cp::failure& f) { return f == error::bad_change_set || f == error::no_root; }

}  // namespace

const std::error_category& error_category() noexcept {
  static const category the_one;
  return the_one;
}

cp::failure failure_of(error e, std::string path, std::string explanation) {
  return {make_error_code(e), std::move(path), std::move(explanation)};
}

int exit_code_of(const cp::failure& f) {
  if (is_usage(f)) return exit_code::usage;
  if (f == cp::errc::cancelled) return exit_code::interrupted;
  const bool settled = f.outcome() == cp::outcome::rolled_back && f != cp::errc::needs_repair &&
                       f != cp::errc::dirty_rollback && f != cp::errc::publish_incomplete &&
                       f != cp::errc::outcome_unknown && f != cp::errc::journal_corrupt &&
                       f != cp::errc::unknown_compensation;
  return settled ? exit_code::failed : exit_code::needs_repair;
}

std::string cause_of(const cp::failure& f, const std::string& subject) {
  std::string out;
  if (!f.path().empty() && f.path() != subject) out = f.path() + ": ";
  if (!f.other_path().empty()) out += f.other_path() + ": ";
  return out + f.code.message();
}

std::string advice_for(const cp::failure& f) {
  if (!f.explanation().empty()) return f.explanation();
  if (f == cp::errc::cancelled) return "nothing was changed";
  if (f == cp::errc::needs_repair) return "run: commitpoint status";
  if (f == error::no_root) return "name the directory with --root, and its state directory with --state";
  return exit_code_of(f) == exit_code::needs_repair ? "run: commitpoint recover" : std::string{};
}

}  // namespace command
