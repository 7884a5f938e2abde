// The directory of `journal::json_file` as hostile input. An input is one of
//
//     {"files": [{"name": "g1.json", "says": {...}}, ...], "then": [...]}     with right last lines
//     r<bytes of g1.json>                                                     bytes as they are
//     s<bytes of g1.json>                                                     the same, with a right last line

#include "journals.hpp"

#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/journal/json_reader.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace fuzzing;

namespace {

using machine = cp::system::simulated;
using files = std::map<std::string, std::string>;

std::string seal(std::string text) { return text + cp::journal::json_format::seal(cp::codec::crc32c{text}.value()); }

files files_of(const json& scenario) {
  files made;
  for (const auto& one : list(scenario, "files")) {
    const auto name = bytes(one, "name");
    if (!is_name(name)) continue;
    auto text = has(one, "text") ? bytes(one, "text") : sealed(name, has(one, "says") ? one["says"] : json::object());
    if (number(one, "sealed") % 2 == 1) text = seal(std::move(text));
    flip(text, list(one, "flips", 8));
    made[name] = std::move(text);
  }
  return made;
}

void check_reading(const files& made) {
  cp::journal::json_files named;
  for (const auto& [name, text] : made) {
    const auto known = cp::journal::json_format::parse_name(name);
    if (!known) continue;
    require(known->text() == name, "two names for one file");
    named[*known] = text;
  }
  const auto found = cp::journal::read_json(named);
  require(!(found.damage && found.begun), "a damaged journal goes on");
  require(!found.begun || !found.generation.records.empty(), "a generation without a record");
  for (const auto& [number, life] : found.lives) {
    require(!life.standing.empty() && number <= found.highest_mutation, "a mutation without a file");
  }
}

void run(const files& made, const json& scenario) {
  check_reading(made);
  machine disks(small_world());
  const auto root = ok(disks.open_root("/"));
  const std::string name = "state";
  ok(disks.make_directory(root, name, 0700));
  const auto state = ok(disks.open(root, name, {.directory = true}));
  ok(disks.make_directory(state, "journal", 0700));
  const auto directory = ok(disks.open(state, "journal", {.directory = true}));
  for (const auto& [file, text] : made) ok(cp::files::write_new_file(disks, directory, file, text, 0600));
  // What stands under a name of the journal's and is no file.
  if (const auto odd = bytes(scenario, "directory"); is_name(odd)) (void)disks.make_directory(directory, odd, 0700);
  if (const auto odd = bytes(scenario, "link"); is_name(odd)) (void)disks.make_symlink("g1.json", directory, odd);

  const auto open = [&] { return ok(cp::journal::json_file{.reserve = 4096}.open({disks, root, state, name})); };
  // Something under the name of a file that is to be written is an error of the system's.
  const bool sound = !has(scenario, "directory") && !has(scenario, "link");
  journal_life(open, same_pending, scenario, sound).live();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return guarded([&] {
    const auto text = text_of(data, size);
    if (const auto scenario = parse(text)) return run(files_of(*scenario), *scenario);
    if (text.empty() || (text[0] != 'r' && text[0] != 's')) return;
    std::string file(text.substr(1));
    if (text[0] == 's') file = seal(std::move(file));
    run({{"g1.json", std::move(file)}}, {{"then", {json::object()}}});
  });
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  return mutate(data, size, max_size, seed, [](const json& scenario) {
    const auto made = files_of(scenario);
    const auto first = made.find("g1.json");
    if (first == made.end() || first->second.size() < cp::journal::json_format::seal_size) return std::string();
    return "s" + first->second.substr(0, first->second.size() - cp::journal::json_format::seal_size);
  });
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size,
                                                 const std::uint8_t* other, std::size_t other_size, std::uint8_t* out,
                                                 std::size_t max_size, unsigned seed) {
  return cross(text_of(one, one_size), text_of(other, other_size), out, max_size, seed);
}
