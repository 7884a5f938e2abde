#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/failure.hpp>
#include <commitpoint/testing/check_snapshot.hpp>
#include <commitpoint/testing/workbench.ipp>

#include <commitpoint/detail/records/codec.hpp>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace commitpoint::testing {

namespace detail {

/// What a strategy is checked with.
struct snapshot_case {
  function_ref<std::shared_ptr<snapshot::strategy>()> make;
  const path& base;
  std::string content = "what was there\n";
};

/// One file "file" in `a`, and its backup "backup" in `b`.
class saved_file : public workbench {
 public:
  explicit saved_file(const snapshot_case& c, bool writers_replace = false)
      : workbench(c.base), strategy_(c.make()), later_(c.make()), content_(c.content) {
    put(a, "file", content_);
    before_ = native.status(a, "file").value();
    auto saved = try_save(writers_replace);
    if (!saved && saved.error() == errc::unsupported) throw conformance_report::skip(saved.error().message());
    handle_ = std::move(saved.value().backup);
    evidence_ = std::move(saved.value().evidence);
  }

  [[nodiscard]] result<snapshot::saved> try_save(bool writers_replace, const std::string& backup = "backup") {
    return strategy_->save(system, a, "file", b, backup, writers_replace);
  }

  /// What another process says, to which the evidence came through a journal. A failure is not a yes.
  [[nodiscard]] bool intact() {
    std::string encoded;
    commitpoint::detail::encode(evidence_, encoded);
    const auto evidence = commitpoint::detail::decode_evidence(*codec::cbor_view::whole(encoded));
    const auto said = later_->intact(system, b, "backup", evidence);
    return said && said.value();
  }
  void expect_good(const std::string& when) {
    expect(content(b, "backup") == content_, when + " the backup has another content");
    expect(intact(), when + " intact() says no");
  }
  /// The backup is still the old file, or the strategy knows that it is not.
  void expect_no_false_yes(const std::string& when) {
    const bool same = has(b, "backup") && native.status(b, "backup").value().type == system::node_type::regular &&
                      content(b, "backup") == content_;
    expect(same || !intact(), when + " intact() says yes to something else than what was saved");
  }
  void expect_source_untouched() {
    const auto now = native.status(a, "file").value();
    expect(content(a, "file") == content_, "saving changed the content of the file");
    expect(now.inode == before_.inode && now.mode == before_.mode && now.modified == before_.modified,
           "saving changed the file's inode, mode or modification time");
  }
  [[nodiscard]] const system::handle& saved_handle() const { return handle_; }

 private:
  std::shared_ptr<snapshot::strategy> strategy_;
  std::shared_ptr<snapshot::strategy> later_;
  std::string content_;
  system::file_status before_;
  system::handle handle_;
  snapshot::evidence evidence_;
};

/// What is asked of a snapshot strategy.
struct snapshot_checks {
  static void saves(const snapshot_case& c) {
    for (const bool writers_replace : {false, true}) {
      saved_file one(c, writers_replace);
      one.expect_good("after save");
      one.expect_source_untouched();
    }
  }

  static void gives_handle(const snapshot_case& c) {
    saved_file one(c);
    expect(one.native.status(one.saved_handle()).value().inode == one.native.status(one.b, "backup").value().inode,
           "it is a handle of something else");
  }

  static void short_transfers(const snapshot_case& c) {
    saved_file one(c);
    one.system.arm({.largest_transfer = 3});
    (void)one.native.remove_file(one.b, "backup");
    (void)one.try_save(false).value();
    expect(one.content(one.b, "backup") == c.content, "the backup has another content");
  }

  static void errors(const snapshot_case& c) {
    for (std::uint64_t nth = 1;; ++nth) {
      saved_file one(c);
      one.system.arm({.nth = nth, .error = EIO});
      const auto saved = one.try_save(false, "second");
      const auto faults = one.system.counts().faults;
      one.system.disarm();
      one.expect_source_untouched();
      expect(!saved || (one.has(one.b, "second") && one.content(one.b, "second") == c.content),
             "call " + std::to_string(nth) + " failed, save succeeded, and the backup is not what was saved");
      if (faults == 0) break;
    }
  }

  static void replacing_writer(const snapshot_case& c) {
    saved_file one(c, true);
    one.put(one.a, "other", "new");
    one.native.rename(one.a, "other", one.a, "file", system::rename_how::replace).value();
    one.expect_good("after the file was replaced");
  }

  static void removal(const snapshot_case& c) {
    saved_file one(c, true);
    one.native.remove_file(one.a, "file").value();
    one.expect_good("after the file was removed");
  }

