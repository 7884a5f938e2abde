#include "registry/fts_query.hpp"

#include <algorithm>
#include <cctype>

namespace openkb {

namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

bool has_word(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) != 0;
  });
}

// One by one what was asked for. In FTS5 everything may stand in a string, and only a quote has to be doubled there.
class reading_terms {
 public:
  explicit reading_terms(std::string_view asked) : rest_(asked) {}

  cp::result<std::string> run() {
    while (next()) {}
    if (wanted_.empty()) {
      const auto* advice = unwanted_.empty() ? "" : "name at least one word that has to be there";
      return cp::failure(make_error_code(error::bad_query), {}, advice);
    }
    return wanted_ + unwanted_;
  }

 private:
  bool next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
    if (rest_.empty()) return false;
    const bool unwanted = rest_.size() > 1 && rest_[0] == '-' && blanks.find(rest_[1]) == std::string_view::npos;
    if (unwanted) rest_.remove_prefix(1);
    const auto term = rest_[0] == '"' ? phrase() : word();
    const bool begins = rest_.starts_with('*');
    rest_.remove_prefix(std::min(rest_.find_first_not_of('*'), rest_.size()));
    if (!has_word(term)) return true;
    // What is side by side has to be there together, which binds closer than NOT.
    auto& to = unwanted ? unwanted_ : wanted_;
    to.append(unwanted ? " NOT " : to.empty() ? "" : " ").append(quoted(term)).append(begins ? "*" : "");
    return true;
  }

  std::string_view phrase() {
    rest_.remove_prefix(1);
    const auto end = std::min(rest_.find('"'), rest_.size());
    const auto out = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return out;
  }

  std::string_view word() {
    const auto end = std::min(rest_.find_first_of(" \t\r\n\v\f\"*"), rest_.size());
    const auto out = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return out;
  }

  static std::string quoted(std::string_view term) { return '"' + std::string(term) + '"'; }

  std::string_view rest_;
  std::string wanted_;
  std::string unwanted_;
};

}  // namespace

cp::result<std::string> fts_query(std::string_view asked) { return reading_terms(asked).run(); }

}  // namespace openkb
