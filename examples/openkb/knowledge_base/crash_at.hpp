#pragma once

/// \file
/// An observer policy of openkb's own: it ends the process, as a power cut or `kill -9` would, when the protocol
/// reaches a step. So anyone can watch a recovery.

#include <commitpoint/observe/interface.hpp>
#include <commitpoint/policy.hpp>
#include <commitpoint/step.hpp>

#include <csignal>
#include <optional>

namespace openkb {

struct crash_at {
  using kind = commitpoint::kind::observe;

  std::optional<commitpoint::step> at = std::nullopt;

  void operator()(const commitpoint::observe::event& e) const noexcept {
    if (at == e.at) ::raise(SIGKILL);
  }
};

static_assert(commitpoint::observe::Observer<crash_at>);

}  // namespace openkb
