#include "commands/output.hpp"

#include "text/printable.hpp"

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

std::string_view colour_of(tone how) noexcept {
  switch (how) {
    case tone::name: return "\x1b[1m";
    case tone::good: return "\x1b[32m";
    case tone::bad: return "\x1b[1;31m";
    case tone::doubtful: return "\x1b[33m";
    case tone::faint: return "\x1b[2m";
    case tone::plain: break;
  }
  return {};
}

std::string time_left(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::min(seconds, 1e9)) + 1;
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

json json_of(const cp::failure& f, const std::string& document) {
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

std::vector<std::string> to_lines(const cp::report& r, bool will) {
  std::vector<std::string> out;
  for (const auto& m : r.mutations) {
    out.push_back((will ? "pending: mutation " : "recovered: mutation ") + std::to_string(m.number) + " (" +
                  m.operation + ") " + std::string(decision(m.decided, will)));
  }
  for (const auto& k : r.kept) out.push_back("kept: " + k.path + " (" + k.why + ") is now at " + k.place);
  for (const auto& path : r.edited_later) out.push_back("left alone: " + path + " was edited after the crash");
  if (r.blocked) out.push_back("blocked: " + advice_on(*r.blocked));
  return out;
}

// File names need not be UTF-8; what is not is replaced.
std::string json_line(const json& object) {
  return printable_json(object.dump(-1, ' ', false, json::error_handler_t::replace)) + '\n';
}

output::output(standard_output& to, speaking how, std::string command)
    : to_(to),
      how_(how),
      terminal_(::isatty(STDERR_FILENO) == 1),
      answers_on_terminal_(::isatty(STDOUT_FILENO) == 1),
      colours_(standard_output::has_colours(STDOUT_FILENO)),
      colours_of_errors_(standard_output::has_colours(STDERR_FILENO)),
      command_(std::move(command)) {}

output::~output() { clear_progress(); }

void output::progress(std::size_t done, std::size_t of) {
  if (how_.json || how_.quiet || !terminal_ || of < 2) return;
  progress_shown_ = done < of;
  if (!progress_shown_) {
    std::cerr << "\r\x1b[K" << std::flush;
    return;
  }
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began_;
  const auto speed = static_cast<double>(done) / std::max(passed.count(), 0.001);
  std::array<char, 96> text{};
  (void)std::snprintf(text.data(), text.size(), "%zu of %zu, %.1f a second", done, of, speed);
  std::cerr << '\r' << text.data();
  if (done > 0) std::cerr << ", " << time_left(static_cast<double>(of - done) / speed) << " left";
  std::cerr << "\x1b[K" << std::flush;
}

void output::clear_progress() {
  if (std::exchange(progress_shown_, false)) std::cerr << "\r\x1b[K" << std::flush;
}

std::string output::in_colours(const std::vector<piece>& text, bool colours) {
  std::string out;
  for (const auto& [words, how] : text) {
    const auto colour = colours ? colour_of(how) : std::string_view{};
    out.append(colour).append(printable(words)).append(colour.empty() ? "" : "\x1b[0m");
  }
  return out + '\n';
}

void output::line(const std::vector<piece>& text) {
  if (how_.json) return;
  clear_progress();
  to_.write(in_colours(text, colours_));
}

// At once, because the next thing may take its time.
void output::done(const std::vector<piece>& text) {
  if (how_.quiet) return;
  line(text);
  to_.flush();
}

void output::complain(const std::vector<piece>& text) {
  if (how_.json) return;
  clear_progress();
  to_.flush();
  std::cerr << in_colours(text, colours_of_errors_) << std::flush;
}

void output::text(std::string_view bytes) {
  if (!how_.json) to_.write(bytes);
}

void output::note(std::string_view text) {
  if (!how_.quiet) complain({{"openkb: "}, {text}});
}

void output::warning(const std::string& about, std::string_view text) {
  complain({{"openkb: "}, {about}, {about.empty() ? "" : ": "}, {"warning: ", tone::doubtful}, {text}});
}

void output::object(const json& fields) {
  if (!how_.json) return;
  json out{{"command", command_}};
  out.update(fields);
  if (!recovered_.is_null()) out["recovered"] = std::exchange(recovered_, nullptr);
  to_.write(json_line(out));
  to_.flush();
}

void output::recovered(const cp::report& found) {
  if (found.empty()) return;
  if (how_.json) {
    recovered_ = to_json(found);
  } else {
    for (const auto& text : to_lines(found, false)) line(text);
    to_.flush();
  }
}

int output::failed(std::string_view status, const std::string& document, const cp::failure& f,
                   const std::optional<cp::blockage>& blocked) {
  json fields{{"status", status}};
  if (!document.empty()) fields["document"] = document;
  fields["error"] = json_of(f, document);
  if (blocked) fields["blocked"] = to_json(*blocked);
  object(fields);
  complain({{"openkb: ", tone::bad}, {document}, {document.empty() ? "" : ": "}, {cause_of(f, document)}});
  const auto advice = blocked ? advice_on(*blocked) : advice_for(f);
  if (!advice.empty()) complain({{"  "}, {advice}});
  return exit_code_of(f);
}

}  // namespace openkb
