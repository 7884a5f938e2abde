#include "commands/commands.hpp"

#include <chrono>
#include <utility>

namespace command {

cp::result<opened> open(const command_line& asked, directories replaced) {
  BOOST_OUTCOME_TRY(auto where, find_root(asked.root, asked.state));
  BOOST_OUTCOME_TRY(auto coordinator, open_root(where, replaced));
  return opened{std::move(where), std::move(coordinator)};
}

cp::result<opened> open_existing(const command_line& asked) {
  BOOST_OUTCOME_TRY(auto where, find_root(asked.root, asked.state));
  if (!where.is_there) return failure_of(error::no_root, asked.root);
  BOOST_OUTCOME_TRY(auto coordinator, open_root(where));
  return opened{std::move(where), std::move(coordinator)};
}

cp::result<cp::owner> acquire(opened& root, std::stop_token stop, output& out) {
  constexpr std::chrono::milliseconds patience{500};
  auto at_once = root.coordinator.acquire({.deadline = std::chrono::steady_clock::now() + patience, .stop = stop});
  const bool waits = !at_once && at_once.error() == cp::errc::lock_timeout;
  if (waits) out.note("waiting for the lock: " + at_once.error().explanation());
  auto owner = waits ? root.coordinator.acquire({.stop = std::move(stop)}) : std::move(at_once);
  if (owner) out.recovered(owner.value().recovered());
  return owner;
}

int failed(opened* root, const cp::failure& f, output& out, const std::string& about, const json& more) {
  std::optional<cp::blockage> blocked;
  if (root != nullptr && f == cp::errc::needs_repair) {
    if (const auto pending = root->coordinator.pending()) blocked = pending.value().blocked;
  }
  return out.failed("failed", about, f, blocked, more);
}

}  // namespace command
