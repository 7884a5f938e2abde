#include "remote/fetch.hpp"

#include "converters/charset.hpp"
#include "converters/declared_encoding.hpp"
#include "documents/digest.hpp"
#include "page_index/pdf_file.hpp"
#include "terminal/utf8.hpp"
#include "text/plain_text.hpp"
#include "text/slug.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>

namespace openkb {

namespace {

constexpr std::size_t enough = 1024;  // bytes, to know what it is

bool begins_like_html(std::string_view first_bytes) {
  auto text = trimmed(first_bytes);
  if (text.starts_with("\xEF\xBB\xBF")) text = trimmed(text.substr(3));
  const auto small = utf8::lowered(text.substr(0, 512));
  constexpr std::array<std::string_view, 4> beginnings{"<!doctype html", "<html", "<head", "<body"};
  return std::ranges::any_of(beginnings, [&](auto b) { return small.starts_with(b); }) ||
         (small.starts_with("<!--") && small.find("<html") != std::string::npos);
}

std::string_view usual_extension(format f) noexcept {
  switch (f) {
    case format::html: return ".html";
    case format::pdf: return ".pdf";
    case format::text: return ".txt";
    case format::markdown:
    case format::cloud: break;
  }
  return ".md";
}

// The body on its way into a file.
class download {
 public:
  download(const std::string& url, const std::filesystem::path& file)
      : url_(url), file_(file), out_(file, std::ios::binary | std::ios::trunc) {}

  cp::result<void> take(const http_answer& head, std::string_view piece) {
    if (size_ < enough) begin_.append(piece.substr(0, enough - size_));
    size_ += piece.size();
    hash_.update(piece);
    out_.write(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (!out_) return cp::failure(cp::system_error(errno), file_.native());
    // A video is not fetched to its end to be refused then.
    if (!format_ && size_ >= enough) {
      BOOST_OUTCOME_TRYV(decide(head));
    }
    return allowed();
  }

  cp::result<original> finish(const http_answer& head) {
    out_.close();
    if (!out_) return cp::failure(cp::system_error(errno), file_.native());
    if (size_ == 0) return cp::failure(make_error_code(error::no_text), url_);
    if (!format_) {
      BOOST_OUTCOME_TRYV(decide(head));
    }
    original out;
    out.place = url_;
    out.base_url = head.url.empty() ? url_ : head.url;
    const std::filesystem::path name(name_of(head));
    out.stem = slug(format_of(name) ? name.stem().native() : name.native());
    out.extension = usual_extension(*format_);
    out.format = *format_;
    out.file = file_;
    out.size = size_;
    out.sha256 = hash_.finish();
    out.charset = head.charset;
    return out;
  }

 private:
  static std::string name_of(const http_answer& head) {
    auto name = name_in_disposition(head.disposition);
    return name.empty() ? name_in_url(head.url) : name;
  }

  cp::result<void> decide(const http_answer& head) {
    BOOST_OUTCOME_TRY(const auto is, kind_of(readable_begin(head), head.content_type, name_of(head), url_));
    format_ = is;
    return cp::success();
  }

  // In two bytes a character, a text looks like none before it is read.
  [[nodiscard]] std::string readable_begin(const http_answer& head) const {
    const auto mark = byte_order_mark_of(begin_);
    const auto* said = mark.is != nullptr ? mark.is : encoding_of(head.charset);
    if (said == nullptr || !is_utf_16(*said)) return begin_;
    return decode(std::string_view(begin_).substr(mark.size), *said).text;
  }

  // Texts are held in memory later on.
  [[nodiscard]] cp::result<void> allowed() const {
    const bool text = format_ && *format_ != format::pdf;
    if (text && size_ > largest_text) return cp::failure(make_error_code(error::too_large), url_);
    return cp::success();
  }

  const std::string& url_;
  std::filesystem::path file_;
  std::ofstream out_;
  sha256 hash_;
  std::string begin_;
  std::uint64_t size_ = 0;
  std::optional<openkb::format> format_;
};

}  // namespace

cp::result<format> kind_of(std::string_view first_bytes, std::string_view content_type, const std::string& name,
                           const std::string& url) {
  if (page_index::begins_like_pdf(first_bytes)) return format::pdf;
  const bool binary = first_bytes.find('\0') != std::string_view::npos;
  if (!binary && begins_like_html(first_bytes)) return format::html;
  const auto by_name = format_of(name);
  const bool by_type = content_type == "text/html" || content_type == "application/xhtml+xml";
  if (!binary && by_type) return format::html;
  if (!binary && content_type == "text/markdown") return format::markdown;
  const bool plain = content_type.starts_with("text/") || content_type.empty() ||
                     content_type == "application/octet-stream" || content_type == "application/pdf";
  if (!binary && plain && by_name && *by_name != format::pdf) return *by_name;
  if (!binary && content_type.starts_with("text/")) return format::text;
  return cp::failure(make_error_code(error::not_a_document), url,
                     "the server says that it is '" + std::string(content_type) +
                         "', and it does not look like HTML, PDF, Markdown or text");
}

cp::result<original> fetch_original(const std::string& url, const std::filesystem::path& directory,
                                    const http_limits& limits, std::stop_token stop) {
  download body(url, directory / "download");
  BOOST_OUTCOME_TRY(const auto answer,
                    http_get({.url = url, .limits = limits, .stop = std::move(stop)},
                             [&](const http_answer& head, std::string_view piece) { return body.take(head, piece); }));
  if (answer.status < 200 || answer.status > 299) return failure_of_status(answer, url);
  return body.finish(answer);
}

}  // namespace openkb
