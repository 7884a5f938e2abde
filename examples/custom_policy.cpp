// Two policies of one's own, a snapshot strategy and a journal: they pass the conformance suites, and carry a mutation.
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/system/io.hpp>
#include <commitpoint/testing/check_journal.hpp>
#include <commitpoint/testing/check_snapshot.hpp>

#include <boost/algorithm/hex.hpp>
#include <boost/crc.hpp>

#include <iostream>

namespace cp = commitpoint;
namespace io = cp::system;  // whole reads and writes, in system/io.hpp
constexpr std::uint64_t largest = 1 << 30;

std::uint32_t sum_of(std::string_view bytes) {
  boost::crc_32_type sum;
  sum.process_bytes(bytes.data(), bytes.size());
  return sum.checksum();
}

struct summed_copy {  // a copy that is known again by its checksum
  using kind = cp::kind::snapshot;
  template <cp::system::System S>
  struct backend {
    using handle = typename S::handle;
    explicit backend(const summed_copy&) {}
    cp::result<cp::snapshot::saved<handle>> save(S& s, const handle& directory, const std::string& name,
                                                 const handle& backups, const std::string& backup, bool) const {
      BOOST_OUTCOME_TRY(const auto from, s.open(directory, name, {}));
      BOOST_OUTCOME_TRY(const auto bytes, io::read_whole(s, from, largest));
      BOOST_OUTCOME_TRY(auto to, io::write_new_file(s, backups, backup, bytes, 0600));
      return cp::snapshot::saved<handle>{std::move(to), {{"sum", sum_of(bytes)}}};
    }
    cp::result<bool> intact(S& s, const handle& backups, const std::string& backup, const nlohmann::json& seen) const {
      BOOST_OUTCOME_TRY(const auto there, s.status(backups, backup));
      if (there.type != cp::system::node_type::regular) return false;
      BOOST_OUTCOME_TRY(const auto file, s.open(backups, backup, {}));
      BOOST_OUTCOME_TRY(const auto bytes, io::read_whole(s, file, largest));
      return sum_of(bytes) == seen.at("sum");
    }
  };
};

struct line_journal {  // a line is a checksum and a record in hexadecimal; a generation is a file under the old name
  using kind = cp::kind::journal;
  template <cp::system::System S>
  struct backend {
    static constexpr bool transactional = false;
    static cp::result<backend> open(S& s, const cp::journal::place<S>& p, const line_journal&) {
      return backend{&s, &p.state};
    }
    cp::result<cp::journal::image> read() {
      cp::journal::image found;
      broken = cp::success();
      auto opened = s->open(*state, "lines", {.access = cp::system::open_how::access_mode::read_write});
      if (!opened && opened.error() == std::errc::no_such_file_or_directory) return found;
      BOOST_OUTCOME_TRY(file, std::move(opened));
      BOOST_OUTCOME_TRY(const auto text, io::read_whole(*s, file, largest));
      end = 0;  // what has no newline at the end is torn, and the next append begins there
      for (auto at = text.find('\n'); at != std::string::npos; end = at + 1, at = text.find('\n', end)) {
        const auto line = text.substr(end, at - end), hex = line.substr(std::min(line.find(' '), line.size()));
        if (line != std::to_string(sum_of(hex)) + hex) found.damage = "a line of the journal has a wrong checksum";
        if (found.damage) return found;
        const auto r = nlohmann::json::from_cbor(boost::algorithm::unhex(hex.substr(1)));
        found.records.push_back({r[0].template get<cp::journal::record_kind>(), r[1], r[2], {}});
      }
      return found;
    }
    static std::string line_of(const cp::journal::record& r) {
      const auto bytes = nlohmann::json::to_cbor({r.kind, r.mutation, r.body});
      const auto hex = " " + boost::algorithm::hex(std::string(bytes.begin(), bytes.end()));
      return std::to_string(sum_of(hex)) + hex + "\n";
    }
    cp::result<void> append(const cp::journal::record& r) {
      BOOST_OUTCOME_TRYV(broken);
      BOOST_OUTCOME_TRYV(s->truncate(file, end));
      BOOST_OUTCOME_TRYV(io::write_all(*s, file, end, line_of(r)));
      end += line_of(r).size();
      return cp::success();
    }
    cp::result<void> sync() { return broken ? broken = s->sync(file) : broken; }  // a failed one is never tried again
    cp::result<void> commit(const cp::journal::record& r, bool durable) {
      auto done = append(r);
      if (done && durable) done = sync();
      return done ? done : std::move(done).error().with(cp::outcome::unknown);
    }
    cp::result<void> begin_generation(const cp::journal::record& r, bool durable) {
      (void)s->remove_file(*state, "lines.new");
      BOOST_OUTCOME_TRY(auto next, io::write_new_file(*s, *state, "lines.new", line_of(r), 0600));
      BOOST_OUTCOME_TRYV(durable ? s->sync(next) : cp::result<void>(cp::success()));
      BOOST_OUTCOME_TRYV(s->rename(*state, "lines.new", *state, "lines", cp::system::rename_how::replace));
      file = std::move(next), end = line_of(r).size();
      return durable ? s->sync(*state) : cp::result<void>(cp::success());
    }
    bool is_full() const { return end > 1'000'000; }
    bool reserves(std::string_view) const { return false; }
    std::vector<std::string> evidence() const { return {"lines"}; }

    S* s;
    const typename S::handle* state;
    typename S::handle file = {};
    std::uint64_t end = 0;
    cp::result<void> broken = cp::success();
  };
};

int main() {
  const auto snapshots = cp::testing::check_snapshot<summed_copy>();
  const auto journals = cp::testing::check_journal<line_journal>();
  std::cerr << snapshots.text() << journals.text();
  auto notes = cp::coordinator<line_journal, summed_copy>::open(".").value();
  notes.acquire().value().run({}, [](cp::mutation& m) { return m.write("note", "kept by my own journal\n"); }).value();
  return snapshots.passed() && journals.passed() && notes.read().value().read("note") ? 0 : 1;
}
