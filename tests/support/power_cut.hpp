#pragma once

/// \file
/// Real power cuts: a file system in an image whose kernel is told to forget everything that is not on the disk, and
/// that is then mounted again, as after a boot. Btrfs cannot be told: of its image a copy is taken while it is mounted.

#include "support/mounts.hpp"
#include "support/process.hpp"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace power_cut {

namespace cp = commitpoint;
namespace fs = boost::filesystem;

/// How often, and which.
struct amount {
  std::uint64_t runs = 100;
  std::uint64_t seed = 1;
  std::uint64_t first = 1;  ///< the number of the first run: a single one is done again by its number

  /// As the environment says: COMMITPOINT_CUTS, COMMITPOINT_SEED, COMMITPOINT_FIRST_CUT.
  [[nodiscard]] static amount asked_for(std::uint64_t usual = 100) {
    const auto number = [](const char* name, std::uint64_t otherwise) {
      const char* text = std::getenv(name);
      return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
    };
    return {.runs = number("COMMITPOINT_CUTS", usual),
            .seed = number("COMMITPOINT_SEED", 1),
            .first = number("COMMITPOINT_FIRST_CUT", 1)};
  }
  [[nodiscard]] std::string replay(std::uint64_t number) const {
    return "COMMITPOINT_SEED=" + std::to_string(seed) + " COMMITPOINT_FIRST_CUT=" + std::to_string(number) +
           " COMMITPOINT_CUTS=1";
  }
};

/// Chooses what happens in one run, from the seed and the run's number alone.
class dice {
 public:
  dice(std::uint64_t seed, std::uint64_t number) {
    std::seed_seq mixed{seed, number};
    engine_.seed(mixed);
  }
  /// 0 to `sides - 1`.
  std::uint64_t operator()(std::uint64_t sides) { return engine_() % sides; }
  bool one_in(std::uint64_t sides) { return (*this)(sides) == 0; }

 private:
  std::mt19937_64 engine_;
};

/// What of the unsynced reaches the disk before the power is gone.
struct how {
  bool names = false;          ///< the file system's log, with all names and sizes in it
  std::uint64_t contents = 0;  ///< of every second file, chosen by this number; 0 is of none

  [[nodiscard]] static how chosen_by(dice& d) {
    const bool with_names = d.one_in(2);
    return {.names = with_names, .contents = d.one_in(2) ? 1 + d(1'000'000) : 0};
  }
  [[nodiscard]] std::string text() const {
    return std::string("a cut that ") + (names ? "keeps" : "loses") + " the log" +
           (contents == 0 ? "" : " and keeps contents " + std::to_string(contents));
  }
};

/// A file system in an image in memory, as long as this lives. All that goes wrong with it later is thrown.
class disk {
 public:
  /// "ext4", "xfs" (which shares blocks) or "btrfs" (which does as well).
  explicit disk(std::string type) : type_(std::move(type)) {
    why_not_ = support::why_no_mounts();
    if (!why_not_.empty()) return;
    // A memory of its own, because what is there already may be too small.
    if (::mount("none", directory_.path().c_str(), "tmpfs", 0, "size=700m,mode=755") != 0) {
      why_not_ = std::string("mount: ") + std::strerror(errno);
      return;
    }
    has_memory_ = true;
    REQUIRE(::mkdir(where().c_str(), 0755) == 0);
    const std::map<std::string, std::string> makers{
        {"ext4", "truncate -s 64M IMAGE && mkfs.ext4 -qF -O has_journal IMAGE"},
        {"xfs", "truncate -s 320M IMAGE && mkfs.xfs -qf -m reflink=1 IMAGE"},
        {"btrfs", "truncate -s 256M IMAGE && mkfs.btrfs -qf IMAGE"}};
    if (is_copied()) {
      // Where a copy of its image takes no time.
      const auto below = (directory_ / "below").native();
      const auto image = (directory_ / "below.image").native();
      if (!does("truncate -s 600M " + image + " && mkfs.xfs -qf -m reflink=1 " + image + " && mkdir " + below)) return;
      has_below_ = does("mount -o loop " + image + " " + below);
      if (!has_below_) return;
    }
    auto maker = makers.at(type_);
    for (auto at = maker.find("IMAGE"); at != std::string::npos; at = maker.find("IMAGE")) {
      maker.replace(at, std::strlen("IMAGE"), image());
    }
    if (!does(maker) || !does(mounter())) return;
    is_mounted_ = true;
  }
  disk(const disk&) = delete;
  disk& operator=(const disk&) = delete;
  ~disk() {
    if (is_mounted_) ::umount2(where().c_str(), MNT_DETACH);
    if (has_below_) ::umount2((directory_ / "below").c_str(), MNT_DETACH);
    if (has_memory_) ::umount2(directory_.path().c_str(), MNT_DETACH);
  }

