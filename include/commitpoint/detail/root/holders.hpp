#pragma once

/// \file
/// Which threads hold an acquisition made through one coordinator, so that one that would wait for itself is told.

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace commitpoint::detail {

/// The acquisitions made through one coordinator, each with the thread that has it.
class holders {
 public:
  [[nodiscard]] bool has(std::thread::id thread) const {
    const std::scoped_lock guard(mutex_);
    return std::ranges::any_of(threads_, [&](const auto& held) { return held.second == thread; });
  }
  void add(const void* acquisition) {
    const std::scoped_lock guard(mutex_);
    threads_.insert_or_assign(acquisition, std::this_thread::get_id());
  }
  /// This thread has it now.
  void pass(const void* acquisition) noexcept {
    const std::scoped_lock guard(mutex_);
    if (const auto held = threads_.find(acquisition); held != threads_.end()) {
      held->second = std::this_thread::get_id();
    }
  }
  void remove(const void* acquisition) noexcept {
    const std::scoped_lock guard(mutex_);
    threads_.erase(acquisition);
  }

 private:
  mutable std::mutex mutex_;
  std::map<const void*, std::thread::id> threads_;
};

/// An entry in `holders`, as long as it lives.
class holder_entry {
 public:
  explicit holder_entry(std::shared_ptr<holders> all) : all_(std::move(all)) { all_->add(this); }
  holder_entry(const holder_entry&) = delete;
  holder_entry& operator=(const holder_entry&) = delete;
  ~holder_entry() { all_->remove(this); }

  /// From now on it is this thread's.
  void pass() noexcept { all_->pass(this); }

 private:
  std::shared_ptr<holders> all_;
};

}  // namespace commitpoint::detail
