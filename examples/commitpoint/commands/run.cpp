#include "changes/subprocess.hpp"
#include "commands/commands.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <utility>

namespace command {

namespace {

namespace fs = std::filesystem;

bool is_database(const fs::path& file) {
  constexpr std::string_view begins("SQLite format 3\0", 16);
  std::array<char, 16> head{};
  std::ifstream in(file, std::ios::binary);
  in.read(head.data(), head.size());
  return in && std::string_view(head.data(), head.size()) == begins;
}

// The plan of a command that writes in place: each path saved in the way that fits what is there.
cp::plan plan_of(const command_line& asked, std::stop_token stop) {
  cp::plan out{.operation = "run " + asked.words.front(), .stop = std::move(stop)};
  for (const auto& path : asked.protect) {
    const auto live = fs::path(asked.root) / path;
    std::error_code ignored;
    if (fs::is_directory(fs::symlink_status(live, ignored))) {
      out.touches.push_back(cp::touch::tree(path));
    } else {
      out.touches.push_back(is_database(live) ? cp::touch::sqlite(path) : cp::touch::file(path));
    }
  }
  for (const auto& path : asked.appended) out.touches.push_back(cp::touch::appended(path));
  return out;
}

class running {
 public:
  running(const command_line& asked, bool exchanges, std::stop_token stop)
      : asked_(asked), exchanges_(exchanges), stop_(std::move(stop)) {}

  cp::result<void> in_place(cp::mutation& m) {
    for (const auto& path : asked_.fresh) {
      BOOST_OUTCOME_TRYV(m.will_create(path));
    }
    return run(m, asked_.root);
  }

  // In private staging, so that the command is alone in it, and what it leaves goes if it fails.
  cp::result<void> in_a_copy(cp::mutation& m, const cp::path& staging) {
    const auto& path = asked_.protect.front();
    const auto copy = (staging / "copy").native();
    const auto source = fs::path(asked_.root) / path;
    std::error_code ignored;
    if (!fs::is_directory(source, ignored)) {
      return cp::failure(make_error_code(std::errc::not_a_directory), path, "--sandbox works in a copy of a directory");
    }
    BOOST_OUTCOME_TRYV(output_of({"cp", "-a", "--reflink=auto", "--", source.native(), copy}));
    BOOST_OUTCOME_TRYV(run(m, copy));
    if (!exchanges_) {  // file by file, at the same commit point
      BOOST_OUTCOME_TRYV(m.remove(path));
    }
    return m.publish(copy, path);
  }

  /// How the command ended, if it was started.
  [[nodiscard]] const std::optional<ended>& how() const noexcept { return how_; }

 private:
  cp::result<void> run(cp::mutation& m, const std::string& directory) {
    // Whatever the command starts has this open: as long as anything of it lives, nobody recovers beside it.
    BOOST_OUTCOME_TRYV(m.lease_fd());
    BOOST_OUTCOME_TRY(how_, run_command(asked_.words, directory, stop_));
    if (m.cancelled()) return cp::errc::cancelled;
    if (how_->code != 0) return failure_of(error::command_failed, asked_.words.front());
    return cp::success();
  }

  const command_line& asked_;
  bool exchanges_;  // directories
  std::stop_token stop_;
  std::optional<ended> how_;
};

cp::result<void> sandboxed(opened& root, cp::owner& owner, running& command, const command_line& asked,
                           std::stop_token stop) {
  BOOST_OUTCOME_TRY(const auto lease, root.coordinator.lease());
  return owner.run({.operation = "run " + asked.words.front(), .stop = std::move(stop)},
                   [&](cp::mutation& m) { return command.in_a_copy(m, lease.path()); });
}

}  // namespace

int run(const command_line& asked, std::stop_token stop, output& out) {
  const auto where = find_root(asked.root, asked.state);
  if (!where) return failed(nullptr, where.error(), out);
  const bool exchanges = asked.sandbox && renames_in_order(where.value());
  auto root = open(asked, exchanges ? directories::are_exchanged : directories::stay);
  if (!root) return failed(nullptr, root.error(), out);
  auto owner = acquire(root.value(), stop, out);
  if (!owner) return failed(&root.value(), owner.error(), out);

  running command(asked, exchanges, stop);
  const auto done = asked.sandbox
                        ? sandboxed(root.value(), owner.value(), command, asked, stop)
                        : owner.value().run(plan_of(asked, stop), [&](cp::mutation& m) { return command.in_place(m); });
  if (command.how() && command.how()->leaves_others) {
    out.warning({}, "the command left processes behind; what they write from now on is not covered");
  }
  if (!done) {
    const bool by_command = done.error() == error::command_failed && command.how() && command.how()->code != 0;
    if (!by_command) {
      const bool not_there = !command.how() && done.error() == std::errc::no_such_file_or_directory &&
                             done.error().path() == asked.words.front();
      const int code = failed(&root.value(), done.error(), out);
      return not_there ? 127 : code;
    }
    const int code = command.how()->code;
    out.object({{"status", "rolled back"}, {"exit_code", code}});
    out.note(asked.words.front() + " failed (" + std::to_string(code) + "); everything is as it was");
    return code;
  }
  if (auto released = owner.value().release(); !released) return failed(&root.value(), released.error(), out);
  out.object({{"status", "done"}, {"exit_code", 0}});
  return exit_code::done;
}

}  // namespace command