  /// Why it is not there; empty when it is.
  [[nodiscard]] const std::string& why_not() const noexcept { return why_not_; }
  [[nodiscard]] cp::path where() const { return directory_ / "mounted"; }
  [[nodiscard]] std::uint64_t cuts() const noexcept { return cuts_; }

  /// Mounts it with these options of mount(8) from here on. Nothing may be open there.
  void mount_with(const std::string& options) {
    if (options == options_) return;
    options_ = options;
    mount_again();
  }

  /// Everything up to here is on the disk.
  void sync() const {
    const descriptor top(where());
    expect(::syncfs(top.get()) == 0, "syncfs");
  }

  /// The power is cut, and comes back. Nothing may be open there.
  void cut(const how& way) {
    if (way.contents != 0) write_back(way.contents);
    if (is_copied()) {
      copy_image(way.names);
    } else {
      shut_down(way.names);
    }
    ++cuts_;
    mount_again();
  }

 private:
  class descriptor {
   public:
    explicit descriptor(const cp::path& at) : number_(::open(at.c_str(), O_RDONLY | O_CLOEXEC)) {
      expect(number_ >= 0, at.native());
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() { ::close(number_); }
    [[nodiscard]] int get() const noexcept { return number_; }

   private:
    int number_;
  };

  static void expect(bool good, const std::string& what) {
    if (!good) throw std::system_error(errno, std::system_category(), what);
  }

  // What `xfs_io -x -c shutdown` does, and with the log `-c "shutdown -f"`; ext4 and xfs have the same number for it.
  // \source ioctl_xfs_goingdown(2); fs/ext4/ext4.h, EXT4_IOC_SHUTDOWN
  void shut_down(bool with_log) const {
    std::uint32_t flags = with_log ? 1 : 2;
    const descriptor top(where());
    expect(::ioctl(top.get(), _IOR('X', 125, std::uint32_t), &flags) == 0, "shutdown");
  }

  // What had been written to the disk is in the copy, in the order in which it was written. Its log is a transaction,
  // which is ended without the contents that wait to be written. \source ioctl_btrfs(2), BTRFS_IOC_START_SYNC
  void copy_image(bool with_log) {
    if (with_log) {
      std::uint64_t transaction = 0;
      const descriptor top(where());
      expect(::ioctl(top.get(), BTRFS_IOC_START_SYNC, &transaction) == 0, "BTRFS_IOC_START_SYNC");
      expect(::ioctl(top.get(), BTRFS_IOC_WAIT_SYNC, &transaction) == 0, "BTRFS_IOC_WAIT_SYNC");
    }
    if (!does("cp --reflink=always " + image() + " " + image() + ".copy")) throw std::runtime_error(why_not_);
  }

  void mount_again() {
    expect(::umount2(where().c_str(), 0) == 0, "umount");  // not detached: what is still mounted is not read again
    is_mounted_ = false;
    const auto copy = image() + ".copy";
    expect(::rename(copy.c_str(), image().c_str()) == 0 || errno == ENOENT, copy);
    if (!does(mounter())) throw std::runtime_error(why_not_);
    is_mounted_ = true;
  }

