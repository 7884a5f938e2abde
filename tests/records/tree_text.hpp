#pragma once

/// \file
/// Trees as text: read from a disk, written down as what changed since another tree, and made on a disk again.
///
///     directory MODE MODIFIED PATH
///     file MODE MODIFIED PATH           its content follows
///     link MODIFIED PATH TARGET         a symbolic link
///     name PATH OTHER                   another name of a file that stands above
///     attribute NAME VALUE              an extended attribute of the node above
///     gone PATH                         what the older tree has, and this one not
///
/// Times are nanoseconds since the epoch. Content is made of lines of three kinds: `| bytes`, with `\n`, `\\` and
/// `\xNN`; `0 N`, so many zeros; and `= OFFSET N`, so many bytes from that place of the older version, or of that file
/// of the older tree that a line `from PATH` names. Paths, targets and values have the same escapes, and `\x20` for a
/// space.

#include <commitpoint/path.hpp>

#include <boost/filesystem/directory.hpp>
#include <boost/filesystem/operations.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace records {

namespace cp = commitpoint;

inline void demand(bool good, const std::string& what) {
  if (!good) throw std::system_error(errno, std::system_category(), what);
}

/// One name in a tree.
struct node {
  enum class type : std::uint8_t { directory, file, link, name };
  type what = type::file;
  unsigned mode = 0;
  std::int64_t modified = 0;
  std::string content = {};  ///< of a file; the target of a link; the other path of a name
  std::map<std::string, std::string> attributes = {};

  bool operator==(const node&) const = default;
};

/// By the path relative to the root, which is `.` itself.
using tree = std::map<std::string, node>;

// ---- Bytes as text.

[[nodiscard]] inline std::string escaped(std::string_view bytes, bool spaces = true) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    if (c == '\\') {
      text += "\\\\";
    } else if (c == '\n') {
      text += "\\n";
    } else if (c > 0x20 && c < 0x7f) {
      text += static_cast<char>(c);
    } else if (c == ' ' && !spaces && i + 1 < bytes.size()) {
      text += ' ';
    } else {
      char code[5];
      std::snprintf(code, sizeof code, "\\x%02x", c);
      text += code;
    }
  }
  return text.empty() ? "\\" : text;  // nothing at all would not be a word
}

[[nodiscard]] inline std::string unescaped(std::string_view text) {
  std::string bytes;
  if (text == "\\") return bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    const char next = ++i < text.size() ? text[i] : '?';
    if (next == '\\') {
      bytes += '\\';
    } else if (next == 'n') {
      bytes += '\n';
    } else if (next == 'x' && i + 2 < text.size()) {
      bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      throw std::runtime_error("an escape that is none: " + std::string(text));
    }
  }
  return bytes;
}

/// A text of a content, as short as it easily gets with what stands in an older one.
[[nodiscard]] inline std::string content_text(std::string_view bytes, std::string_view older = {}) {
  constexpr std::size_t worth_it = 24;  // a shorter run would cost more than it saves
  constexpr std::size_t line = 96;
  std::string text;
  std::string pending;
  const auto flush = [&] {
    if (!pending.empty()) text += "  | " + escaped(pending, false) + "\n";
    pending.clear();
  };
  const auto same_from = [&](std::size_t at, std::size_t from) {
    std::size_t same = 0;
    while (at + same < bytes.size() && from + same < older.size() && bytes[at + same] == older[from + same]) ++same;
    return same;
  };
  std::size_t expected = 0;  // where the older content goes on
  for (std::size_t at = 0; at < bytes.size();) {
    auto from = expected;
    auto same = same_from(at, from);
    if (same < worth_it && bytes.size() - at >= worth_it && pending.size() % 4 == 0) {  // it goes on nearby, if at all
      const auto begin = std::min(older.size(), expected - std::min<std::size_t>(expected, 256));
      const auto found = older.substr(begin, 1024).find(bytes.substr(at, worth_it));
      if (found != std::string_view::npos) from = begin + found;
      same = found == std::string_view::npos ? 0 : same_from(at, from);
    }
    const auto zeros = std::min(bytes.find_first_not_of('\0', at), bytes.size()) - at;
    if (zeros >= worth_it && zeros >= same) {
      flush();
      text += "  0 " + std::to_string(zeros) + "\n";
      at += zeros;
    } else if (same >= worth_it) {
      flush();
      text += "  = " + std::to_string(from) + " " + std::to_string(same) + "\n";
      at += same;
      expected = from + same;
    } else {
      pending += bytes[at++];
      ++expected;
      if (pending.size() == line || pending.back() == '\n') flush();
    }
  }
  flush();
  return text;
}

// ---- On a disk.

