#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/testing/tree_image.hpp>

#include <boost/filesystem/directory.hpp>

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

namespace commitpoint::testing {

namespace tree_detail {

class reader {
 public:
  reader(const commitpoint::path& root, const tree_options& options) : root_(root), options_(options) {}

  result<tree_image> read() {
    BOOST_OUTCOME_TRYV(add("."));
    return std::move(image_);
  }

 private:
  [[nodiscard]] commitpoint::path real(const std::string& name) const { return name == "." ? root_ : root_ / name; }
  [[nodiscard]] static failure error_at(const std::string& name) { return {commitpoint::system_error(errno), name}; }
  [[nodiscard]] bool is_ignored(const std::string& name) const {
    return std::ranges::any_of(options_.ignored,
                               [&](const std::string& top) { return commitpoint::files::is_at_or_below(name, top); });
  }
  [[nodiscard]] bool has_time(const std::string& name, std::uint32_t mode) const {
    if (S_ISDIR(mode) && options_.ignore_directory_times) return false;
    return std::ranges::find(options_.ignored_times, name) == options_.ignored_times.end();
  }

  result<void> add(const std::string& name) {
    struct stat x {};
    const auto where = real(name);
    if ((name == "." ? ::stat(where.c_str(), &x) : ::lstat(where.c_str(), &x)) != 0) return error_at(name);
    tree_entry entry{.mode = x.st_mode, .user = x.st_uid, .group = x.st_gid};
    if (has_time(name, x.st_mode)) {
      entry.modified = std::int64_t{x.st_mtim.tv_sec} * 1'000'000'000 + x.st_mtim.tv_nsec;
    }
    if (!S_ISDIR(x.st_mode) && x.st_nlink > 1) {
      const auto first = first_names_.try_emplace({x.st_dev, x.st_ino}, name).first;
      if (first->second != name) entry.same_as = first->second;
    }
    if (S_ISREG(x.st_mode)) {
      BOOST_OUTCOME_TRYV(read_content(entry, name));
    }
    if (S_ISLNK(x.st_mode)) {
      BOOST_OUTCOME_TRYV(read_target(entry, name));
    }
    BOOST_OUTCOME_TRYV(read_attributes(entry, name));
    image_.entries.emplace(name, std::move(entry));
    return S_ISDIR(x.st_mode) ? add_children(name) : result<void>(success());
  }

  result<void> add_children(const std::string& name) {
    boost::system::error_code error;
    std::vector<std::string> children;  // sorted, so that `same_as` does not depend on the directory's order
    for (boost::filesystem::directory_iterator at(real(name), error), end; !error && at != end; at.increment(error)) {
      auto child = name == "." ? std::string() : name + '/';
      children.push_back(child += at->path().filename().native());
    }
    if (error) return failure(commitpoint::system_error(error.value()), name);
    std::ranges::sort(children);
    for (const auto& child : children) {
      if (!is_ignored(child)) {
        BOOST_OUTCOME_TRYV(add(child));
      }
    }
    return success();
  }

  // FNV-1a: good enough to notice an accident, which is all that it is for.
  result<void> read_content(tree_entry& entry, const std::string& name) const {
    std::ifstream file(real(name).c_str(), std::ios::binary);
    if (!file) return error_at(name);
    entry.hash = 0xcbf29ce484222325U;
    std::vector<char> buffer(std::size_t{1} << 16U);
    while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), file.gcount() > 0) {
      const std::string_view bytes(buffer.data(), static_cast<std::size_t>(file.gcount()));
      for (const char c : bytes) entry.hash = (entry.hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
      entry.size += bytes.size();
      if (entry.size <= options_.keep_content_up_to) entry.content += bytes;
    }
    if (entry.size > options_.keep_content_up_to) entry.content.clear();
    return file.bad() ? result<void>(failure(commitpoint::system_error(EIO), name)) : success();
  }

  result<void> read_target(tree_entry& entry, const std::string& name) const {
    entry.target.resize(4096);  // Linux allows no longer one
    const auto length = ::readlink(real(name).c_str(), entry.target.data(), entry.target.size());
    if (length < 0) return error_at(name);
    entry.target.resize(static_cast<std::size_t>(length));
    return success();
  }

  result<void> read_attributes(tree_entry& entry, const std::string& name) const {
    const auto where = name == "." ? real(name) / "." : real(name);
    std::string names(65536, '\0');  // XATTR_LIST_MAX
    const auto length = ::llistxattr(where.c_str(), names.data(), names.size());
    if (length < 0) return errno == ENOTSUP ? result<void>(success()) : error_at(name);
    names.resize(static_cast<std::size_t>(length));
    std::string value(65536, '\0');  // XATTR_SIZE_MAX
    for (std::string_view rest = names; !rest.empty();) {
      const std::string attribute(rest.substr(0, rest.find('\0')));
      rest.remove_prefix(attribute.size() + 1);
      const auto size = ::lgetxattr(where.c_str(), attribute.c_str(), value.data(), value.size());
      if (size < 0) return error_at(name);
      entry.attributes.emplace(attribute, value.substr(0, static_cast<std::size_t>(size)));
    }
    return success();
  }

