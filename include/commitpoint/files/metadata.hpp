#pragma once

/// \file
/// What of a node, beside its content, comes back exactly: type, mode, owner, modification time, extended attributes
/// (ACLs are attributes), and the target of a link.

#include <commitpoint/system/door.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace commitpoint::files {

using access = system::open_how::access_mode;
using node = system::node_type;

/// Whether something in a directory belongs to the file system of that, and nothing is mounted on it. Of a directory
/// the device has to be the same as well (a subvolume of btrfs is on the same mount, and nothing can be renamed out of
/// it); of anything else the mount says it, where the kernel names it: overlayfs gives the files of each layer a device
/// of their own. \source overlayfs in the kernel's documentation, "Inode properties"; statx(2), stx_mnt_id
[[nodiscard]] inline bool belongs_to(const system::file_status& directory, const system::file_status& there) noexcept {
  if (directory.mount != there.mount) return false;
  if (there.type != node::directory && there.mount != 0) return true;
  return directory.device == there.device;
}

/// What tells one version of a path from another. Inodes only help to say yes: a copied tree has others.
struct version_state {
  node type = node::none;
  std::uint64_t size = 0;
  std::int64_t modified = 0;
  std::uint64_t inode = 0;

  [[nodiscard]] static version_state of(const system::file_status& s) noexcept {
    if (s.type == node::directory) return {s.type, 0, 0, s.inode};  // its size and time change with its entries
    return {s.type, s.size, s.modified, s.inode};
  }
  /// Of a node that is about to leave its place: then the time of a directory says something, too.
  [[nodiscard]] static version_state leaving(const system::file_status& s) noexcept {
    auto state = of(s);
    state.modified = s.modified;
    return state;
  }
  /// The same version, as far as can be told without the inode.
  [[nodiscard]] bool same(const version_state& other) const noexcept {
    return type == other.type && size == other.size && modified == other.modified;
  }
};

/// Everything beside the content.
struct metadata {
  node type = node::none;
  std::uint32_t mode = 0;
  std::uint32_t user = 0;
  std::uint32_t group = 0;
  std::int64_t modified = 0;
  system::attribute_map attributes;
  std::string target;  ///< of a symbolic link

  [[nodiscard]] bool operator==(const metadata&) const = default;
};

/// Reads the metadata of `name` in `directory`, of whatever type it is; type `none` if nothing is there.
[[nodiscard]] inline result<metadata> read_metadata(system::door& system, const system::handle& directory,
                                                    const std::string& name) {
  BOOST_OUTCOME_TRY(const auto status, system.status(directory, name));
  metadata m{.type = status.type,
             .mode = status.mode,
             .user = status.user,
             .group = status.group,
             .modified = status.modified,
             .attributes = {},
             .target = {}};
  if (status.type == node::none) return m;
  if (status.type == node::symlink) {
    BOOST_OUTCOME_TRY(m.target, system.read_symlink(directory, name));
  }
  if (status.type == node::other) return m;
  // Opened without access, so that a mode of 0000 or a link is no obstacle.
  BOOST_OUTCOME_TRY(const auto opened, system.open(directory, name, {.access = access::path}));
  BOOST_OUTCOME_TRY(m.attributes, system.attributes(opened));
  return m;
}

/// The metadata of a file whose status and attributes are known already.
[[nodiscard]] inline metadata access_of(const system::file_status& status, system::attribute_map attributes) {
  return {.type = status.type,
          .mode = status.mode,
          .user = status.user,
          .group = status.group,
          .modified = status.modified,
          .attributes = std::move(attributes),
          .target = {}};
}

/// A node by its name, and by a handle to it, if one is open.
struct named_node {
  const system::handle& directory;
  const std::string& name;
  const system::handle* opened = nullptr;
};

/// Gives a node that is as `now` says the owner, mode and attributes that are wanted, changing only what differs. The
/// order matters: a change of owner clears set-id bits, and an ACL rewrites the group's permission bits.
[[nodiscard]] inline result<void> change_access(system::door& system, const named_node& what, const metadata& now,
                                                const metadata& wanted) {
  if (now.user != wanted.user || now.group != wanted.group) {
    BOOST_OUTCOME_TRYV(system.set_owner(what.directory, what.name, wanted.user, wanted.group));
  }
  const bool changed_owner = now.user != wanted.user || now.group != wanted.group;
  const bool attributes_differ = now.attributes != wanted.attributes;
  if (!attributes_differ && !changed_owner && now.mode == wanted.mode) return success();
  system::handle own;
  if (what.opened == nullptr) {
    BOOST_OUTCOME_TRY(own, system.open(what.directory, what.name, {.access = access::path}));
  }
  const auto& opened = what.opened != nullptr ? *what.opened : own;
  if (attributes_differ) {
    for (const auto& [key, value] : now.attributes) {
      if (!wanted.attributes.contains(key)) {
        BOOST_OUTCOME_TRYV(system.remove_attribute(opened, key));
      }
    }
    for (const auto& [key, value] : wanted.attributes) {
      const auto old = now.attributes.find(key);
      if (old == now.attributes.end() || old->second != value) {
        BOOST_OUTCOME_TRYV(system.set_attribute(opened, key, value));
      }
    }
  }
  if (wanted.type == node::symlink) return success();  // a link has no mode of its own
  return system.set_mode(opened, wanted.mode);
}

/// `change_access` of a node of which nothing is known.
[[nodiscard]] inline result<void> apply_access(system::door& system, const system::handle& directory,
                                               const std::string& name, const metadata& wanted) {
  BOOST_OUTCOME_TRY(const auto now, read_metadata(system, directory, name));
  return change_access(system, {directory, name}, now, wanted);
}

/// `apply_access`, then the modification time.
[[nodiscard]] inline result<void> apply_metadata(system::door& system, const system::handle& directory,
                                                 const std::string& name, const metadata& wanted) {
  BOOST_OUTCOME_TRYV(apply_access(system, directory, name, wanted));
  return system.set_modified(directory, name, wanted.modified);
}

}  // namespace commitpoint::files