[[nodiscard]] inline std::string file_content(const cp::path& where) {
  std::ifstream file(where.c_str(), std::ios::binary);
  demand(file.good(), where.native());
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void make_file(const cp::path& where, std::string_view content) {
  std::ofstream file(where.c_str(), std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  demand(file.flush().good(), where.native());
}

[[nodiscard]] inline std::map<std::string, std::string> attributes_of(const cp::path& where) {
  std::map<std::string, std::string> found;
  std::string names(4096, '\0');
  const auto size = ::llistxattr(where.c_str(), names.data(), names.size());
  for (std::size_t at = 0; size > 0 && at < static_cast<std::size_t>(size); at = names.find('\0', at) + 1) {
    const std::string name = names.c_str() + at;
    if (!name.starts_with("user.")) continue;
    std::string value(4096, '\0');
    const auto length = ::lgetxattr(where.c_str(), name.c_str(), value.data(), value.size());
    demand(length >= 0, where.native());
    value.resize(static_cast<std::size_t>(length));
    found.emplace(name, value);
  }
  return found;
}

/// Everything below a directory, and itself. SQLite's shared memory is left out: it is made anew.
[[nodiscard]] inline tree read_tree(const cp::path& root) {
  std::vector<std::string> paths{"."};
  const auto above = root.native().size() + 1;
  for (const auto& e : boost::filesystem::recursive_directory_iterator(root)) {
    if (!e.path().native().ends_with("-shm")) paths.push_back(e.path().native().substr(above));
  }
  std::ranges::sort(paths);
  tree found;
  std::map<std::pair<dev_t, ino_t>, std::string> files;
  for (const auto& path : paths) {
    const auto where = path == "." ? root : root / path;
    struct stat x {};
    demand(::lstat(where.c_str(), &x) == 0, where.native());
    node n{.mode = x.st_mode & 07777U, .modified = x.st_mtim.tv_sec * std::int64_t{1'000'000'000} + x.st_mtim.tv_nsec};
    if (S_ISLNK(x.st_mode)) {
      std::string target(4096, '\0');
      const auto length = ::readlink(where.c_str(), target.data(), target.size());
      demand(length >= 0, where.native());
      n.what = node::type::link;
      n.mode = 0;
      n.content = target.substr(0, static_cast<std::size_t>(length));
    } else if (S_ISDIR(x.st_mode)) {
      n.what = node::type::directory;
    } else if (const auto [first, is_first] = files.try_emplace({x.st_dev, x.st_ino}, path); !is_first) {
      n = {.what = node::type::name, .content = first->second};
    } else {
      n.content = file_content(where);
    }
    if (n.what == node::type::file || n.what == node::type::directory) n.attributes = attributes_of(where);
    found.emplace(path, std::move(n));
  }
  return found;
}

/// Makes a tree in a directory that is there, and empty.
inline void make_tree(const cp::path& root, const tree& wanted) {
  const auto at = [&](const std::string& path) { return path == "." ? root : root / path; };
  for (const auto& [path, n] : wanted) {
    const auto where = at(path);
    switch (n.what) {
      case node::type::directory: demand(path == "." || ::mkdir(where.c_str(), 0700) == 0, where.native()); break;
      case node::type::file: make_file(where, n.content); break;
      case node::type::link: demand(::symlink(n.content.c_str(), where.c_str()) == 0, where.native()); break;
      case node::type::name: demand(::link(at(n.content).c_str(), where.c_str()) == 0, where.native()); break;
    }
  }
  // Children before parents, whose times they would change.
  for (auto one = wanted.rbegin(); one != wanted.rend(); ++one) {
    const auto& [path, n] = *one;
    if (n.what == node::type::name) continue;
    const auto where = at(path);
    for (const auto& [name, value] : n.attributes) {
      demand(::setxattr(where.c_str(), name.c_str(), value.data(), value.size(), 0) == 0, where.native());
    }
    if (n.what != node::type::link) demand(::chmod(where.c_str(), n.mode) == 0, where.native());
    constexpr std::int64_t second = 1'000'000'000;
    const timespec times[2] = {{0, UTIME_OMIT}, {n.modified / second, n.modified % second}};
    demand(::utimensat(AT_FDCWD, where.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0, where.native());
  }
}

// ---- As text.

/// Without its content.
[[nodiscard]] inline std::string node_head(const std::string& path, const node& n) {
  char mode[8];
  std::snprintf(mode, sizeof mode, "%04o", n.mode);
  const auto stamps = std::string(mode) + " " + std::to_string(n.modified) + " ";
  std::string text;
  switch (n.what) {
    case node::type::directory: text = "directory " + stamps + escaped(path) + "\n"; break;
    case node::type::file: text = "file " + stamps + escaped(path) + "\n"; break;
    case node::type::link:
      text = "link " + std::to_string(n.modified) + " " + escaped(path) + " " + escaped(n.content) + "\n";
      break;
    case node::type::name: text = "name " + escaped(path) + " " + escaped(n.content) + "\n"; break;
  }
  for (const auto& [name, value] : n.attributes) text += "attribute " + escaped(name) + " " + escaped(value) + "\n";
  return text;
}

[[nodiscard]] inline std::string node_text(const std::string& path, const node& n) {
  return node_head(path, n) + (n.what == node::type::file ? content_text(n.content) : std::string{});
}

/// With the content in terms of whichever older file makes it the shortest.
[[nodiscard]] inline std::string node_text(const std::string& path, const node& n, const tree& older) {
  if (n.what != node::type::file) return node_head(path, n);
  auto best = content_text(n.content);
  for (const auto& [other, o] : older) {
    const bool may_help = o.what == node::type::file && !o.content.empty() && !n.content.empty() &&
                          (other == path || n.content.starts_with(o.content.substr(0, 16)));
    if (!may_help) continue;
    auto text = content_text(n.content, o.content);
    if (other != path) text.insert(0, "from " + escaped(other) + "\n");
    if (text.size() < best.size()) best = std::move(text);
  }
  return node_head(path, n) + best;
}

/// What has to be done to `older` to make `newer` of it.
[[nodiscard]] inline std::string changes_text(const tree& older, const tree& newer) {
  std::string text;
  for (const auto& [path, n] : older) {
    if (!newer.contains(path)) text += "gone " + escaped(path) + "\n";
  }
  for (const auto& [path, n] : newer) {
    const auto before = older.find(path);
    if (before == older.end() || before->second != n) text += node_text(path, n, older);
  }
  return text;
}

/// The words of a line.
[[nodiscard]] inline std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), {}};
}

/// Makes what a text says of an older tree, line by line.
class tree_changer {
 public:
  explicit tree_changer(tree older) : older_(std::move(older)), newer_(older_) {}

  /// Whether the line was one of a tree.
  bool take(const std::string& line) {
    if (line.starts_with("  | ")) return add(unescaped(std::string_view(line).substr(4)));
    const auto words = words_of(line);
    const auto is = [&](const char* word, std::size_t size) { return words.size() == size && words[0] == word; };
    if (is("0", 2)) return add(std::string(std::stoull(words[1]), '\0'));
    if (is("=", 3)) return add(older_.at(from_).content.substr(std::stoull(words[1]), std::stoull(words[2])));
    if (is("from", 2)) {
      from_ = unescaped(words[1]);
      return true;
    }
    if (is("gone", 2)) return newer_.erase(unescaped(words[1])) == 1;
    if (is("attribute", 3)) {
      current().attributes[unescaped(words[1])] = unescaped(words[2]);
      return true;
    }
    if (is("name", 3)) return begin(words[1], {.what = node::type::name, .content = unescaped(words[2])});
    if (is("link", 4)) {
      return begin(words[2],
                   {.what = node::type::link, .modified = std::stoll(words[1]), .content = unescaped(words[3])});
    }
    if (!is("file", 4) && !is("directory", 4)) return false;
    return begin(words[3], {.what = words[0] == "file" ? node::type::file : node::type::directory,
                            .mode = static_cast<unsigned>(std::stoul(words[1], nullptr, 8)),
                            .modified = std::stoll(words[2])});
  }

  [[nodiscard]] const tree& result() const noexcept { return newer_; }

 private:
  node& current() { return newer_.at(path_); }
  bool begin(const std::string& path, node n) {
    from_ = path_ = unescaped(path);
    newer_[path_] = std::move(n);
    return true;
  }
  bool add(const std::string& bytes) {
    current().content += bytes;
    return true;
  }

  tree older_;
  tree newer_;
  std::string path_;
  std::string from_;
};

// ---- An archive: the states that a tree went through, and what a drain made of each.

/// The tree as it stood at some steps of the protocol, with nothing changed between them.
struct state {
  std::vector<std::string> at;
  tree holds;
  std::string copied;     ///< the name of the outcome where the tree was copied to another machine
  std::string same_boot;  ///< and where the process ended, and nothing else
};

struct archive {
  std::vector<std::string> about;  ///< for people
  std::string program;             ///< which policies it was written with
  std::string boot;                ///< of the machine that it was written on
  std::vector<state> states;
  std::map<std::string, std::vector<std::string>> outcomes;  ///< the lines of each, by name
};

/// Lines, where at least two follow each other as in what was said before, by their places in that.
[[nodiscard]] inline std::string lines_text(const std::vector<std::string>& before,
                                            const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t at = 0; at < lines.size();) {
    std::size_t best = 0;
    std::size_t from = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      std::size_t same = 0;
      while (at + same < lines.size() && i + same < before.size() && lines[at + same] == before[i + same]) ++same;
      if (same > best) from = i;
      best = std::max(best, same);
    }
    if (best > 1) {
      text += "same " + std::to_string(from) + " " + std::to_string(best) + "\n";
      at += best;
    } else {
      text += "> " + lines[at++] + "\n";
    }
  }
  return text;
}

