#pragma once

/// \file
/// A state directory with a `json_file` journal in it, and a small vocabulary of damage.

#include "log_fixture.hpp"

#include <commitpoint/journal/json_backend.hpp>
#include <commitpoint/journal/json_file.hpp>

#include <set>
#include <stdexcept>
#include <string>
#include <utility>

namespace journal_test {

namespace json_format = cp::journal::json_format;
namespace fs = boost::filesystem;

struct json_fixture {
  using system_type = cp::system::faulty<cp::system::native>;
  using backend = cp::journal::json_backend;

  cp::testing::temporary_directory directory;
  system_type system;
  std::string state_directory = "state";
  cp::system::handle root;
  cp::system::handle state;
  cp::journal::json_file settings;

  json_fixture() : root(system.open_root(directory.path().native()).value()) {
    system.make_directory(root, state_directory, 0700).value();
    state = system.open(root, state_directory, {.directory = true}).value();
  }

  [[nodiscard]] cp::path file(const std::string& name) const { return directory / state_directory / "journal" / name; }
  [[nodiscard]] std::string text(const std::string& name) const { return slurp(file(name)); }
  // The journal's own files; spare ones do not count.
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> found;
    if (!fs::exists(directory / state_directory / "journal")) return found;
    for (const auto& e : fs::directory_iterator(directory / state_directory / "journal")) {
      if (json_format::parse_name(e.path().filename().native())) found.insert(e.path().filename().native());
    }
    return found;
  }

  // A new life of the program.
  [[nodiscard]] backend open() { return backend({system, root, state, state_directory}, settings.reserve); }
  [[nodiscard]] backend open_and_read() {
    auto opened = open();
    const auto image = opened.read().value();
    if (image.damage) throw std::runtime_error(*image.damage);
    return opened;
  }
  [[nodiscard]] cp::journal::image image() { return open().read().value(); }

  // Makes a file say something else with a right checksum.
  template <class Change>
  void rewrite(const std::string& name, Change change) {
    auto file_text = text(name);
    auto json = nlohmann::ordered_json::parse(file_text);
    json.erase("crc32c");
    change(json);
    file_text = json.dump(2);
    file_text.resize(file_text.size() - 2);
    spill(file(name), file_text + json_format::seal(cp::codec::crc32c{file_text}.value()));
  }
  void flip(const std::string& name, std::size_t at, unsigned bit = 0) {
    auto bytes = text(name);
    bytes.at(at) = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1U << bit));
    spill(file(name), bytes);
  }
};

}  // namespace journal_test
