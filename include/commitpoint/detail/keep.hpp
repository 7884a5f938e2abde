#pragma once

/// \file
/// Where displaced bytes go that might be a person's: `kept/<mutation>/<path>`, durable before anything takes their
/// place.

#include <commitpoint/detail/engine.hpp>
#include <commitpoint/detail/staged_tree.hpp>
#include <commitpoint/detail/tree.hpp>
#include <commitpoint/report.hpp>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::detail {

template <class P>
class keeper {
 public:
  using S = typename P::system;

  keeper(session<P>& by, report& into) : by_(by), into_(into) {}

  /// Keeps a second link to (or, where there is none to be had, a copy of) the file or link that is live at a path.
  /// The live one stays where it is. Calling it again for the same inode keeps nothing twice.
  result<void> keep(std::uint64_t mutation, const std::string& plain, std::string_view why) {
    BOOST_OUTCOME_TRY(const auto from, locate(by_.system(), by_.where().root, plain));
    BOOST_OUTCOME_TRY(const auto status, by_.system().status(from.directory, from.name));
    if (status.type == node::none || status.type == node::directory) return success();
    BOOST_OUTCOME_TRY(const auto place, free_place(mutation, plain, status));
    BOOST_OUTCOME_TRY(const auto to, locate(by_.system(), by_.where().state, place));
    auto linked = by_.system().link(from.directory, from.name, to.directory, to.name);
    if (!linked && linked.error() != std::errc::file_exists) {
      BOOST_OUTCOME_TRYV(copy_node(by_.system(), from.directory, from.name, to.directory, to.name));
    }
    return finish(plain, place, why);
  }

  /// Keeps a copy of `[offset, size)` of a live file.
  result<void> keep_tail(std::uint64_t mutation, const std::string& plain, std::uint64_t offset, std::string_view why) {
    BOOST_OUTCOME_TRY(const auto live, open_beneath(by_.system(), by_.where().root, plain, {}));
    BOOST_OUTCOME_TRY(const auto status, by_.system().status(live));
    if (status.size <= offset) return success();
    BOOST_OUTCOME_TRY(const auto place, free_place(mutation, plain + ".from-" + std::to_string(offset), {}));
    BOOST_OUTCOME_TRY(const auto to, locate(by_.system(), by_.where().state, place));
    BOOST_OUTCOME_TRY(const auto file, write_new_file(by_.system(), to.directory, to.name, {}, 0600));
    BOOST_OUTCOME_TRYV(copy_range(by_.system(), live, offset, file, 0, status.size - offset));
    return finish(plain, place, why);
  }

 private:
  // A name in the state directory, with its directories made; taken by another inode, it gets a number behind it.
  result<std::string> free_place(std::uint64_t mutation, const std::string& plain, const system::file_status& of) {
    const auto wanted = std::string(names::kept) + "/" + std::to_string(mutation) + "/" + plain;
    for (auto end = wanted.find('/'); end != std::string::npos; end = wanted.find('/', end + 1)) {
      BOOST_OUTCOME_TRY(const auto at, locate(by_.system(), by_.where().state, wanted.substr(0, end)));
      BOOST_OUTCOME_TRYV(make_directory_if_missing(by_.system(), at.directory, at.name, 0700));
    }
    for (int suffix = 1;; ++suffix) {
      auto place = suffix == 1 ? wanted : wanted + "." + std::to_string(suffix);
      BOOST_OUTCOME_TRY(const auto there, status_beneath(by_.system(), by_.where().state, place));
      const bool same = there.inode == of.inode && there.device == of.device;
      if (there.type == node::none || (of.type != node::none && same)) return place;
    }
  }

  result<void> finish(const std::string& plain, const std::string& place, std::string_view why) {
    if constexpr (P::durability_backend::survives_power_loss) {
      // Rare, and the only copy: every directory on the way, and the content.
      auto file = open_beneath(by_.system(), by_.where().state, place, {});
      if (file) {
        BOOST_OUTCOME_TRYV(by_.system().sync(file.value()));
      }
      for (auto directory = parent_of(place);; directory = parent_of(directory)) {
        BOOST_OUTCOME_TRY(const auto opened, open_beneath(by_.system(), by_.where().state, std::string(directory),
                                                          {.directory = true}));
        BOOST_OUTCOME_TRYV(by_.system().sync(opened));
        if (directory.empty()) break;
      }
    }
    into_.kept.push_back({plain, by_.where().state_directory + "/" + place, std::string(why)});
    return success();
  }

  session<P>& by_;
  report& into_;
};

}  // namespace commitpoint::detail
