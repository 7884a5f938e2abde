#include "documents/standard_input.hpp"

#include "documents/digest.hpp"
#include "terminal/utf8.hpp"
#include "text/slug.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <string_view>
#include <vector>

namespace openkb {

namespace {

constexpr std::string_view scheme = "stdin:/";

// Waits for somebody else's bytes, and for whoever wants to stop.
class waiting_input {
 public:
  explicit waiting_input(const std::stop_token& stop)
      : stopped_(::eventfd(0, EFD_CLOEXEC)), on_stop_(stop, wake{stopped_}) {}
  waiting_input(const waiting_input&) = delete;
  waiting_input& operator=(const waiting_input&) = delete;
  ~waiting_input() {
    if (stopped_ >= 0) ::close(stopped_);
  }

  // The next piece; an empty one is the end.
  cp::result<std::string_view> next() {
    for (;;) {
      std::array<pollfd, 2> either{{{STDIN_FILENO, POLLIN, 0}, {stopped_, POLLIN, 0}}};
      if (::poll(either.data(), either.size(), -1) < 0 && errno != EINTR) return cp::failure(cp::system_error(errno));
      if (either[1].revents != 0) return cp::failure(cp::errc::cancelled);
      if (either[0].revents == 0) continue;
      const auto count = ::read(STDIN_FILENO, buffer_.data(), buffer_.size());
      if (count >= 0) return std::string_view(buffer_.data(), static_cast<std::size_t>(count));
      if (errno != EINTR && errno != EAGAIN) return cp::failure(cp::system_error(errno), "standard input");
    }
  }

 private:
  struct wake {
    int descriptor;
    void operator()() const noexcept { (void)::eventfd_write(descriptor, 1); }
  };

  int stopped_;
  std::stop_callback<wake> on_stop_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{1} << 18U);
};

}  // namespace

std::string place_of_piped(const std::string& name) { return std::string(scheme) + name; }

bool is_piped(const std::string& place) { return place.starts_with(scheme); }

cp::result<original> read_standard_input(const std::string& name, const std::filesystem::path& directory,
                                         const std::stop_token& stop) {
  original out;
  const std::filesystem::path file(name);
  const auto kind = format_of(file);
  out.place = place_of_piped(name);
  if (!kind) return cp::failure(make_error_code(error::not_a_document), out.place);
  out.stem = slug(file.stem().native());
  out.extension = utf8::lowered(file.extension().native());
  out.format = *kind;
  out.file = directory / "standard-input";
  std::ofstream copy(out.file, std::ios::binary | std::ios::trunc);
  const auto largest = out.format == format::pdf ? largest_pdf : largest_text;
  sha256 hash;
  for (waiting_input in(stop);;) {
    BOOST_OUTCOME_TRY(const auto piece, in.next());
    if (piece.empty()) break;
    out.size += piece.size();
    if (out.size > largest) return cp::failure(make_error_code(error::too_large), out.place);
    hash.update(piece);
    if (!copy.write(piece.data(), static_cast<std::streamsize>(piece.size()))) break;
  }
  copy.close();
  if (!copy) return cp::failure(cp::system_error(errno), out.file.native());
  out.sha256 = hash.finish();
  return out;
}

}  // namespace openkb
