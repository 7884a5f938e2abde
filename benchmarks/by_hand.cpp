#include "by_hand.hpp"

#include "adds.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <set>

namespace benchmarks {

namespace {

constexpr std::size_t journal_size = 1 << 20;
constexpr std::size_t record_size = 512;

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

descriptor make_staging(raw_calls& calls, const descriptor& root) {
  if (::mkdirat(root.get(), ".floor", 0700) != 0 && errno != EEXIST) check(-1, ".floor");
  return calls.open_directory(root.get(), ".floor");
}

// Written from end to end beforehand, so that a record's sync need not allocate.
descriptor make_journal(raw_calls& calls, const descriptor& staging) {
  auto journal = calls.overwrite(staging.get(), "journal");
  calls.write(journal, 0, std::string(journal_size, '\0'));
  calls.sync(journal);
  return journal;
}

auto floor_with(floor_protocol::barrier how, floor_protocol::end at_end = floor_protocol::end::next_barrier) {
  return [how, at_end](tree& t) {
    return [protocol = std::make_unique<floor_protocol>(t.root(), how, at_end)](const changes& all) {
      protocol->add(all);
    };
  };
}

auto one_by_one(bool durable) {
  return [durable](tree& t) {
    return [files = std::make_unique<file_by_file>(t.root(), durable)](const changes& all) { files->add(all); };
  };
}

}  // namespace

const descriptor& open_directories::parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return root_;
  const auto parent = path.substr(0, slash);
  const auto known = known_.find(parent);
  if (known != known_.end()) return known->second;
  const std::string name(parent);
  return known_.emplace(name, calls_.open_directory(root_.get(), name)).first->second;
}

floor_protocol::floor_protocol(const std::string& root, barrier how, end at_end)
    : how_(how),
      at_end_(at_end),
      directories_(calls_, root),
      staging_(make_staging(calls_, directories_.root())),
      journal_(make_journal(calls_, staging_)) {}

void floor_protocol::add(const changes& all) {
  std::size_t number = 0;
  for (const auto& c : all) {
    const auto file = calls_.create(staging_.get(), std::to_string(number++));
    calls_.write(file, 0, c.bytes);
    if (how_ == barrier::each_file) calls_.sync(file);
  }
  if (how_ == barrier::each_file) calls_.sync(staging_);
  if (how_ == barrier::filesystem) calls_.sync_filesystem(staging_);

  calls_.write(journal_, journal_end_, content(record_size));
  journal_end_ = (journal_end_ + record_size) % journal_size;
  if (how_ != barrier::none) calls_.sync_data(journal_);

  number = 0;
  for (const auto& c : all) {
    calls_.rename(staging_, std::to_string(number++), directories_.parent_of(c.path), std::string(name_of(c.path)));
  }
  if (at_end_ == end::last_barrier) calls_.sync_filesystem(staging_);
}

void file_by_file::add(const changes& all) {
  std::set<const descriptor*> touched;
  for (const auto& c : all) {
    const auto& parent = directories_.parent_of(c.path);
    const std::string name(name_of(c.path));
    const auto temporary = name + ".tmp";
    const auto file = calls_.create(parent.get(), temporary);
    calls_.write(file, 0, c.bytes);
    calls_.sync(file);
    calls_.rename(parent, temporary, parent, name);
    touched.insert(&parent);
  }
  if (!durable_) return;
  for (const auto* directory : touched) calls_.sync(*directory);
}

void register_floor(std::size_t n) {
  using protocol = floor_protocol;
  register_add("floor", n, floor_with(protocol::barrier::filesystem));
  register_add("floor, last barrier", n, floor_with(protocol::barrier::filesystem, protocol::end::last_barrier));
}

void register_other_hands() {
  register_add("floor, fsync of each", 0, floor_with(floor_protocol::barrier::each_file));
  register_add("floor, no syncs", 0, floor_with(floor_protocol::barrier::none));
  register_add("file by file", 0, one_by_one(false));
  register_add("file by file, durable", 0, one_by_one(true));
}

}  // namespace benchmarks
