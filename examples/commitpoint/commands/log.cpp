#include "commands/commands.hpp"

#include <commitpoint/journal/record.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace command {

namespace {

using cp::journal::record_kind;

std::string_view word_of(record_kind kind) {
  switch (kind) {
    case record_kind::generation: return "generation";
    case record_kind::protect: return "protect";
    case record_kind::will_create: return "will create";
    case record_kind::created: return "created";
    case record_kind::scratch: return "scratch";
    case record_kind::sibling: return "sibling";
    case record_kind::commit: return "commit";
    case record_kind::published: return "published";
    case record_kind::rolling_back: return "rolling back";
    case record_kind::rolled_back: return "rolled back";
    case record_kind::retired: return "retired";
    case record_kind::undone: return "undone";
    case record_kind::compensate: return "compensate";
    case record_kind::copying: return "copying";
  }
  return "unknown";
}

json body_of(const cp::journal::record& r) {
  auto body = json::from_cbor(r.body, true, false);
  return body.is_discarded() ? json::object() : body;
}

void add_paths(const json& in, std::vector<std::string>& out) {
  for (const auto& [name, value] : in.items()) {
    if (name == "path" && value.is_string()) out.push_back(value.get<std::string>());
    if (value.is_structured()) add_paths(value, out);
  }
}

// What a record says of itself, and the paths that it is about; the whole of it is in the JSON.
std::string said_by(const json& body) {
  std::string out;
  if (body.contains("operation") && body["operation"].is_string()) out = body["operation"].get<std::string>();
  std::vector<std::string> paths;
  add_paths(body, paths);
  if (paths.empty()) return out;
  if (!out.empty()) out += ": ";
  out += paths.front();
  return paths.size() == 1 ? out : out + " and " + std::to_string(paths.size() - 1) + " more";
}

}  // namespace

int log(const command_line& asked, std::stop_token /*stop*/, output& out) {
  const auto where = find_root(asked.root, asked.state);
  if (!where) return failed(nullptr, where.error(), out);
  if (!where.value().is_there) return failed(nullptr, failure_of(error::no_root, asked.root), out);
  const auto journal = read_journal(where.value());
  if (!journal) return failed(nullptr, journal.error(), out);
  json records = json::array();
  for (const auto& r : journal.value().records) {
    const auto body = body_of(r);
    records.push_back({{"mutation", r.mutation}, {"kind", word_of(r.kind)}, {"body", body}});
    const auto number = std::to_string(r.mutation);
    out.line({{std::string(number.size() < 6 ? 6 - number.size() : 0, ' ')},
              {number, tone::name},
              {"  "},
              {word_of(r.kind), r.kind == record_kind::commit ? tone::good : tone::plain},
              {"  "},
              {said_by(body), tone::faint}});
  }
  json fields{{"status", journal.value().damage ? "damaged" : "read"}, {"records", std::move(records)}};
  if (journal.value().damage) fields["damage"] = *journal.value().damage;
  out.object(fields);
  if (!journal.value().damage) return exit_code::done;
  out.warning("journal", *journal.value().damage);
  return exit_code::needs_repair;
}

}  // namespace command
