// A whole state directory as hostile input, and the tree beside it. An input says what the library itself did to a
// tree, before which of its calls it crashed, and what somebody made of what that left:
//
//     {"shape": 6, "crash": 31, "journal": 0, "snapshot": 0, "publish": 0,      which mutation, by which policies
//      "edits": [{"at": 17, "value": "../beside"}, {"at": 3, "from": 9}],         to the journal, checksums put right
//      "records": [{"kind": 7, "mutation": 2, "body": {...}}],                    more of them, at its end
//      "files": [{"path": ".commitpoint/staging/m1/f0", "bytes": "..."}],         anywhere in the tree
//      "flips": [{"at": 100, "bit": 3}]}                                          in the journal, checksums left as
//      they are
//
// Then coordinators look, drain, accept, and run a mutation. Whatever the journal says, nothing outside the root is
// touched, nor anything inside that no record names.

#include "journals.hpp"

#include "testing/explored_policies.hpp"
#include "testing/shapes.hpp"

#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/files/tree.hpp>
#include <commitpoint/journal/json_reader.hpp>
#include <commitpoint/journal/log_reader.hpp>
#include <commitpoint/testing/simulated_image.hpp>

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace fuzzing;

namespace {

using world = cp::system::simulation::world;
using cp::system::node_type;
using cp::system::simulated;
using image = cp::testing::tree_image;

const std::string state_directory = ".commitpoint";
constexpr std::array snapshots{"copy", "hardlink", "reflink", "adaptive"};
constexpr std::array publish_steps{"", "exchange", "copy"};

/// The policies of a run.
struct choice {
  std::size_t snapshot = 0;
  bool readable = false;  // `json_file`
  std::size_t publish = 0;
  bool ordered = false;  // the disk keeps renames in order

  auto operator<=>(const choice&) const = default;  // NOLINT(modernize-use-nullptr): a false alarm

  [[nodiscard]] auto open(const simulated& machine) const {
    cp::options settings;
    settings.state_directory = state_directory;
    settings.compensations["set"] = [](const json&) -> cp::result<void> { return cp::success(); };
    return explored::coordinator::open(cp::testing::explored_root, std::move(settings), explored::system(machine),
                                       cp::testing::progress_watch{}, explored::snapshot(snapshots.at(snapshot)),
                                       explored::journal{.readable = readable},
                                       explored::publish(publish_steps.at(publish)));
  }
};

// ---- What a crash left.

const std::vector<cp::testing::exploration>& all_shapes() {
  static const auto all = [] {
    auto list = shapes::all(true);
    list.push_back(shapes::exchanged_tree());
    return list;
  }();
  return all;
}

// Bystanders are what no mutation is ever told of; beside the tree stands what is nobody's business.
world tree_of(const choice& by, const cp::testing::exploration& what) {
  auto disk = small_world();
  disk.settings_of(disk.root()).ordered_metadata = by.ordered;
  cp::system::hand outside{simulated(std::move(disk))};
  outside.make_directory("/tree");
  outside.write("/beside", "not yours\n");
  outside.make_directory("/outside");
  outside.write("/outside/x", "not yours either\n");
  auto inside = outside.below("tree");
  what.build(inside);
  inside.write("bystander", "a bystander\n");
  inside.make_directory("quiet");
  inside.write("quiet/bystander", "another\n");
  inside.make_symlink("../outside", "out");
  outside.age("/");
  outside.sync_all();
  return outside.machine().world();
}

// The disks before each call that changed something, and when all was done.
const std::vector<world>& crashes(const choice& by, std::size_t shape) {
  static std::map<std::pair<choice, std::size_t>, std::vector<world>> known;
  auto& found = known[{by, shape}];
  if (!found.empty()) return found;
  const auto& what = all_shapes().at(shape);
  const simulated machine(tree_of(by, what));
  machine.machine().before_change = [&](const auto&, const world& now) { found.push_back(now); };
  {
    auto opened = ok(by.open(machine));
    auto owner = ok(opened.acquire());
    cp::system::hand by_hand(machine, cp::testing::explored_root);
    for (const auto& one : what.mutations) {
      const auto done = owner.run(one.about(), [&](auto& m) { return one.body(m, by_hand); });
      if (!done && done.error().outcome() != cp::outcome::rolled_back) break;
    }
  }
  machine.machine().before_change = nullptr;
  found.push_back(machine.world());
  return found;
}

// ---- What somebody made of it.

/// The tree of one input, while it is tampered with.
class tampering {
 public:
  explicit tampering(const simulated& machine)
      : machine_(machine), root_(ok(machine_.open_root(cp::testing::explored_root))) {}

