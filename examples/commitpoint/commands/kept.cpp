#include "commands/commands.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace command {

namespace {

namespace fs = std::filesystem;

std::string name_of(const kept_entry& e) { return std::to_string(e.mutation) + '/' + e.path; }

int list(const opened& root, output& out) {
  const auto all = kept_in(root.where);
  if (!all) return failed(nullptr, all.error(), out);
  json files = json::array();
  for (const auto& e : all.value()) {
    files.push_back({{"mutation", e.mutation}, {"path", e.path}, {"place", e.place}});
    out.line({{name_of(e), tone::name}, {"  "}, {e.place, tone::faint}});
  }
  if (all.value().empty()) out.line("nothing was kept");
  out.object({{"status", "listed"}, {"files", std::move(files)}});
  return exit_code::done;
}

// By `NUMBER/path`, or by the path alone where that is enough.
cp::result<kept_entry> find(const opened& root, const std::string& name) {
  BOOST_OUTCOME_TRY(const auto all, kept_in(root.where));
  std::vector<kept_entry> fitting;
  std::ranges::copy_if(all, std::back_inserter(fitting),
                       [&](const kept_entry& e) { return name_of(e) == name || e.path == name || e.place == name; });
  if (fitting.size() == 1) return fitting.front();
  if (fitting.empty()) return failure_of(error::not_kept, name, "see: commitpoint kept list");
  return failure_of(error::not_kept, name,
                    "several were, such as " + name_of(fitting[0]) + " and " + name_of(fitting[1]));
}

cp::result<std::string> content_of(const opened& root, const kept_entry& e) {
  const auto file = fs::path(root.where.root) / e.place;
  if (fs::is_symlink(file))
    return failure_of(error::not_a_source, e.place, "it is a link to " + fs::read_symlink(file).native());
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string out(std::istreambuf_iterator<char>(in), {});
  if (!in.is_open() || in.bad()) return cp::failure({errno, std::system_category()}, e.place);
  return out;
}

int restore(opened& root, const command_line& asked, const kept_entry& e, std::stop_token stop, output& out) {
  const auto bytes = content_of(root, e);
  if (!bytes) return failed(nullptr, bytes.error(), out);
  auto owner = acquire(root, stop, out);
  if (!owner) return failed(&root, owner.error(), out);
  const auto done =
      owner.value().run({.operation = "restore", .stop = std::move(stop)}, [&](cp::mutation& m) -> cp::result<void> {
        BOOST_OUTCOME_TRY(const bool there, m.exists(e.path));
        if (there && !asked.force) {
          return failure_of(error::would_overwrite, e.path, "see what it is, then use --force");
        }
        if (const auto slash = e.path.rfind('/'); slash != std::string::npos) {
          BOOST_OUTCOME_TRYV(m.create_directories(e.path.substr(0, slash)));
        }
        const auto mode = fs::status(fs::path(root.where.root) / e.place).permissions();
        return m.write(e.path, bytes.value(), {.mode = static_cast<std::uint32_t>(mode)});
      });
  if (!done) return failed(&root, done.error(), out);
  if (auto released = owner.value().release(); !released) return failed(&root, released.error(), out);
  out.object({{"status", "restored"}, {"path", e.path}});
  out.done({{"restored "}, {e.path, tone::name}, {"; what was kept is still there"}});
  return exit_code::done;
}

int purge(opened& root, std::stop_token stop, output& out) {
  auto owner = acquire(root, std::move(stop), out);
  if (!owner) return failed(&root, owner.error(), out);
  const auto purged = owner.value().purge_kept();
  if (!purged) return failed(&root, purged.error(), out);
  out.object({{"status", "purged"}, {"files", purged.value()}});
  out.done({{"purged " + std::to_string(purged.value()) + " kept files"}});
  return exit_code::done;
}

}  // namespace

int kept(const command_line& asked, std::stop_token stop, output& out) {
  auto root = open_existing(asked);
  if (!root) return failed(nullptr, root.error(), out);
  const auto action = asked.words.empty() ? "list" : asked.words.front();
  if (action == "list") return list(root.value(), out);
  if (action == "purge") return purge(root.value(), std::move(stop), out);
  const auto entry = find(root.value(), asked.words.back());
  if (!entry) return failed(nullptr, entry.error(), out);
  if (action == "restore") return restore(root.value(), asked, entry.value(), std::move(stop), out);
  const auto bytes = content_of(root.value(), entry.value());
  if (!bytes) return failed(nullptr, bytes.error(), out);
  out.object({{"status", "shown"}, {"path", entry.value().path}, {"content", bytes.value()}});
  out.text(bytes.value());
  return exit_code::done;
}

}  // namespace command
