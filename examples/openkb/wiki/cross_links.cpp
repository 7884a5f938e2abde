#include "wiki/cross_links.hpp"

#include "text/links.hpp"
#include "text/replacements.hpp"

#include <algorithm>

namespace openkb {

namespace {

constexpr std::string_view wiki_begin = "[[";
constexpr std::size_t most_addresses = 8;  // of one document, in one text; each has two characters more than the last

using forms = std::map<std::string, std::string, std::less<>>;  // by what is written

// What each link leads to a page with.
forms forms_of(const std::vector<outgoing_link>& links, const destinations& there) {
  std::map<std::string, std::vector<std::string>> by_name;
  for (const auto& l : links) {
    if (const auto to = there.find(l.place); to != there.end()) by_name[to->second].push_back(l.written);
  }
  forms out;
  for (auto& [name, written] : by_name) {
    std::ranges::sort(written);
    std::string again;
    if (written.size() > most_addresses) written.resize(most_addresses);
    for (const auto& w : written) {
      out[w] = again + encoded_target(name) + ".md";
      again += "./";
    }
  }
  return out;
}

class turning {
 public:
  turning(std::string_view text, const std::vector<outgoing_link>& links, const destinations& before,
          const destinations& after)
      : text_(text), after_(forms_of(links, after)) {
    for (const auto& l : links) written_as_.emplace(l.written, l.written);
    for (const auto& [written, form] : forms_of(links, before)) written_as_.emplace(form, written);
  }

  std::string run() {
    for (const auto& l : find_links(text_)) {
      if (!l.image) turn(l);
    }
    for (const auto& w : find_wiki_links(text_)) {
      if (w.marked) turn_mark(w);
    }
    return out_.in(text_);
  }

 private:
  void turn(const link& l) {
    const auto hash = std::min(l.target.find('#'), l.target.size());
    const auto known = written_as_.find(std::string_view(l.target).substr(0, hash));
    if (known == written_as_.end()) return;
    const auto& written = known->second;
    const auto fragment = l.target.substr(hash);
    const auto form = after_.find(written);
    if (form != after_.end()) return out_.add(l.begin, l.end, form->second + fragment);
    if (!written.starts_with(wiki_begin)) return out_.add(l.begin, l.end, written + fragment);
    const auto whole = words_of_link(text_, l);
    if (!whole) return;
    const auto heading = decoded_target(fragment.substr(std::min<std::size_t>(fragment.size(), 1)));
    out_.add(whole->begin, whole->end, marked_wiki_link(written.substr(wiki_begin.size()), heading, whole->text));
  }

  void turn_mark(const wiki_link& w) {
    const auto form = after_.find(std::string(wiki_begin) + w.target);
    if (form == after_.end()) return;
    const auto fragment = w.heading.empty() ? std::string{} : '#' + encoded_target(w.heading);
    out_.add(w.begin, w.end, "[" + w.words + "](" + form->second + fragment + ")");
  }

  std::string_view text_;
  forms after_;
  forms written_as_;  // by any form that the text may have now
  replacements out_;
};

}  // namespace

std::string with_cross_links(std::string_view text, const std::vector<outgoing_link>& links, const destinations& before,
                             const destinations& after) {
  return turning(text, links, before, after).run();
}

std::string marked_wiki_link(std::string_view target, std::string_view heading, std::string_view words) {
  auto out = std::string(words).append("<!--[[").append(target);
  if (!heading.empty()) out.append("#").append(heading);
  return out.append("]]").append(words).append("-->");
}

}  // namespace openkb
