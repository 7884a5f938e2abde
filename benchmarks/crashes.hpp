#pragma once

/// \file
/// Owners that are killed.

#include "mutations.hpp"

#include <csignal>
#include <functional>

#include <unistd.h>

namespace benchmarks {

/// Ends the process when the commit record is durable, before the first rename.
struct killed_at_first_rename {
  using kind = cp::kind::observe;
  void operator()(const cp::observe::event& e) const {
    if (e.at == cp::step::committed) ::kill(::getpid(), SIGKILL);
  }
};

/// Ends the process when everything is staged or written in place, before the commit record.
struct killed_before_commit {
  using kind = cp::kind::observe;
  void operator()(const cp::observe::event& e) const {
    if (e.at == cp::step::check) ::kill(::getpid(), SIGKILL);
  }
};

/// Does it in a process that does not survive it. Throws when it does.
void crash(const std::function<void()>& work);

}  // namespace benchmarks
