#include "location.hpp"

#include <commitpoint/system/native.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <boost/filesystem/operations.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

namespace benchmarks {

namespace {

std::string base_directory() {
  const char* chosen = std::getenv("COMMITPOINT_BENCH_DIR");
  return chosen != nullptr && *chosen != '\0' ? chosen : ".";
}

// A line of mountinfo: the third field is major:minor, and the first one behind the lone "-" is the type.
// \source proc_pid_mountinfo(5)
std::string type_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return "unknown";
  const auto device = std::to_string(major(status.st_dev)) + ":" + std::to_string(minor(status.st_dev));
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream fields(line);
    const std::vector<std::string> all{std::istream_iterator<std::string>(fields), {}};
    if (all.size() < 3 || all[2] != device) continue;
    for (std::size_t i = 3; i + 1 < all.size(); ++i) {
      if (all[i] == "-") return all[i + 1];
    }
  }
  struct statfs system {};
  if (::statfs(path.c_str(), &system) == 0 && system.f_type == BTRFS_SUPER_MAGIC) return "btrfs";  // other numbers
  return "unknown";
}

}  // namespace

const std::string& place_of_run() {
  static const commitpoint::testing::temporary_directory directory(boost::filesystem::canonical(base_directory()));
  static const std::string name = directory.path().native();
  return name;
}

std::string file_system_of_run() {
  commitpoint::system::native system;
  const auto handle = system.open_root(place_of_run()).value();
  return type_of(place_of_run()) + (system.ordered_metadata(handle) ? ", renames reach the disk in order"
                                                                    : ", no promise about the order of renames");
}

}  // namespace benchmarks
