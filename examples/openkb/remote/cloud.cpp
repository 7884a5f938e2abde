#include "remote/cloud.hpp"

#include "documents/digest.hpp"
#include "terminal/utf8.hpp"
#include "text/links.hpp"
#include "text/plain_text.hpp"
#include "text/slug.hpp"
#include "topics/description.hpp"

#include <openssl/evp.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <optional>

namespace openkb {

namespace {

cp::failure strange(const std::string& id, const std::string& why) {
  return {make_error_code(error::cloud_answer), cloud_place(id), why + "; if it stays so, tell PageIndex"};
}

std::string text_in(const nlohmann::json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

std::optional<std::size_t> number_in(const nlohmann::json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end() || !at->is_number_integer() || at->get<std::int64_t>() < 0) return std::nullopt;
  return at->get<std::size_t>();
}

// Base64, perhaps as a data URL. Nothing when it is no base64.
std::optional<std::string> from_base64(std::string text) {
  if (text.starts_with("data:")) text.erase(0, std::min(text.find(','), text.size() - 1) + 1);
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const auto padding = static_cast<std::size_t>(text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0);
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

std::string_view extension_of(std::string_view bytes) noexcept {
  if (bytes.starts_with("\x89PNG")) return ".png";
  if (bytes.starts_with("\xFF\xD8\xFF")) return ".jpg";
  if (bytes.starts_with("GIF8")) return ".gif";
  if (bytes.substr(0, 12).ends_with("WEBP")) return ".webp";
  return ".bin";
}

struct cloud_page {
  std::string markdown;
  std::vector<std::string> images;  // decoded
};
using cloud_pages = std::map<std::size_t, cloud_page>;

// A node of the tree that the cloud makes of a document.
struct cloud_section {
  std::size_t level = 0;
  std::string title;
  std::string summary;
  std::optional<std::size_t> page;
};

constexpr std::size_t most_sections = 2000;
constexpr std::size_t deepest_section = 16;

void add_sections(const nlohmann::json& nodes, std::size_t level, std::vector<cloud_section>& out) {
  if (!nodes.is_array() || level == deepest_section) return;
  for (const auto& node : nodes) {
    if (!node.is_object() || out.size() == most_sections) continue;
    out.push_back({level, text_in(node, "title"), text_in(node, "summary"), number_in(node, "page_index")});
    const auto below = node.find("nodes");
    if (below != node.end()) add_sections(*below, level + 1, out);
  }
}

// What a reader wants to know first: what the cloud says of the document, or of its chapters.
std::string description_of(const nlohmann::json& about, const std::vector<cloud_section>& sections) {
  auto out = std::string(trimmed(text_in(about, "description")));
  if (!out.empty()) return out;
  for (const auto& s : sections) {
    if (s.level == 0 && !s.summary.empty()) out.append(out.empty() ? "" : " ").append(trimmed(s.summary));
  }
  return out;
}

std::string outline_text(const std::vector<cloud_section>& sections) {
  std::string out;
  for (const auto& s : sections) {
    if (trimmed(s.title).empty()) continue;
    out.append(2 * s.level, ' ').append("- ").append(escaped(s.title));
    if (s.page) out += " (page " + std::to_string(*s.page) + ")";
    if (!trimmed(s.summary).empty()) out += ": " + escaped(s.summary);
    out += '\n';
  }
  return out;
}

// The name is mostly that of a file.
std::string title_of(const nlohmann::json& about, const std::vector<cloud_section>& sections) {
  auto out = std::string(trimmed(text_in(about, "name")));
  if (out.size() > 4 && utf8::lowered(out).ends_with(".pdf")) out.resize(out.size() - 4);
  return out.empty() && sections.size() == 1 ? sections.front().title : out;
}

class importing {
 public:
  importing(const cloud_access& access, const std::string& id, const http_limits& limits, std::stop_token stop)
      : access_(access), id_(id), limits_(limits), stop_(std::move(stop)) {}

  cp::result<document> run() {
    BOOST_OUTCOME_TRY(const auto about, get("/metadata"));
    BOOST_OUTCOME_TRYV(require_done(about));
    // Without an announced number nothing tells a whole answer from a part of one.
    const auto announced = number_in(about, "pageNum");
    BOOST_OUTCOME_TRY(const auto answer, get("/?type=ocr&format=page"));
    BOOST_OUTCOME_TRYV(require_done(answer));
    BOOST_OUTCOME_TRY(const auto pages, pages_in(answer, announced));
    if (announced && *announced != pages.size()) {
      return strange(
          id_, "it announces " + counted(*announced, "page", "pages") + " and sends " + std::to_string(pages.size()));
    }
    BOOST_OUTCOME_TRY(const auto sections, sections_of_tree());
    return document_of(about, pages, sections);
  }

 private:
  cp::result<nlohmann::json> get(const std::string& what) {
    http_request request{.url = access_.base_url + "/doc/" + encoded_target(id_) + what,
                         .headers = {"api_key: " + access_.key, "Accept: application/json"},
                         .limits = limits_,
                         .stop = stop_};
    auto text = http_get_text(request);
    if (!text) return std::move(text).error();
    auto answer = nlohmann::json::parse(text.value(), nullptr, false);
    if (!answer.is_object()) return strange(id_, "it is no JSON object");
    return answer;
  }

  [[nodiscard]] cp::result<void> require_done(const nlohmann::json& answer) const {
    const auto status = text_in(answer, "status");
    if (status.empty() || status == "completed") return cp::success();
    if (status == "processing" || status == "queued" || status == "pending") {
      return cp::failure(make_error_code(error::still_processing), cloud_place(id_));
    }
    return strange(id_, "its status is '" + status + "'");
  }

  // The text is whole without it, so that no more than a warning comes of a tree that cannot be had.
  cp::result<std::vector<cloud_section>> sections_of_tree() {
    std::vector<cloud_section> out;
    const auto answer = get("/?type=tree&summary=true");
    if (!answer && answer.error() == cp::errc::cancelled) return answer.error();
    const auto done = answer ? require_done(answer.value()) : cp::result<void>(answer.error());
    const auto list = done ? answer.value().find("result") : nlohmann::json::const_iterator();
    if (done && list != answer.value().end()) {
      add_sections(*list, 0, out);
    } else {
      warnings_.push_back("its outline and summaries could not be had" +
                          (done ? std::string{} : ": " + done.error().code.message()));
    }
    return out;
  }

  // Pages may come in any order; those that do not say which they are stand where they stand.
  [[nodiscard]] cp::result<cloud_pages> pages_in(const nlohmann::json& answer,
                                                 std::optional<std::size_t> announced) const {
    const auto list = answer.find("result");
    if (list == answer.end() || !list->is_array()) return strange(id_, "it has no list of pages");
    const auto most = std::max(list->size(), announced.value_or(0));
    cloud_pages out;
    std::size_t position = 0;
    for (const auto& each : *list) {
      ++position;
      if (!each.is_object()) return strange(id_, "page " + std::to_string(position) + " is no object");
      const auto number = number_in(each, "page_index").value_or(position);
      BOOST_OUTCOME_TRY(auto page, page_in(each, number));
      if (number == 0 || number > most || !out.emplace(number, std::move(page)).second) {
        return strange(id_, "page " + std::to_string(number) + " does not fit among " + counted(most, "page", "pages"));
      }
    }
    return out;
  }

  [[nodiscard]] cp::result<cloud_page> page_in(const nlohmann::json& each, std::size_t number) const {
    // What is relative leads to something that only the cloud has.
    cloud_page out{
        without_links(text_in(each, "markdown"),
                      [](const link& l) { return !is_absolute_url(l.target) && !l.target.starts_with('#'); }),
        {}};
    if (utf8::first_error(out.markdown) != std::string_view::npos) {
      return strange(id_, "page " + std::to_string(number) + " is not UTF-8");
    }
    const auto images = each.find("images");
    if (images == each.end() || !images->is_array()) return out;
    for (const auto& i : *images) {
      auto bytes = i.is_string() ? from_base64(i.get<std::string>()) : std::nullopt;
      if (!bytes) return strange(id_, "an image of page " + std::to_string(number) + " is no base64");
      out.images.push_back(std::move(*bytes));
    }
    return out;
  }

  [[nodiscard]] cp::result<document> document_of(const nlohmann::json& about, const cloud_pages& pages,
                                                 const std::vector<cloud_section>& sections) const {
    document out;
    out.place = cloud_place(id_);
    out.format = format::cloud;
    out.title = title_of(about, sections);
    out.stem = slug(out.title, slug(id_));
    out.pages = pages.size();
    out.warnings = warnings_;
    sha256 hash;
    bool any_text = false;
    for (const auto& [number, page] : pages) {
      any_text = any_text || !trimmed(page.markdown).empty();
      out.markdown += "<!-- page " + std::to_string(number) + " -->\n\n" + page.markdown + "\n\n";
      std::size_t nth = 0;
      for (const auto& bytes : page.images) {
        hash.update(bytes);
        auto file = "p" + std::to_string(number) + "-" + std::to_string(++nth) + std::string(extension_of(bytes));
        out.markdown +=
            "![image on page " + std::to_string(number) + "](" + std::string(image_directory) + file + ")\n\n";
        out.images.push_back({std::move(file), bytes});
      }
    }
    if (!any_text && out.images.empty()) return cp::failure(make_error_code(error::no_text), out.place);
    hash.update(out.markdown);
    out.size = out.markdown.size();
    out.sha256 = hash.finish();
    // Not of the document, and so not of what it is known by.
    const auto outline = outline_text(sections);
    if (!outline.empty()) out.markdown.insert(0, "<!-- outline -->\n\n" + outline + '\n');
    const auto description = description_of(about, sections);
    if (!description.empty()) {
      out.markdown.insert(0, std::string(description_mark) + "\n\n" + block_safe(escaped(description)) + "\n\n");
    }
    return out;
  }

  const cloud_access& access_;
  const std::string& id_;
  const http_limits& limits_;
  std::stop_token stop_;
  std::vector<std::string> warnings_;
};

}  // namespace

cp::result<cloud_access> cloud_from_environment() {
  const char* key = std::getenv("PAGEINDEX_API_KEY");
  const char* base = std::getenv("PAGEINDEX_BASE_URL");
  if (key == nullptr || *key == '\0') return cp::failure(make_error_code(error::no_key));
  std::string url = base == nullptr || *base == '\0' ? "https://api.pageindex.ai" : base;
  while (url.ends_with('/')) url.pop_back();
  return cloud_access{key, std::move(url)};
}

std::string cloud_place(const std::string& id) { return "pageindex-cloud:" + id; }

cp::result<document> fetch_from_cloud(const cloud_access& access, const std::string& id, const http_limits& limits,
                                      std::stop_token stop) {
  return importing(access, id, limits, std::move(stop)).run();
}

}  // namespace openkb
