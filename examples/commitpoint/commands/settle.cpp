// What looks at a root, and what settles it: status, verify, recover, accept.

#include "commands/commands.hpp"

#include <utility>

namespace command {

namespace {

std::string state_of(const cp::report& found) {
  if (found.blocked) return "needs repair";
  return found.mutations.empty() ? "clean" : "pending";
}

void show(const cp::report& found, output& out) {
  for (const auto& line : terminal::to_lines(found, true, speaker.settles)) out.line(line);
}

}  // namespace

int status(const command_line& asked, std::stop_token stop, output& out) {
  auto root = open_existing(asked);
  if (!root) return failed(nullptr, root.error(), out);
  const auto& where = root.value().where;
  const auto pending = root.value().coordinator.pending({.stop = std::move(stop)});
  if (!pending) return failed(nullptr, pending.error(), out);
  const auto kept = kept_in(where);
  if (!kept) return failed(nullptr, kept.error(), out);

  json fields{{"status", state_of(pending.value())},
              {"state_directory", where.state_directory},
              {"journal", where.journal},
              {"kept_files", kept.value().size()}};
  fields.update(terminal::to_json(pending.value()));
  out.object(fields);
  const auto state = state_of(pending.value());
  out.line({{"state      "}, {state, state == "clean" ? tone::good : tone::doubtful}});
  out.line({{"directory  "}, {where.state_directory}});
  out.line({{"journal    "}, {where.journal}});
  out.line({{"kept files "}, {std::to_string(kept.value().size())}});
  show(pending.value(), out);
  return pending.value().blocked ? exit_code::needs_repair : exit_code::done;
}

int verify(const command_line& asked, std::stop_token stop, output& out) {
  auto root = open_existing(asked);
  if (!root) return failed(nullptr, root.error(), out);
  const auto found = root.value().coordinator.verify({.stop = std::move(stop)});
  if (!found) return failed(nullptr, found.error(), out);
  const auto& blocked = found.value().blocked;
  json fields{{"status", blocked ? "needs repair" : "sound"}};
  fields.update(terminal::to_json(found.value()));
  out.object(fields);
  for (const auto& line : terminal::to_lines(found.value(), true, speaker.settles)) out.line(line);
  if (!blocked) {
    const auto count = found.value().mutations.size();
    out.line({{"sound", tone::good}, {count == 0 ? ": nothing is pending" : ": all is there that recovery needs"}});
  }
  return blocked ? exit_code::needs_repair : exit_code::done;
}

int recover(const command_line& asked, std::stop_token stop, output& out) {
  auto root = open_existing(asked);
  if (!root) return failed(nullptr, root.error(), out);
  if (asked.dry_run) {
    const auto pending = root.value().coordinator.pending({.stop = std::move(stop)});
    if (!pending) return failed(nullptr, pending.error(), out);
    json fields{{"status", state_of(pending.value())}};
    fields.update(terminal::to_json(pending.value()));
    out.object(fields);
    show(pending.value(), out);
    if (pending.value().empty()) out.line("nothing to recover");
    return pending.value().blocked ? exit_code::needs_repair : exit_code::done;
  }
  auto owner = acquire(root.value(), std::move(stop), out);
  if (!owner) return failed(&root.value(), owner.error(), out);
  const bool nothing = owner.value().recovered().empty();
  if (auto released = owner.value().release(); !released) return failed(&root.value(), released.error(), out);
  out.object({{"status", nothing ? "clean" : "recovered"}});
  if (nothing) out.done({{"nothing to recover"}});
  return exit_code::done;
}

int accept(const command_line& asked, std::stop_token stop, output& out) {
  auto root = open_existing(asked);
  if (!root) return failed(nullptr, root.error(), out);
  const auto& id = asked.words.front();
  const auto done = root.value().coordinator.accept(id, {.stop = std::move(stop)});
  if (!done) return failed(&root.value(), done.error(), out);
  json fields{{"status", "accepted"}, {"id", id}};
  fields.update(terminal::to_json(done.value()));
  out.object(fields);
  for (const auto& line : terminal::to_lines(done.value(), false, speaker.settles)) out.done({{line}});
  out.done({{"accepted " + id + "; what it held stays in the quarantine"}});
  return exit_code::done;
}

}  // namespace command
