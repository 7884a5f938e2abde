// Two policies of one's own, a snapshot strategy and a journal: they pass the conformance suites, and carry a mutation.
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/system/io.hpp>
#include <commitpoint/testing/check_journal.hpp>
#include <commitpoint/testing/check_snapshot.hpp>

#include <boost/algorithm/hex.hpp>
#include <boost/crc.hpp>

#include <iostream>
#include <sstream>
#include <utility>

namespace cp = commitpoint;
namespace io = cp::system;  // whole reads and writes, in system/io.hpp
using cp::system::door;
using cp::system::handle;
constexpr std::uint64_t largest = 1 << 30;

std::uint32_t sum_of(std::string_view bytes) {
  boost::crc_32_type sum;
  sum.process_bytes(bytes.data(), bytes.size());
  return sum.checksum();
}

struct summed_copy : cp::snapshot::strategy {  // a copy that is known again by its checksum
  cp::result<cp::snapshot::saved> save(door& system, const handle& directory, const std::string& name,
                                       const handle& backups, const std::string& backup, bool) override {
    BOOST_OUTCOME_TRY(const auto from, system.open(directory, name, {}));
    BOOST_OUTCOME_TRY(const auto bytes, io::read_whole(system, from, largest));
    BOOST_OUTCOME_TRY(auto to, io::write_new_file(system, backups, backup, bytes, 0600));
    return cp::snapshot::saved{std::move(to), {{"way", "summed"}, {"sum", std::int64_t{sum_of(bytes)}}}};
  }
  cp::result<bool> intact(door& system, const handle& backups, const std::string& backup,
                          const cp::snapshot::evidence& seen) override {
    BOOST_OUTCOME_TRY(const auto there, system.status(backups, backup));
    if (there.type != cp::system::node_type::regular) return false;
    BOOST_OUTCOME_TRY(const auto file, system.open(backups, backup, {}));
    BOOST_OUTCOME_TRY(const auto bytes, io::read_whole(system, file, largest));
    return seen.number("sum") == sum_of(bytes);
  }
};

struct line_backend : cp::journal::backend {  // a line is a checksum and a record; a generation is a file
  explicit line_backend(const cp::journal::place& at) : system(at.system), state(at.state) {}

  cp::result<cp::journal::image> read() override {
    cp::journal::image found;
    broken = cp::success();
    auto opened = system.open(state, "lines", {.access = cp::system::open_how::access_mode::read_write});
    if (!opened && opened.error() == std::errc::no_such_file_or_directory) return found;
    BOOST_OUTCOME_TRY(file, std::move(opened));
    BOOST_OUTCOME_TRY(const auto text, io::read_whole(system, file, largest));
    end = 0;  // what has no newline at the end is torn, and the next append begins there
    for (auto at = text.find('\n'); at != std::string::npos; end = at + 1, at = text.find('\n', end)) {
      const auto line = text.substr(end, at - end), record = line.substr(std::min(line.find(' '), line.size()));
      if (line != std::to_string(sum_of(record)) + record) found.damage = "a line of the journal has a wrong checksum";
      if (found.damage) return found;
      std::istringstream words(record);
      std::uint16_t kind = 0;
      std::uint64_t mutation = 0;
      std::string body;
      words >> kind >> mutation >> body;
      found.records.push_back({cp::journal::record_kind{kind}, mutation, boost::algorithm::unhex(body), {}});
    }
    return found;
  }
  static std::string line_of(const cp::journal::record& r) {
    const auto record = " " + std::to_string(static_cast<int>(r.kind)) + " " + std::to_string(r.mutation) + " " +
                        boost::algorithm::hex(r.body);
    return std::to_string(sum_of(record)) + record + "\n";
  }
  cp::result<void> append(const cp::journal::record& r) override {
    BOOST_OUTCOME_TRYV(broken);
    BOOST_OUTCOME_TRYV(system.truncate(file, end));
    BOOST_OUTCOME_TRYV(io::write_all(system, file, end, line_of(r)));
    end += line_of(r).size();
    return cp::success();
  }
  cp::result<void> sync() override {  // after a failure never a second time
    if (broken) broken = system.sync(file);
    if (broken && !std::exchange(named, true)) broken = system.sync(state);  // who made the name may have been killed
    return broken;
  }
  cp::result<void> commit(const cp::journal::record& r, bool durable) override {
    auto done = append(r);
    if (done && durable) done = sync();
    return done ? done : std::move(done).error().with(cp::outcome::unknown);
  }
  cp::result<void> begin_generation(const cp::journal::record& r, bool durable) override {
    (void)system.remove_file(state, "lines.new");
    BOOST_OUTCOME_TRY(auto next, io::write_new_file(system, state, "lines.new", line_of(r), 0600));
    BOOST_OUTCOME_TRYV(durable ? system.sync(next) : cp::result<void>(cp::success()));
    BOOST_OUTCOME_TRYV(system.rename(state, "lines.new", state, "lines", cp::system::rename_how::replace));
    file = std::move(next), end = line_of(r).size();
    return durable ? system.sync(state) : cp::result<void>(cp::success());
  }
  bool is_full() const override { return end > 1'000'000; }
  std::vector<std::string> evidence() const override { return {"lines"}; }

  door& system;
  const handle& state;
  handle file;
  bool named = false;
  std::uint64_t end = 0;
  cp::result<void> broken = cp::success();
};

struct line_journal {
  using kind = cp::kind::journal;
  cp::result<std::unique_ptr<cp::journal::backend>> open(const cp::journal::place& at) const {
    return std::make_unique<line_backend>(at);
  }
};

int main() {
  const auto snapshots = cp::testing::check_snapshot<summed_copy>();
  const auto journals = cp::testing::check_journal<line_journal>();
  std::cerr << snapshots.text() << journals.text();
  auto notes = cp::coordinator<line_journal, summed_copy>::open(".").value();
  notes.acquire().value().run({}, [](cp::mutation& m) { return m.write("note", "kept by my own journal\n"); }).value();
  return snapshots.passed() && journals.passed() && notes.read().value().read("note") ? 0 : 1;
}