  static void writer_into_file(const snapshot_case& c, const std::string& written) {
    for (const bool writers_replace : {false, true}) {
      saved_file one(c, writers_replace);
      one.overwrite(one.a, "file", written);
      one.expect_no_false_yes("after a write into the file");
    }
  }

  static void changed_mode(const snapshot_case& c) {
    saved_file one(c, true);
    one.native.set_mode(one.native.open(one.a, "file", {}).value(), 0600).value();
    one.expect_good("after chmod");
  }

  static void interrupted_restore(const snapshot_case& c) {
    saved_file one(c, true);
    one.native.link(one.b, "backup", one.b, "spare").value();
    one.native.set_modified(one.b, "spare", workbench::long_ago).value();
    one.expect_good("after a restore that was interrupted");
  }

  static void lost_backup(const snapshot_case& c) {
    saved_file one(c);
    one.native.remove_file(one.b, "backup").value();
    expect(!one.intact(), "intact() says yes");
  }
};

struct snapshot_check {
  const char* name;
  void (*body)(const snapshot_case&);
};

/// What is asked where the file is a short one.
inline constexpr snapshot_check all_snapshot_checks[] = {
    {"save gives the handle of the backup", &snapshot_checks::gives_handle},
    {"save under short reads and writes", &snapshot_checks::short_transfers},
    {"save passes errors on", &snapshot_checks::errors},
    {"a writer that replaces the file does not reach the backup", &snapshot_checks::replacing_writer},
    {"a removed file can still be restored", &snapshot_checks::removal},
    {"a changed mode of the file is no damage", &snapshot_checks::changed_mode},
    {"a restore that was interrupted leaves the backup intact", &snapshot_checks::interrupted_restore},
    {"a backup that is gone is not intact", &snapshot_checks::lost_backup},
};

/// A way to damage a backup.
struct snapshot_damage {
  const char* how;
  void (*inflict)(saved_file& one, const std::string& content);
};

inline constexpr snapshot_damage all_snapshot_damages[] = {
    {"truncated",
     [](saved_file& one, const std::string& content) { one.overwrite(one.b, "backup", content.substr(0, 4)); }},
    {"emptied", [](saved_file& one, const std::string&) { one.overwrite(one.b, "backup", ""); }},
    {"lengthened",
     [](saved_file& one, const std::string& content) { one.overwrite(one.b, "backup", content + "more"); }},
    {"altered", [](saved_file& one,
                   const std::string& content) { one.overwrite(one.b, "backup", std::string(content.size(), '?')); }},
    {"replaced by another file", [](saved_file& one, const std::string&) { one.put(one.b, "backup", "another one"); }},
    {"replaced by a directory",
     [](saved_file& one, const std::string&) {
       one.native.remove_file(one.b, "backup").value();
       one.native.make_directory(one.b, "backup", 0700).value();
     }},
    {"replaced by a link",
     [](saved_file& one, const std::string&) {
       one.native.remove_file(one.b, "backup").value();
       one.native.make_symlink("../a/file", one.b, "backup").value();
     }},
};

COMMITPOINT_INLINE conformance_report check_strategy(function_ref<std::shared_ptr<snapshot::strategy>()> make,
                                                     const path& base) {
  conformance_report report;
  const snapshot_case usual{make, base};
  const snapshot_case others[] = {
      {make, base, ""}, {make, base, std::string(100, '\0')}, {make, base, std::string(700'001, 'x') + "end"}};

  report.check("save: an empty file", [&] { snapshot_checks::saves(others[0]); });
  report.check("save: a short file", [&] { snapshot_checks::saves(usual); });
  report.check("save: zeros", [&] { snapshot_checks::saves(others[1]); });
  report.check("save: a file of several blocks", [&] { snapshot_checks::saves(others[2]); });
  for (const auto& one : all_snapshot_checks) {
    report.check(one.name, [&] { one.body(usual); });
  }
  const auto size = usual.content.size();
  for (const auto& written : {std::string(size, '!'), usual.content + "and more", std::string()}) {
    report.check("a writer into the file is withstood or found out: " + std::to_string(written.size()) + " bytes",
                 [&] { snapshot_checks::writer_into_file(usual, written); });
  }
  for (const auto& damage : all_snapshot_damages) {
    report.check(std::string("a backup that was ") + damage.how + " is not intact", [&] {
      saved_file one(usual);
      damage.inflict(one, usual.content);
      one.expect_no_false_yes(std::string("after it was ") + damage.how);
    });
  }
  return report;
}

}  // namespace detail

}  // namespace commitpoint::testing
