#pragma once

/// \file
/// The handle that a body works with. One ordinary class whatever the policies, so that functions in other source
/// files can take a `commitpoint::mutation&`.

#include <commitpoint/path.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/touch.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

struct sqlite3;

namespace commitpoint {

namespace journal {
class transaction;
}

/// How a file is written.
struct write_options {
  /// The permission bits of the file. Without it a replaced file keeps its own and a new one gets 0666 less the umask.
  std::optional<std::uint32_t> mode = {};
};

/// What `mutation::expect` is told where nothing is expected to be.
struct absent_t {
  explicit absent_t() = default;
};
inline constexpr absent_t absent{};

namespace detail {

// What the engine does for a mutation.
class mutation_effects {
 public:
  virtual result<void> write(path_view p, bytes_view bytes, const write_options& how) = 0;
  virtual result<void> append(path_view p, bytes_view bytes) = 0;
  virtual result<std::string> read(path_view p) = 0;
  virtual result<bool> exists(path_view p) = 0;
  virtual result<path> stage(path_view p) = 0;
  virtual result<void> publish(path_view staged, path_view live) = 0;
  virtual result<void> remove(path_view p) = 0;
  virtual result<void> rename(path_view from, path_view to) = 0;
  virtual result<void> create_directories(path_view p) = 0;
  virtual result<void> symlink(std::string_view target, path_view p) = 0;
  virtual result<void> protect(const touch& what) = 0;
  virtual result<void> will_create(const path_set& paths) = 0;
  virtual result<void> track_new(const path_set& paths) = 0;
  virtual result<void> expect(path_view p, std::optional<std::string_view> content) = 0;
  virtual result<void> on_rollback(std::string_view name, const nlohmann::json& arguments) = 0;
  virtual result<int> lease_fd() = 0;
  virtual result<void> open_savepoint() = 0;
  // Merges it into what is around it; or undoes it, if its body or an effect in it failed, and gives that failure.
  virtual result<void> close_savepoint(const failure* of_body) = 0;
  // Undoes it; a failure of that poisons the mutation.
  virtual void abandon_savepoint() = 0;
  // For a mutation with rows: opens the application's transaction.
  virtual result<journal::transaction*> begin_rows() = 0;
  // The mutation is rolled back, whatever its body makes of it.
  virtual void poison(const failure& why) = 0;
  [[nodiscard]] virtual path root() const = 0;
  [[nodiscard]] virtual std::uint64_t number() const noexcept = 0;
  [[nodiscard]] virtual bool cancelled() const noexcept = 0;

 protected:
  ~mutation_effects() = default;
};

template <class>
inline constexpr bool never = false;

// What `run` and `savepoint` give for a body that gives `T`: of a wrong one they say so, and go on as if it were right.
template <class T>
using result_of_body = std::conditional_t<is_result<T>, T, result<void>>;

}  // namespace detail

/// One all-or-nothing change, while its body runs.
///
/// Two kinds of effects share one commit point. *Staged* ones (`write` to `symlink`) put the new version off to the
/// side; nothing live changes before the commit record is durable. *In place* ones (`protect`, `will_create`,
/// `track_new`) cover code that writes to live files itself: what can undo it is durable before it happens.
///
/// All paths are relative to the root. An effect that failed poisons its scope, the mutation or the innermost
/// savepoint: every later one in it fails with the same failure, and `run` or `savepoint` returns it, even if the body
/// does not look. Valid only while the body runs, and only on the thread that runs it.
///
/// \errors of every effect: outside_root, reserved_path, invalid_path, cancelled, and the system's own.
/// \crash before the commit record: nothing staged is ever seen; what was written in place is undone by the next drain.
class mutation {
 public:
  mutation(const mutation&) = delete;
  mutation& operator=(const mutation&) = delete;

