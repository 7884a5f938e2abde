#pragma once

#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/files/beneath.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/reader.hpp>

#include <cerrno>
#include <utility>

namespace commitpoint {

COMMITPOINT_INLINE reader::reader(std::unique_ptr<detail::shared_session> held) noexcept : session_(std::move(held)) {}
COMMITPOINT_INLINE reader::reader(reader&& other) noexcept = default;
COMMITPOINT_INLINE reader::~reader() = default;

COMMITPOINT_INLINE result<std::string> reader::read(path_view p) const {
  if (!session_ || !session_->is_mine()) return errc::not_owner;
  auto& root = session_->shared();
  auto& system = root.system;
  BOOST_OUTCOME_TRY(const auto plain, detail::plain_path(p.text()));
  if (detail::is_at_or_below(plain, root.where.state_directory)) {
    return failure(make_error_code(errc::reserved_path), plain);
  }
  // Looked at first, so that a link is the same error here as in a mutation, and a device is never opened.
  BOOST_OUTCOME_TRY(const auto there, detail::status_beneath(system, root.where.root, plain));
  if (there.type == detail::node::none) return failure(system_error(ENOENT), plain);
  if (there.type != detail::node::regular) return failure(make_error_code(errc::not_a_regular_file), plain);
  BOOST_OUTCOME_TRY(const auto file, detail::open_beneath(system, root.where.root, plain, {}));
  BOOST_OUTCOME_TRY(const auto status, system.status(file));
  if (status.type != detail::node::regular) return failure(make_error_code(errc::not_a_regular_file), plain);
  auto bytes = detail::read_whole(system, file, root.settings.largest_read);
  if (!bytes) return std::move(bytes).error().on(plain);
  return bytes;
}

COMMITPOINT_INLINE path reader::root() const { return session_ ? session_->shared().where.root_path : path(); }

COMMITPOINT_INLINE const report& reader::recovered() const noexcept {
  static const report nothing;
  return session_ ? session_->recovered : nothing;
}

}  // namespace commitpoint
