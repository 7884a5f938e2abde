#pragma once

/// \file
/// A real HTTP server on the loopback interface, for one test: it says what the test tells it to, well or badly.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace openkb::testing {

struct http_question {
  std::string method;
  std::string path;                            ///< with what follows a question mark
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

/// What is answered. A body is given whole, or as a size and a function that makes the pieces.
struct http_reply {
  int status = 200;
  std::vector<std::string> headers = {};
  std::string body = {};
  std::size_t announced = std::string::npos;  ///< the Content-Length; npos: the true one
  std::size_t padding = 0;                    ///< so many zero bytes are sent behind the body
  std::string tail = {};                      ///< sent behind those
  bool hang = false;                          ///< after the body, until the client goes away or the server does
};

class http_server {
 public:
  using handler = std::function<http_reply(const http_question&)>;

  explicit http_server(handler answer) : answer_(std::move(answer)), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(socket_, 64) == 0);
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    REQUIRE(::pipe(over_) == 0);
    accepting_ = std::thread([this] { accept_all(); });
  }
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;
  ~http_server() {
    ::close(over_[1]);  // every poll sees the end of the pipe
    accepting_.join();
    for (auto& c : connections_) c.join();
    ::close(over_[0]);
    ::close(socket_);
  }

  [[nodiscard]] std::string url(const std::string& path = "") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  /// What was asked so far: method and path.
  [[nodiscard]] std::vector<std::string> asked() const {
    const std::scoped_lock guard(mutex_);
    return asked_;
  }

 private:
  // Whether there is something to read or accept, and not the end of the test.
  [[nodiscard]] bool wait_for(int fd) const {
    pollfd both[] = {{fd, POLLIN, 0}, {over_[0], POLLIN, 0}};
    while (::poll(both, 2, -1) < 0) {}
    return both[1].revents == 0;
  }

  void accept_all() {
    while (wait_for(socket_)) {
      const int client = ::accept(socket_, nullptr, nullptr);
      if (client >= 0) connections_.emplace_back([this, client] { serve(client); });
    }
  }

  void serve(int client) {
    if (auto question = read_question(client); !question.method.empty()) {
      {
        const std::scoped_lock guard(mutex_);
        asked_.push_back(question.method + ' ' + question.path);
      }
      reply(client, answer_(question));
    }
    ::shutdown(client, SHUT_RDWR);
    ::close(client);
  }

  http_question read_question(int client) const {
    std::string text;
    std::size_t end = std::string::npos;
    while (end == std::string::npos && more(client, text)) end = text.find("\r\n\r\n");
    http_question out;
    if (end == std::string::npos) return out;
    auto line = text.substr(0, text.find("\r\n"));
    out.method = line.substr(0, line.find(' '));
    line.erase(0, out.method.size() + 1);
    out.path = line.substr(0, line.find(' '));
    for (auto at = text.find("\r\n") + 2; at < end + 2;) {
      const auto next = text.find("\r\n", at);
      const auto colon = text.find(':', at);
      auto name = text.substr(at, colon - at);
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      out.headers[name] = text.substr(colon + 2, next - colon - 2);
      at = next + 2;
    }
    const auto length = out.headers.contains("content-length") ? std::stoul(out.headers["content-length"]) : 0U;
    while (text.size() < end + 4 + length && more(client, text)) {}
    out.body = text.substr(end + 4);
    return out;
  }

  bool more(int client, std::string& text) const {
    if (!wait_for(client)) return false;
    char buffer[16384];
    const auto count = ::recv(client, buffer, sizeof buffer, 0);
    if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  }

  static bool send_all(int client, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  void reply(int client, const http_reply& r) const {
    const auto length = r.announced == std::string::npos ? r.body.size() + r.padding + r.tail.size() : r.announced;
    std::string head = "HTTP/1.1 " + std::to_string(r.status) +
                       " as told\r\nConnection: close\r\nContent-Length: " + std::to_string(length) + "\r\n";
    for (const auto& h : r.headers) head += h + "\r\n";
    if (!send_all(client, head + "\r\n") || !send_all(client, r.body)) return;
    const std::string zeros(std::size_t{1} << 16U, '\0');
    for (auto left = r.padding; left > 0;) {
      const auto piece = std::min(left, zeros.size());
      if (!send_all(client, std::string_view(zeros).substr(0, piece))) return;
      left -= piece;
    }
    if (!send_all(client, r.tail)) return;
    std::string ignored;
    if (r.hang) (void)more(client, ignored);
  }

  handler answer_;
  int socket_;
  int over_[2] = {-1, -1};
  unsigned port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  std::vector<std::thread> connections_;
  std::thread accepting_;
};

}  // namespace openkb::testing
