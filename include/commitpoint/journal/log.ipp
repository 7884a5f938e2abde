#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/journal/log_backend.hpp>

#include <memory>

namespace commitpoint::journal {

// log_backend.hpp defines it. Where a source includes that header first, it comes only after this.
[[nodiscard]] inline std::unique_ptr<backend> working_part(const place& where, const log& settings);

COMMITPOINT_INLINE result<std::unique_ptr<backend>> log::open(const place& where) const {
  return working_part(where, *this);
}

}  // namespace commitpoint::journal
