#pragma once

/// \file
/// What observers keep of each thread: a small number for it, and when it was heard last.

#include <chrono>
#include <cstdint>
#include <map>
#include <thread>

namespace commitpoint::detail {

/// By thread, a `State`. A thread that is done with the protocol (`step::none`) is forgotten by whoever asks for it to
/// be.
template <class State>
class per_thread {
 public:
  struct entry {
    std::uint64_t number = 0;  ///< from 1, in the order in which they came
    State state{};
  };

  /// The calling thread's; made when it comes first.
  [[nodiscard]] entry& mine() {
    auto& found = entries_[std::this_thread::get_id()];
    if (found.number == 0) found.number = ++count_;
    return found;
  }
  void forget_mine() { entries_.erase(std::this_thread::get_id()); }

  /// Every thread, for those who end with it.
  [[nodiscard]] auto& all() noexcept { return entries_; }

 private:
  std::map<std::thread::id, entry> entries_;
  std::uint64_t count_ = 0;
};

}  // namespace commitpoint::detail