  /// Writes a whole file, new or replacing. Its directory must exist, or have been made by `create_directories`.
  /// A replaced file keeps its mode, owner, ACL and extended attributes.
  /// \errors not_a_regular_file; ENOENT (no such directory).
  result<void> write(path_view p, bytes_view bytes, const write_options& how = {}) {
    return effects_.write(p, bytes, how);
  }
  /// Adds bytes at the end of a file, which is made if it is not there. The cost is that of the bytes, not of the file.
  /// \errors not_a_regular_file; ENOENT (no such directory); unsupported from `run` when another name of the same file
  /// is appended to as well.
  result<void> append(path_view p, bytes_view bytes) { return effects_.append(p, bytes); }
  /// The content of a file as this mutation sees it: its own staged effects included.
  /// \errors not_a_regular_file; ENOENT; EFBIG above `options::largest_read`.
  result<std::string> read(path_view p) { return effects_.read(p); }
  /// Whether anything stands at a path, as this mutation sees it. A missing parent directory is a plain no.
  result<bool> exists(path_view p) { return effects_.exists(p); }
  /// A private, absolute path that does not exist yet, for a tool to make a file or a directory at. It goes live at
  /// `p` when the mutation commits; a mutation whose tool made nothing there fails with ENOENT. The tool must be done
  /// before another effect names `p` or something below it: that effect takes what is there as it stands.
  result<path> stage(path_view p) { return effects_.stage(p); }
  /// Adopts a file or a tree that stands in one of `plan::staging` (relative to the root), at a path that `stage` gave,
  /// or in a lease of the same coordinator (absolute), as the new version of `live`. The staged name is gone
  /// afterwards, also when the mutation fails later; if `stage` gave it for another path, that path stays as it was. A
  /// directory takes the place of another one only with `publish::exchange`.
  /// \errors outside_root when `staged` is neither private staging of this mutation nor in a live lease of this
  /// process; ENOENT; EIO when a sync failed since the lease was made, so that its content may be lost; EEXIST
  /// (something of another type is live there, or a directory); unsupported (a directory is to be exchanged where that
  /// cannot be done safely).
  result<void> publish(path_view staged, path_view live) { return effects_.publish(staged, live); }
  /// Removes a file, a link, or a directory with everything below it.
  /// \errors ENOENT.
  result<void> remove(path_view p) { return effects_.remove(p); }
  /// Gives a file, a link or a tree another name; a file that has that name already is replaced. A tree is renamed
  /// entry by entry, which costs its number of entries and works on every file system.
  /// \errors ENOENT; EEXIST (the new name is a directory, or a tree would replace something); EINVAL (into itself).
  result<void> rename(path_view from, path_view to) { return effects_.rename(from, to); }
  /// Makes a directory and its missing parents; one that exists is a success.
  /// \errors ENOTDIR.
  result<void> create_directories(path_view p) { return effects_.create_directories(p); }
  /// Makes a symbolic link at `p`, or replaces one. The target is stored as it is and never followed.
  /// \errors EEXIST (something that is not a link stands there).
  result<void> symlink(std::string_view target, path_view p) { return effects_.symlink(target, p); }

  /// Saves a live path before something writes to it in place.
  /// \durability when it returns, what can undo the write survives a power cut.
  /// \errors not_a_regular_file; unsupported (an SQLite database, a special file, a mount point inside a tree).
  result<void> protect(const touch& what) { return effects_.protect(what); }
  /// Registers paths that something is about to create, so that a rollback or a drain removes them, with everything in
  /// them; directories that are missing on the way are registered as well, since whoever makes the path makes them.
  /// \durability when it returns, the registration survives a power cut: there is no window.
  /// \errors EEXIST.
  result<void> will_create(const path_set& paths) { return effects_.will_create(paths); }
  /// Registers paths that something has just created and named by itself. Everything given in one call costs one sync.
  ///
  /// This is the one effect whose record comes after the fact: a crash *between* the creation and the return of this
  /// call leaves the file behind. Where the name can be known beforehand, `will_create` has no such window. Nor does a
  /// rollback know which modification time the directory had before.
  ///
  /// New is what was born since the mutation began, by a clock that ticks every few milliseconds: what a program that
  /// does not take the lock created in the tick before may pass for new.
  ///
  /// \errors not_new when a path is older than the mutation (a store that deduplicates may return such a one): nothing
  /// of the call is registered, a rollback will leave the path alone, and, as the only failure that does not, this one
  /// does not poison the mutation; unsupported where the file system keeps no birth times.
  result<void> track_new(const path_set& paths) { return effects_.track_new(paths); }

  /// Demands that the *live* tree has this very content at `p` when the mutation commits: that of a regular file, or
  /// `absent` for nothing at all. For what was read before the mutation began, or by other means: another program that
  /// does not take the lock may change it meanwhile. The mutation's own staged effects are not live yet, and do not
  /// count; what it writes in place is, and does.
  ///
  /// It is looked at once, immediately before the commit record is written: a program that writes between the look and
  /// the record is not noticed. The content is kept in memory until then.
  /// \errors drifted from `run`, with the path; then nothing is changed.
  result<void> expect(path_view p, bytes_view content) { return effects_.expect(p, content.text()); }
  result<void> expect(path_view p, absent_t) { return effects_.expect(p, std::nullopt); }

