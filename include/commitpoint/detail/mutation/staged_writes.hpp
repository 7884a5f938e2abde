#pragma once

/// \file
/// Staged effects that make new content: write, append, directories, links.

#include <commitpoint/detail/mutation/mutation_context.hpp>
#include <commitpoint/detail/mutation/staged_tree.hpp>
#include <commitpoint/detail/mutation/staged_versions.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/copy.hpp>
#include <commitpoint/files/end.hpp>
#include <commitpoint/mutation.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::detail {

/// Writes new versions for one mutation.
class staged_writes {
 public:
  staged_writes(mutation_context& c, staged_versions& versions) : c_(c), versions_(versions) {}

  result<void> write(const std::string& plain, std::string_view bytes, const write_options& how) {
    BOOST_OUTCOME_TRY(const auto seen, versions_.look_to_write(plain));
    BOOST_OUTCOME_TRY(auto source, versions_.new_source(plain, seen));
    BOOST_OUTCOME_TRY(auto file, versions_.create(source));
    BOOST_OUTCOME_TRYV(write_all(c_.system(), file, 0, bytes));
    BOOST_OUTCOME_TRY(const auto made, c_.system().status(file));
    if (versions_.replaces(seen)) {
      BOOST_OUTCOME_TRYV(versions_.keep_access(plain, seen, source, file, made));
    }
    if (how.mode) {
      BOOST_OUTCOME_TRYV(c_.system().set_mode(file, *how.mode & 07777U));
    }
    c_.unsynced.add(std::move(file));
    c_.staged.put(plain, {.what = kind::file,
                          .source = std::move(source),
                          .live = seen.live.type,
                          .rewrites = true,
                          .made = version_state::of(made),
                          .chosen_mode = how.mode ? std::optional(*how.mode & 07777U) : std::nullopt});
    return success();
  }

  result<void> append(const std::string& plain, std::string_view bytes) {
    BOOST_OUTCOME_TRY(const auto seen, versions_.look_for_file(plain));
    if (seen.type == node::none) return write(plain, bytes, {});
    if (seen.staged == nullptr && seen.source.empty()) {
      BOOST_OUTCOME_TRYV(begin_append(plain, seen));
    }
    const auto* entry = c_.staged.find(plain);
    if (entry != nullptr && entry->is_live_file) {
      BOOST_OUTCOME_TRYV(make_own(c_.staged.change(plain)));
    }
    const auto source = entry != nullptr ? entry->source : seen.source;
    BOOST_OUTCOME_TRY(auto file, versions_.open_staged(source, access::read_write));
    if (entry != nullptr && entry->made) c_.staged.change(plain).made.reset();
    BOOST_OUTCOME_TRY(const auto status, c_.system().status(file));
    if (status.links > 1) {
      BOOST_OUTCOME_TRYV(part_source(c_, source, status));
      BOOST_OUTCOME_TRY(file, versions_.open_staged(source, access::read_write));
    }
    versions_.note_undo([this, source, size = status.size]() -> result<void> {
      BOOST_OUTCOME_TRY(const auto grown, versions_.open_staged(source, access::read_write));
      c_.sources_are_as_made = false;
      return c_.system().truncate(grown, size);
    });
    BOOST_OUTCOME_TRYV(write_all(c_.system(), file, status.size, bytes));
    c_.unsynced.add(std::move(file));
    if (entry != nullptr && entry->what == kind::append) c_.staged.change(plain).length += bytes.size();
    return success();
  }

