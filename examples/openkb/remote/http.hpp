#pragma once

/// \file
/// HTTP, by libcurl: answers are handed over piece by piece, within limits of size and time, and Ctrl-C ends them.

#include "knowledge_base/error.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

struct http_limits {
  std::uint64_t size = std::uint64_t{256} << 20U;  ///< of a body, in bytes
  std::chrono::seconds time{300};                  ///< for a whole request
  std::chrono::seconds connect{20};
  std::chrono::seconds stall{30};  ///< for how long next to nothing may come
};

struct http_request {
  std::string url;
  std::vector<std::string> headers = {};
  std::string post = {};  ///< sent as the body of a POST, unless it is empty
  http_limits limits = {};
  std::stop_token stop = {};
};

/// What is known of an answer besides its body.
struct http_answer {
  long status = 0;
  std::string url;           ///< where redirects led
  std::string content_type;  ///< in lower case, without parameters
  std::string charset;
  std::string disposition;              ///< the header Content-Disposition
  std::chrono::seconds retry_after{0};  ///< 0: the server did not say
};

/// Where the body goes; the answer's head is complete by then. A failure ends the request with that failure.
using http_sink = std::function<cp::result<void>(const http_answer& head, std::string_view piece)>;

/// Follows up to ten redirects, to http and https only. An answer of any status is a success here; its body reaches
/// `sink` only with one of 200 to 299.
/// \errors http_failed (no connection, a body cut short, a protocol broken), http_timeout, too_large, bad_url,
/// cancelled; whatever `sink` gives.
[[nodiscard]] cp::result<http_answer> http_get(const http_request& request, const http_sink& sink);

/// The same with the whole body in memory, tried again with growing pauses when the server says 429 or 5xx.
/// \errors as above; http_refused (401, 403), http_not_found (404, 410), http_status (any other that is not 2xx).
[[nodiscard]] cp::result<std::string> http_get_text(const http_request& request);

/// The failure that stands for a status that is not 2xx.
[[nodiscard]] cp::failure failure_of_status(const http_answer& answer, const std::string& asked);

/// Whether a text is a URL that `http_get` takes.
[[nodiscard]] bool is_http_url(std::string_view text) noexcept;

/// A link as it is meant on a page at `base`; the link itself where that cannot be made out.
[[nodiscard]] std::string resolved_url(const std::string& base, const std::string& link);

/// A URL as it is compared: without fragment and default port, scheme and host in lower case; itself where it cannot be
/// made out.
[[nodiscard]] std::string plain_url(const std::string& url);

/// The last segment of a URL's path, decoded; the host where there is none.
[[nodiscard]] std::string name_in_url(const std::string& url);

/// The file name in a Content-Disposition header, without directories; may be empty.
[[nodiscard]] std::string name_in_disposition(std::string_view header);

}  // namespace openkb
