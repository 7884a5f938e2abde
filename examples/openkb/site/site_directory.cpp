#include "site/site_directory.hpp"

#include "documents/source_file.hpp"
#include "text/links.hpp"
#include "text/text_lines.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <set>

namespace openkb {

namespace {

namespace fs = std::filesystem;

// In each site: a line that says what this is, then the files that an export put there.
constexpr std::string_view list_name = ".openkb-site";
constexpr std::string_view list_head = "Made by openkb export, which replaces these files:";
constexpr mode_t everybody = 0666;

cp::failure failed(const fs::path& file) { return {cp::system_error(errno), file.native()}; }

class descriptor {
 public:
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

cp::result<void> put_all(int fd, std::string_view bytes, const fs::path& file) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return failed(file);
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return cp::success();
}

cp::result<int> create(const fs::path& file, mode_t mode) {
  std::error_code code;
  fs::create_directories(file.parent_path(), code);
  if (code) return cp::failure(code, file.parent_path().native());
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & everybody);
  if (fd < 0) return failed(file);
  return fd;
}

// What an export put into a directory; nothing where no export was finished.
std::optional<std::set<std::string>> listed_in(const fs::path& directory) {
  const auto text = read_source(directory / list_name, std::uint64_t{1} << 30U);
  if (!text) return std::nullopt;
  const auto lines = lines_of(text.value().bytes);
  if (lines.empty() || lines.front() != list_head) return std::nullopt;
  std::set<std::string> out{std::string(list_name)};
  for (const auto line : lines) out.insert(decoded_target(line));
  return out;
}

// Something in a directory that no export put there; empty when there is nothing.
cp::result<std::string> foreign_in(const fs::path& directory) {
  const auto listed = listed_in(directory).value_or(std::set<std::string>{});
  std::error_code code;
  for (fs::recursive_directory_iterator entry(directory, code), end; !code && entry != end; entry.increment(code)) {
    std::error_code ignored;
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored)) continue;
    auto name = entry->path().lexically_relative(directory).native();
    if (!listed.contains(name)) return name;
  }
  if (code) return cp::failure(code, directory.native());
  return std::string{};
}

cp::result<void> require_ours(const fs::path& target) {
  std::error_code code;
  const auto status = fs::status(target, code);
  if (!fs::exists(status)) return cp::success();
  if (!fs::is_directory(status)) return cp::failure(make_error_code(std::errc::not_a_directory), target.native());
  BOOST_OUTCOME_TRY(const auto foreign, foreign_in(target));
  if (foreign.empty()) return cp::success();
  return cp::failure(make_error_code(error::not_a_site), (target / foreign).native(),
                     "export into a directory that is new, empty, or an export and nothing else");
}

// Files that are listed, and the directories that are empty then. What an unfinished export left goes as a whole.
void remove_site(const fs::path& directory) {
  std::error_code ignored;
  const auto listed = listed_in(directory);
  if (!listed) {
    fs::remove_all(directory, ignored);
    return;
  }
  std::set<fs::path> directories;
  for (const auto& name : *listed) {
    fs::remove(directory / name, ignored);
    for (auto up = fs::path(name).parent_path(); !up.empty(); up = up.parent_path()) directories.insert(up);
  }
  for (auto d = directories.rbegin(); d != directories.rend(); ++d) fs::remove(directory / *d, ignored);
  fs::remove(directory, ignored);
}

std::string sibling_prefix(const fs::path& target) { return '.' + target.filename().native() + ".openkb-"; }