  result<std::string> read(const std::string& plain, std::uint64_t limit) {
    BOOST_OUTCOME_TRY(const auto seen, versions_.look_for_file(plain));
    if (seen.type == node::none) return failure(system_error(ENOENT), plain);
    if (!seen.source.empty()) {
      BOOST_OUTCOME_TRY(const auto file, versions_.open_staged(seen.source, access::read));
      return read_whole(c_.system(), file, limit);
    }
    BOOST_OUTCOME_TRY(const auto live, open_beneath(c_.system(), c_.where().root, plain, {}));
    BOOST_OUTCOME_TRY(auto bytes, read_whole(c_.system(), live, limit));
    if (seen.staged != nullptr) {
      BOOST_OUTCOME_TRY(const auto file, versions_.open_staged(seen.staged->source, access::read));
      BOOST_OUTCOME_TRY(const auto added, read_whole(c_.system(), file, limit));
      bytes.resize(std::min<std::size_t>(bytes.size(), seen.staged->end.offset));
      if (added.size() > limit - bytes.size()) {
        return failure(system_error(EFBIG)).because("it would have more than " + std::to_string(limit) + " bytes");
      }
      try {
        bytes += added;
      } catch (const std::bad_alloc&) {
        return too_large_for_memory(bytes.size() + added.size());
      }
    }
    return bytes;
  }

  result<void> create_directories(const std::string& plain) {
    for (std::size_t end = 0; end != std::string::npos;) {
      end = plain.find('/', end + 1);
      const auto directory = plain.substr(0, end);
      BOOST_OUTCOME_TRY(const auto seen, c_.look(directory));
      if (seen.type == node::directory) continue;
      if (seen.type == node::symlink) return failure(make_error_code(errc::outside_root), directory);
      if (seen.type != node::none) return failure(system_error(ENOTDIR), directory);
      BOOST_OUTCOME_TRYV(versions_.note_parent(directory));
      c_.staged.put(directory, {.what = kind::directory, .live = seen.live.type, .mode = 0777U & ~c_.system().umask()});
    }
    return success();
  }

  result<void> symlink(std::string_view target, const std::string& plain) {
    if (target.empty()) return failure(system_error(ENOENT), plain, "a link needs a target");
    if (target.find('\0') != std::string_view::npos) {
      return failure(make_error_code(errc::invalid_path), plain, "the target of the link has a NUL byte");
    }
    BOOST_OUTCOME_TRY(const auto seen, c_.look(plain));
    if (seen.type != node::none && seen.type != node::symlink) return failure(system_error(EEXIST), plain);
    if (seen.type == node::none) {
      BOOST_OUTCOME_TRYV(c_.require_parent(plain));
    }
    BOOST_OUTCOME_TRYV(versions_.note_parent(plain));
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    auto source = c_.staging.fresh_file();
    BOOST_OUTCOME_TRYV(c_.system().make_symlink(std::string(target), *area, source));
    c_.unsynced.add_unknown();  // a link cannot be opened to be synced
    c_.staged.put(plain, {.what = kind::symlink, .source = std::move(source), .live = seen.live.type});
    return success();
  }

 private:
  using kind = staged_entry::kind;

  result<void> begin_append(const std::string& plain, const sight& seen) {
    BOOST_OUTCOME_TRYV(versions_.note_parent(plain));
    // For writing, so that a file that may not be written is an error now, and not after the commit point.
    BOOST_OUTCOME_TRY(const auto live,
                      open_beneath(c_.system(), c_.where().root, plain, {.access = access::read_write}));
    BOOST_OUTCOME_TRY(const auto end, read_end(c_.system(), live));
    staged_entry entry{.what = kind::append, .source = c_.staging.fresh_file(), .live = seen.live.type, .end = end};
    BOOST_OUTCOME_TRYV(versions_.create(entry.source));
    c_.staged.put(plain, std::move(entry));
    return success();
  }

  // A renamed file is its live inode until the commit, so what is to be changed is a copy of it.
  result<void> make_own(staged_entry& entry) {
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    auto copy = c_.staging.fresh_file();
    BOOST_OUTCOME_TRYV(copy_node(c_.system(), *area, entry.source, *area, copy));
    entry.source = std::move(copy);
    entry.is_live_file = false;
    return success();
  }

  mutation_context& c_;
  staged_versions& versions_;
};

}  // namespace commitpoint::detail
