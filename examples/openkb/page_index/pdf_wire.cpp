#include "page_index/pdf_wire.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace page_index {

namespace {

bool send_all(int socket, const void* bytes, std::size_t size) {
  const auto* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const auto count = ::send(socket, at, size, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    at += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

bool wait_for(int socket, int wake) {
  std::array<pollfd, 2> both{{{socket, POLLIN, 0}, {wake, POLLIN, 0}}};
  while (::poll(both.data(), both.size(), -1) < 0) {
    if (errno != EINTR) return false;
  }
  return both[1].revents == 0;
}

bool receive_all(int socket, void* bytes, std::size_t size, int wake) {
  auto* at = static_cast<char*>(bytes);
  while (size > 0) {
    if (!wait_for(socket, wake)) return false;
    const auto count = ::recv(socket, at, size, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    at += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

bool send_frame(int socket, frame_kind kind, std::string_view bytes) {
  const frame_head head{kind, bytes.size()};
  return send_all(socket, &head, sizeof head) && send_all(socket, bytes.data(), bytes.size());
}

bool receive_frame(int socket, frame& into, int wake) {
  frame_head head;
  if (!receive_all(socket, &head, sizeof head, wake) || head.size > largest_frame) return false;
  into.kind = head.kind;
  into.bytes.resize(head.size);
  return receive_all(socket, into.bytes.data(), head.size, wake);
}

}  // namespace page_index
