#include "changes/apply_changes.hpp"
#include "commands/commands.hpp"

#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>
#include <utility>

namespace command {

namespace {

cp::result<change_set> read_changes(const command_line& asked) {
  const bool piped = asked.words.empty() || asked.words.front() == "-";
  std::string text;
  if (piped) {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
    if (std::cin.bad()) return cp::failure(make_error_code(std::errc::io_error), "standard input");
  } else {
    std::ifstream in(asked.words.front(), std::ios::binary);
    if (!in) return cp::failure({errno, std::system_category()}, asked.words.front());
    text.assign(std::istreambuf_iterator<char>(in), {});
    if (in.bad()) return cp::failure(make_error_code(std::errc::is_a_directory), asked.words.front());
  }
  auto parsed = parse_change_set(text);
  if (!parsed) return std::move(parsed).error().on(piped ? "standard input" : asked.words.front());
  return parsed;
}

// On a terminal, where it takes longer than a second.
class progress_line {
 public:
  progress_line(output& out, std::size_t of) : out_(out), of_(of) {}
  void operator()(std::size_t done) {
    constexpr std::size_t now_and_then = 64;
    if (done != of_ && done % now_and_then != 0) return;
    if (std::chrono::steady_clock::now() - began_ > std::chrono::seconds(1)) out_.progress(done, of_);
  }

 private:
  output& out_;
  std::size_t of_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

void show(const std::vector<changed_file>& files, output& out) {
  json changed = json::array();
  for (const auto& f : files) {
    changed.push_back({{"path", f.path}, {"what", f.what}, {"diff", f.diff}});
    if (f.diff.empty()) out.line({{f.what + ": "}, {f.path}});
    for (std::size_t from = 0; from < f.diff.size();) {
      const auto end = std::min(f.diff.find('\n', from), f.diff.size());
      const auto line = std::string_view(f.diff).substr(from, end - from);
      const auto colour = line.starts_with('+') ? tone::good : line.starts_with('-') ? tone::bad : tone::plain;
      out.line({{line, colour}});
      from = end + 1;
    }
  }
  if (files.empty()) out.line("nothing would be changed");
  out.object({{"status", "shown"}, {"changes", std::move(changed)}});
}

// Which of it failed, for people and for programs.
int failed_in(opened& root, const change_set& changes, const applied& so_far, const cp::failure& f, output& out) {
  if (!so_far.expectations || so_far.operations >= changes.operations.size()) return failed(&root, f, out);
  const auto& o = changes.operations[so_far.operations];
  const auto about =
      "operation " + std::to_string(so_far.operations) + " (" + std::string(name_of(o)) + " '" + path_of(o) + "')";
  return failed(&root, f, out, about, {{"operation", so_far.operations}, {"op", name_of(o)}, {"path", path_of(o)}});
}

}  // namespace

int apply(const command_line& asked, std::stop_token stop, output& out) {
  auto changes = read_changes(asked);
  if (!changes) return failed(nullptr, changes.error(), out);
  auto root = open(asked);
  if (!root) return failed(nullptr, root.error(), out);
  auto owner = acquire(root.value(), stop, out);
  if (!owner) return failed(&root.value(), owner.error(), out);

  applied so_far;
  std::vector<changed_file> files;
  std::uint64_t number = 0;
  progress_line progress(out, changes.value().operations.size());
  const auto done = owner.value().run(
      {.operation = changes.value().name, .stop = std::move(stop)}, [&](cp::mutation& m) -> cp::result<void> {
        number = m.number();
        BOOST_OUTCOME_TRYV(apply_changes(m, changes.value(), so_far, [&](std::size_t n) { progress(n); }));
        if (!asked.dry_run) return cp::success();
        BOOST_OUTCOME_TRY(files, changes_in(m, changes.value(), root.value().where.root));
        return make_error_code(error::only_looked);
      });
  if (!done && done.error() == error::only_looked) {
    show(files, out);
    return exit_code::done;
  }
  if (!done) return failed_in(root.value(), changes.value(), so_far, done.error(), out);
  if (auto released = owner.value().release(); !released) return failed(&root.value(), released.error(), out);
  out.object({{"status", "done"}, {"operations", so_far.operations}, {"mutation", number}});
  out.done(
      {{"applied " + std::to_string(so_far.operations) + (so_far.operations == 1 ? " operation" : " operations")}});
  return exit_code::done;
}

}  // namespace command
