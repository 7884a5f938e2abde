#pragma once

/// \file
/// The command `commitpoint` as a person runs it, on a tree in a directory of its own.

#include "support/program.hpp"

#include <commitpoint/testing/temporary_directory.hpp>
#include <commitpoint/testing/tree_image.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace command_test {

namespace cp = commitpoint;
namespace fs = std::filesystem;
using support::content_of;
using support::ended;

class place {
 public:
  place() { fs::create_directory(root()); }

  [[nodiscard]] fs::path path() const { return directory_.path().native(); }
  [[nodiscard]] fs::path root() const { return path() / "root"; }
  [[nodiscard]] fs::path operator/(const std::string& name) const { return root() / name; }

  /// A file in the root.
  void write(const std::string& name, std::string_view bytes) const {
    fs::create_directories((root() / name).parent_path());
    std::ofstream(root() / name, std::ios::binary) << bytes;
  }
  [[nodiscard]] std::string read(const std::string& name) const { return content_of(root() / name); }
  [[nodiscard]] bool exists(const std::string& name) const { return fs::exists(fs::symlink_status(root() / name)); }

  /// `under` is a command that is to run it.
  [[nodiscard]] support::running start(std::vector<std::string> arguments, std::vector<std::string> under = {},
                                       const std::string& said = "said") const {
    under.emplace_back(COMMITPOINT_PROGRAM);
    under.insert(under.end(), {"--root", root().native()});
    under.insert(under.end(), arguments.begin(), arguments.end());
    // Where the build measures coverage, it leaves nothing of that in the root.
    return support::running(std::move(under), path() / said, {"HOME=" + path().native(), "LLVM_PROFILE_FILE=/dev/null"},
                            root().native());
  }
  ended run(std::vector<std::string> arguments) const { return start(std::move(arguments)).wait(); }

  /// A change set, which is written to a file.
  [[nodiscard]] std::string change_set(const nlohmann::json& operations,
                                       const nlohmann::json& expect = nlohmann::json::object()) const {
    const auto file = path() / "changes.json";
    std::ofstream(file) << nlohmann::json{{"expect", expect}, {"operations", operations}};
    return file.native();
  }
  ended apply(const nlohmann::json& operations, const nlohmann::json& expect = nlohmann::json::object()) const {
    return run({"--json", "apply", change_set(operations, expect)});
  }

  /// What is in the root, without what is commitpoint's own.
  [[nodiscard]] cp::testing::tree_image image(bool with_times = true) const {
    auto out = cp::testing::read_tree(cp::path(root().native()), {.ignored = {".commitpoint"}}).value();
    if (!with_times) {
      for (auto& [name, entry] : out.entries) entry.modified.reset();
    }
    return out;
  }

 private:
  cp::testing::temporary_directory directory_;
};

}  // namespace command_test
