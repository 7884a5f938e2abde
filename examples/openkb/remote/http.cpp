#include "remote/http.hpp"

#include "terminal/utf8.hpp"
#include "text/links.hpp"
#include "text/plain_text.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace openkb {

namespace {

constexpr long most_redirects = 10;
constexpr std::size_t most_attempts = 5;
constexpr std::chrono::milliseconds first_pause{500};
constexpr std::chrono::seconds longest_pause{30};

// Once for the process, before any thread can need it.
class curl_library {
 public:
  curl_library() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  curl_library(const curl_library&) = delete;
  curl_library& operator=(const curl_library&) = delete;
  ~curl_library() { curl_global_cleanup(); }
};

void need_curl() { static const curl_library library; }

struct free_list {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
struct free_url {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
struct free_text {
  void operator()(char* text) const noexcept { curl_free(text); }
};
using url_pointer = std::unique_ptr<CURLU, free_url>;

std::optional<std::string> part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return std::nullopt;
  const std::unique_ptr<char, free_text> held(text);
  return std::string(text);
}

// One request at work; curl calls back into it.
class transfer {
 public:
  transfer(const http_request& request, const http_sink& sink)
      : request_(request), sink_(sink), easy_(curl_easy_init(), &curl_easy_cleanup) {}

  cp::result<http_answer> run() {
    if (!easy_) return std::make_error_code(std::errc::not_enough_memory);
    if (!is_http_url(request_.url)) return cp::failure(make_error_code(error::bad_url), request_.url);
    set_up();
    const auto done = curl_easy_perform(easy_.get());
    if (failed_) return *std::move(failed_);
    if (done != CURLE_OK) return failure_of(done);
    read_head();
    return std::move(answer_);
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(easy_.get(), option, value);
  }

  void set_up() {
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    // A key must not follow a redirect to somebody else.
    set(CURLOPT_FOLLOWLOCATION, request_.headers.empty() ? 1L : 0L);
    set(CURLOPT_MAXREDIRS, most_redirects);
    set(CURLOPT_ACCEPT_ENCODING, "");
    set(CURLOPT_USERAGENT, "openkb (libcurl)");
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(request_.limits.connect.count()));
    set(CURLOPT_TIMEOUT, static_cast<long>(request_.limits.time.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, 16L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(request_.limits.stall.count()));
    set(CURLOPT_ERRORBUFFER, message_.data());
    set(CURLOPT_HEADERFUNCTION, &transfer::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &transfer::on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &transfer::on_progress);
    set(CURLOPT_XFERINFODATA, this);
    for (const auto& h : request_.headers) {
      auto* longer = curl_slist_append(headers_.get(), h.c_str());
      if (longer == nullptr) continue;
      (void)headers_.release();
      headers_.reset(longer);
    }
    if (headers_) set(CURLOPT_HTTPHEADER, headers_.get());
    if (request_.post.empty()) return;
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.post.size()));
    set(CURLOPT_POSTFIELDS, request_.post.c_str());
  }

  static std::size_t on_header(const char* bytes, std::size_t size, std::size_t count, void* self) {
    static_cast<transfer*>(self)->header({bytes, size * count});
    return size * count;
  }
  static std::size_t on_body(const char* bytes, std::size_t size, std::size_t count, void* self) {
    return static_cast<transfer*>(self)->body({bytes, size * count}) ? size * count : 0;
  }
  static int on_progress(void* self, curl_off_t /*total*/, curl_off_t /*now*/, curl_off_t /*up*/, curl_off_t /*of*/) {
    return static_cast<transfer*>(self)->request_.stop.stop_requested() ? 1 : 0;
  }

  void header(std::string_view line) {
    line = trimmed(line);
    if (line.starts_with("HTTP/")) answer_ = {};  // of the next answer, after a redirect
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const auto name = utf8::lowered(line.substr(0, colon));
    const auto value = trimmed(line.substr(colon + 1));
    if (name == "content-disposition") answer_.disposition = value;
    if (name == "content-type") read_type(value);
    long seconds = 0;
    if (name == "retry-after") std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (seconds > 0) answer_.retry_after = std::chrono::seconds(seconds);
  }

  void read_type(std::string_view value) {
    answer_.content_type = utf8::lowered(trimmed(value.substr(0, value.find(';'))));
    const auto small = utf8::lowered(value);
    const auto at = small.find("charset=");
    if (at == std::string::npos) return;
    auto charset = std::string_view(small).substr(at + 8);
    charset = trimmed(charset.substr(0, charset.find(';')));
    if (charset.size() > 1 && charset.front() == '"') charset = charset.substr(1, charset.size() - 2);
    answer_.charset = charset;
  }

