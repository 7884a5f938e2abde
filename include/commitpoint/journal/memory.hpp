#pragma once

/// \file
/// `journal::memory`: a journal that is gone with the process; for tests.

#include <commitpoint/journal/concept.hpp>
#include <commitpoint/policy.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace commitpoint::journal {

template <system::System S>
class memory_backend;

/// What was written lives in the settings: copies share it, so that it survives the coordinator, and several can be
/// opened on it, one after another or at once. A default-made value is a journal of its own.
///
/// It promises nothing after a kill: what stands in staging then is found without a journal, and blocks.
struct memory {
  using kind = commitpoint::kind::journal;

  /// The records, behind a lock: readers look while others look.
  struct contents {
    std::mutex mutex;
    std::vector<record> records;
  };
  std::shared_ptr<contents> shared = std::make_shared<contents>();

  template <system::System S>
  using backend = memory_backend<S>;
};

/// The working part of `memory`.
template <system::System S>
class memory_backend {
 public:
  static constexpr bool transactional = false;

  [[nodiscard]] static result<memory_backend> open(S&, const place<S>&, const memory& settings) {
    return memory_backend(settings.shared);
  }

  [[nodiscard]] result<image> read() {
    const std::scoped_lock guard(shared_->mutex);
    read_ = true;
    return image{shared_->records, {}};
  }
  /// \errors std::errc::operation_not_permitted before `read`, or before the first generation.
  [[nodiscard]] result<void> append(const record& r) {
    const std::scoped_lock guard(shared_->mutex);
    if (!read_ || shared_->records.empty()) {
      return failure(std::make_error_code(std::errc::operation_not_permitted), {},
                     "the journal was not read yet, or has no generation");
    }
    shared_->records.push_back(r);
    return success();
  }
  /// Nothing to do.
  [[nodiscard]] result<void> sync() { return success(); }
  [[nodiscard]] result<void> commit(const record& r, bool /*durable*/) { return append(r); }
  [[nodiscard]] result<void> begin_generation(const record& r, bool /*durable*/) {
    const std::scoped_lock guard(shared_->mutex);
    if (!read_) return failure(std::make_error_code(std::errc::operation_not_permitted));
    shared_->records = {r};
    return success();
  }

  [[nodiscard]] bool is_full() const {
    const std::scoped_lock guard(shared_->mutex);
    return shared_->records.size() > 1000;
  }
  [[nodiscard]] bool reserves(std::string_view) const noexcept { return false; }
  [[nodiscard]] std::vector<std::string> evidence() const { return {}; }

 private:
  explicit memory_backend(std::shared_ptr<memory::contents> shared) : shared_(std::move(shared)) {}

  std::shared_ptr<memory::contents> shared_;
  bool read_ = false;
};

}  // namespace commitpoint::journal
