#include "changes/sync_trees.hpp"

#include "roots/error.hpp"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <utility>

namespace command {

namespace {

namespace fs = std::filesystem;

cp::failure last_error(const std::string& path) { return {{errno, std::system_category()}, path}; }

class descriptor {
 public:
  explicit descriptor(int number) noexcept : number_(number) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ != -1) ::close(number_);
  }
  [[nodiscard]] int get() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ != -1; }

 private:
  int number_;
};

// What is below a directory.
struct listed {
  std::map<std::string, struct stat> entries;  // by path, so that a directory comes before what is in it
  std::set<std::string> holding;               // directories that what is left alone lies in, at any depth
};

class listing {
 public:
  listing(const std::string& root, const sync_how& how) : root_(root), how_(how) {}

  cp::result<listed> run() {
    BOOST_OUTCOME_TRYV(add({}));
    return std::move(out_);
  }

 private:
  cp::result<void> add(const std::string& below) {
    std::error_code code;
    std::vector<std::string> names;
    for (fs::directory_iterator it(fs::path(root_) / below, code), end; !code && it != end; it.increment(code)) {
      names.push_back(it->path().filename().native());
    }
    if (code) return cp::failure(code, (fs::path(root_) / below).native());
    for (const auto& name : names) {
      const auto path = below.empty() ? name : below + '/' + name;
      if (is_left_alone(path, name)) {
        for (fs::path above = below; !above.empty(); above = above.parent_path()) out_.holding.insert(above.native());
        continue;
      }
      struct stat found {};
      const auto whole = (fs::path(root_) / path).native();
      if (::lstat(whole.c_str(), &found) != 0) return last_error(whole);
      const bool directory = S_ISDIR(found.st_mode);  // NOLINT(hicpp-signed-bitwise): the macro
      out_.entries[path] = found;
      if (directory) {
        BOOST_OUTCOME_TRYV(add(path));
      }
    }
    return cp::success();
  }

  [[nodiscard]] bool is_left_alone(const std::string& path, const std::string& name) const {
    if (path == how_.left_alone) return true;
    return std::ranges::any_of(how_.excluded, [&](const std::string& pattern) {
      return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0 || ::fnmatch(pattern.c_str(), path.c_str(), 0) == 0;
    });
  }

  std::string root_;
  const sync_how& how_;
  listed out_;
};

cp::result<std::string> target_of(const fs::path& link) {
  std::error_code code;
  auto target = fs::read_symlink(link, code);
  if (code) return cp::failure(code, link.native());
  return target.native();
}

cp::result<bool> have_same_bytes(const fs::path& a, const fs::path& b) {
  std::array<std::ifstream, 2> in{std::ifstream(a, std::ios::binary), std::ifstream(b, std::ios::binary)};
  if (!in[0]) return last_error(a.native());
  if (!in[1]) return last_error(b.native());
  constexpr std::size_t piece = 65536;
  std::array<std::vector<char>, 2> buffers{std::vector<char>(piece), std::vector<char>(piece)};
  for (;;) {
    for (std::size_t i = 0; i < 2; ++i) in.at(i).read(buffers.at(i).data(), piece);
    const auto got = in[0].gcount();
    if (in[0].bad() || in[1].bad()) return cp::failure(make_error_code(std::errc::io_error), a.native());
    if (got != in[1].gcount() || !std::equal(buffers[0].begin(), buffers[0].begin() + got, buffers[1].begin()))
      return false;
    if (got == 0) return true;
  }
}

mode_t permissions(const struct stat& of) { return of.st_mode & 07777U; }
mode_t type(const struct stat& of) { return of.st_mode & static_cast<mode_t>(S_IFMT); }
std::pair<time_t, long> time_of(const struct stat& s) { return {s.st_mtim.tv_sec, s.st_mtim.tv_nsec}; }

class comparison {
 public:
  comparison(std::string source, std::string destination, const sync_how& how)
      : source_(std::move(source)), destination_(std::move(destination)), how_(how) {}

  cp::result<sync_plan> run() {
    BOOST_OUTCOME_TRY(const auto wanted, listing(source_, how_).run());
    BOOST_OUTCOME_TRY(const auto there, listing(destination_, how_).run());
    for (const auto& [path, status] : there.entries) {
      const auto same = wanted.entries.find(path);
      const bool other_type = same != wanted.entries.end() && type(same->second) != type(status);
      const bool goes = same == wanted.entries.end() ? how_.deletes : other_type;
      if (!goes || is_removed(path)) continue;  // what is in it goes along
      if (there.holding.contains(path)) {       // but for what is left alone
        if (!other_type) continue;
        return failure_of(error::would_overwrite, path, "the directory holds what is to be left alone");
      }
      plan_.steps.push_back({sync_step::what::remove, path});
      removed_.insert(path);
    }
    for (const auto& [path, status] : wanted.entries) {
      const auto old = there.entries.find(path);
      const bool kept = old != there.entries.end() && type(old->second) == type(status) && !is_removed(path);
      BOOST_OUTCOME_TRYV(add(path, status, kept ? &old->second : nullptr));
    }
    return std::move(plan_);
  }

