#pragma once

/// \file
/// The holder of the shared lock.

#include <commitpoint/detail/engine.hpp>
#include <commitpoint/path.hpp>
#include <commitpoint/report.hpp>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

namespace commitpoint {

/// Sees committed states only: as long as it lives no owner changes anything, and what a crash left was drained before
/// it was made. Made by `coordinator::read`; movable; gives the lock back when it goes.
template <class Parts>
class reader {
 public:
  reader(std::shared_ptr<detail::engine<Parts>> shared, detail::held_lock<typename Parts::system> lock, report found)
      : shared_(std::move(shared)), held_(shared_->threads), lock_(std::move(lock)), recovered_(std::move(found)) {}

  /// The content of a file.
  /// \errors outside_root, reserved_path, not_a_regular_file, ENOENT, EFBIG above `options::largest_read`, not_owner.
  [[nodiscard]] result<std::string> read(path_view p) const {
    if (!shared_ || shared_->system.process() != lock_.process()) return errc::not_owner;
    BOOST_OUTCOME_TRY(const auto plain, detail::plain_path(p.text()));
    if (detail::is_at_or_below(plain, shared_->where.state_directory)) {
      return failure(make_error_code(errc::reserved_path), plain);
    }
    auto& system = shared_->system;
    // Looked at first, so that a link is the same error here as in a mutation, and a device is never opened.
    BOOST_OUTCOME_TRY(const auto there, detail::status_beneath(system, shared_->where.root, plain));
    if (there.type == detail::node::none) return failure(system_error(ENOENT), plain);
    if (there.type != detail::node::regular) return failure(make_error_code(errc::not_a_regular_file), plain);
    BOOST_OUTCOME_TRY(const auto file, detail::open_beneath(system, shared_->where.root, plain, {}));
    BOOST_OUTCOME_TRY(const auto status, system.status(file));
    if (status.type != detail::node::regular) return failure(make_error_code(errc::not_a_regular_file), plain);
    auto bytes = detail::read_whole(system, file, shared_->settings.largest_read);
    if (!bytes) return std::move(bytes).error().on(plain);
    return bytes;
  }

  /// The absolute path of the root.
  [[nodiscard]] path root() const { return shared_->where.root_path; }
  /// What the drain that came first found and did; empty if nothing was pending.
  [[nodiscard]] const report& recovered() const noexcept { return recovered_; }

 private:
  std::shared_ptr<detail::engine<Parts>> shared_;
  detail::holder_entry held_;
  detail::held_lock<typename Parts::system> lock_;
  report recovered_;
};

}  // namespace commitpoint