  /// What the library would read of either journal.
  [[nodiscard]] std::vector<record> records() {
    auto all =
        cp::journal::read_log(read(state_directory + "/journal.0"), read(state_directory + "/journal.1")).image.records;
    cp::journal::json_files named;
    for (const auto& name : names_in(state_directory + "/journal")) {
      const auto known = cp::journal::json_format::parse_name(name);
      const auto bytes_of = known ? read(state_directory + "/journal/" + name) : std::nullopt;
      if (bytes_of) named[*known] = *bytes_of;
    }
    const auto more = cp::journal::read_json(named).records();
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  /// Puts another journal in the place of the one that is there.
  void rewrite(const json& scenario, bool readable) {
    auto all = json::array();
    for (const auto& r : records()) {
      all.push_back({{"kind", static_cast<unsigned>(r.kind)}, {"mutation", r.mutation}, {"body", support::json_of(r)}});
    }
    if (all.empty()) all.push_back({{"kind", 1}, {"mutation", 1}, {"body", json::object()}});
    for (const auto& edit : list(scenario, "edits")) change(all, edit);
    for (const auto& more : list(scenario, "records")) all.push_back(more);
    const json wrapped{{"records", all}};
    for (const auto* name : {"/journal.kind", "/journal.0", "/journal.1", "/journal"}) remove(state_directory + name);
    if (!readable) return write(state_directory + "/journal.0", framed(list(wrapped, "records", 256), 9, 17));
    auto coded = json::array();
    for (auto one : list(wrapped, "records", 256)) {
      if (!one.is_object()) one = json::object();
      one.emplace("kind", 2);
      one.emplace("mutation", 1);
      auto body = cp::codec::encode_json(one.value("body", json::object()), 64);
      one["body"] = body ? *std::move(body) : json::object();
      coded.push_back(std::move(one));
    }
    write(state_directory + "/journal/g9.json", sealed("g9.json", {{"records", std::move(coded)}}));
  }

  void flip_journal(const json& scenario) {
    const auto flips = list(scenario, "flips", 8);
    if (flips.empty()) return;
    std::vector<std::string> files{state_directory + "/journal.0", state_directory + "/journal.1"};
    for (const auto& name : names_in(state_directory + "/journal"))
      files.push_back(state_directory + "/journal/" + name);
    for (const auto& name : files) {
      auto content = read(name);
      if (!content) continue;
      flip(*content, flips);
      write(name, *content);
    }
  }

  void place(const json& one) {
    const auto plain = cp::files::plain_path(bytes(one, "path"));
    if (!plain) return;
    const auto& path = plain.value();
    const auto kind = word(one, "kind");
    remove(path);
    if (kind == "directory") {
      (void)directory(path);
    } else if (kind == "symlink" || kind == "hardlink") {
      const auto parent = directory(std::string(cp::files::parent_of(path)));
      if (!parent) return;
      const auto name = std::string(cp::files::name_of(path));
      const auto to = bytes(one, "to");
      if (kind == "symlink") {
        (void)machine_.make_symlink(to, *parent, name);
      } else if (const auto from = cp::files::plain_path(to)) {
        const auto at = cp::files::locate(machine_, root_, from.value());
        if (at) (void)machine_.link(at.value().directory, at.value().name, *parent, name);
      }
    } else if (kind != "none") {
      std::string content;
      const auto part = bytes(one, "bytes");
      const auto times = part.empty() ? 0 : std::min<std::uint64_t>(number(one, "times", 1), (1U << 18U) / part.size());
      for (std::uint64_t n = 0; n < times; ++n) content += part;
      write(path, content);
    }
    if (!has(one, "modified")) return;
    const auto at = cp::files::locate(machine_, root_, path);
    const auto time = static_cast<std::int64_t>(number(one, "modified"));
    if (at) (void)machine_.set_modified(at.value().directory, at.value().name, time);
  }

  [[nodiscard]] std::optional<std::string> read(const std::string& plain) {
    const auto file = cp::files::open_beneath(machine_, root_, plain, {});
    if (!file) return {};
    auto content = cp::files::read_whole(machine_, file.value(), 1U << 22U);
    return content ? std::optional<std::string>(std::move(content).value()) : std::nullopt;
  }

 private:
  static void change(json& all, const json& edit) {
    std::vector<json*> nodes;
    flatten(all, nodes);
    auto& node = *nodes[number(edit, "at") % nodes.size()];
    if (has(edit, "from")) {
      const json copied = *nodes[number(edit, "from") % nodes.size()];
      node = copied;
    } else if (has(edit, "key")) {
      if (node.is_object()) node[bytes(edit, "key")] = value(edit, "value");
    } else if (number(edit, "drop") % 2 == 1) {
      if (node.is_structured() && !node.empty()) node.erase(node.begin());
    } else {
      node = value(edit, "value");
    }
    if (!all.is_array()) all = json::array();
  }

  [[nodiscard]] std::vector<std::string> names_in(const std::string& plain) {
    std::vector<std::string> names;
    const auto opened = cp::files::open_beneath(machine_, root_, plain, {.directory = true});
    if (!opened) return names;
    for (const auto& entry : ok(machine_.list(opened.value()))) names.push_back(entry.name);
    return names;
  }
  // No link is followed, so that tampering stays in the tree as well.
  std::optional<cp::system::handle> directory(const std::string& plain) {
    for (std::size_t end = 0; !plain.empty() && end != std::string::npos;) {
      end = plain.find('/', end + 1);
      const auto at = cp::files::locate(machine_, root_, plain.substr(0, end));
      if (at) (void)machine_.make_directory(at.value().directory, at.value().name, 0700);
    }
    auto opened = cp::files::open_beneath(machine_, root_, plain, {.directory = true});
    return opened ? std::optional<cp::system::handle>(std::move(opened).value()) : std::nullopt;
  }
  void remove(const std::string& plain) {
    const auto at = cp::files::locate(machine_, root_, plain);
    if (at) (void)cp::files::remove_tree(machine_, at.value().directory, at.value().name);
  }
  void write(const std::string& plain, const std::string& content) {
    const auto parent = directory(std::string(cp::files::parent_of(plain)));
    if (!parent) return;
    remove(plain);
    (void)cp::files::write_new_file(machine_, *parent, std::string(cp::files::name_of(plain)), content, 0600);
  }

  simulated machine_;
  cp::system::handle root_;
};

// ---- What must hold.

// Everything but the state directory, and the time of the root, which changes when that is made.
image live(const simulated& machine) {
  auto whole = cp::testing::image_of(machine.world(), "tree/" + state_directory);
  whole.entries.at("tree").modified.reset();
  return whole;
}

bool is_inside(const std::string& name) { return name == "tree" || name.starts_with("tree/"); }

void require_same(const image& before, const image& after, const std::string& what) {
  const auto difference = cp::testing::difference_text(before, after);
  require(difference.empty(), what + ":\n" + difference);
}

template <class Wanted>
image part(const image& whole, Wanted wanted) {
  image some;
  for (const auto& [name, entry] : whole.entries) {
    if (wanted(name)) some.entries.emplace(name, entry);
  }
  return some;
}

/// What of a live tree a mutation that failed must have left: content and types, not the times of directories.
image without_times(image whole) {
  std::erase_if(whole.entries, [](const auto& one) { return !is_inside(one.first); });
  for (auto& [name, entry] : whole.entries) entry.modified.reset();
  return whole;
}

/// Whether some record has a text that names this path or a directory above it.
bool is_named(const std::vector<record>& records, std::string_view plain) {
  for (const auto& r : records) {
    auto body = support::json_of(r);
    std::vector<json*> nodes;
    flatten(body, nodes);
    for (const auto* node : nodes) {
      if (!node->is_string()) continue;
      const auto& text = node->get_ref<const std::string&>();
      if (!text.empty() && cp::files::is_at_or_below(plain, text)) return true;
    }
  }
  return false;
}

class trial {
 public:
  explicit trial(const json& scenario) : scenario_(scenario) {
    by_ = {.snapshot = number(scenario, "snapshot") % snapshots.size(),
           .readable = number(scenario, "journal") % 2 == 1,
           .publish = number(scenario, "publish") % publish_steps.size(),
           .ordered = number(scenario, "ordered") % 2 == 1};
    const auto& moments = crashes(by_, number(scenario, "shape") % all_shapes().size());
    machine_ = simulated(world(moments.at(number(scenario, "crash") % moments.size())));
    tamper();
  }

