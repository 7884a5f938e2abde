#pragma once

/// \file
/// Effects off to the side. None of them changes anything live.

#include <commitpoint/detail/mutation/adoption.hpp>
#include <commitpoint/detail/mutation/staged_moves.hpp>
#include <commitpoint/detail/mutation/staged_versions.hpp>
#include <commitpoint/detail/mutation/staged_writes.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace commitpoint::detail {

/// The staged effects of one mutation.
class staged_effects {
 public:
  explicit staged_effects(mutation_context& c)
      : versions_(c), writes_(c, versions_), moves_(c, versions_), adoption_(c, versions_) {}
  staged_effects(const staged_effects&) = delete;
  staged_effects& operator=(const staged_effects&) = delete;

  result<void> write(const std::string& plain, std::string_view bytes, const write_options& how) {
    return writes_.write(plain, bytes, how);
  }
  result<void> append(const std::string& plain, std::string_view bytes) { return writes_.append(plain, bytes); }
  result<std::string> read(const std::string& plain, std::uint64_t limit) { return writes_.read(plain, limit); }
  result<void> create_directories(const std::string& plain) { return writes_.create_directories(plain); }
  result<void> symlink(std::string_view target, const std::string& plain) { return writes_.symlink(target, plain); }
  result<void> remove(const std::string& plain) { return moves_.remove(plain); }
  result<void> rename(const std::string& from, const std::string& to) { return moves_.rename(from, to); }
  result<path> stage(const std::string& plain) { return adoption_.stage(plain); }
  result<void> publish(std::string_view from, const std::string& plain) { return adoption_.publish(from, plain); }

  /// What undoes, in staging, the effects since a mark; the entries of the overlay have their own.
  [[nodiscard]] std::size_t mark() const noexcept { return versions_.mark(); }
  result<void> rewind(std::size_t mark) { return versions_.rewind(mark); }
  /// Nothing has to be undone any more.
  void forget_undo() { versions_.forget_undo(); }

 private:
  staged_versions versions_;
  staged_writes writes_;
  staged_moves moves_;
  adoption adoption_;
};

}  // namespace commitpoint::detail
