#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/journal/log.hpp>
#include <commitpoint/journal/log_backend.hpp>

#include <memory>

namespace commitpoint::journal {

COMMITPOINT_INLINE result<std::unique_ptr<backend>> log::open(const place& where) const {
  return std::make_unique<log_backend>(where, preallocate);
}

}  // namespace commitpoint::journal
