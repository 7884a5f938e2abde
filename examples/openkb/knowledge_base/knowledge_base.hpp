#pragma once

/// \file
/// A knowledge base: its directory is the root of a commitpoint coordinator, whose journal is the registry's database,
/// so that one SQL commit decides over rows and files together.
///
/// The policies are chosen in knowledge_base.cpp. A command takes the lock, runs bodies that are handed a `mutation&`,
/// and does not know which policies there are.

#include "commands/output.hpp"
#include "knowledge_base/error.hpp"
#include "knowledge_base/watching.hpp"

#include <commitpoint/any_coordinator.hpp>
#include <commitpoint/options.hpp>
#include <commitpoint/owner.hpp>
#include <commitpoint/report.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/sqlite/mutation.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace openkb {

/// Whether to open what is there, or to make the beginnings of what is not.
enum class opening { existing, new_or_existing };

/// A coordinator with a registry: bodies are handed mutations that enlist rows in it.
class knowledge_base : public cp::any_coordinator {
 public:
  using mutation_type = cp::enlisting_mutation;
  using owner_type = cp::owner_with<mutation_type>;

  /// \errors no_knowledge_base, and commitpoint's own.
  [[nodiscard]] static cp::result<knowledge_base> open(const std::filesystem::path& root, const watching& who = {},
                                                       opening how = opening::existing);

  /// Takes the lock, which recovers what a crash left.
  [[nodiscard]] cp::result<owner_type> acquire(const cp::lock_options& how = {}) {
    BOOST_OUTCOME_TRY(auto held, cp::any_coordinator::acquire(how));
    return owner_type(std::move(held));
  }

  /// Takes the shared lock; what a crash left is recovered first. Needs no more than permission to read.
  [[nodiscard]] cp::result<cp::reader> read(const cp::lock_options& how = {});

 private:
  knowledge_base(cp::any_coordinator&& opened, std::filesystem::path root)
      : cp::any_coordinator(std::move(opened)), root_(std::move(root)) {}

  std::filesystem::path root_;
};

/// Takes the lock for a command: says so when somebody else has to be waited for, tells what was recovered, requires
/// that `init` was done, upgrades what an older openkb made, and finishes what removals left to do in the page index.
[[nodiscard]] cp::result<knowledge_base::owner_type> own(knowledge_base& kb, const std::filesystem::path& root,
                                                         std::stop_token stop, output& out);
/// The same without the requirements.
[[nodiscard]] cp::result<knowledge_base::owner_type> acquire(knowledge_base& kb, std::stop_token stop, output& out);
/// The shared lock for a command that only reads: says so when somebody has to be waited for, and tells what was
/// recovered. \errors no_knowledge_base, unknown_format; those of the lock.
[[nodiscard]] cp::result<cp::reader> read(knowledge_base& kb, const std::filesystem::path& root, std::stop_token stop,
                                          output& out);
/// What a crash left, without settling it; says so when somebody has to be waited for.
[[nodiscard]] cp::result<cp::report> pending(knowledge_base& kb, std::stop_token stop, output& out);

/// The format of what is here, and 0 where `init` has not been done. To be asked under the lock: before it a crash may
/// have left half of it. \errors unknown_format.
[[nodiscard]] cp::result<std::int64_t> format_version(const std::filesystem::path& root);
/// Whether `init` has been done, by this openkb or by an older one that can be upgraded. \errors unknown_format.
[[nodiscard]] cp::result<bool> is_made(const std::filesystem::path& root);
/// The same as a requirement. \errors no_knowledge_base, unknown_format.
[[nodiscard]] cp::result<void> require_made(const std::filesystem::path& root);

/// Why recovery is blocked, when it is.
[[nodiscard]] std::optional<cp::blockage> blockage_of(knowledge_base& kb);

/// The absolute paths of the directories whose content is openkb's.
[[nodiscard]] std::vector<std::filesystem::path> own_directories(const std::filesystem::path& root);

[[nodiscard]] std::string registry_file(const std::filesystem::path& root);

}  // namespace openkb
