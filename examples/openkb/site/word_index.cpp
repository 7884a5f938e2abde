#include "site/word_index.hpp"

#include "terminal/utf8.hpp"
#include "text/nfc.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>

namespace openkb {

namespace {

constexpr std::size_t longest_word = 48;  // bytes; what is longer is no word

void count_words(std::map<std::string, std::uint32_t>& counts, std::string_view text) {
  const auto small = utf8::lowered(nfc(text));
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= small.size();) {
    const auto c = i < small.size() ? utf8::decode(small, i) : utf8::character{};
    const bool inside = i < small.size() && c.valid && (c.code == '_' || utf8::is_word(c.code));
    if (!inside) {
      if (i > begin && i - begin <= longest_word) ++counts[small.substr(begin, i - begin)];
      begin = i + c.size;
    }
    i += c.size;
  }
}

std::string file_of(char32_t first) {
  std::array<char, 8> hex{};
  const auto end = std::to_chars(hex.data(), hex.data() + hex.size(), static_cast<std::uint32_t>(first), 16).ptr;
  return "words-" + std::string(hex.data(), end) + ".js";
}

// U+2028 and U+2029 are line breaks to older browsers' scripts, and JSON leaves them as they are; in ASCII there is no
// question of that, nor of the encoding.
std::string dumped(const auto& value) {
  return value.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

void word_index::add(const std::string& place, const std::string& title, const std::string& excerpt,
                     std::string_view text) {
  std::map<std::string, std::uint32_t> counts;
  count_words(counts, text);
  count_words(counts, title);
  const auto id = static_cast<std::uint32_t>(documents_.size());
  std::size_t length = 0;
  for (const auto& [word, times] : counts) {
    words_[word].push_back({id, times});
    length += times;
  }
  documents_.push_back({place, title, excerpt, length});
}

std::map<std::string, std::string> word_index::files() const {
  std::map<std::string, std::string> out;
  auto all = nlohmann::ordered_json::array();
  for (const auto& d : documents_) all.push_back({d.place, d.title, d.excerpt, d.length});
  out.emplace("documents.js", "openkb.documents(" + dumped(all) + ");\n");
  std::map<char32_t, nlohmann::json> by_letter;
  for (const auto& [word, where] : words_) {
    auto places = nlohmann::ordered_json::array();
    for (const auto& o : where) {
      places.push_back(o.document);
      places.push_back(o.times);
    }
    by_letter[utf8::decode(word, 0).code][word] = std::move(places);
  }
  for (const auto& [first, index] : by_letter) {
    std::string letter;
    utf8::append(letter, first);
    out.emplace(file_of(first),
                "openkb.words(" + dumped(nlohmann::ordered_json(letter)) + "," + dumped(index) + ");\n");
  }
  return out;
}

}  // namespace openkb
