#include "commands/output.hpp"

#include "text/text_lines.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <utility>

namespace openkb {

namespace {

std::string_view decision(cp::recovered_mutation::decision d, bool will) {
  const bool back = d == cp::recovered_mutation::decision::roll_back;
  if (will) return back ? "will be rolled back" : "will be finished";
  return back ? "rolled back" : "finished";
}

// File names need not be UTF-8; what is not is replaced.
std::string dumped(const json& object) { return object.dump(-1, ' ', false, json::error_handler_t::replace); }

json to_json(const cp::failure& f, const std::string& document) {
  json out{{"message", f.code.message()},
           {"category", f.code.category().name()},
           {"code", f.code.value()},
           {"outcome", cp::to_string(f.outcome())}};
  if (!f.path().empty() && f.path() != document) out["path"] = f.path();
  if (f.step != cp::step::none) out["step"] = cp::to_string(f.step);
  if (const auto advice = advice_for(f); !advice.empty()) out["advice"] = advice;
  return out;
}

// Before anybody took the lock there is nothing in quarantine yet, and no id.
std::string advice_on(const cp::blockage& b) {
  if (b.id.empty()) return "recovery will need your decision (" + b.reason + "); run: openkb recover";
  return "what could not be used is kept in " + b.evidence + " (" + b.reason +
         "); look at it, then run: openkb recover --accept " + b.id;
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

std::string to_lines(const cp::report& r, bool will) {
  std::string out;
  for (const auto& m : r.mutations) {
    out += (will ? "pending: mutation " : "recovered: mutation ") + std::to_string(m.number) + " (" + m.operation +
           ") " + std::string(decision(m.decided, will)) + '\n';
  }
  for (const auto& k : r.kept) out += "kept: " + k.path + " (" + k.why + ") is now at " + k.place + '\n';
  for (const auto& path : r.edited_later) out += "left alone: " + path + " was edited after the crash\n";
  if (r.blocked) out += "blocked: " + advice_on(*r.blocked) + '\n';
  return out;
}

output::output(bool as_json, std::string command)
    : json_(as_json), terminal_(::isatty(STDERR_FILENO) == 1), command_(std::move(command)) {}

output::~output() { clear_progress(); }

void output::progress(std::size_t done, std::size_t of) {
  if (json_ || !terminal_ || of < 2) return;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began_;
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "%zu of %zu, %.1f a second", done, of,
                static_cast<double>(done) / std::max(seconds.count(), 0.001));
  std::cerr << '\r' << text.data() << "\x1b[K" << std::flush;
  progress_shown_ = done < of;
  if (!progress_shown_) std::cerr << "\r\x1b[K" << std::flush;
}

void output::clear_progress() const {
  if (std::exchange(progress_shown_, false)) std::cerr << "\r\x1b[K" << std::flush;
}

void output::line(std::string_view text) const {
  clear_progress();
  if (!json_) std::cout << text << std::endl;
}

void output::note(std::string_view text) const {
  clear_progress();
  if (!json_) std::cerr << "openkb: " << text << '\n';
}

void output::object(const json& fields) {
  if (!json_) return;
  json out{{"command", command_}};
  out.update(fields);
  if (!recovered_.is_null()) out["recovered"] = std::exchange(recovered_, nullptr);
  std::cout << dumped(out) << std::endl;
}

void output::recovered(const cp::report& found) {
  if (found.empty()) return;
  if (json_) {
    recovered_ = to_json(found);
  } else {
    std::cout << to_lines(found, false) << std::flush;
  }
}

int output::failed(std::string_view status, const std::string& document, const cp::failure& f,
                   const std::optional<cp::blockage>& blocked) {
  json fields{{"status", status}};
  if (!document.empty()) fields["document"] = document;
  fields["error"] = to_json(f, document);
  if (blocked) fields["blocked"] = to_json(*blocked);
  object(fields);
  note((document.empty() ? std::string{} : document + ": ") + cause_of(f, document));
  const auto advice = blocked ? advice_on(*blocked) : advice_for(f);
  if (!advice.empty() && !json_) std::cerr << "  " << advice << '\n';
  return exit_code_of(f);
}

}  // namespace openkb