// Of exports that were killed. What is still being written is locked.
void remove_leftovers(const fs::path& target) {
  std::error_code code;
  for (fs::directory_iterator entry(target.parent_path(), code), end; !code && entry != end; entry.increment(code)) {
    if (!entry->path().filename().native().starts_with(sibling_prefix(target))) continue;
    const descriptor fd(::open(entry->path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (fd.get() >= 0 && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) remove_site(entry->path());
  }
}

// As the directory that it will take the place of, or as one that is made.
void take_mode(const fs::path& target, const fs::path& sibling) {
  struct stat there {};
  const auto mask = ::umask(0);
  ::umask(mask);
  const auto mode = ::stat(target.c_str(), &there) == 0 ? there.st_mode & 07777U : 0777U & ~mask;
  (void)::chmod(sibling.c_str(), mode);
}

struct locked_directory {
  fs::path path;
  int lock = -1;
};

// Another export may take it for a leftover, until it is locked.
cp::result<locked_directory> make_sibling(const fs::path& target) {
  for (;;) {
    auto name = (target.parent_path() / (sibling_prefix(target) + "XXXXXX")).native();
    if (::mkdtemp(name.data()) == nullptr) return failed(target.parent_path());
    descriptor fd(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0 && errno == ENOENT) continue;
    if (fd.get() < 0) return failed(name);
    if (::flock(fd.get(), LOCK_EX) != 0) return failed(name);
    std::error_code ignored;
    if (fs::exists(name, ignored)) return locked_directory{name, fd.release()};
  }
}

}  // namespace

cp::result<site_directory> site_directory::prepare(const fs::path& asked) {
  std::error_code code;
  auto target = fs::weakly_canonical(fs::absolute(asked, code), code);
  if (target.filename().empty()) target = target.parent_path();
  if (code) return cp::failure(code, asked.native());
  BOOST_OUTCOME_TRYV(require_ours(target));
  fs::create_directories(target.parent_path(), code);
  if (code) return cp::failure(code, target.parent_path().native());
  remove_leftovers(target);
  BOOST_OUTCOME_TRY(auto sibling, make_sibling(target));
  take_mode(target, sibling.path);
  return site_directory(std::move(target), std::move(sibling.path), sibling.lock);
}

site_directory::site_directory(site_directory&& other) noexcept
    : target_(std::move(other.target_)),
      sibling_(std::exchange(other.sibling_, {})),
      lock_(std::exchange(other.lock_, -1)),
      files_(std::move(other.files_)) {}

site_directory::~site_directory() {
  std::error_code ignored;
  if (!sibling_.empty()) fs::remove_all(sibling_, ignored);
  if (lock_ >= 0) ::close(lock_);
}

cp::result<void> site_directory::write(const std::string& place, std::string_view bytes, mode_t mode) {
  const auto file = sibling_ / place;
  BOOST_OUTCOME_TRY(const int fd, create(file, mode));
  const descriptor to(fd);
  files_.push_back(place);
  return put_all(to.get(), bytes, target_ / place);
}

cp::result<void> site_directory::copy(const fs::path& from, const std::string& place) {
  const descriptor in(::open(from.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat found {};
  if (in.get() < 0 || ::fstat(in.get(), &found) != 0) return failed(from);
  if (!S_ISREG(found.st_mode)) return cp::failure(make_error_code(error::not_a_file), from.native());
  BOOST_OUTCOME_TRY(const int fd, create(sibling_ / place, found.st_mode));
  const descriptor to(fd);
  files_.push_back(place);
  std::array<char, 1U << 16U> buffer{};
  for (;;) {
    const auto n = ::read(in.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(from);
    if (n == 0) return cp::success();
    BOOST_OUTCOME_TRYV(put_all(to.get(), {buffer.data(), static_cast<std::size_t>(n)}, target_ / place));
  }
}

cp::result<void> site_directory::write_list() const {
  std::string text(list_head);
  for (const auto& file : files_) text.append("\n").append(encoded_target(file));
  BOOST_OUTCOME_TRY(const int fd, create(sibling_ / list_name, everybody));
  const descriptor to(fd);
  return put_all(to.get(), text.append("\n"), target_ / list_name);
}

// Whether what was there is the sibling now.
cp::result<bool> site_directory::take_its_place() const {
  if (::renameat2(AT_FDCWD, sibling_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) == 0) return true;
  if (errno == ENOENT) {
    if (::renameat2(AT_FDCWD, sibling_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) == 0) return false;
  }
  // A file system that cannot exchange (NFS, some of FUSE): for a moment nothing is there.
  if (errno != EINVAL && errno != ENOSYS) return failed(target_);
  const auto aside = sibling_.native() + "-old";
  const bool there = ::rename(target_.c_str(), aside.c_str()) == 0;
  if (!there && errno != ENOENT) return failed(target_);
  if (::rename(sibling_.c_str(), target_.c_str()) != 0) {
    auto why = failed(target_);
    if (there) (void)::rename(aside.c_str(), target_.c_str());
    return why;
  }
  if (there && ::rename(aside.c_str(), sibling_.c_str()) != 0) return failed(aside);
  return there;
}

cp::result<fs::path> site_directory::publish() {
  BOOST_OUTCOME_TRYV(write_list());
  if (lock_ >= 0 && ::syncfs(lock_) != 0) return failed(target_);
  BOOST_OUTCOME_TRYV(require_ours(target_));
  BOOST_OUTCOME_TRY(const bool old, take_its_place());
  const descriptor parent(::open(target_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() < 0 || ::fsync(parent.get()) != 0) return failed(target_);
  auto left = std::exchange(sibling_, {});
  if (!old) return fs::path{};
  // An empty directory has no list, and is not removed with what somebody just put into it.
  if (listed_in(left)) {
    remove_site(left);
  } else {
    std::error_code ignored;
    fs::remove(left, ignored);
  }
  std::error_code ignored;
  return fs::exists(left, ignored) ? left : fs::path{};
}

}  // namespace openkb
