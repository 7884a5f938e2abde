#pragma once

/// \file
/// The snapshot that works everywhere.

#include <commitpoint/detail/io.hpp>
#include <commitpoint/policy.hpp>
#include <commitpoint/snapshot/concept.hpp>
#include <commitpoint/snapshot/evidence.hpp>

namespace commitpoint::snapshot {

/// Copies the content; holes stay holes. Protects against every kind of writer, on every file system, for the cost of
/// the bytes. The backup is known again by its size and a CRC32C of its content.
struct copy {
  using kind = commitpoint::kind::snapshot;

  template <system::System S>
  class backend {
   public:
    explicit backend(const copy&) noexcept {}

    /// \errors drifted when the file changed while it was copied.
    [[nodiscard]] result<saved<typename S::handle>> save(S& system, const typename S::handle& directory,
                                                         const std::string& name, const typename S::handle& backups,
                                                         const std::string& backup, bool /*writers_replace*/) const {
      BOOST_OUTCOME_TRY(const auto from, system.open(directory, name, {}));
      BOOST_OUTCOME_TRY(const auto before, system.status(from));
      BOOST_OUTCOME_TRY(auto to, detail::write_new_file(system, backups, backup, {}, 0600));
      BOOST_OUTCOME_TRYV(detail::copy_content(system, from, to));
      BOOST_OUTCOME_TRYV(refuse_drift(system, from, before));
      BOOST_OUTCOME_TRY(const auto sum, detail::checksum(system, to, before.size));
      return saved<typename S::handle>{std::move(to), {{"way", words::copy}, {"size", before.size}, {"crc32c", sum}}};
    }

    /// \errors as `is_intact`.
    [[nodiscard]] result<bool> intact(S& system, const typename S::handle& backups, const std::string& backup,
                                      const nlohmann::json& evidence) const {
      return is_intact(system, backups, backup, evidence);
    }
  };
};

}  // namespace commitpoint::snapshot
