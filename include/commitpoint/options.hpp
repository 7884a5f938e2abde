#pragma once

/// \file
/// Options of a coordinator and of taking a lock.

#include <commitpoint/result.hpp>

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace commitpoint {

/// Undoes, from its journaled arguments, an effect that is not a file. It must tolerate an effect that never happened.
using compensation = std::function<result<void>(const nlohmann::json&)>;

/// Whose state directory is carried out, beside that of the effective user and root's.
struct trust {
  /// By number. A process that may do more than they, as root's may, does what their journals say.
  std::vector<std::uint32_t> users = {};
  /// The number of a group whose members share the tree, so that each settles what a crash of another has left. A state
  /// directory that is made gets this group and the mode 2770; one of this group, with at least these bits, is
  /// followed: what is made in it is the group's as well.
  std::optional<std::uint32_t> group = {};
};

/// How a coordinator is opened.
struct options {
  /// Where commitpoint keeps its own files, relative to the root.
  std::string state_directory = ".commitpoint";
  /// What `on_rollback` may name; complete before the first drain, because a drain may need any of them.
  std::map<std::string, compensation> compensations = {};
  /// `mutation::read` refuses larger files with EFBIG, in bytes.
  std::uint64_t largest_read = std::uint64_t{1} << 30U;
  /// How long `touch::sqlite`, and what undoes it, waits for a connection of another program that writes.
  std::chrono::milliseconds database_busy_timeout{5000};
  /// Whose tree this may be; otherwise `acquire` fails with `untrusted_owner`, and so does
  /// `read` where something is pending.
  commitpoint::trust trust = {};
};

/// How long, and under which conditions, a lock is waited for. Without either it is waited for as long as it takes.
struct lock_options {
  std::optional<std::chrono::steady_clock::time_point> deadline = {};
  std::stop_token stop = {};
};

/// In which order `prepare` commits.
enum class prepare_order : std::uint8_t {
  input,      ///< that of the inputs: a slow one holds up those behind it
  completed,  ///< whatever is prepared first
};

/// How `prepare` works.
struct prepare_options {
  std::size_t jobs = 0;    ///< threads that prepare; 0: as many as the machine runs at once
  std::size_t window = 0;  ///< inputs that are begun and not settled, at most; 0: two for each job, and two batches
  std::size_t batch = 1;   ///< inputs that share one commit point; never more than the window
  prepare_order order = prepare_order::input;
  std::stop_token stop = {};   ///< as `plan::stop`, and nothing more is begun
  std::string operation = {};  ///< as `plan::operation`
  /// How long each batch waits for the lock; its own stop token is not looked at.
  lock_options lock = {};
  /// Told of each input that was begun, when what became of it is certain: by the committing thread, without the lock,
  /// in the order of committing. May be empty. What it throws ends the whole, as an exception from `commit_one` does.
  std::function<void(std::size_t, const result<void>&)> settled = {};
};

}  // namespace commitpoint
