#include "source_file.hpp"

#include "digest.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace openkb {

namespace {

class descriptor {
 public:
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

cp::failure last_error(const std::filesystem::path& file) { return {cp::system_error(errno), file.native()}; }

}  // namespace

cp::result<source_file> read_source(const std::filesystem::path& file, std::uint64_t largest) {
  // Without O_NONBLOCK the opening of a pipe would wait for somebody to write to it.
  const descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  const bool socket = fd.get() < 0 && errno == ENXIO;
  if (socket) return cp::failure(make_error_code(error::not_a_file), file.native());
  if (fd.get() < 0) return last_error(file);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return last_error(file);
  if (!S_ISREG(status.st_mode)) return cp::failure(make_error_code(error::not_a_file), file.native());

  source_file out;
  sha256 hash;
  std::vector<char> buffer(std::size_t{1} << 18U);
  for (;;) {
    const auto count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return last_error(file);
    if (count == 0) break;
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(count));
    if (out.bytes.size() + piece.size() > largest) return cp::failure(make_error_code(error::too_large), file.native());
    out.bytes += piece;
    hash.update(piece);
  }
  out.sha256 = hash.finish();
  return out;
}

cp::result<std::string> place_of(const std::filesystem::path& file) {
  std::error_code code;
  const auto absolute = std::filesystem::absolute(file, code).lexically_normal();
  if (code) return cp::failure(code, file.native());
  auto named = absolute.has_filename() ? absolute : absolute.parent_path();
  const auto directory = std::filesystem::canonical(named.parent_path(), code);
  if (code) return cp::failure(code, file.native());
  return (directory / named.filename()).native();
}

}  // namespace openkb