/// The line of an outcome behind which stands what is live.
inline const std::string live_begins = "what stands there:";

[[nodiscard]] inline std::string archive_text(const archive& a) {
  std::string text;
  for (const auto& line : a.about) text += "# " + line + "\n";
  text += "program " + a.program + "\nboot " + a.boot + "\n";
  std::map<std::vector<std::string>, std::string> trees;
  std::string outcomes;
  std::vector<std::string> said;
  std::vector<std::string> stood;
  for (const auto& [name, lines] : a.outcomes) {
    outcomes += "\noutcome " + name + "\n";
    const auto live = std::ranges::find(lines, live_begins);
    const std::vector<std::string> says(lines.begin(), live);
    outcomes += lines_text(said, says);
    said = says;
    if (live == lines.end()) continue;
    const std::vector<std::string> stands(live, lines.end());
    const auto [known, is_new] = trees.try_emplace(stands, std::to_string(trees.size() + 1));
    outcomes += "tree " + known->second + "\n";
    if (!is_new) continue;
    text += "\nlive " + known->second + "\n";
    text += lines_text(stood, stands);
    stood = stands;
  }
  text += outcomes;
  tree before;
  for (std::size_t i = 0; i < a.states.size(); ++i) {
    const auto& s = a.states[i];
    text += "\nstate " + std::to_string(i) + "\n";
    for (const auto& step : s.at) text += "at " + step + "\n";
    text += "expect copied " + s.copied + "\nexpect same-boot " + s.same_boot + "\n" + changes_text(before, s.holds);
    before = s.holds;
  }
  return text;
}

