#include "wiki/summary_topics.hpp"

#include "text/markdown_lines.hpp"
#include "text/nfc.hpp"
#include "wiki/topic_list.hpp"

#include <algorithm>
#include <iterator>

namespace openkb::pages {

namespace {

std::vector<topic> of_kind(const std::vector<topic>& topics, topic_kind kind) {
  std::vector<topic> out;
  std::ranges::copy_if(topics, std::back_inserter(out), [&](const topic& t) { return t.kind == kind; });
  return out;
}

bool is_one_of(const std::vector<topic>& topics, std::string_view slug) {
  return !slug.empty() && std::ranges::any_of(topics, [&](const topic& t) { return same_name(t.slug, slug); });
}

// Whether what is put behind a text would be code as well: a fence or a comment is open there.
bool ends_in_code(std::string_view text) {
  const auto longer = std::string(text) + "\n\n#";
  markdown_lines walk(longer);
  auto last = markdown_lines::line_kind::text;
  while (walk.next()) last = walk.kind();
  return last == markdown_lines::line_kind::code;
}

// Takes lines of openkb's out of a summary and puts others in; all the rest stays to the byte, where it is.
class list_change {
 public:
  list_change(std::string_view summary, topic_kind kind)
      : summary_(summary),
        kind_(kind),
        list_(summary, kind),
        lines_(list_.lines()),
        line_end_(line_end_of(summary)),
        put_(lines_.size() + 1),
        gone_(lines_.size()) {}

  std::string run(const std::vector<topic>& topics, const std::vector<topic>& left) {
    if (list_.is_there()) {
      drop(topics, left);
      put_missing(topics);
    } else if (!topics.empty()) {
      put_list(topics);
    }
    return text();
  }

 private:
  void put(std::size_t at, std::string_view line) { put_[at].append(line).append(line_end_); }

  void drop(const std::vector<topic>& topics, const std::vector<topic>& left) {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      gone_[i] = is_one_of(left, lines_[i].topic) && !is_one_of(topics, lines_[i].topic);
    }
    if (topics.empty()) drop_heading();
  }

  // With the empty lines that openkb put around it, unless anything else stands below it.
  void drop_heading() {
    const auto heading = list_.heading();
    for (auto i = heading + 1; i < list_.end(); ++i) {
      if (!gone_[i] && !lines_[i].is_empty()) return;
    }
    gone_[heading] = true;
    if (heading > 0 && lines_[heading - 1].is_empty()) gone_[heading - 1] = true;
    if (lines_[heading + 1].is_empty()) gone_[heading + 1] = true;
  }

  // A line that is there stays; one that is not comes before the next one in the order of the topics.
  void put_missing(const std::vector<topic>& topics) {
    std::vector<std::size_t> next(topics.size() + 1, topic_list::none);
    for (auto i = topics.size(); i-- > 0;) {
      const auto line = list_.line_of(topics[i].slug);
      next[i] = line == topic_list::none ? next[i + 1] : line;
    }
    auto behind = first_line();
    for (std::size_t i = 0; i < topics.size(); ++i) {
      if (const auto line = list_.line_of(topics[i].slug); line != topic_list::none) {
        behind = list_.behind_item(line);
      } else {
        put(next[i] == topic_list::none ? behind : next[i], topic_line(topics[i]));
      }
    }
  }

  // Of those that go, if any do.
  [[nodiscard]] std::size_t first_line() const {
    const auto gone = std::ranges::find(gone_, true);
    if (gone != gone_.end()) return static_cast<std::size_t>(gone - gone_.begin());
    const auto own = std::ranges::find_if(lines_, [](const summary_line& l) { return !l.topic.empty(); });
    return static_cast<std::size_t>(own - lines_.begin());
  }

  void put_list(const std::vector<topic>& topics) {
    const auto at = place_of_list();
    put(at, {});
    put(at, list_heading(kind_));
    put(at, {});
    for (const auto& t : topics) put(at, topic_line(t));
  }

  // Below what openkb says of the document, and a person behind it; in the order of the kinds.
  [[nodiscard]] std::size_t place_of_list() const {
    const bool first = kind_ == listed_kinds.front();
    const topic_list other(summary_, first ? listed_kinds.back() : listed_kinds.front());
    if (other.is_there() && !first) return out_of_code(other.end_of_text());
    if (other.is_there()) {
      const auto heading = other.heading();
      return heading > 0 && lines_[heading - 1].is_empty() ? heading - 1 : heading;
    }
    const auto added =
        std::ranges::find_if(lines_, [](const summary_line& l) { return !l.code && l.text.starts_with("- Added: "); });
    auto at = static_cast<std::size_t>(added - lines_.begin());
    while (at < lines_.size() && !lines_[at].is_empty() && !is_heading(lines_[at].text)) ++at;
    return out_of_code(at);
  }

  [[nodiscard]] std::size_t out_of_code(std::size_t at) const {
    if (at < lines_.size() || !ends_in_code(summary_)) return at;
    while (at > 0 && lines_[at - 1].code) --at;
    return at;
  }

  [[nodiscard]] std::string text() const {
    std::string out;
    for (std::size_t i = 0; i < put_.size(); ++i) {
      if (!put_[i].empty() && !out.empty() && !out.ends_with('\n')) out += line_end_;
      out += put_[i];
      if (i < lines_.size() && !gone_[i]) out += lines_[i].whole;
    }
    return out;
  }

  std::string_view summary_;
  topic_kind kind_;
  topic_list list_;
  const std::vector<summary_line>& lines_;
  std::string_view line_end_;
  std::vector<std::string> put_;  // before each line, and at the end
  std::vector<bool> gone_;
};

}  // namespace

std::string with_topics(std::string_view summary, const std::vector<topic>& topics, const std::vector<topic>& left) {
  std::string out(summary);
  for (const auto kind : listed_kinds) out = list_change(out, kind).run(of_kind(topics, kind), of_kind(left, kind));
  return out;
}

std::vector<topic> topics_in(std::string_view summary) {
  std::vector<topic> out;
  for (const auto kind : listed_kinds) {
    const topic_list list(summary, kind);
    for (const auto& line : list.lines()) {
      if (!line.topic.empty()) out.push_back({.kind = kind, .slug = line.topic, .title = {}, .excerpt = {}});
    }
  }
  return out;
}

}  // namespace openkb::pages