  void run() {
    drain_and_mutate();
    const auto after = live(machine_);
    require_same(part(before_, [](const auto& n) { return !is_inside(n); }),
                 part(after, [](const auto& n) { return !is_inside(n); }), "something outside the root was touched");
    if (has_links_) return;  // a bystander may have another name in the state directory
    for (const std::string bystander : {"bystander", "quiet", "quiet/bystander"}) {
      if (is_named(records_, bystander)) continue;
      const auto is_it = [&](const auto& n) { return n == "tree/" + bystander; };
      require_same(part(before_, is_it), part(after, is_it), "a bystander was touched that no record names");
    }
  }

 private:
  void tamper() {
    tampering hostile(machine_);
    if (has(scenario_, "edits") || has(scenario_, "records")) hostile.rewrite(scenario_, by_.readable);
    hostile.flip_journal(scenario_);
    for (const auto& one : list(scenario_, "files")) {
      hostile.place(one);
      has_links_ = has_links_ || word(one, "kind") == "hardlink";
      only_journal_ = false;
    }
    records_ = hostile.records();
    before_ = live(machine_);
    // A process that ended holds nothing; and perhaps it was the machine that did.
    auto disks = machine_.world();
    disks.boots += number(scenario_, "rebooted") % 2;
    machine_ = simulated(std::move(disks));
  }

