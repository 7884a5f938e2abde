#pragma once

/// \file
/// `journal::memory`: a journal that is gone with the process; for tests.

#include <commitpoint/journal/interface.hpp>
#include <commitpoint/policy.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace commitpoint::journal {

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

  [[nodiscard]] result<std::unique_ptr<backend>> open(const place& where) const;
};

}  // namespace commitpoint::journal

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/journal/memory.ipp>
#endif
