#pragma once

/// \file
/// Who holds a lock of flock(2), for messages. Linux only; where /proc does not tell, nobody is named.
///
/// The kernel names the process that took a lock. That one may be gone, and a child that it forked hold the lock on:
/// then the child is looked for among all processes, by the locks that their descriptors have.
///
/// \source proc_locks(5); proc_pid_fdinfo(5), `lock`

#include <commitpoint/system/linux_identity.hpp>

#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace commitpoint::system::lock_holders {

// The processes that the lines of a text name which speak of held locks on one file.
[[nodiscard]] inline std::vector<long> named_in(std::string_view text, std::string_view file) {
  std::vector<long> found;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
    const auto kind = line.find("FLOCK");
    const auto place = line.find(file);
    if (kind == std::string_view::npos || place == std::string_view::npos) continue;
    if (line.find("->") != std::string_view::npos) continue;  // it waits
    const auto before = line.substr(0, place - 1);            // ... WRITE 1234
    const std::string number(before.substr(before.rfind(' ') + 1));
    found.push_back(std::strtol(number.c_str(), nullptr, 10));
  }
  return found;
}

[[nodiscard]] inline std::string shown(long process) {
  const auto number = std::to_string(process);
  auto name = linux_identity::small_file(("/proc/" + number + "/comm").c_str());
  while (!name.empty() && name.back() == '\n') name.pop_back();
  return name.empty() ? std::string{} : "process " + number + " (" + name + ")";
}

// A process with a descriptor that holds a lock on the file.
[[nodiscard]] inline std::string heir_of(std::string_view file) {
  const auto each = [](const std::string& directory, auto look) {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), &::closedir);
    if (!stream) return;
    while (const dirent* entry = ::readdir(stream.get())) {
      if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && look(std::string(entry->d_name))) return;
    }
  };
  std::string heir;
  each("/proc", [&](const std::string& process) {
    const auto descriptors = "/proc/" + process + "/fdinfo";
    each(descriptors, [&](const std::string& descriptor) {
      const auto locks = linux_identity::small_file((descriptors + "/" + descriptor).c_str());
      if (!named_in(locks, file).empty()) heir = shown(std::strtol(process.c_str(), nullptr, 10));
      return !heir.empty();
    });
    return !heir.empty();
  });
  return heir;
}

/// "process 12 (add)", several with commas; empty where it cannot be found out.
[[nodiscard]] inline std::string of(int descriptor) {
  struct stat x {};
  if (::fstat(descriptor, &x) != 0) return {};
  std::array<char, 64> file{};
  const int length = std::snprintf(file.data(), file.size(), "%02x:%02x:%llu ", ::major(x.st_dev), ::minor(x.st_dev),
                                   static_cast<unsigned long long>(x.st_ino));
  if (length < 0) return {};
  std::string text;
  for (const long process : named_in(linux_identity::small_file("/proc/locks"), file.data())) {
    auto holder = shown(process);
    if (holder.empty()) {
      holder = heir_of(file.data());
      holder += (holder.empty() ? "a child of" : ", a child of") + (" process " + std::to_string(process)) +
                ", which is gone";
    }
    text += (text.empty() ? "" : ", ") + holder;
  }
  return text;
}

}  // namespace commitpoint::system::lock_holders