  [[nodiscard]] cp::lock_options soon() {
    return {.deadline = machine_.steady_now() + std::chrono::seconds(1), .stop = {}};
  }

  void drain_and_mutate() {
    auto opened = by_.open(machine_);
    if (!opened) return require(!only_journal_, "a root cannot be opened: " + opened.error().message());
    auto& notes = opened.value();
    (void)notes.pending(soon());
    require_same(before_, live(machine_), "looking changed something");
    if (number(scenario_, "read_first") % 2 == 1) (void)notes.read(soon());

    {
      auto owner = notes.acquire(soon());
      if (owner) return go_on(notes, owner.value());
      if (owner.error() != cp::errc::needs_repair) {
        (void)notes.acquire(soon());  // the next one meets what this one left
        return;
      }
    }
    require_same(before_, live(machine_), "a blocked drain changed something live");
    settle(notes);
    auto owner = notes.acquire(soon());
    require(owner || !settled_ || !only_journal_, "what was accepted still blocks");
    if (owner) go_on(notes, owner.value());
  }

  void go_on(explored::coordinator& notes, explored::coordinator::owner_type& owner) {
    mutate(owner);
    (void)owner.release();
    check_settled(notes);
  }

  void settle(explored::coordinator& notes) {
    const auto standing = notes.pending(soon());
    if (!standing || !standing.value().blocked) {
      return require(!only_journal_, "what blocks does not show");
    }
    const auto id = standing.value().blocked->id;
    require(!notes.accept("q0", soon()) || id == "q0", "another id was accepted");
    const auto done = notes.accept(id, soon());
    require(done || !only_journal_ || done.error() == cp::errc::journal_corrupt,
            "what blocks was not accepted: " + (done ? "" : done.error().message()));
    settled_ = static_cast<bool>(done);
    require_same(before_, live(machine_), "accepting changed something live");
  }

  void mutate(explored::coordinator::owner_type& owner) {
    const auto before = without_times(live(machine_));
    const auto done = owner.run({.operation = "afterwards"}, [](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.append("log.md", "afterwards\n"));
      return m.write("fresh.md", "fresh\n");
    });
    const auto after = without_times(live(machine_));
    if (!done) {
      if (done.error().outcome() == cp::outcome::rolled_back) {
        require_same(before, after, "a mutation that failed left something: " + done.error().message());
      }
      return;
    }
    const auto fresh = after.entries.find("tree/fresh.md");
    require(fresh != after.entries.end() && fresh->second.content == "fresh\n", "what was committed is not there");
    const auto log = after.entries.find("tree/log.md");
    require(log != after.entries.end() && log->second.content.ends_with("afterwards\n"),
            "what was appended is not there");
  }

  void check_settled(explored::coordinator& notes) {
    const auto left = notes.pending(soon());
    if (!only_journal_) return;
    require(left.has_value(), "what was drained cannot be looked at");
    require(left.value().mutations.empty() && !left.value().blocked, "something is pending after all was settled");
  }

  const json& scenario_;
  choice by_;
  simulated machine_;
  std::vector<record> records_;
  image before_;
  bool only_journal_ = true;  // nothing but the journal was tampered with
  bool has_links_ = false;
  bool settled_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return guarded([&] {
    if (const auto scenario = parse(text_of(data, size))) trial(*scenario).run();
  });
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  return mutate(data, size, max_size, seed);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size,
                                                 const std::uint8_t* other, std::size_t other_size, std::uint8_t* out,
                                                 std::size_t max_size, unsigned seed) {
  return cross(text_of(one, one_size), text_of(other, other_size), out, max_size, seed);
}
