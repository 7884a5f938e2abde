// The two files of `journal::log` as hostile input. An input is one of
//
//     {"files": [[record, ...], [record, ...]], "flips": [...], "then": [...]}     records with right checksums
//     r<bytes of journal.0>                                                        bytes as they are
//     s<bytes of journal.0>                                                        the same, with checksums put right

#include "journals.hpp"

#include <commitpoint/journal/log.hpp>
#include <commitpoint/journal/log_backend.hpp>
#include <commitpoint/journal/log_reader.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace fuzzing;

namespace {

using machine = cp::system::simulated;
using files = std::array<std::optional<std::string>, 2>;

// Gives whatever looks like a record the checksums that it should have.
void seal(std::string& file) {
  std::uint32_t previous = 0;
  for (std::size_t at = 0; at < file.size();) {
    const auto rest = std::string_view(file).substr(at);
    auto head = format::peek(rest);
    if (!head) return;
    head->previous = previous;
    const auto sealed = format::encode(*head, rest.substr(format::header_size, head->body_length),
                                       rest.substr(format::header_size + head->body_length, head->contents_length));
    file.replace(at, sealed.size(), sealed);
    previous = head->checksum;
    at += sealed.size();
  }
}

files files_of(const json& scenario) {
  files made;
  const auto described = list(scenario, "files", 2);
  for (std::size_t i = 0; i < described.size(); ++i) {
    if (!described[i].is_array()) continue;
    const json wrapped{{"records", described[i]}};
    made[i] = framed(list(wrapped, "records"), i + 1, 17);
  }
  if (made[0]) flip(*made[0], list(scenario, "flips", 8));
  if (made[1]) flip(*made[1], list(scenario, "other_flips", 8));
  return made;
}

void check_reading(const files& made) {
  const auto found = cp::journal::read_log(made[0], made[1]);
  const auto& tail = found.tail;
  require(found.image.damage || tail.begun == !found.image.records.empty(), "records without a generation");
  require(!(found.image.damage && tail.begun), "a damaged log goes on");
  if (!tail.begun) return;
  const auto size = made.at(tail.file)->size();
  require(tail.end <= size && tail.stale_until <= size, "the log goes on behind the end of its file");
  require(tail.synced <= tail.end, "more is durable than there is");
  require(tail.end % format::alignment == 0 && tail.generation <= tail.highest, "the log goes on where it cannot");
}

void run(const files& made, const json& scenario) {
  check_reading(made);
  machine disks(small_world());
  const auto root = ok(disks.open_root("/"));
  const std::string name = "state";
  ok(disks.make_directory(root, name, 0700));
  const auto state = ok(disks.open(root, name, {.directory = true}));
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (made.at(i)) {
      ok(cp::files::write_new_file(disks, state, std::string(cp::journal::log_names.at(i)), *made.at(i), 0600));
    }
  }
  const auto open = [&] { return ok(cp::journal::log{.preallocate = 4096}.open({disks, root, state, name})); };
  const auto all = [](const auto& one, const auto& other) { return same(one, other); };
  journal_life(open, all, scenario).live();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return guarded([&] {
    const auto text = text_of(data, size);
    if (const auto scenario = parse(text)) return run(files_of(*scenario), *scenario);
    if (text.empty() || (text[0] != 'r' && text[0] != 's')) return;
    std::string file(text.substr(1));
    if (text[0] == 's') seal(file);
    run({std::move(file), std::nullopt}, {{"then", {json::object()}}});
  });
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  return mutate(data, size, max_size, seed, [&](const json& scenario) {
    const auto made = files_of(scenario);
    return made[0] ? (seed % 128 == 0 ? "r" : "s") + *made[0] : std::string();
  });
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size,
                                                 const std::uint8_t* other, std::size_t other_size, std::uint8_t* out,
                                                 std::size_t max_size, unsigned seed) {
  return cross(text_of(one, one_size), text_of(other, other_size), out, max_size, seed);
}