[[nodiscard]] inline archive archive_from(const std::string& text) {
  archive a;
  std::istringstream in(text);
  tree_changer changer{{}};
  std::map<std::string, std::vector<std::string>> trees;
  std::vector<std::string>* lines = nullptr;
  std::vector<std::string> before;  // what the block before this one says, without its tree
  for (std::string line; std::getline(in, line);) {
    const auto rest = [&](std::string_view prefix) { return line.substr(prefix.size()); };
    if (line.empty()) continue;
    if (line.starts_with("# ")) {
      a.about.push_back(rest("# "));
    } else if (line.starts_with("program ")) {
      a.program = rest("program ");
    } else if (line.starts_with("boot ")) {
      a.boot = rest("boot ");
    } else if (line.starts_with("outcome ")) {
      before.clear();
      if (lines != nullptr && !a.outcomes.empty())
        before.assign(lines->begin(), std::ranges::find(*lines, live_begins));
      lines = &a.outcomes[rest("outcome ")];
    } else if (line.starts_with("live ")) {
      before = lines != nullptr ? *lines : std::vector<std::string>{};
      lines = &trees[rest("live ")];
    } else if (const auto words = words_of(line); words.size() == 3 && words[0] == "same" && lines != nullptr) {
      const auto from = before.begin() + std::stol(words[1]);
      lines->insert(lines->end(), from, from + std::stol(words[2]));
    } else if (line.starts_with("> ") && lines != nullptr) {
      lines->push_back(rest("> "));
    } else if (line.starts_with("tree ") && lines != nullptr) {
      const auto& stands = trees.at(rest("tree "));
      lines->insert(lines->end(), stands.begin(), stands.end());
    } else if (line.starts_with("state ")) {
      a.states.emplace_back();
      changer = tree_changer(changer.result());
    } else if (line.starts_with("at ")) {
      a.states.back().at.push_back(rest("at "));
    } else if (line.starts_with("expect copied ")) {
      a.states.back().copied = rest("expect copied ");
    } else if (line.starts_with("expect same-boot ")) {
      a.states.back().same_boot = rest("expect same-boot ");
    } else if (changer.take(line)) {
      a.states.back().holds = changer.result();
    } else {
      throw std::runtime_error("a line that says nothing: " + line);
    }
  }
  for (const auto& s : a.states) {
    if (s.holds.empty()) throw std::runtime_error("a state that holds nothing");
  }
  return a;
}

}  // namespace records