 private:
  [[nodiscard]] bool is_removed(const std::string& path) const {
    for (auto end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1)) {
      if (removed_.contains(path.substr(0, end))) return true;
    }
    return removed_.contains(path);
  }

  cp::result<void> add(const std::string& path, const struct stat& wanted, const struct stat* old) {
    switch (type(wanted)) {
      case S_IFDIR:
        if (old == nullptr) plan_.steps.push_back({sync_step::what::make_directory, path});
        if (old != nullptr && permissions(*old) != permissions(wanted)) {
          plan_.warnings.push_back(path + ": the mode of a directory that is there stays as it is");
        }
        return cp::success();
      case S_IFREG: {
        BOOST_OUTCOME_TRY(const bool same, is_same_file(path, wanted, old));
        const bool other_mode = old != nullptr && permissions(*old) != permissions(wanted);
        if (!same)
          plan_.steps.push_back({other_mode ? sync_step::what::replace_file : sync_step::what::copy_file, path});
        return cp::success();
      }
      case S_IFLNK: {
        BOOST_OUTCOME_TRY(const auto target, target_of(fs::path(source_) / path));
        if (old != nullptr) {
          BOOST_OUTCOME_TRY(const auto now, target_of(fs::path(destination_) / path));
          if (now == target) return cp::success();
        }
        plan_.steps.push_back({sync_step::what::link, path});
        return cp::success();
      }
      default:
        return failure_of(error::not_a_source, (fs::path(source_) / path).native(), "leave it out with --exclude");
    }
  }

  cp::result<bool> is_same_file(const std::string& path, const struct stat& wanted, const struct stat* old) {
    if (old == nullptr || wanted.st_size != old->st_size || permissions(wanted) != permissions(*old)) return false;
    if (how_.quick) return time_of(wanted) == time_of(*old);
    return have_same_bytes(fs::path(source_) / path, fs::path(destination_) / path);
  }

  std::string source_;
  std::string destination_;
  const sync_how& how_;
  std::set<std::string> removed_;
  sync_plan plan_;
};

// The bytes, the mode and the time of one file in another that is not there yet.
cp::result<void> copy_file(const std::string& from, const std::string& to) {
  const descriptor in(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!in) return last_error(from);
  struct stat status {};
  if (::fstat(in.get(), &status) != 0) return last_error(from);
  const descriptor out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out) return last_error(to);
  std::vector<char> buffer(std::size_t{1} << 20U);
  for (;;) {
    const auto got = ::read(in.get(), buffer.data(), buffer.size());
    if (got == -1 && errno == EINTR) continue;
    if (got == -1) return last_error(from);
    if (got == 0) break;
    for (ssize_t at = 0; at < got;) {
      const auto put = ::write(out.get(), buffer.data() + at, static_cast<std::size_t>(got - at));
      if (put == -1 && errno != EINTR) return last_error(to);
      if (put > 0) at += put;
    }
  }
  const std::array times{status.st_atim, status.st_mtim};
  if (::fchmod(out.get(), permissions(status)) != 0 || ::futimens(out.get(), times.data()) != 0) return last_error(to);
  return cp::success();
}

cp::result<void> carry_out(cp::mutation& m, const std::string& source, const sync_step& step) {
  const auto& path = step.path;
  const auto from = (fs::path(source) / path).native();
  if (step.how == sync_step::what::remove) return m.remove(path);
  if (step.how == sync_step::what::make_directory) return m.create_directories(path);
  if (step.how == sync_step::what::link) {
    BOOST_OUTCOME_TRY(const auto target, target_of(from));
    return m.symlink(target, path);
  }
  if (step.how == sync_step::what::replace_file) {  // or the new version would get the access rights of the old one
    BOOST_OUTCOME_TRYV(m.remove(path));
  }
  BOOST_OUTCOME_TRY(const auto staged, m.stage(path));
  return copy_file(from, staged.native());
}

}  // namespace

cp::result<sync_plan> compare_trees(const std::string& source, const std::string& destination, const sync_how& how) {
  return comparison(source, destination, how).run();
}

cp::result<void> sync_trees(cp::mutation& m, const std::string& source, const sync_plan& plan,
                            const std::function<void(std::size_t)>& progress) {
  std::size_t done = 0;
  for (const auto& step : plan.steps) {
    BOOST_OUTCOME_TRYV(carry_out(m, source, step));
    progress(++done);
  }
  return cp::success();
}

}  // namespace command
