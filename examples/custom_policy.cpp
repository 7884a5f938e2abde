// Two policies of one's own: a snapshot strategy and a journal. They pass the conformance suites, and carry a mutation.
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/testing/check_journal.hpp>
#include <commitpoint/testing/check_snapshot.hpp>

#include <boost/algorithm/hex.hpp>
#include <boost/crc.hpp>

#include <iostream>

namespace cp = commitpoint;
constexpr auto read_write = cp::system::open_how::access_mode::read_write;

std::uint32_t sum_of(std::string_view bytes) {
  boost::crc_32_type sum;
  sum.process_bytes(bytes.data(), bytes.size());
  return sum.checksum();
}
template <class S>
cp::result<std::string> read_all(S& s, const typename S::handle& file) {
  std::string all;
  for (char part[4096];;) {
    BOOST_OUTCOME_TRY(const auto size, s.read(file, all.size(), std::span<char>(part)));
    if (size == 0) return all;
    all.append(part, size);
  }
}
template <class S>
cp::result<void> write_all(S& s, const typename S::handle& file, std::uint64_t at, std::string_view bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    BOOST_OUTCOME_TRY(const auto size, s.write(file, at + done, std::span<const char>(bytes.substr(done))));
    done += size;
  }
  return cp::success();
}

// A copy that is known again by its checksum.
struct summed_copy {
  using kind = cp::kind::snapshot;
  template <cp::system::System S>
  struct backend {
    using handle = typename S::handle;
    explicit backend(const summed_copy&) {}
    cp::result<cp::snapshot::saved<handle>> save(S& s, const handle& directory, const std::string& name,
                                                 const handle& backups, const std::string& backup, bool) const {
      BOOST_OUTCOME_TRY(const auto from, s.open(directory, name, {}));
      BOOST_OUTCOME_TRY(const auto bytes, read_all(s, from));
      BOOST_OUTCOME_TRY(auto to, s.open(backups, backup, {.access = read_write, .create_exclusive = true}));
      BOOST_OUTCOME_TRYV(write_all(s, to, 0, bytes));
      return cp::snapshot::saved<handle>{std::move(to), {{"size", bytes.size()}, {"sum", sum_of(bytes)}}};
    }
    cp::result<bool> intact(S& s, const handle& backups, const std::string& backup, const nlohmann::json& seen) const {
      BOOST_OUTCOME_TRY(const auto there, s.status(backups, backup));
      if (there.type != cp::system::node_type::regular || there.size != seen.at("size")) return false;
      BOOST_OUTCOME_TRY(const auto file, s.open(backups, backup, {}));
      BOOST_OUTCOME_TRY(const auto bytes, read_all(s, file));
      return sum_of(bytes) == seen.at("sum");
    }
  };
};

// One line a record: a checksum and the record in hexadecimal. A new generation is a new file under the old name.
struct line_journal {
  using kind = cp::kind::journal;
  template <cp::system::System S>
  class backend {
   public:
    static constexpr bool transactional = false;
    static cp::result<backend> open(S& s, const cp::journal::place<S>& p, const line_journal&) { return backend(s, p.state); }

    cp::result<cp::journal::image> read() {
      cp::journal::image found;
      broken_.reset();
      auto file = s_->open(*state_, "lines", {.access = read_write});
      if (!file && file.error() == std::errc::no_such_file_or_directory) return found;
      BOOST_OUTCOME_TRY(file_, std::move(file));
      BOOST_OUTCOME_TRY(const auto text, read_all(*s_, file_));
      end_ = 0;  // what has no newline at the end is torn; appending begins there
      for (auto at = text.find('\n'); at != std::string::npos; end_ = at + 1, at = text.find('\n', end_)) {
        const auto line = text.substr(end_, at - end_), hex = line.substr(std::min(line.find(' '), line.size()));
        if (line != std::to_string(sum_of(hex)) + hex) found.damage = "a line of the journal has a wrong checksum";
        if (found.damage) return found;
        const auto r = nlohmann::json::from_cbor(boost::algorithm::unhex(hex.substr(1)));
        found.records.push_back({r[0].template get<cp::journal::record_kind>(), r[1], r[2], {}});
      }
      return found;
    }
    cp::result<void> append(const cp::journal::record& r) {
      if (broken_) return *broken_;
      BOOST_OUTCOME_TRYV(s_->truncate(file_, end_));
      const auto line = line_of(r);
      BOOST_OUTCOME_TRYV(write_all(*s_, file_, end_, line));
      end_ += line.size();
      return cp::success();
    }
    cp::result<void> sync() {
      if (!broken_) {
        if (auto done = s_->sync(file_); !done) broken_ = done.error();  // never tried again
      }
      return broken_ ? cp::result<void>(*broken_) : cp::result<void>(cp::success());
    }
    cp::result<void> commit(const cp::journal::record& r, bool durable) {
      BOOST_OUTCOME_TRYV(append(r));
      auto done = durable ? sync() : cp::result<void>(cp::success());
      return done ? done : std::move(done).error().with(cp::outcome::unknown);
    }
    cp::result<void> begin_generation(const cp::journal::record& r, bool durable) {
      (void)s_->remove_file(*state_, "lines.new");
      const auto line = line_of(r);
      BOOST_OUTCOME_TRY(auto file, s_->open(*state_, "lines.new", {.access = read_write, .create_exclusive = true}));
      BOOST_OUTCOME_TRYV(write_all(*s_, file, 0, line));
      BOOST_OUTCOME_TRYV(durable ? s_->sync(file) : cp::result<void>(cp::success()));
      BOOST_OUTCOME_TRYV(s_->rename(*state_, "lines.new", *state_, "lines", cp::system::rename_how::replace));
      file_ = std::move(file), end_ = line.size();
      return durable ? s_->sync(*state_) : cp::result<void>(cp::success());
    }
    [[nodiscard]] bool is_full() const { return end_ > 1'000'000; }
    [[nodiscard]] bool reserves(std::string_view) const { return false; }
    [[nodiscard]] std::vector<std::string> evidence() const { return {"lines"}; }

   private:
    backend(S& s, const typename S::handle& state) : s_(&s), state_(&state) {}
    static std::string line_of(const cp::journal::record& r) {
      const auto bytes = nlohmann::json::to_cbor({r.kind, r.mutation, r.body});
      const auto hex = " " + boost::algorithm::hex(std::string(bytes.begin(), bytes.end()));
      return std::to_string(sum_of(hex)) + hex + "\n";
    }
    S* s_;
    const typename S::handle* state_;
    typename S::handle file_;
    std::uint64_t end_ = 0;
    std::optional<cp::failure> broken_;
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
