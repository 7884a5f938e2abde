#include "changes/sync_trees.hpp"
#include "commands/commands.hpp"

#include <filesystem>
#include <utility>

namespace command {

namespace {

namespace fs = std::filesystem;

std::string_view word_of(sync_step::what how) {
  switch (how) {
    case sync_step::what::make_directory: return "make";
    case sync_step::what::copy_file:
    case sync_step::what::replace_file: return "copy";
    case sync_step::what::link: return "link";
    case sync_step::what::remove: return "remove";
  }
  return "?";
}

json to_json(const sync_plan& plan) {
  json out = json::array();
  for (const auto& [how, path] : plan.steps) out.push_back({{"what", word_of(how)}, {"path", path}});
  return out;
}

}  // namespace

int sync(const command_line& asked, std::stop_token stop, output& out) {
  auto to = asked;
  to.root = asked.words.back();
  const auto& source = asked.words.front();
  std::error_code code;
  if (!fs::is_directory(source, code)) {
    return failed(nullptr, {code ? code : make_error_code(std::errc::not_a_directory), source}, out);
  }
  if (!asked.dry_run && !fs::exists(fs::symlink_status(to.root, code))) fs::create_directory(to.root, code);
  auto root = open(to);
  if (!root) return failed(nullptr, root.error(), out);
  auto owner = acquire(root.value(), stop, out);
  if (!owner) return failed(&root.value(), owner.error(), out);

  const sync_how how{asked.deletes, asked.quick, asked.excluded, root.value().where.state_directory};
  const auto plan = compare_trees(source, to.root, how);
  if (!plan) return failed(&root.value(), plan.error(), out);
  for (const auto& text : plan.value().warnings) out.warning({}, text);
  for (const auto& [what, path] : plan.value().steps) out.done({{word_of(what), tone::faint}, {" "}, {path}});
  if (!asked.dry_run && !plan.value().steps.empty()) {
    const auto done = owner.value().run({.operation = "sync", .stop = std::move(stop)}, [&](cp::mutation& m) {
      const auto count = plan.value().steps.size();
      return sync_trees(m, source, plan.value(), [&](std::size_t n) {
        if (n % 64 == 0 || n == count) out.progress(n, count);
      });
    });
    if (!done) return failed(&root.value(), done.error(), out);
  }
  if (auto released = owner.value().release(); !released) return failed(&root.value(), released.error(), out);
  out.object({{"status", asked.dry_run ? "shown" : "done"}, {"steps", to_json(plan.value())}});
  if (plan.value().steps.empty()) out.done({{"nothing to do"}});
  return exit_code::done;
}

}  // namespace command
