#pragma once

/// \file
/// What one directory has and another one has not.

#include <commitpoint/mutation.hpp>
#include <commitpoint/result.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace command {

namespace cp = commitpoint;

struct sync_how {
  bool deletes = false;               ///< what is not in the source goes
  bool quick = false;                 ///< files of one size and one time are the same
  std::vector<std::string> excluded;  ///< patterns of names and paths
  std::string left_alone;             ///< a path in the destination: the state directory
};

struct sync_step {
  enum class what { make_directory, copy_file, replace_file, link, remove };  // replace: with its access rights
  sync_step::what how = what::copy_file;
  std::string path;  ///< relative to both
};

struct sync_plan {
  std::vector<sync_step> steps;  ///< in the order in which they are to be done
  std::vector<std::string> warnings;
};

/// Compares the two, contents included. What is there is looked at, and never followed, if it is a symbolic link.
/// \errors not_a_source (a FIFO, a device or a socket); the system's.
[[nodiscard]] cp::result<sync_plan> compare_trees(const std::string& source, const std::string& destination,
                                                  const sync_how& how);

/// Carries it out: files get the mode and the time of the source, new directories its mode.
[[nodiscard]] cp::result<void> sync_trees(cp::mutation& m, const std::string& source, const sync_plan& plan,
                                          const std::function<void(std::size_t)>& progress);

}  // namespace command
