#include "remote/llm_compiler.hpp"

#include "remote/http.hpp"
#include "terminal/utf8.hpp"
#include "text/plain_text.hpp"
#include "text/slug.hpp"

#include <nlohmann/json.hpp>

#include <set>
#include <utility>

namespace openkb {

namespace {

constexpr std::size_t most_sent = 48'000;  // bytes of a document
constexpr std::size_t most_topics = 8;     // of each kind
constexpr std::size_t most_sentences = 5;
constexpr std::size_t longest_sentence = 400;
constexpr std::size_t longest_title = 120;
constexpr std::uint64_t largest_answer = std::uint64_t{1} << 20U;

constexpr std::string_view task =
    "You index documents for a knowledge base. Answer with one JSON object and nothing else: "
    R"({"title": string, "summary": [up to 3 sentences], "concepts": [{"title": string, "excerpt": one sentence}], )"
    R"("entities": [the same, for people, organisations, places and products]}. Up to 5 concepts and 5 entities.)";

std::string request_for(const llm_endpoint& endpoint, const document& d) {
  const nlohmann::json body{{"model", endpoint.model},
                            {"temperature", 0},
                            {"response_format", {{"type", "json_object"}}},
                            {"messages",
                             {{{"role", "system"}, {"content", task}},
                              {{"role", "user"}, {"content", std::string(utf8::shortened(d.markdown, most_sent))}}}}};
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// One line of plain text, whatever was sent.
std::string plain(const nlohmann::json& value, std::size_t longest) {
  if (!value.is_string()) return {};
  return abridged(plain_text(value.get<std::string>()), longest);
}

void add_topics(const nlohmann::json& from, const char* name, topic_kind kind, std::set<std::string>& taken,
                std::vector<topic>& out) {
  const auto list = from.find(name);
  if (list == from.end() || !list->is_array()) return;
  std::size_t added = 0;
  for (const auto& each : *list) {
    const auto title = plain(each.is_object() ? each.value("title", nlohmann::json()) : each, longest_title);
    const auto excerpt =
        plain(each.is_object() ? each.value("excerpt", nlohmann::json()) : nlohmann::json(), longest_sentence);
    auto page = slug(title, "");
    if (added == most_topics || page.empty() || !taken.insert(page).second) continue;
    out.push_back({kind, std::move(page), title, excerpt});
    ++added;
  }
}

}  // namespace

cp::result<compiled> compile_by_llm(const llm_endpoint& endpoint, const document& d, const std::stop_token& stop) {
  http_request request{.url = endpoint.url + "/chat/completions",
                       .headers = {"Content-Type: application/json"},
                       .post = request_for(endpoint, d),
                       .limits = {.size = largest_answer, .time = std::chrono::seconds(120)},
                       .stop = stop};
  request.limits.stall = request.limits.time;  // a model thinks before it speaks
  if (!endpoint.key.empty()) request.headers.push_back("Authorization: Bearer " + endpoint.key);
  BOOST_OUTCOME_TRY(const auto text, http_get_text(request));
  const auto strange = [&](const char* why) {
    return cp::failure(make_error_code(error::llm_answer), endpoint.url, why);
  };
  const auto answer = nlohmann::json::parse(text, nullptr, false);
  const nlohmann::json::json_pointer content("/choices/0/message/content");
  if (!answer.is_object() || !answer.contains(content) || !answer.at(content).is_string()) {
    return strange("it has no message");
  }
  const auto said = nlohmann::json::parse(answer.at(content).get<std::string>(), nullptr, false);
  if (!said.is_object()) return strange("the message is no JSON object; try another model");

  auto out = compile(d);
  if (auto title = plain(said.value("title", nlohmann::json()), longest_title); !title.empty())
    out.title = std::move(title);
  std::vector<std::string> summary;
  for (const auto& sentence : said.value("summary", nlohmann::json::array())) {
    if (auto s = plain(sentence, longest_sentence); !s.empty() && summary.size() < most_sentences) summary.push_back(s);
  }
  if (!summary.empty()) out.summary = std::move(summary);
  std::vector<topic> topics;
  std::set<std::string> taken;
  add_topics(said, "concepts", topic_kind::concept_page, taken, topics);
  add_topics(said, "entities", topic_kind::entity_page, taken, topics);
  if (!topics.empty()) out.topics = with_keys(std::move(topics), d);
  return out;
}

}  // namespace openkb
