#include "terminal/output.hpp"

#include "terminal/printable.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <utility>

namespace terminal {

namespace {

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

}  // namespace

output::output(standard_output& to, const program& of, speaking how, std::string command)
    : to_(to),
      of_(of),
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
  if (!how_.quiet) complain({{of_.name}, {": "}, {text}});
}

void output::warning(const std::string& about, std::string_view text) {
  complain({{of_.name}, {": "}, {about}, {about.empty() ? "" : ": "}, {"warning: ", tone::doubtful}, {text}});
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
    for (const auto& text : to_lines(found, false, of_.settles)) line(text);
    to_.flush();
  }
}

json output::json_of(const cp::failure& f, const std::string& about) const {
  json out{{"message", f.code.message()},
           {"category", f.code.category().name()},
           {"code", f.code.value()},
           {"outcome", cp::to_string(f.outcome())}};
  if (!f.path().empty() && f.path() != about) out["path"] = f.path();
  if (f.step != cp::step::none) out["step"] = cp::to_string(f.step);
  if (const auto advice = of_.advice_for(f); !advice.empty()) out["advice"] = advice;
  return out;
}

int output::failed(std::string_view status, const std::string& about, const cp::failure& f,
                   const std::optional<cp::blockage>& blocked, const json& more) {
  json fields{{"status", status}};
  fields.update(more);
  fields["error"] = json_of(f, about);
  if (blocked) fields["blocked"] = to_json(*blocked);
  object(fields);
  const auto cause = of_.cause_of(f, about);
  const auto speaker = std::string(of_.name) + ": ";
  complain({{speaker, tone::bad}, {about}, {about.empty() ? "" : ": "}, {cause}});
  const auto advice = blocked ? advice_on(*blocked, of_.settles) : of_.advice_for(f);
  if (!advice.empty()) complain({{"  "}, {advice}});
  return of_.exit_code_of(f);
}

}  // namespace terminal