  // What only curl knows of the answer.
  void read_head() {
    const char* url = nullptr;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &answer_.status);
    curl_easy_getinfo(easy_.get(), CURLINFO_EFFECTIVE_URL, &url);
    if (url != nullptr) answer_.url = url;
  }

  bool body(std::string_view piece) {
    if (received_ == 0) read_head();
    received_ += piece.size();
    if (received_ > request_.limits.size) {
      failed_.emplace(make_error_code(error::too_large), request_.url,
                      "it has more than " + std::to_string(request_.limits.size >> 20U) +
                          " MiB; a larger limit can be given with --max-size");
      return false;
    }
    if (answer_.status < 200 || answer_.status > 299) return true;
    auto taken = sink_(answer_, piece);
    if (!taken) failed_.emplace(std::move(taken).error());
    return !failed_;
  }

  [[nodiscard]] cp::failure failure_of(CURLcode code) const {
    const std::string why = message_[0] != '\0' ? message_.data() : curl_easy_strerror(code);
    if (code == CURLE_ABORTED_BY_CALLBACK) return cp::errc::cancelled;
    if (code == CURLE_OPERATION_TIMEDOUT) return {make_error_code(error::http_timeout), request_.url, why};
    if (code == CURLE_URL_MALFORMAT) return {make_error_code(error::bad_url), request_.url, why};
    return {make_error_code(error::http_failed), request_.url, why};
  }

  const http_request& request_;
  const http_sink& sink_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy_;
  std::unique_ptr<curl_slist, free_list> headers_;
  std::array<char, CURL_ERROR_SIZE> message_{};
  http_answer answer_;
  std::uint64_t received_ = 0;
  std::optional<cp::failure> failed_;
};

bool may_pass(long status) noexcept { return status == 429 || status >= 500; }

// Whether it was waited to the end.
bool wait(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any asked;
  std::unique_lock lock(mutex);
  asked.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

// The value of a parameter of a header, as it stands there.
std::string parameter_of(std::string_view header, std::string_view name) {
  const auto small = utf8::lowered(header);
  const auto wanted = std::string(name) + '=';
  for (auto at = small.find(wanted); at != std::string::npos; at = small.find(wanted, at + 1)) {
    const bool begins = at > 0 && (small[at - 1] == ';' || small[at - 1] == ' ');
    if (!begins) continue;
    auto value = trimmed(header.substr(at + wanted.size()));
    if (!value.starts_with('"')) return std::string(trimmed(value.substr(0, value.find(';'))));
    std::size_t end = 1;
    while (end < value.size() && value[end] != '"') end += value[end] == '\\' ? 2U : 1U;
    return unescaped(value.substr(1, std::min(end, value.size()) - 1));
  }
  return {};
}

std::string last_part(std::string name) {
  const auto slash = name.find_last_of("/\\");
  if (slash != std::string::npos) name.erase(0, slash + 1);
  return name == "." || name == ".." ? std::string{} : name;
}

}  // namespace

cp::result<http_answer> http_get(const http_request& request, const http_sink& sink) {
  need_curl();
  return transfer(request, sink).run();
}

cp::failure failure_of_status(const http_answer& answer, const std::string& asked) {
  const auto status = "the server answered " + std::to_string(answer.status);
  switch (answer.status) {
    case 401:
    case 403: return {make_error_code(error::http_refused), asked, status + "; check the key, or that you may see it"};
    case 404:
    case 410: return {make_error_code(error::http_not_found), asked, status + "; check the address"};
    default: return {make_error_code(error::http_status), asked, status + "; try again later"};
  }
}

cp::result<std::string> http_get_text(const http_request& request) {
  auto pause = first_pause;
  for (std::size_t attempt = 1;; ++attempt) {
    std::string text;
    BOOST_OUTCOME_TRY(const auto answer,
                      http_get(request, [&](const http_answer&, std::string_view piece) -> cp::result<void> {
                        text += piece;
                        return cp::success();
                      }));
    if (answer.status >= 200 && answer.status <= 299) return text;
    if (!may_pass(answer.status) || attempt == most_attempts) return failure_of_status(answer, request.url);
    const auto asked = std::chrono::milliseconds(std::min(answer.retry_after, longest_pause));
    if (!wait(std::max(pause, asked), request.stop)) return cp::failure(cp::errc::cancelled);
    pause *= 2;
  }
}

bool is_http_url(std::string_view text) noexcept {
  const auto begins = [&](std::string_view scheme) {
    return text.size() > scheme.size() && std::ranges::equal(text.substr(0, scheme.size()), scheme, [](char a, char b) {
             return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
           });
  };
  return begins("http://") || begins("https://");
}

std::string resolved_url(const std::string& base, const std::string& link) {
  const url_pointer url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK) return link;
  if (curl_url_set(url.get(), CURLUPART_URL, link.c_str(), CURLU_URLENCODE) != CURLUE_OK) return link;
  return part_of(url.get(), CURLUPART_URL).value_or(link);
}

std::string plain_url(const std::string& url) {
  const url_pointer parsed(curl_url());
  const auto bare = url.substr(0, url.find('#'));
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, bare.c_str(), 0) != CURLUE_OK) return bare;
  const auto host = utf8::lowered(part_of(parsed.get(), CURLUPART_HOST).value_or(""));
  if (curl_url_set(parsed.get(), CURLUPART_HOST, host.c_str(), 0) != CURLUE_OK) return bare;
  return part_of(parsed.get(), CURLUPART_URL, CURLU_NO_DEFAULT_PORT).value_or(bare);
}

std::string name_in_url(const std::string& url) {
  const url_pointer parsed(curl_url());
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
  auto path = part_of(parsed.get(), CURLUPART_PATH).value_or("");
  while (path.ends_with('/')) path.pop_back();
  auto name = last_part(decoded_target(path.substr(path.rfind('/') + 1)));
  return name.empty() ? part_of(parsed.get(), CURLUPART_HOST).value_or("") : name;
}

std::string name_in_disposition(std::string_view header) {
  const auto extended = parameter_of(header, "filename*");
  // charset'language'percent-encoded
  const auto quote = extended.rfind('\'');
  if (quote != std::string::npos) return last_part(decoded_target(extended.substr(quote + 1)));
  return last_part(parameter_of(header, "filename"));
}

}  // namespace openkb
