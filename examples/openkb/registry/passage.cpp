#include "registry/passage.hpp"

#include "registry/full_text.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace openkb {

namespace {

constexpr int words_shown = 24;
constexpr int words_before = 6;

// Where a phrase of the query stands, in words from the column's beginning.
struct occurrence {
  int phrase = 0;
  int begin = 0;
  int end = 0;
};

struct bytes {
  int begin = 0;
  int end = 0;
};

// The words of a text, as far as they are wanted.
struct walk {
  int from = 0;
  int to = 0;
  int word = 0;
  std::vector<bytes> seen;  // of the words from `from` on
  bool ended = true;        // there was no word behind them
};

int next_word(void* context, int flags, const char* /*token*/, int /*size*/, int begin, int end) {
  auto& at = *static_cast<walk*>(context);
  if ((flags & FTS5_TOKEN_COLOCATED) != 0) return SQLITE_OK;
  if (at.word == at.to) {
    at.ended = false;
    return SQLITE_DONE;
  }
  if (at.word++ >= at.from) at.seen.push_back({begin, end});
  return SQLITE_OK;
}

// What stands beside a connection: the tokenizer that finds words, without the stemmer, which changes none of their
// places.
struct words {
  fts5_tokenizer calls{};
  Fts5Tokenizer* it = nullptr;

  words() = default;
  words(const words&) = delete;
  words& operator=(const words&) = delete;
  ~words() {
    if (it != nullptr) calls.xDelete(it);
  }
};

int occurrences_in(const Fts5ExtensionApi* api, Fts5Context* row, int column, std::vector<occurrence>& out) {
  int count = 0;
  auto code = api->xInstCount(row, &count);
  for (int i = 0; code == SQLITE_OK && i < count; ++i) {
    int in = 0;
    occurrence o;
    code = api->xInst(row, i, &o.phrase, &in, &o.begin);
    o.end = o.begin + api->xPhraseSize(row, o.phrase);
    if (in == column) out.push_back(o);
  }
  std::ranges::stable_sort(out, {}, &occurrence::begin);
  return code;
}

// The first word of the first passage that has the most phrases of the query.
int best_begin(const std::vector<occurrence>& all) {
  int best = 0;
  std::size_t most = 0;
  std::multiset<int> phrases;
  auto last = all.begin();
  for (auto first = all.begin(); first != all.end(); ++first) {
    for (; last != all.end() && last->begin < first->begin + words_shown - words_before; ++last) {
      phrases.insert(last->phrase);
    }
    std::size_t distinct = 0;
    for (auto p = phrases.begin(); p != phrases.end(); p = phrases.upper_bound(*p)) ++distinct;
    if (distinct > most) {
      most = distinct;
      best = first->begin;
    }
    phrases.erase(phrases.find(first->phrase));
  }
  return std::max(best - words_before, 0);
}

// On one line, with marks around what was found. A mark at a phrase's beginning, one behind its end.
std::string shown(std::string_view text, const walk& at, const std::vector<occurrence>& all) {
  std::string out = at.from > 0 ? "…" : "";
  int from = at.seen.front().begin;
  const auto copy = [&](int to) {
    for (; from < to; ++from) {
      const char c = text[static_cast<std::size_t>(from)];
      const bool space = static_cast<unsigned char>(c) <= ' ';
      if (!space || (!out.empty() && out.back() != ' ')) out += space ? ' ' : c;
    }
  };
  for (const auto& o : all) {
    const auto first = static_cast<std::size_t>(std::max(o.begin - at.from, 0));
    const auto end = static_cast<std::size_t>(std::max(o.end - at.from, 0));
    if (first >= end || first >= at.seen.size() || at.seen[first].begin < from) continue;
    copy(at.seen[first].begin);
    out += mark_begin;
    copy(at.seen[std::min(end, at.seen.size()) - 1].end);
    out += mark_end;
  }
  copy(at.ended ? static_cast<int>(text.size()) : at.seen.back().end);
  while (out.ends_with(' ')) out.pop_back();
  return at.ended ? out : out + "…";
}

void passage(const Fts5ExtensionApi* api, Fts5Context* row, sqlite3_context* result, int count,
             sqlite3_value** arguments) {
  const auto& splitter = *static_cast<words*>(api->xUserData(row));
  const int column = count == 1 ? sqlite3_value_int(arguments[0]) : 0;
  std::vector<occurrence> all;
  const char* text = nullptr;
  int size = 0;
  walk at;
  auto code = occurrences_in(api, row, column, all);
  if (code == SQLITE_OK) code = api->xColumnText(row, column, &text, &size);
  if (code == SQLITE_OK) {
    at.from = best_begin(all);
    at.to = at.from + words_shown;
    code = splitter.calls.xTokenize(splitter.it, &at, FTS5_TOKENIZE_AUX, text, size, next_word);
  }
  if (code != SQLITE_OK && code != SQLITE_DONE) {
    sqlite3_result_error_code(result, code);
    return;
  }
  const auto out = at.seen.empty() ? std::string{} : shown({text, static_cast<std::size_t>(size)}, at, all);
  sqlite3_result_text64(result, out.data(), out.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

// \source SQLite, "FTS5 Extension", 7: how an extension comes by its interface
fts5_api* interface_of(sqlite3* db) {
  fts5_api* api = nullptr;
  sqlite3_stmt* ask = nullptr;
  if (sqlite3_prepare_v2(db, "SELECT fts5(?)", -1, &ask, nullptr) == SQLITE_OK) {
    sqlite3_bind_pointer(ask, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
    sqlite3_step(ask);
  }
  sqlite3_finalize(ask);
  return api;
}

}  // namespace

cp::result<void> add_passage_function(sqlite3* db) {
  const auto failed = [](const char* why) { return cp::failure(make_error_code(error::registry_failed), {}, why); };
  auto* const api = interface_of(db);
  if (api == nullptr) return failed("this SQLite has no FTS5");
  auto splitter = std::make_unique<words>();
  void* context = nullptr;
  auto code = api->xFindTokenizer(api, "unicode61", &context, &splitter->calls);
  if (code == SQLITE_OK) code = splitter->calls.xCreate(context, nullptr, 0, &splitter->it);
  if (code != SQLITE_OK) return failed("this SQLite's FTS5 has no unicode61");
  code =
      api->xCreateFunction(api, "passage", splitter.get(), passage, [](void* of) { delete static_cast<words*>(of); });
  if (code != SQLITE_OK) return failed("FTS5 takes no function");
  (void)splitter.release();  // it is the connection's now
  return cp::success();
}

}  // namespace openkb