  /// Registers what undoes an effect that is about to happen and is not a file: a call of
  /// `options::compensations[name](arguments)`, by the rollback of this process or by a drain of any other. It is
  /// undone in its turn, newest first, among the files that are undone.
  ///
  /// Call it before the effect. A crash may come between the two, and another in the middle of undoing: the
  /// compensation must tolerate an effect that never happened, and being called again.
  ///
  /// \durability when it returns, the registration survives a power cut.
  /// \errors unknown_compensation when nothing of that name was registered; std::errc::invalid_argument when the
  /// arguments are nested too deeply. A compensation that fails or throws makes the rollback dirty.
  result<void> on_rollback(std::string_view name, const nlohmann::json& arguments) {
    return effects_.on_rollback(name, arguments);
  }

  /// Runs `body`, any callable `result<T>(mutation&)`, in a scope of its own, which may be nested to any depth. If it
  /// fails or throws, or an effect in it failed, then what it did through the mutation is undone at once, newest first,
  /// and nothing else; the failure is returned (the exception goes on), and the mutation can go on. If it succeeds,
  /// what it did is the mutation's, as if there had been no savepoint.
  ///
  /// All effects are alike: staged ones, those in place, compensations, expectations, and rows that were enlisted. What
  /// the body writes in place is undone if it was protected or registered *in the savepoint*: that is the state to go
  /// back to. What a tool writes at a place that `stage` gave before the savepoint is the tool's to undo.
  ///
  /// It costs what happens in it, however much is staged around it.
  ///
  /// \errors the body's; those of its effects; cancelled. If undoing fails, or a sync has failed, that failure, which
  /// poisons the whole mutation: a failed sync may have lost what was written before it, and the next one would not say
  /// so. `run` tries again to undo all of it, and is dirty if it cannot.
  /// \durability what was undone in place is made durable by the barrier before the commit record.
  /// \crash in it, or after it: the next drain undoes the whole mutation, savepoints and all.
  template <class F>
  auto savepoint(F&& body) -> detail::result_of_body<std::invoke_result_t<F&, mutation&>> {
    return in_savepoint(*this, body);
  }

  /// A descriptor for the subprocesses that write for this mutation: whoever has it open keeps the next drain waiting.
  /// If this process is killed, a subprocess that outlives it does not write into a tree that was recovered meanwhile;
  /// who waits with a deadline gets a lock_timeout that says so.
  ///
  /// It is *not* close-on-exec: every program that is started from now on, by any thread, inherits it unless it closes
  /// it, and one that goes on for ever (a daemon) must. It stays the mutation's: do not close it in this process, nor
  /// unlock it. It is the same at every call.
  ///
  /// It is of use against a killed owner only. An owner that is alive neither waits for subprocesses at the commit nor
  /// at a rollback: the body does, before it returns.
  /// \errors unsupported where the system policy has no descriptors.
  result<int> lease_fd() { return effects_.lease_fd(); }

  /// The absolute path of the root, for tools that write in place.
  [[nodiscard]] path root() const { return effects_.root(); }
  /// The mutation's number: unique in this state directory, growing.
  [[nodiscard]] std::uint64_t number() const noexcept { return effects_.number(); }
  /// Whether `plan::stop` was triggered.
  [[nodiscard]] bool cancelled() const noexcept { return effects_.cancelled(); }

  /// Only a mutation of a coordinator with a transactional journal has `enlist`.
  template <class F>
  auto enlist(F&&) -> detail::result_of_body<std::invoke_result_t<F&, sqlite3*>> {
    static_assert(detail::never<F>,
                  "commitpoint: enlist needs a transactional journal (commitpoint::journal::sqlite) and a body that "
                  "takes 'auto&' or 'commitpoint::enlisting_mutation&'; the body of an explored_mutation casts to it");
    return errc::unsupported;
  }

 protected:
  friend class owner;
  explicit mutation(detail::mutation_effects& effects) noexcept : effects_(effects) {}
  ~mutation() = default;

  [[nodiscard]] detail::mutation_effects& effects() const noexcept { return effects_; }

  // `handle` is this object as what the body is to see.
  template <class Handle, class F>
  auto in_savepoint(Handle& handle, F& body) -> detail::result_of_body<std::invoke_result_t<F&, Handle&>> {
    using Result = std::invoke_result_t<F&, Handle&>;
    static_assert(detail::is_result<Result>, "commitpoint: the body of a savepoint returns a commitpoint::result<T>");
    if constexpr (detail::is_result<Result>) {
      BOOST_OUTCOME_TRYV(effects_.open_savepoint());
      std::optional<Result> done;
      try {
        done.emplace(body(handle));
      } catch (...) {
        effects_.abandon_savepoint();
        throw;
      }
      auto closed = effects_.close_savepoint(*done ? nullptr : &done->error());
      if (!closed) return std::move(closed).error();
      return *std::move(done);
    } else {
      return success();
    }
  }

 private:
  detail::mutation_effects& effects_;
};

}  // namespace commitpoint
