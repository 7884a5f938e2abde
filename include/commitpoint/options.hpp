#pragma once

/// \file
/// Options of a coordinator and of taking a lock.

#include <commitpoint/result.hpp>

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <functional>
#include <map>
#include <stop_token>
#include <string>

namespace commitpoint {

/// Undoes, from its journaled arguments, an effect that is not a file. It must tolerate an effect that never happened.
using compensation = std::function<result<void>(const nlohmann::json&)>;

/// How a coordinator is opened.
struct options {
  /// Where commitpoint keeps its own files, relative to the root.
  std::string state_directory = ".commitpoint";
  /// What `on_rollback` may name; complete before the first drain, because a drain may need any of them.
  std::map<std::string, compensation> compensations = {};
  /// `mutation::read` refuses larger files with EFBIG, in bytes.
  std::uint64_t largest_read = std::uint64_t{1} << 30U;
};

/// How long, and under which conditions, a lock is waited for. Without either it is waited for as long as it takes.
struct lock_options {
  std::optional<std::chrono::steady_clock::time_point> deadline = {};
  std::stop_token stop = {};
};

}  // namespace commitpoint