  // As the kernel's own writeback does at any time: contents only, and of some files before others.
  void write_back(std::uint64_t chosen) const {
    std::vector<cp::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(where())) {
      if (fs::is_regular_file(fs::symlink_status(entry))) files.push_back(entry.path());
    }
    std::ranges::sort(files);  // so that the same are chosen when it is done again
    dice d(chosen, 0);
    for (const auto& file : files) {
      if (d.one_in(2)) continue;
      const descriptor open(file);
      expect(::sync_file_range(open.get(), 0, 0, SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER) == 0,
             file.native());
    }
  }

  [[nodiscard]] bool is_copied() const { return type_ == "btrfs"; }
  [[nodiscard]] std::string image() const { return (directory_ / (is_copied() ? "below/image" : "image")).native(); }
  [[nodiscard]] std::string mounter() const {
    return "mount -o loop" + (options_.empty() ? "" : "," + options_) + " " + image() + " " + where().native();
  }
  bool does(const std::string& command) {
    // NOLINTNEXTLINE(cert-env33-c): a test's own names
    if (std::system(("{ " + command + "; } >/dev/null 2>&1").c_str()) == 0) return true;
    why_not_ = "this failed: " + command;
    return false;
  }

  cp::testing::temporary_directory directory_;
  std::string type_;
  std::string options_;
  std::string why_not_;
  std::uint64_t cuts_ = 0;
  bool has_memory_ = false;
  bool has_below_ = false;
  bool is_mounted_ = false;
};

/// Calls of the kernel that make something durable.
inline const std::map<std::string, unsigned> syncing_calls{
    {"fsync", __NR_fsync}, {"fdatasync", __NR_fdatasync}, {"syncfs", __NR_syncfs}};

/// From here on these calls of this process, and of all that it starts, do nothing and say that all went well: a disk
/// that lies. False where the kernel does not let it. \source seccomp(2)
[[nodiscard]] inline bool lie_about(const std::vector<std::string>& calls) {
  std::vector<sock_filter> program{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const auto& name : calls) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, syncing_calls.at(name), 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO));  // 0: success
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// Why this machine cannot be lied to; empty when it can.
[[nodiscard]] inline std::string why_no_lies() {
  support::child probe([] { return lie_about({"fsync"}) ? std::string{} : "calls cannot be filtered here"; });
  return probe.answer();
}

/// What came out of many runs.
struct tally {
  std::uint64_t runs = 0;
  std::uint64_t cuts = 0;
  std::uint64_t killed = 0;        ///< by plan, in the mutation
  std::uint64_t drains = 0;        ///< of these, and of the others: a drain was killed, or ended, before a cut
  std::uint64_t old = 0;           ///< as before everything
  std::uint64_t between = 0;       ///< after some of several mutations
  std::uint64_t fresh = 0;         ///< as after everything
  std::uint64_t acknowledged = 0;  ///< runs in which success was returned before a cut
  std::uint64_t missing = 0;       ///< what was acknowledged was not there
  std::uint64_t refused = 0;       ///< the drain failed
  std::uint64_t neither = 0;       ///< and everything else that must not be

  [[nodiscard]] std::uint64_t wrong() const { return missing + refused + neither; }
  [[nodiscard]] std::string text() const {
    const auto n = [](std::uint64_t x) { return std::to_string(x); };
    return n(runs) + " runs, " + n(cuts) + " power cuts (" + n(killed) + " programs killed; in " + n(drains) +
           " a drain before a cut): " + n(old) + " old, " + n(fresh) + " new" +
           (between == 0 ? "" : ", " + n(between) + " in between") + ", " + n(refused) + " refused, " + n(neither) +
           " neither; acknowledged " + n(acknowledged) + ", missing of them " + n(missing);
  }
};

}  // namespace power_cut
