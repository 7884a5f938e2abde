#include "documents/source_file.hpp"

#include "documents/digest.hpp"

#include <commitpoint/files/beneath.hpp>
#include <commitpoint/system/native.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
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

std::string version_in(const struct stat& status) {
  std::string out;
  for (const auto part : {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino),
                          static_cast<std::uint64_t>(status.st_size), static_cast<std::uint64_t>(status.st_mtim.tv_sec),
                          static_cast<std::uint64_t>(status.st_mtim.tv_nsec)}) {
    out += std::to_string(part) + ' ';
  }
  return out;
}

// Opened as what it is: a regular file.
cp::result<int> open_regular(const std::filesystem::path& file, std::string& version) {
  // Without O_NONBLOCK the opening of a pipe would wait for somebody to write to it.
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  const bool socket = fd < 0 && errno == ENXIO;
  if (socket) return cp::failure(make_error_code(error::not_a_file), file.native());
  if (fd < 0) return last_error(file);
  struct stat status {};
  const bool known = ::fstat(fd, &status) == 0;
  if (known && S_ISREG(status.st_mode)) {
    version = version_in(status);
    return fd;
  }
  const auto why = known ? cp::failure(make_error_code(error::not_a_file), file.native()) : last_error(file);
  ::close(fd);
  return why;
}

// Hands over a file piece by piece.
template <class Take>
cp::result<void> read_pieces(int fd, const std::filesystem::path& file, std::uint64_t largest, Take take) {
  std::uint64_t size = 0;
  std::vector<char> buffer(std::size_t{1} << 18U);
  for (;;) {
    const auto count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return last_error(file);
    if (count == 0) return cp::success();
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(count));
    size += piece.size();
    if (size > largest) return cp::failure(make_error_code(error::too_large), file.native());
    BOOST_OUTCOME_TRYV(take(piece));
  }
}

}  // namespace

cp::result<source_file> read_source(const std::filesystem::path& file, std::uint64_t largest) {
  source_file out;
  BOOST_OUTCOME_TRY(const int opened, open_regular(file, out.version));
  const descriptor fd(opened);
  sha256 hash;
  BOOST_OUTCOME_TRYV(read_pieces(fd.get(), file, largest, [&](std::string_view piece) -> cp::result<void> {
    out.bytes += piece;
    hash.update(piece);
    return cp::success();
  }));
  out.sha256 = hash.finish();
  return out;
}

cp::result<copied_file> copy_source(const std::filesystem::path& file, const std::filesystem::path& to,
                                    std::uint64_t largest, const std::stop_token& stop) {
  copied_file out;
  BOOST_OUTCOME_TRY(const int opened, open_regular(file, out.version));
  const descriptor fd(opened);
  std::ofstream copy;
  if (!to.empty()) copy.open(to, std::ios::binary | std::ios::trunc);
  if (!copy) return last_error(to);
  sha256 hash;
  BOOST_OUTCOME_TRYV(read_pieces(fd.get(), file, largest, [&](std::string_view piece) -> cp::result<void> {
    if (stop.stop_requested()) return cp::failure(cp::errc::cancelled);
    out.size += piece.size();
    hash.update(piece);
    if (!to.empty() && !copy.write(piece.data(), static_cast<std::streamsize>(piece.size()))) return last_error(to);
    return cp::success();
  }));
  if (copy.is_open()) copy.close();
  if (!copy) return last_error(to);
  out.sha256 = hash.finish();
  return out;
}

std::string version_of(const std::filesystem::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? version_in(status) : std::string{};
}

cp::result<void> make_durable(const std::filesystem::path& root, const std::string& file) {
  cp::system::native system;
  BOOST_OUTCOME_TRY(const auto top, system.open_root(root.native()));
  BOOST_OUTCOME_TRY(const auto opened, cp::files::open_beneath(system, top, file, {}));
  auto done = system.sync(opened);
  if (!done) return cp::failure(done.error().code, (root / file).native());
  return cp::success();
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
