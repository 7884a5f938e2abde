#pragma once

/// \file
/// A state directory with a log in it, and a small vocabulary of damage.

#include "support/record_body.hpp"

#include <commitpoint/journal/format.hpp>
#include <commitpoint/journal/log.hpp>
#include <commitpoint/journal/log_backend.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/native.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <boost/filesystem/operations.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace journal_test {

namespace cp = commitpoint;
namespace format = cp::journal::format;
using cp::journal::record;
using cp::journal::record_kind;

inline std::string slurp(const cp::path& file) {
  std::ifstream in(file.native(), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void spill(const cp::path& file, std::string_view bytes) {
  std::ofstream(file.native(), std::ios::binary | std::ios::trunc).write(bytes.data(), std::ssize(bytes));
}

// Where the records of a file begin, and where the last one ends.
inline std::vector<std::size_t> borders(std::string_view bytes) {
  std::vector<std::size_t> found{0};
  while (const auto next = format::parse(bytes.substr(found.back()))) found.push_back(found.back() + next->size);
  return found;
}

// Makes the record at `offset` say what it says with a right checksum.
inline void fix_checksum(std::string& bytes, std::size_t offset) {
  format::header head;
  std::memcpy(&head, bytes.data() + offset, format::header_size);
  const auto rest = std::string_view(bytes).substr(offset + format::header_size);
  const auto sealed =
      format::encode(head, rest.substr(0, head.body_length), rest.substr(head.body_length, head.contents_length));
  bytes.replace(offset, sealed.size(), sealed);
}

template <class Change>
void change_header(std::string& bytes, std::size_t offset, Change change) {
  format::header head;
  std::memcpy(&head, bytes.data() + offset, format::header_size);
  change(head);
  std::memcpy(bytes.data() + offset, &head, format::header_size);
  fix_checksum(bytes, offset);
}

inline record make(record_kind kind, std::uint64_t mutation, const nlohmann::json& body = nlohmann::json::object(),
                   std::string contents = {}) {
  return support::make_record(kind, mutation, body, std::move(contents));
}

struct log_fixture {
  using system_type = cp::system::faulty<cp::system::native>;
  using backend = cp::journal::log_backend;

  cp::testing::temporary_directory directory;
  system_type system;
  std::string state_directory = "state";
  cp::system::handle root;
  cp::system::handle state;
  cp::journal::log settings;

  log_fixture() : root(system.open_root(directory.path().native()).value()) {
    system.make_directory(root, state_directory, 0700).value();
    state = system.open(root, state_directory, {.directory = true}).value();
  }

  [[nodiscard]] cp::path file(std::size_t number) const {
    return directory / state_directory / std::string(cp::journal::log_names[number]);
  }
  [[nodiscard]] std::string bytes(std::size_t number) const { return slurp(file(number)); }

  // A new life of the program.
  [[nodiscard]] backend open() { return backend({system, root, state, state_directory}, settings.preallocate); }
  [[nodiscard]] backend open_and_read() {
    auto opened = open();
    const auto image = opened.read().value();
    if (image.damage) throw std::runtime_error(*image.damage);
    return opened;
  }
  [[nodiscard]] cp::journal::image image() { return open().read().value(); }
};

// The kinds of the records of an image, for one look.
inline std::vector<record_kind> kinds(const cp::journal::image& image) {
  std::vector<record_kind> all;
  for (const auto& r : image.records) all.push_back(r.kind);
  return all;
}

}  // namespace journal_test
