#include "knowledge_base/sharing.hpp"

#include "knowledge_base/layout.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace openkb {

namespace {

bool is_member_of(::gid_t group) {
  if (::getegid() == group) return true;
  std::vector<::gid_t> groups(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
  const int got = ::getgroups(static_cast<int>(groups.size()), groups.data());
  return got > 0 && std::ranges::find(groups, group) != groups.end();
}

}  // namespace

std::optional<std::uint32_t> group_that_shares(const std::filesystem::path& root) {
  struct stat there {};
  if (::stat((root / layout::state_directory).c_str(), &there) != 0 && ::stat(root.c_str(), &there) != 0) {
    return std::nullopt;
  }
  constexpr ::mode_t shared = S_ISGID | S_IRWXG;
  if ((there.st_mode & shared) != shared || !is_member_of(there.st_gid)) return std::nullopt;
  return there.st_gid;
}

void make_for_the_group() noexcept {
  const auto before = ::umask(077);
  ::umask(before & ~static_cast<::mode_t>(S_IRWXG));
}

void give_databases_to_the_group(const std::filesystem::path& root) noexcept {
  for (const auto database : {layout::registry, layout::index_database}) {
    for (const auto* suffix : {"", "-wal", "-shm"}) {
      const auto file = (root / database).native() + suffix;
      struct stat there {};
      const bool is_mine = ::lstat(file.c_str(), &there) == 0 && S_ISREG(there.st_mode) && there.st_uid == ::geteuid();
      constexpr ::mode_t both = S_IRGRP | S_IWGRP;
      if (is_mine && (there.st_mode & both) != both) (void)::chmod(file.c_str(), (there.st_mode & 07777U) | both);
    }
  }
}

}  // namespace openkb
