#include "changes/apply_changes.hpp"

#include "changes/encodings.hpp"
#include "changes/unified_diff.hpp"
#include "roots/error.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

namespace command {

namespace {

namespace fs = std::filesystem;

cp::result<std::string> content_of(const fs::path& file) {
  std::error_code code;
  if (!fs::is_regular_file(file, code)) {
    return cp::failure(code ? code : make_error_code(cp::errc::not_a_regular_file), file.native());
  }
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string out(std::istreambuf_iterator<char>(in), {});
  if (!in.is_open() || in.bad()) return cp::failure({errno, std::system_category()}, file.native());
  return out;
}

cp::result<std::string> bytes_of(const content& c) {
  if (c.from.empty()) return c.bytes;
  return content_of(c.from);
}

class application {
 public:
  explicit application(cp::mutation& m) : m_(m) {}

  cp::result<void> operator()(const op::write& o) {
    BOOST_OUTCOME_TRY(const auto bytes, bytes_of(o.content));
    return m_.write(o.path, bytes, {.mode = o.mode});
  }
  cp::result<void> operator()(const op::append& o) {
    BOOST_OUTCOME_TRY(const auto bytes, bytes_of(o.content));
    return m_.append(o.path, bytes);
  }
  cp::result<void> operator()(const op::replace& o) {
    BOOST_OUTCOME_TRY(const auto before, m_.read(o.path));
    std::string after;
    std::size_t found = 0;
    std::size_t from = 0;
    for (auto at = before.find(o.find); at != std::string::npos; at = before.find(o.find, from)) {
      after.append(before, from, at - from).append(o.with);
      from = at + o.find.size();
      ++found;
    }
    if (found != o.count) {
      return failure_of(
          error::not_so_often, o.path,
          "'find' is there " + std::to_string(found) + " times, and 'count' says " + std::to_string(o.count));
    }
    if (found == 0) return cp::success();
    return m_.write(o.path, after.append(before, from));
  }
  cp::result<void> operator()(const op::edit& o) {
    BOOST_OUTCOME_TRY(const auto before, m_.read(o.path));
    auto after = with_diff(before, o.diff);
    if (!after) return std::move(after).error().on(o.path);
    return m_.write(o.path, after.value());
  }
  cp::result<void> operator()(const op::mkdir& o) { return m_.create_directories(o.path); }
  cp::result<void> operator()(const op::rename& o) { return m_.rename(o.from, o.to); }
  cp::result<void> operator()(const op::remove& o) { return m_.remove(o.path); }
  cp::result<void> operator()(const op::symlink& o) { return m_.symlink(o.target, o.path); }

 private:
  cp::mutation& m_;
};

// Before anything is staged, so that the live tree is what is read.
cp::result<void> expect(cp::mutation& m, const expectation& e) {
  BOOST_OUTCOME_TRY(const bool there, m.exists(e.path));
  if (!e.sha256) {
    if (there) return failure_of(error::not_expected, e.path, "something is there, and it should be absent");
    return m.expect(e.path, cp::absent);
  }
  if (!there) return failure_of(error::not_expected, e.path, "nothing is there");
  BOOST_OUTCOME_TRY(const auto found, m.read(e.path));
  const auto sum = sha256_of(found);
  if (sum != *e.sha256) return failure_of(error::not_expected, e.path, "its SHA-256 is " + sum);
  return m.expect(e.path, found);
}

// All files that a change set may make another, live or new.
class touched_paths {
 public:
  explicit touched_paths(std::string root) : root_(std::move(root)) {}

  void add(const operation& o) {
    const auto& path = path_of(o);
    add_with_all_below(path);
    if (const auto* renamed = std::get_if<op::rename>(&o)) {
      const std::set<std::string> before = all_;
      for (const auto& p : before) {
        if (p == path || p.starts_with(path + '/')) all_.insert(renamed->to + p.substr(path.size()));
      }
    }
  }
  [[nodiscard]] const std::set<std::string>& all() const noexcept { return all_; }

 private:
  void add_with_all_below(const std::string& path) {
    all_.insert(path);
    const auto live = fs::path(root_) / path;
    std::error_code code;
    if (!fs::is_directory(fs::symlink_status(live, code))) return;
    for (fs::recursive_directory_iterator it(live, code), end; !code && it != end; it.increment(code)) {
      all_.insert(path + '/' + it->path().lexically_relative(live).native());
    }
  }

  std::string root_;
  std::set<std::string> all_;
};

}  // namespace

cp::result<void> apply_changes(cp::mutation& m, const change_set& changes, applied& so_far,
                               const std::function<void(std::size_t)>& progress) {
  for (const auto& e : changes.expected) {
    BOOST_OUTCOME_TRYV(expect(m, e));
  }
  so_far.expectations = true;
  for (const auto& o : changes.operations) {
    BOOST_OUTCOME_TRYV(std::visit(application(m), o));
    progress(++so_far.operations);
  }
  return cp::success();
}

cp::result<std::vector<changed_file>> changes_in(cp::mutation& m, const change_set& changes, const std::string& root) {
  touched_paths touched(root);
  for (const auto& o : changes.operations) touched.add(o);
  std::vector<changed_file> out;
  for (const auto& path : touched.all()) {
    const auto live = fs::path(root) / path;
    std::error_code code;
    const auto type = fs::symlink_status(live, code).type();
    const bool was = type != fs::file_type::not_found && type != fs::file_type::none;
    BOOST_OUTCOME_TRY(const bool is, m.exists(path));
    std::string before;
    if (type == fs::file_type::regular) {
      BOOST_OUTCOME_TRY(before, content_of(live));
    }
    auto read = is ? m.savepoint([&](cp::mutation& inner) { return inner.read(path); }) : cp::result<std::string>("");
    if (!read && read.error() != cp::errc::not_a_regular_file) return std::move(read).error();
    const auto after = read ? std::move(read).value() : std::string{};
    if (was && is && before == after) continue;
    BOOST_OUTCOME_TRY(auto diff, diff_of(path, before, after));
    out.push_back({path, !was ? "added" : !is ? "removed" : "changed", std::move(diff)});
  }
  return out;
}

}  // namespace command
