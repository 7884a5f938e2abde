#pragma once

/// \file
/// The publish step that keeps the inode.

#include <commitpoint/detail/block_sums.hpp>
#include <commitpoint/detail/io.hpp>
#include <commitpoint/policy.hpp>
#include <commitpoint/publish/concept.hpp>
#include <commitpoint/publish/rename.hpp>

namespace commitpoint::publish {

/// Writes the new content into the live file: other names of it, and mounts on it, keep in step, and its mode, owner,
/// ACL and attributes stay. What is not there, or is no regular file, is published by renaming.
///
/// The live file is half new while it is written, for whoever does not take the lock; a crash in it is finished by the
/// next drain. The new bytes may find the disk full, and then the mutation is committed and `publish_incomplete`.
struct copy {
  using kind = commitpoint::kind::publish;

  template <system::System S>
  class backend {
   public:
    explicit backend(const copy&) noexcept {}

    [[nodiscard]] static constexpr std::string_view way() noexcept { return by_copy; }

    /// Opens the target for writing, as `put` will.
    [[nodiscard]] result<void> prepare(S& system, const move<typename S::handle>& m) const {
      BOOST_OUTCOME_TRY(const auto there, system.status(m.to, m.target));
      if (there.type != system::node_type::regular)
        return success();  // the last look before the commit point refuses it
      BOOST_OUTCOME_TRY(const auto live, system.open(m.to, m.target, {.access = access::read_write}));
      if (!m.mode || *m.mode == there.mode) return success();
      return system.set_mode(live, there.mode);  // whoever may not set another may not set this one
    }

    [[nodiscard]] result<void> put(S& system, const move<typename S::handle>& m) const {
      BOOST_OUTCOME_TRY(const auto there, system.status(m.to, m.target));
      if (there.type != system::node_type::regular) return rename::backend<S>(rename{}).put(system, m);
      BOOST_OUTCOME_TRY(const auto source, system.open(m.from, m.source, {}));
      BOOST_OUTCOME_TRY(const auto live, system.open(m.to, m.target, {.access = access::read_write}));
      BOOST_OUTCOME_TRYV(write_over(system, source, live));
      BOOST_OUTCOME_TRY(const auto written, system.status(live));
      const auto mode = m.mode.value_or(written.mode);
      if (mode != written.mode) {
        BOOST_OUTCOME_TRYV(system.set_mode(live, mode));
      }
      return stamp(system, m);
    }

   private:
    using access = system::open_how::access_mode;

    // Whole blocks, so that each is old or new: where the file becomes shorter, its last one is filled with zeros
    // before the rest is cut off.
    [[nodiscard]] static result<void> write_over(S& system, const typename S::handle& source,
                                                 const typename S::handle& live) {
      BOOST_OUTCOME_TRY(const auto wanted, system.status(source));
      BOOST_OUTCOME_TRY(const auto before, system.status(live));
      for (std::uint64_t at = 0; at < wanted.size;) {
        const auto size = std::min<std::uint64_t>(detail::stream_block, wanted.size - at);
        BOOST_OUTCOME_TRY(auto bytes, detail::read_range(system, source, at, size));
        if (bytes.size() != size) return failure(system_error(EIO)).because("the staged file became shorter");
        if (at + size == wanted.size && before.size > wanted.size) {
          const auto rest = std::min(detail::end_of_block(wanted.size), before.size) - wanted.size;
          bytes.append(static_cast<std::size_t>(rest), '\0');
        }
        BOOST_OUTCOME_TRYV(detail::write_all(system, live, at, bytes));
        at += size;
      }
      if (before.size <= wanted.size) return success();
      return system.truncate(live, wanted.size);
    }

    // Last, so that the time says that all is there. Who may write to a file need not be allowed to set its time.
    [[nodiscard]] static result<void> stamp(S& system, const move<typename S::handle>& m) {
      auto set = system.set_modified(m.to, m.target, m.modified);
      if (!set && set.error() == std::errc::operation_not_permitted) return success();
      return set;
    }
  };
};

}  // namespace commitpoint::publish
