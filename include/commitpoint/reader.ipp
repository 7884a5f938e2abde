#pragma once

#include <commitpoint/detail/root/advice.hpp>
#include <commitpoint/detail/root/shared_session.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/beneath.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/reader.hpp>

#include <cerrno>
#include <utility>

namespace commitpoint {

namespace detail {

// The content of a file, under a lock.
[[nodiscard]] COMMITPOINT_INLINE result<std::string> read_committed(const opened_root& root, path_view p) {
  auto& system = root.system;
  BOOST_OUTCOME_TRY(const auto plain, plain_path(p.text()));
  if (is_at_or_below(plain, root.where.state_directory)) {
    return failure(make_error_code(errc::reserved_path), plain);
  }
  // Looked at first, so that a link is the same error here as in a mutation, and a device is never opened.
  BOOST_OUTCOME_TRY(const auto there, status_beneath(system, root.where.root, plain));
  if (there.type == node::none) return failure(system_error(ENOENT), plain);
  if (there.type != node::regular) return failure(make_error_code(errc::not_a_regular_file), plain);
  BOOST_OUTCOME_TRY(const auto file, open_beneath(system, root.where.root, plain, {}));
  BOOST_OUTCOME_TRY(const auto status, system.status(file));
  if (status.type != node::regular) return failure(make_error_code(errc::not_a_regular_file), plain);
  auto bytes = read_whole(system, file, root.settings.largest_read);
  if (!bytes) return std::move(bytes).error().on(plain);
  return bytes;
}

}  // namespace detail

COMMITPOINT_INLINE reader::reader(std::unique_ptr<detail::shared_session> held) noexcept : session_(std::move(held)) {}
COMMITPOINT_INLINE reader::reader(reader&& other) noexcept : session_(std::move(other.session_)) {
  if (session_) session_->used_here();
}
COMMITPOINT_INLINE reader::~reader() = default;

COMMITPOINT_INLINE result<std::string> reader::read(path_view p) const {
  if (!session_) return failure(make_error_code(errc::not_owner), {}, "the reader was moved from");
  auto& root = session_->shared();
  if (!session_->is_mine()) {
    return failure(make_error_code(errc::not_owner), {}, "a forked child does not hold what its parent holds")
        .under(root.where.root_path);
  }
  session_->used_here();
  auto bytes = detail::read_committed(root, p);
  if (!bytes) return detail::advised(std::move(bytes).error()).on(p.text()).under(root.where.root_path);
  return bytes;
}

COMMITPOINT_INLINE path reader::root() const { return session_ ? session_->shared().where.root_path : path(); }

COMMITPOINT_INLINE const report& reader::recovered() const noexcept {
  static const report nothing;
  return session_ ? session_->recovered : nothing;
}

}  // namespace commitpoint