  const commitpoint::path& root_;
  const tree_options& options_;
  tree_image image_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> first_names_;  // by device and inode
};

// A few bytes for a person: what is not printable in hexadecimal, the rest cut off.
COMMITPOINT_INLINE std::string excerpt(std::string_view bytes, std::size_t begin = 0) {
  std::string text = begin == 0 ? "\"" : "\"..";
  for (const char c : bytes.substr(std::min(begin, bytes.size()), 40)) {
    char hex[8];
    (void)std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    text += c >= ' ' && c <= '~' ? std::string(1, c) : std::string(hex);
  }
  return text + (bytes.size() > begin + 40 ? "..\"" : "\"");
}

COMMITPOINT_INLINE std::string octal(std::uint32_t mode) {
  std::ostringstream text;
  text << '0' << std::oct << mode;
  return text.str();
}

COMMITPOINT_INLINE const char* type_name(std::uint32_t mode) noexcept {
  if (S_ISREG(mode)) return "file";
  if (S_ISDIR(mode)) return "directory";
  return S_ISLNK(mode) ? "symbolic link" : "special file";
}

COMMITPOINT_INLINE std::string content_difference(const tree_entry& a, const tree_entry& b) {
  const auto sizes = std::to_string(a.size) + " -> " + std::to_string(b.size) + " bytes";
  const bool whole = a.content.size() == a.size && b.content.size() == b.size;
  if (!whole) return "content " + sizes;
  const auto same = std::ranges::mismatch(a.content, b.content).in1 - a.content.begin();
  const auto begin = static_cast<std::size_t>(same) < 10 ? 0 : static_cast<std::size_t>(same) - 10;
  return "content " + sizes + ", from byte " + std::to_string(same) + ": " + excerpt(a.content, begin) + " -> " +
         excerpt(b.content, begin);
}

COMMITPOINT_INLINE void compare(const std::string& name, const tree_entry& a, const tree_entry& b,
                                std::vector<std::string>& lines) {
  auto say = [&](const std::string& what) { lines.push_back(name + ": " + what); };
  auto changed = [&](const char* what, const std::string& x, const std::string& y) {
    if (x != y) say(what + (" " + x) + " -> " + y);
  };
  auto time_text = [](const tree_entry& e) { return e.modified ? std::to_string(*e.modified) : "ignored"; };
  auto value_text = [](const tree_entry& e, const std::string& key) {
    const auto found = e.attributes.find(key);
    return found == e.attributes.end() ? "absent" : excerpt(found->second);
  };
  changed("type", type_name(a.mode), type_name(b.mode));
  changed("mode", octal(a.mode & 07777U), octal(b.mode & 07777U));
  changed("owner", std::to_string(a.user) + ':' + std::to_string(a.group),
          std::to_string(b.user) + ':' + std::to_string(b.group));
  if (a.size != b.size || a.hash != b.hash) say(content_difference(a, b));
  changed("target", excerpt(a.target), excerpt(b.target));
  changed("modified", time_text(a), time_text(b));
  changed("hard link to", excerpt(a.same_as), excerpt(b.same_as));
  auto keys = a.attributes;
  keys.insert(b.attributes.begin(), b.attributes.end());
  for (const auto& [key, value] : keys) {
    const bool equal =
        a.attributes.contains(key) && b.attributes.contains(key) && a.attributes.at(key) == b.attributes.at(key);
    if (!equal) say("attribute " + key + " " + value_text(a, key) + " -> " + value_text(b, key));
  }
}

}  // namespace tree_detail

COMMITPOINT_INLINE result<tree_image> read_tree(const commitpoint::path& root, const tree_options& options) {
  return tree_detail::reader(root, options).read();
}

COMMITPOINT_INLINE std::vector<std::string> difference(const tree_image& before, const tree_image& after) {
  std::vector<std::string> lines;
  for (const auto& [name, entry] : before.entries) {
    const auto found = after.entries.find(name);
    if (found == after.entries.end()) {
      lines.push_back(name + ": missing, was a " + tree_detail::type_name(entry.mode));
    } else {
      tree_detail::compare(name, entry, found->second, lines);
    }
  }
  for (const auto& [name, entry] : after.entries) {
    if (!before.has(name)) lines.push_back(name + ": extra, is a " + tree_detail::type_name(entry.mode));
  }
  return lines;
}

COMMITPOINT_INLINE std::string difference_text(const tree_image& before, const tree_image& after) {
  std::string text;
  for (const auto& line : difference(before, after)) text.append(line).append("\n");
  return text;
}

}  // namespace commitpoint::testing
