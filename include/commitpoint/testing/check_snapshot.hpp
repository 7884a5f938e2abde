#pragma once

/// \file
/// The conformance suite of snapshot strategies.

#include <commitpoint/failure.hpp>
#include <commitpoint/snapshot/interface.hpp>
#include <commitpoint/testing/workbench.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace commitpoint::testing {

namespace detail {

/// One file "file" in `a`, and its backup "backup" in `b`.
template <class Policy>
class saved_file : public workbench {
 public:
  using backend = typename Policy::template backend<suite_system>;

  saved_file(const Policy& settings, const path& base, std::string content, bool writers_replace = false)
      : workbench(base), settings_(settings), content_(std::move(content)), strategy_(settings) {
    put(a, "file", content_);
    before_ = native.status(a, "file").value();
    auto saved = try_save(writers_replace);
    if (!saved && saved.error() == errc::unsupported) throw conformance_report::skip(saved.error().message());
    handle_ = std::move(saved.value().backup);
    evidence_ = std::move(saved.value().evidence);
  }

  auto try_save(bool writers_replace, const std::string& backup = "backup") {
    return strategy_.save(system, a, "file", b, backup, writers_replace);
  }

  /// What another process says, to which the evidence came through a journal. A failure is not a yes.
  [[nodiscard]] bool intact() {
    backend other(settings_);
    const auto evidence = nlohmann::json::from_cbor(nlohmann::json::to_cbor(evidence_));
    const auto said = other.intact(system, b, "backup", evidence);
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
  [[nodiscard]] const handle& saved_handle() const { return handle_; }

 private:
  Policy settings_;
  std::string content_;
  backend strategy_;
  system::file_status before_;
  handle handle_;
  nlohmann::json evidence_;
};

}  // namespace detail

/// Checks a snapshot policy on the file system of `base`. What is `unsupported` there is skipped.
template <class Policy>
[[nodiscard]] conformance_report check_snapshot(const Policy& settings = {}, const path& base = suite_place()) {
  using bench = detail::saved_file<Policy>;
  static_assert(snapshot::SnapshotStrategy<typename bench::backend, suite_system, Policy>);
  conformance_report report;
  const std::string text = "what was there\n";
  const std::vector<std::pair<std::string, std::string>> contents{
      {"an empty file", ""},
      {"a short file", text},
      {"zeros", std::string(100, '\0')},
      {"a file of several blocks", std::string(700'001, 'x') + "end"}};

  for (const auto& [what, content] : contents) {
    report.check("save: " + what, [&, &saved = content] {
      for (const bool writers_replace : {false, true}) {
        bench one(settings, base, saved, writers_replace);
        one.expect_good("after save");
        one.expect_source_untouched();
      }
    });
  }
  report.check("save gives the handle of the backup", [&] {
    bench one(settings, base, text);
    expect(one.native.status(one.saved_handle()).value().inode == one.native.status(one.b, "backup").value().inode,
           "it is a handle of something else");
  });
  report.check("save under short reads and writes", [&] {
    bench one(settings, base, text);
    one.system.arm({.largest_transfer = 3});
    (void)one.native.remove_file(one.b, "backup");
    one.try_save(false).value();
    expect(one.content(one.b, "backup") == text, "the backup has another content");
  });
  report.check("save passes errors on", [&] {
    for (std::uint64_t nth = 1;; ++nth) {
      bench one(settings, base, text);
      one.system.arm({.nth = nth, .error = EIO});
      const auto saved = one.try_save(false, "second");
      const auto faults = one.system.counts().faults;
      one.system.disarm();
      one.expect_source_untouched();
      expect(!saved || (one.has(one.b, "second") && one.content(one.b, "second") == text),
             "call " + std::to_string(nth) + " failed, save succeeded, and the backup is not what was saved");
      if (faults == 0) break;
    }
  });
  report.check("a writer that replaces the file does not reach the backup", [&] {
    bench one(settings, base, text, true);
    one.put(one.a, "other", "new");
    one.native.rename(one.a, "other", one.a, "file", system::rename_how::replace).value();
    one.expect_good("after the file was replaced");
  });
  report.check("a removed file can still be restored", [&] {
    bench one(settings, base, text, true);
    one.native.remove_file(one.a, "file").value();
    one.expect_good("after the file was removed");
  });
  for (const auto& written : {std::string(text.size(), '!'), text + "and more", std::string()}) {
    report.check("a writer into the file is withstood or found out: " + std::to_string(written.size()) + " bytes", [&] {
      for (const bool writers_replace : {false, true}) {
        bench one(settings, base, text, writers_replace);
        one.overwrite(one.a, "file", written);
        one.expect_no_false_yes("after a write into the file");
      }
    });
  }
  report.check("a changed mode of the file is no damage", [&] {
    bench one(settings, base, text, true);
    one.native.set_mode(one.native.open(one.a, "file", {}).value(), 0600).value();
    one.expect_good("after chmod");
  });
  report.check("a restore that was interrupted leaves the backup intact", [&] {
    bench one(settings, base, text, true);
    one.native.link(one.b, "backup", one.b, "spare").value();
    one.native.set_modified(one.b, "spare", workbench::long_ago).value();
    one.expect_good("after a restore that was interrupted");
  });
  report.check("a backup that is gone is not intact", [&] {
    bench one(settings, base, text);
    one.native.remove_file(one.b, "backup").value();
    expect(!one.intact(), "intact() says yes");
  });
  const auto damage = [&](const std::string& how, auto inflict) {
    report.check("a backup that was " + how + " is not intact", [&] {
      bench one(settings, base, text);
      inflict(one);
      one.expect_no_false_yes("after it was " + how);
    });
  };
  damage("truncated", [&](bench& one) { one.overwrite(one.b, "backup", text.substr(0, 4)); });
  damage("emptied", [&](bench& one) { one.overwrite(one.b, "backup", ""); });
  damage("lengthened", [&](bench& one) { one.overwrite(one.b, "backup", text + "more"); });
  damage("altered", [&](bench& one) { one.overwrite(one.b, "backup", std::string(text.size(), '?')); });
  damage("replaced by another file", [&](bench& one) { one.put(one.b, "backup", "another one"); });
  damage("replaced by a directory", [&](bench& one) {
    one.native.remove_file(one.b, "backup").value();
    one.native.make_directory(one.b, "backup", 0700).value();
  });
  damage("replaced by a link", [&](bench& one) {
    one.native.remove_file(one.b, "backup").value();
    one.native.make_symlink("../a/file", one.b, "backup").value();
  });
  return report;
}

}  // namespace commitpoint::testing
