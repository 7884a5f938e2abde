#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/journal/json_backend.hpp>
#include <commitpoint/journal/json_file.hpp>

#include <memory>

namespace commitpoint::journal {

COMMITPOINT_INLINE result<std::unique_ptr<backend>> json_file::open(const place& where) const {
  return std::make_unique<json_backend>(where, reserve);
}

}  // namespace commitpoint::journal
