#pragma once

/// \file
/// A knowledge base: its directory is the root of a commitpoint coordinator, whose journal is the registry's database,
/// so that one SQL commit decides over rows and files together.
///
/// The policies are chosen, and the engine is compiled, in knowledge_base.cpp. Everything else sees ordinary classes:
/// a command takes the lock, runs bodies that are handed a `mutation&`, and does not know which policies there are.

#include "error.hpp"
#include "output.hpp"
#include "watching.hpp"

#include <commitpoint/sqlite/mutation.hpp>
#include <commitpoint/lease.hpp>
#include <commitpoint/options.hpp>
#include <commitpoint/plan.hpp>
#include <commitpoint/report.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace openkb {

/// Whether to open what is there, or to make the beginnings of what is not.
enum class opening { existing, new_or_existing };

/// The exclusive lock, and the way to change anything.
class kb_owner {
 public:
  using body = std::function<cp::result<void>(cp::enlisting_mutation&)>;
  /// What is behind it; the policies are its business.
  class held {
   public:
    held() = default;
    held(const held&) = delete;
    held& operator=(const held&) = delete;
    virtual ~held() = default;
    virtual cp::result<void> run(cp::plan what, const body& f) = 0;
    [[nodiscard]] virtual const cp::report& recovered() const = 0;
    virtual cp::result<std::size_t> purge_kept() = 0;
    virtual cp::result<void> release() = 0;
  };

  explicit kb_owner(std::unique_ptr<held> of) noexcept : held_(std::move(of)) {}

  /// `owner::run` of commitpoint: `f` is any callable `result<T>(enlisting_mutation&)`.
  template <class F>
  auto run(cp::plan what, F&& f) -> std::invoke_result_t<F&, cp::enlisting_mutation&> {
    std::optional<std::invoke_result_t<F&, cp::enlisting_mutation&>> done;
    auto committed = held_->run(std::move(what), [&](cp::enlisting_mutation& m) -> cp::result<void> {
      done.emplace(f(m));
      if (!*done) return done->error();
      return cp::success();
    });
    if (!committed) return std::move(committed).error();
    return *std::move(done);
  }
  [[nodiscard]] const cp::report& recovered() const { return held_->recovered(); }
  cp::result<std::size_t> purge_kept() { return held_->purge_kept(); }
  cp::result<void> release() { return held_->release(); }

 private:
  std::unique_ptr<held> held_;
};

/// The shared lock: committed states only.
class kb_reader {
 public:
  class held {
   public:
    held() = default;
    held(const held&) = delete;
    held& operator=(const held&) = delete;
    virtual ~held() = default;
    [[nodiscard]] virtual const cp::report& recovered() const = 0;
  };

  explicit kb_reader(std::unique_ptr<held> of) noexcept : held_(std::move(of)) {}
  [[nodiscard]] const cp::report& recovered() const { return held_->recovered(); }

 private:
  std::unique_ptr<held> held_;
};

/// Something that was prepared without the lock, to be committed with it.
class prepared_work {
 public:
  prepared_work() = default;
  prepared_work(const prepared_work&) = delete;
  prepared_work& operator=(const prepared_work&) = delete;
  virtual ~prepared_work() = default;
};

class knowledge_base {
 public:
  /// \errors no_knowledge_base, and commitpoint's own.
  [[nodiscard]] static cp::result<knowledge_base> open(const std::filesystem::path& root, const watching& who = {},
                                                       opening how = opening::existing);

  /// Takes the lock, which recovers what a crash left.
  [[nodiscard]] cp::result<kb_owner> acquire(const cp::lock_options& how = {}) { return engine_->acquire(how); }
  [[nodiscard]] cp::result<kb_reader> read(const cp::lock_options& how = {}) { return engine_->read(how); }
  /// Looks, and changes nothing.
  [[nodiscard]] cp::result<cp::report> pending(const cp::lock_options& how = {}) { return engine_->pending(how); }
  [[nodiscard]] cp::result<cp::report> accept(const std::string& id, const cp::lock_options& how = {}) {
    return engine_->accept(id, how);
  }
  /// A private directory for what is fetched or converted without the lock.
  [[nodiscard]] cp::result<cp::lease> lease() { return engine_->lease(); }

  using prepare_one = std::function<cp::result<std::unique_ptr<prepared_work>>(std::size_t, cp::lease&)>;
  using commit_one = std::function<cp::result<void>(cp::enlisting_mutation&, std::size_t, prepared_work&)>;
  /// `commitpoint::prepare` over `count` inputs, which are known by their numbers. Gives why it stopped, if it did
  /// before the end.
  std::optional<cp::failure> prepare(const cp::prepare_options& how, std::size_t count, const prepare_one& work,
                                     const commit_one& commit) {
    return engine_->prepare(how, count, work, commit);
  }

  class engine {
   public:
    engine() = default;
    engine(const engine&) = delete;
    engine& operator=(const engine&) = delete;
    virtual ~engine() = default;
    virtual cp::result<kb_owner> acquire(const cp::lock_options& how) = 0;
    virtual cp::result<kb_reader> read(const cp::lock_options& how) = 0;
    virtual cp::result<cp::report> pending(const cp::lock_options& how) = 0;
    virtual cp::result<cp::report> accept(const std::string& id, const cp::lock_options& how) = 0;
    virtual cp::result<cp::lease> lease() = 0;
    virtual std::optional<cp::failure> prepare(const cp::prepare_options& how, std::size_t count,
                                               const prepare_one& work, const commit_one& commit) = 0;
  };

 private:
  explicit knowledge_base(std::unique_ptr<engine> of) noexcept : engine_(std::move(of)) {}

  std::unique_ptr<engine> engine_;
};

/// Takes the lock for a command: says so when somebody else has to be waited for, tells what was recovered, requires
/// that `init` was done, and finishes what removals left to do in the page index.
[[nodiscard]] cp::result<kb_owner> own(knowledge_base& kb, const std::filesystem::path& root, std::stop_token stop,
                                       output& out);
/// The same without the requirements.
[[nodiscard]] cp::result<kb_owner> acquire(knowledge_base& kb, std::stop_token stop, output& out);

/// Whether `init` has been done. To be asked under the lock: before it a crash may have left half of it.
/// \errors unknown_format.
[[nodiscard]] cp::result<bool> is_made(const std::filesystem::path& root);
/// The same as a requirement. \errors no_knowledge_base, unknown_format.
[[nodiscard]] cp::result<void> require_made(const std::filesystem::path& root);

/// Why recovery is blocked, when it is.
[[nodiscard]] std::optional<cp::blockage> blockage_of(knowledge_base& kb);

/// The absolute paths of the directories whose content is openkb's.
[[nodiscard]] std::vector<std::filesystem::path> own_directories(const std::filesystem::path& root);

[[nodiscard]] std::string registry_file(const std::filesystem::path& root);

}  // namespace openkb
