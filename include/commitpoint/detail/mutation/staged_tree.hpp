#pragma once

/// \file
/// Trees as a mutation sees them: what is below a directory, and what a caller's tool made at a staged path.

#include <commitpoint/detail/mutation/mutation_context.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/copy.hpp>
#include <commitpoint/files/plain_path.hpp>

#include <cerrno>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// A place in staging that no other name leads to. A tool may have made a second link to a live file (cp -al, rsync
/// --link-dest), and nothing may be done to that: what has other names is copied.
[[nodiscard]] inline result<std::string> own_source(mutation_context& c, const std::string& source,
                                                    const system::file_status& status) {
  if (status.type == node::directory || status.links < 2) return source;
  BOOST_OUTCOME_TRY(const auto* area, c.staging.directory());
  BOOST_OUTCOME_TRY(const auto at, locate(c.system(), *area, source));
  auto copy = c.staging.fresh_file();
  BOOST_OUTCOME_TRYV(copy_node(c.system(), at.directory, at.name, *area, copy));
  c.unsynced.add_unknown();
  return copy;
}

/// The same where it has to stay at its place.
[[nodiscard]] inline result<void> part_source(mutation_context& c, const std::string& source,
                                              const system::file_status& status) {
  BOOST_OUTCOME_TRY(const auto copy, own_source(c, source, status));
  if (copy == source) return success();
  BOOST_OUTCOME_TRY(const auto* area, c.staging.directory());
  BOOST_OUTCOME_TRY(const auto at, locate(c.system(), *area, source));
  return c.system().rename(*area, copy, at.directory, at.name, system::rename_how::replace);
}

/// Turns what a caller's tool made at a staged path into entries of their own: one, or one for everything in a tree.
/// Does nothing for a path that has no such entry.
/// \errors ENOENT when nothing was made there.
[[nodiscard]] inline result<void> expand_from_caller(mutation_context& c, const std::string& plain) {
  using kind = staged_entry::kind;
  const auto* found = c.staged.find(plain);
  if (found == nullptr || found->what != kind::from_caller) return success();
  staged_entry entry = *found;
  BOOST_OUTCOME_TRY(const auto* area, c.staging.directory());
  BOOST_OUTCOME_TRY(const auto top, status_beneath(c.system(), *area, entry.source));
  if (top.type == node::regular || top.type == node::symlink) {
    BOOST_OUTCOME_TRY(entry.source, own_source(c, entry.source, top));
  }
  BOOST_OUTCOME_TRY(const auto at, locate(c.system(), *area, entry.source));
  BOOST_OUTCOME_TRY(const auto about, read_metadata(c.system(), at.directory, at.name));
  const auto adopt = [&](const std::string& to, const std::string& source, const metadata& of) -> result<void> {
    if (of.type == node::other) return failure(make_error_code(errc::not_a_regular_file), to);
    const auto live = to == plain ? entry.live : node::none;
    if (of.type == node::directory) {
      c.staged.put(to, {.what = kind::directory, .live = live, .about = of});
    } else {
      c.staged.put(to, {.what = of.type == node::symlink ? kind::symlink : kind::file,
                        .source = source,
                        .live = live,
                        .rewrites = of.type == node::regular});
    }
    return success();
  };
  if (about.type == node::none) {
    return failure(system_error(ENOENT), plain, "nothing was made at the path that stage() gave for it");
  }
  if (entry.about && about.type == node::directory) {
    return failure(make_error_code(errc::not_a_regular_file), plain,
                   "a file and a directory cannot replace each other");
  }
  if (about.type == node::regular && entry.about) {
    BOOST_OUTCOME_TRYV(apply_access(c.system(), at.directory, at.name, *entry.about));
  }
  BOOST_OUTCOME_TRYV(adopt(plain, entry.source, about));
  if (about.type != node::directory) return success();
  BOOST_OUTCOME_TRY(const auto below, entries_below(c.system(), *area, entry.source));
  for (const auto& [source, status] : below) {
    BOOST_OUTCOME_TRY(const auto where, locate(c.system(), *area, source));
    BOOST_OUTCOME_TRY(const auto of, read_metadata(c.system(), where.directory, where.name));
    if (of.type == node::other) return failure(make_error_code(errc::not_a_regular_file), source);
    BOOST_OUTCOME_TRY(const auto own, own_source(c, source, status));
    BOOST_OUTCOME_TRYV(adopt(plain + source.substr(entry.source.size()), own, of));
  }
  return success();
}

/// Before an effect on a path in a tree that a caller's tool made: the tree is taken as it stands now, so that the
/// effect comes after it.
[[nodiscard]] inline result<void> expand_above(mutation_context& c, const std::string& plain) {
  while (true) {
    const auto [place, above] = c.staged.above(plain);
    if (above != nullptr && above->what == staged_entry::kind::tree) {
      return failure(make_error_code(errc::unsupported), plain,
                     "the directory above is replaced as a whole: put it there before that is published");
    }
    if (above == nullptr || above->what != staged_entry::kind::from_caller) return success();
    BOOST_OUTCOME_TRYV(expand_from_caller(c, std::string(place)));
  }
}

/// Everything below a directory as the mutation sees it, parents before children.
[[nodiscard]] inline result<std::vector<std::pair<std::string, sight>>> tree_below(mutation_context& c,
                                                                                   const std::string& plain) {
  std::map<std::string, sight> found;
  const auto* own = c.staged.find(plain);
  const bool is_live = (own == nullptr || own->live == node::directory) && c.staged.above(plain).second == nullptr;
  if (is_live) {
    BOOST_OUTCOME_TRY(auto live, entries_below(c.system(), c.where().root, plain));
    for (auto& [entry, status] : live) {
      BOOST_OUTCOME_TRYV(c.refuse_own(entry, status));
      found[entry] = sight{status.type, nullptr, {}, status};
    }
  }
  for (auto e = c.staged.entries().upper_bound(plain + "/"); e != c.staged.entries().end(); ++e) {
    if (!is_at_or_below(e->first, plain)) break;
    BOOST_OUTCOME_TRYV(expand_from_caller(c, e->first));
    BOOST_OUTCOME_TRY(const auto seen, c.look(e->first));
    if (seen.type == node::none) {
      found.erase(e->first);
    } else {
      found[e->first] = seen;
    }
  }
  return std::vector<std::pair<std::string, sight>>(found.begin(), found.end());
}

}  // namespace commitpoint::detail
