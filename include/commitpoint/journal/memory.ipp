#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/journal/memory.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace commitpoint::journal {

/// The working part of `memory`.
class memory_backend final : public backend {
 public:
  explicit memory_backend(std::shared_ptr<memory::contents> shared) : shared_(std::move(shared)) {}

  result<image> read() override {
    const std::scoped_lock guard(shared_->mutex);
    read_ = true;
    return image{shared_->records, {}};
  }
  /// \errors std::errc::operation_not_permitted before `read`, or before the first generation.
  result<void> append(const record& r) override {
    const std::scoped_lock guard(shared_->mutex);
    if (!read_ || shared_->records.empty()) {
      return failure(std::make_error_code(std::errc::operation_not_permitted), {},
                     "the journal was not read yet, or has no generation");
    }
    shared_->records.push_back(r);
    return success();
  }
  /// Nothing to do.
  result<void> sync() override { return success(); }
  result<void> commit(const record& r, bool /*durable*/) override { return append(r); }
  result<void> begin_generation(const record& r, bool /*durable*/) override {
    const std::scoped_lock guard(shared_->mutex);
    if (!read_) {
      return failure(std::make_error_code(std::errc::operation_not_permitted), {}, "the journal was not read yet");
    }
    shared_->records = {r};
    return success();
  }

  [[nodiscard]] bool is_full() const override {
    const std::scoped_lock guard(shared_->mutex);
    return shared_->records.size() > 1000;
  }
  [[nodiscard]] std::string identity() const override { return "memory"; }
  [[nodiscard]] std::vector<std::string> evidence() const override { return {}; }

 private:
  std::shared_ptr<memory::contents> shared_;
  bool read_ = false;
};

COMMITPOINT_INLINE result<std::unique_ptr<backend>> memory::open(const place&) const {
  return std::make_unique<memory_backend>(shared);
}

}  // namespace commitpoint::journal
