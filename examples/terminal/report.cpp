#include "terminal/report.hpp"

namespace terminal {

namespace {

std::string_view decision(cp::recovered_mutation::decision d, bool will) {
  const bool back = d == cp::recovered_mutation::decision::roll_back;
  if (will) return back ? "will be rolled back" : "will be finished";
  return back ? "rolled back" : "finished";
}

}  // namespace

json to_json(const cp::blockage& b) { return {{"id", b.id}, {"reason", b.reason}, {"evidence", b.evidence}}; }

json to_json(const cp::report& r) {
  json out{{"mutations", json::array()}, {"kept", json::array()}, {"edited_later", r.edited_later}};
  for (const auto& m : r.mutations) {
    const bool back = m.decided == cp::recovered_mutation::decision::roll_back;
    out["mutations"].push_back(
        {{"number", m.number}, {"operation", m.operation}, {"decision", back ? "roll back" : "roll forward"}});
  }
  for (const auto& k : r.kept) out["kept"].push_back({{"path", k.path}, {"place", k.place}, {"why", k.why}});
  if (r.blocked) out["blocked"] = to_json(*r.blocked);
  return out;
}

std::vector<std::string> to_lines(const cp::report& r, bool will, const settling& by) {
  std::vector<std::string> out;
  for (const auto& m : r.mutations) {
    out.push_back((will ? "pending: mutation " : "recovered: mutation ") + std::to_string(m.number) + " (" +
                  m.operation + ") " + std::string(decision(m.decided, will)));
  }
  for (const auto& k : r.kept) out.push_back("kept: " + k.path + " (" + k.why + ") is now at " + k.place);
  for (const auto& path : r.edited_later) out.push_back("left alone: " + path + " was edited after the crash");
  if (r.blocked) out.push_back("blocked: " + advice_on(*r.blocked, by));
  return out;
}

// Before anybody took the lock there is nothing in quarantine yet, and no id.
std::string advice_on(const cp::blockage& b, const settling& by) {
  if (b.id.empty()) return "recovery will need your decision (" + b.reason + "); run: " + std::string(by.recover);
  return "what could not be used is kept in " + b.evidence + " (" + b.reason +
         "); look at it, then run: " + std::string(by.accept) + ' ' + b.id;
}

}  // namespace terminal
