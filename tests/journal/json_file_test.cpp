#include "json_fixture.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <sstream>

using namespace journal_test;
using cp::outcome;
using cp::system::call;
using cp::system::fault;

namespace {

using names = std::set<std::string>;

// A generation, and three mutations of which each is synced as a commit would be. None of them is settled.
void write_three(json_fixture& log) {
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  for (std::uint64_t m = 1; m <= 3; ++m) {
    backend.append(make(record_kind::will_create, m, {{"path", "wiki/" + std::to_string(m)}})).value();
    backend.sync().value();
    backend.commit(make(record_kind::commit, m, {{"redo", {1, 2, 3}}}, "contents"), true).value();
  }
}

bool says(const std::optional<std::string>& damage, std::string_view text) {
  return damage && damage->find(text) != std::string::npos;
}

std::string page() {
  cp::path found = cp::path(__FILE__).parent_path() / "../../docs/formats/json.md";
  for (cp::path up = "docs/formats/json.md"; !fs::exists(found); up = ".." / up) found = up;
  return slurp(found);
}

nlohmann::json nested(std::size_t levels) {
  auto body = nlohmann::json::object();
  for (std::size_t i = 1; i < levels; ++i) body = nlohmann::json{{"x", std::move(body)}};
  return body;
}

}  // namespace

TEST_CASE("a journal that was never begun is empty, and looking at it makes nothing") {
  json_fixture log;
  auto backend = log.open();
  const auto image = backend.read().value();
  CHECK(image.records.empty());
  CHECK_FALSE(image.damage);
  CHECK(log.system.list(log.state).value().empty());
  CHECK(backend.append(make(record_kind::commit, 1)).error() == std::errc::operation_not_permitted);
  CHECK(log.open().append(make(record_kind::commit, 1)).error() == std::errc::operation_not_permitted);
  CHECK(log.open().begin_generation(make(record_kind::generation, 1), true).error() ==
        std::errc::operation_not_permitted);
}

TEST_CASE("what was written is read, in order, by the next owner") {
  json_fixture log;
  write_three(log);
  CHECK(log.names() == names{"g1.json", "g1.m1.2.json", "g1.m2.2.json", "g1.m3.2.json"});
  const auto image = log.image();
  REQUIRE_FALSE(image.damage);
  REQUIRE(image.records.size() == 7);
  CHECK(image.records[0].kind == record_kind::generation);
  CHECK(image.records[5].kind == record_kind::will_create);
  CHECK(support::json_of(image.records[5]).at("path") == "wiki/3");
  CHECK(image.records[6].mutation == 3);
  CHECK(image.records[6].contents == "contents");

  auto next = log.open_and_read();
  next.append(make(record_kind::published, 3)).value();
  CHECK(kinds(log.image()).back() == record_kind::published);
}

TEST_CASE("the example on the page is a journal") {
  std::istringstream lines(page());
  cp::journal::json_files files;
  std::string name;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("`g") && line.find(".json`") != std::string::npos)
      name = line.substr(1, line.find('`', 1) - 1);
    if (line == "```json" && !name.empty()) {
      inside = true;
    } else if (line == "```") {
      inside = false;
      name.clear();
    } else if (inside) {
      files[json_format::parse_name(name).value()] += line + "\n";
    }
  }
  REQUIRE(files.size() == 2);
  const auto found = cp::journal::read_json(files);
  CHECK(found.damage.value_or("") == "");
  REQUIRE(found.begun);
  CHECK(found.generation.name.generation == 5);
  const auto records = found.records();
  REQUIRE(records.size() == 3);
  CHECK(records[0].mutation == 12);
  CHECK(records[1].kind == record_kind::protect);
  const auto entry = nlohmann::json(support::json_of(records[1]).at("entries").at(0));
  CHECK(entry.at("path") == "wiki/caf\xe9.md");
  CHECK(entry.at("metadata").at("attributes").at("user.note").get_binary() ==
        nlohmann::json::binary_t({0x00, 0xff, 0x01}));
  CHECK(records[2].kind == record_kind::commit);
  // And it is what this version writes.
  for (const auto& [file, text] : files) {
    const auto parsed = json_format::parse(file, text);
    REQUIRE(parsed);
    CHECK(json_format::encode(std::get<json_format::content>(*parsed)).value() == text);
  }
}

TEST_CASE("only the one spelling of a name is the journal's") {
  CHECK(json_format::parse_name("g5.json")->is_generation());
  const json_format::file_name third{5, 12, 3};
  CHECK(json_format::parse_name("g5.m12.3.json") == third);
  CHECK(third.text() == "g5.m12.3.json");
  for (const auto* other :
       {"", "g.json", "g0.json", "g05.json", "g5.json~", "g5.m12.json", "g5.m12.0.json", "G5.json", "g5.m012.3.json",
        "g5.m12.3.json.swp", "g-5.json", "g99999999999999999999.json", "spare.0", "g5.12.json", "g5.m1.2.3.json"}) {
    CHECK_FALSE(json_format::parse_name(other));
  }
  json_fixture log;
  write_three(log);
  spill(log.file("g9.json~"), "an editor was here");
  fs::create_directory(log.file("notes"));
  CHECK(log.image().records.size() == 7);
}

TEST_CASE("any json value comes back as it was: bytes, binaries, odd keys and numbers") {
  nlohmann::json body{
      {"plain", "caf\xc3\xa9 \n\t\"quoted\" \x7f"},
      {"bytes", "caf\xe9%41$"},
      {"nul", std::string("a\0b", 3)},
      {"binary", nlohmann::json::binary({0x00, 0xff, 0x24})},
      {"tagged", nlohmann::json::binary({1, 2}, 7)},
      {"empty", nlohmann::json::binary({})},
      {"$text", "a key that looks like a wrapping"},
      {"$binary", {{"$text", 1}, {"$number", "nan"}}},
      {"$", nullptr},
      {"caf\xe9", {{"\xff", true}, {"", false}}},
      {"numbers",
       {0, -1, 1.5, 1.0, std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::int64_t>::min(), 1e300}},
      {"inf", {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}},
      {"overlong", "\xc0\xaf"},
      {"surrogate", "\xed\xa0\x80"},
      {"too high", "\xf4\x90\x80\x80"},
      {"cut", "\xe2\x82"}};
  json_fixture log;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1, {{"pending", body}}), true).value();
  std::string contents;
  for (int byte = 0; byte < 256; ++byte) contents += static_cast<char>(byte);
  backend.commit(make(record_kind::commit, 1, body, contents), true).value();
  const auto image = log.image();
  REQUIRE(image.records.size() == 2);
  CHECK(support::json_of(image.records[0]).at("pending") == body);
  CHECK(support::json_of(image.records[1]) == body);
  CHECK(support::json_of(image.records[1]).at("tagged").get_binary().subtype() == 7);
  CHECK(image.records[1].contents == contents);
  CHECK(cp::codec::is_utf8(log.text("g1.m1.1.json")));

  auto odd = nlohmann::json{{"nan", std::numeric_limits<double>::quiet_NaN()}};
  backend.append(make(record_kind::published, 1, odd)).value();
  CHECK(std::isnan(support::json_of(log.image().records[2]).at("nan").get<double>()));
}

TEST_CASE("random bytes come back as they were") {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): a failure has to come back
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (auto n = random() % 12; n > 0; --n) {
      const auto r = random();
      bytes += r % 3 == 0 ? static_cast<char>(r >> 8U) : "$%a\xc3\xa9\xf0\x9f\x98\x80"[r / 3 % 9];
    }
    const nlohmann::json value{{bytes, bytes}};
    const auto coded = cp::codec::encode_json(value, 8);
    REQUIRE(coded);
    const auto text = coded->dump();  // strict: it throws at anything that is not UTF-8
    CHECK(cp::codec::decode_json(nlohmann::json::parse(text)) == value);
  }
}

TEST_CASE("what could not be read back is not written") {
  json_fixture log;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  backend.append(make(record_kind::commit, 1, nested(cp::codec::deepest_cbor))).value();
  CHECK(support::json_of(log.image().records.back()) == nested(cp::codec::deepest_cbor));
  for (const auto& body : {nested(cp::codec::deepest_cbor + 2), nlohmann::json::array(), nlohmann::json("text")}) {
    CHECK(backend.append(make(record_kind::commit, 2, body)).error() == std::errc::invalid_argument);
  }
  CHECK(log.image().records.size() == 2);
}

TEST_CASE("each state is a new file, and the older one goes when the newer is durable") {
  json_fixture log;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  backend.append(make(record_kind::protect, 1)).value();
  backend.sync().value();
  CHECK(log.names() == names{"g1.json", "g1.m1.1.json"});
  backend.append(make(record_kind::rolling_back, 1)).value();
  CHECK(log.names() == names{"g1.json", "g1.m1.1.json", "g1.m1.2.json"});
  backend.append(make(record_kind::rolled_back, 1)).value();  // what was in between is not needed
  CHECK(log.names() == names{"g1.json", "g1.m1.1.json", "g1.m1.3.json"});
  backend.sync().value();
  CHECK(log.names() == names{"g1.json", "g1.m1.3.json"});
  CHECK(log.image().records.size() == 4);
  CHECK(log.system.counts().of(call::rename) == 0);
}

TEST_CASE("a settled mutation leaves no file, but the highest number stays known") {
  json_fixture log;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  for (std::uint64_t m = 1; m <= 40; ++m) {
    auto body = nlohmann::json::object();
    if (m > 1) body["retires"] = m - 1;
    backend.commit(make(record_kind::commit, m, body), true).value();
    backend.append(make(record_kind::published, m)).value();
    CHECK(log.names().size() <= 5);
    CHECK(log.names().contains("g1.m" + std::to_string(m) + ".2.json"));
  }
  backend.append(make(record_kind::retired, 40)).value();
  const auto image = log.image();
  REQUIRE_FALSE(image.damage);
  CHECK(image.records.back().mutation == 40);
  // The next owner takes over: one file, and the number in it.
  auto next = log.open_and_read();
  next.commit(make(record_kind::commit, 41), true).value();
  CHECK(log.names() == names{"g2.json", "g2.m41.1.json"});
  CHECK(log.image().records[0].mutation == 41);
}

TEST_CASE("what the generation's record carries stays settled by a file as long as that generation rules") {
  json_fixture log;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 8, {{"pending", {"records of 7"}}}), true).value();
  backend.append(make(record_kind::rolled_back, 7)).value();
  backend.sync().value();
  for (std::uint64_t m = 8; m < 12; ++m) backend.commit(make(record_kind::rolled_back, m), true).value();
  backend.sync().value();
  CHECK(log.names().contains("g1.m7.1.json"));
  auto next = log.open_and_read();
  next.sync().value();
  const auto image = log.image();
  CHECK(kinds(image) == std::vector{record_kind::generation, record_kind::rolled_back});
  CHECK(image.records[0].mutation == 12);
  CHECK(image.records[1].mutation == 7);
}

TEST_CASE("F2: the first sync of a new owner writes again what it read and does not know to be durable") {
  json_fixture log;
  write_three(log);
  const auto before = log.image();
  auto backend = log.open_and_read();
  log.system.reset_counts();
  backend.sync().value();
  CHECK(log.names() == names{"g2.json"});
  CHECK(log.system.counts().of(call::sync) == 3);  // the file, its directory, and the directory above
  const auto after = log.image();
  REQUIRE(kinds(after) == kinds(before));
  for (std::size_t i = 1; i < after.records.size(); ++i) CHECK(after.records[i].body == before.records[i].body);
  CHECK(after.records[0].mutation == 4);
  log.system.reset_counts();
  backend.sync().value();  // nothing to do
  CHECK(log.system.counts().total == 0);
}

TEST_CASE("F5: a newest state that is torn anywhere is ignored as long as the older one stands") {
  json_fixture log;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  backend.append(make(record_kind::protect, 1)).value();
  backend.sync().value();
  backend.append(make(record_kind::commit, 1)).value();
  const auto whole = log.text("g1.m1.2.json");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    spill(log.file("g1.m1.2.json"),
          size % 2 == 0 ? whole.substr(0, size) : whole.substr(0, size) + std::string(whole.size() - size, '\0'));
    const auto image = log.image();
    REQUIRE_FALSE(image.damage);
    CHECK(kinds(image) == std::vector{record_kind::generation, record_kind::protect});
  }
  // The next state of it is one more, and what was torn goes.
  backend = log.open_and_read();
  backend.append(make(record_kind::rolled_back, 1)).value();
  backend.sync().value();
  CHECK(kinds(log.image()).back() == record_kind::rolled_back);
}

TEST_CASE("F5: a first state that is torn is a mutation that never was, and its number can be used again") {
  json_fixture log;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), false).value();
  backend.append(make(record_kind::protect, 1)).value();
  spill(log.file("g1.m1.1.json"), "{");
  CHECK(log.image().records.size() == 1);
  backend = log.open_and_read();
  backend.append(make(record_kind::protect, 1, {{"again", true}})).value();
  CHECK(support::json_of(log.image().records.back()).contains("again"));
  // Torn as well, with the torn first one still there: neither was ever durable.
  auto torn = log.names();
  for (const auto& name : torn) {
    if (name != "g1.json") spill(log.file(name), "{");
  }
  spill(log.file("g1.m1.1.json"), "{");
  CHECK_FALSE(log.image().damage);
  CHECK(log.image().records.size() == 1);
}

TEST_CASE("F5: a new generation that is torn anywhere leaves the older one in charge") {
  json_fixture log;
  write_three(log);
  auto backend = log.open_and_read();
  log.system.arm({.nth = 1, .only = call::sync});  // nothing is removed when it is not known to be durable
  CHECK_FALSE(backend.begin_generation(make(record_kind::generation, 4), true));
  log.system.disarm();
  CHECK(log.image().records.size() == 1);  // readable: it rules, and the drain that reads it makes it durable
  const auto whole = log.text("g2.json");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    spill(log.file("g2.json"), whole.substr(0, size));
    REQUIRE_FALSE(log.image().damage);
    CHECK(log.image().records.size() == 7);
  }
  backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 4), true).value();
  CHECK(log.names() == names{"g3.json"});
}

TEST_CASE("F5: the very first generation may be torn, twice") {
  json_fixture log;
  fs::create_directory(log.directory / "state/journal");
  CHECK(log.image().records.empty());
  spill(log.file("g1.json"), "{ \"jour");
  CHECK_FALSE(log.image().damage);
  spill(log.file("g2.json"), "");
  CHECK_FALSE(log.image().damage);
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  CHECK(log.names() == names{"g3.json"});
}

// Otherwise a power cut could take its name, and leave a torn second one with nothing older.
TEST_CASE("F2, F5: the name of a first generation that was never finished is durable before a second one is begun") {
  json_fixture log;
  fs::create_directory(log.directory / "state/journal");
  spill(log.file("g1.json"), "");
  auto backend = log.open_and_read();
  log.system.arm({.nth = 1, .only = call::sync});
  CHECK(backend.begin_generation(make(record_kind::generation, 1), true).error() == std::errc::io_error);
  CHECK(log.names() == names{"g1.json"});
}

TEST_CASE("F5: files of an older generation are ignored, whatever they hold, and go with the next one") {
  json_fixture log;
  write_three(log);
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 4), true).value();
  CHECK(log.names() == names{"g2.json"});
  spill(log.file("g1.m3.2.json"), "torn");
  spill(log.file("g1.json"), "torn");
  CHECK_FALSE(log.image().damage);
  CHECK(log.image().records.size() == 1);
  log.open_and_read().sync().value();
  CHECK(log.names() == names{"g3.json"});
}

TEST_CASE("F13: a flipped bit is damage, or reads as torn where nothing says that the file was durable") {
  json_fixture log;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  backend.commit(make(record_kind::commit, 1, {{"redo", {1}}}), true).value();
  backend.append(make(record_kind::published, 1)).value();
  backend.sync().value();
  backend.append(make(record_kind::protect, 2)).value();
  backend.sync().value();
  REQUIRE(log.names() == names{"g1.json", "g1.m1.2.json", "g1.m2.1.json"});
  const auto sweep = [&](const std::string& name, bool is_damage) {
    const auto whole = log.text(name);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      log.flip(name, at, static_cast<unsigned>(at % 8));
      const auto image = log.image();
      CHECK_MESSAGE(image.damage.has_value() == is_damage, name, " at ", at);
      if (is_damage) CHECK(says(image.damage, "state/journal/"));
      spill(log.file(name), whole);
    }
  };
  sweep("g1.json", true);
  sweep("g1.m1.2.json", true);
  sweep("g1.m2.1.json", false);  // the only state of the last mutation: the page says so
  CHECK_FALSE(log.image().damage);
}

TEST_CASE("F13: a first state that another file knows to have been durable is damage when it is bad or gone back") {
  json_fixture log;
  write_three(log);
  auto backend = log.open_and_read();
  backend.sync().value();
  backend.append(make(record_kind::protect, 4)).value();
  backend.sync().value();
  backend.append(make(record_kind::protect, 5)).value();
  CHECK_FALSE(log.image().damage);
  log.flip("g2.m4.1.json", 40);
  CHECK(says(log.image().damage, "durable according to another file"));
  fs::remove(log.file("g2.m5.1.json"));
  CHECK_FALSE(log.image().damage);
}

TEST_CASE("F13: a state or a generation that is bad with nothing older is damage") {
  json_fixture log;
  write_three(log);
  log.flip("g1.m2.2.json", 100);
  CHECK(says(log.image().damage, "g1.m2.2.json: it is bad, and there is no older state"));
  log.flip("g1.m2.2.json", 100);
  log.flip("g1.json", 10);
  CHECK(says(log.image().damage, "its generation is missing or bad"));
  fs::remove(log.file("g1.json"));
  CHECK(says(log.image().damage, "its generation is missing or bad"));

  json_fixture other;
  write_three(other);
  other.open_and_read().sync().value();
  other.flip("g2.json", 10);
  CHECK(says(other.image().damage, "g2.json: it is bad, and there is no older generation"));
}

TEST_CASE("F13: an unknown version or kind is damage, and says so") {
  json_fixture log;
  write_three(log);
  for (const auto* name : {"g1.json", "g1.m3.2.json"}) {
    const auto whole = log.text(name);
    log.rewrite(name, [](auto& file) { file["version"] = 2; });
    CHECK(says(log.image().damage, "unknown version 2"));
    CHECK(says(log.image().damage, name));
    spill(log.file(name), whole);
    log.rewrite(name, [](auto& file) { file["records"][0]["kind"] = 99; });
    CHECK(says(log.image().damage, "unknown kind of record 99"));
    spill(log.file(name), whole);
    CHECK_FALSE(log.image().damage);
  }
}

TEST_CASE("F13, F16: whatever a file holds with a right checksum is damage, and nothing worse") {
  json_fixture log;
  write_three(log);
  using change = std::function<void(nlohmann::ordered_json&)>;
  const std::vector<change> changes{
      [](auto& f) {
        f = nlohmann::ordered_json{{"x", 1}};
      },
      [](auto& f) { f["journal"] = 7; },
      [](auto& f) { f["version"] = "1"; },
      [](auto& f) { f["generation"] = -1; },
      [](auto& f) { f["generation"] = 2; },
      [](auto& f) { f["salt"] = 1.5; },
      [](auto& f) { f["salt"] = 12345; },
      [](auto& f) { f.erase("salt"); },
      [](auto& f) { f["mutation"] = 4; },
      [](auto& f) { f["state"] = 9; },
      [](auto& f) { f["durable"] = 1; },
      [](auto& f) {
        f["durable"] = {{"x", 1}};
      },
      [](auto& f) {
        f["durable"] = {{"3", "1"}};
      },
      [](auto& f) {
        f["durable"] = {{"3", 7}};
      },
      [](auto& f) { f["records"] = 1; },
      [](auto& f) { f["records"] = nlohmann::ordered_json::array(); },
      [](auto& f) { f["records"][0] = 1; },
      [](auto& f) { f["records"][0] = nlohmann::ordered_json::array(); },
      [](auto& f) { f["records"][0].erase("kind"); },
      [](auto& f) { f["records"][0]["kind"] = 65536 + 7; },
      [](auto& f) { f["records"][0]["kind"] = 1; },
      [](auto& f) { f["records"][0]["mutation"] = 2; },
      [](auto& f) { f["records"][0].erase("body"); },
      [](auto& f) { f["records"][0]["body"] = "text"; },
      [](auto& f) {
        f["records"][0]["body"] = {{"$text", "%zz"}};
      },
      [](auto& f) {
        f["records"][0]["body"] = {{"a", {{"$text", "%4"}}}};
      },
      [](auto& f) {
        f["records"][0]["body"] = {{"a", {{"$text", "x"}, {"b", 1}}}};
      },
      [](auto& f) {
        f["records"][0]["body"] = {{"a", {{"$binary", "0"}}}};
      },
      [](auto& f) {
        f["records"][0]["body"] = {{"a", {{"$binary", "0G"}}}};
      },
      [](auto& f) {
        f["records"][0]["body"] = {{"a", {{"$binary", "00"}, {"subtype", "x"}}}};
      },
      [](auto& f) {
        f["records"][0]["body"] = {{"a", {{"$binary", 5}}}};
      },
      [](auto& f) {
        f["records"][0]["body"] = {{"a", {{"$number", "1"}}}};
      },
      [](auto& f) {
        f["records"][0]["body"] = {{"a", {{"$unknown", 1}}}};
      },
      [](auto& f) {
        f["records"][0]["body"] = {{"$%61", 1}, {"a", 1}};
      },
      [](auto& f) { f["records"][0]["contents"] = 5; },
  };
  const auto whole = log.text("g1.m3.2.json");
  for (std::size_t i = 0; i < changes.size(); ++i) {
    log.rewrite("g1.m3.2.json", changes[i]);
    CHECK_MESSAGE(log.image().damage, "change ", i);
    spill(log.file("g1.m3.2.json"), whole);
  }
  const auto generation = log.text("g1.json");
  const auto sealed = [](std::string text) { return text + json_format::seal(cp::codec::crc32c{text}.value()); };
  for (const auto& text : {std::string(), std::string("{"), std::string("[1"), std::string(200'000, '['),
                           std::string("{\"a\": \"\xff\""), std::string("{\"records\": [") + std::string(500, '[')}) {
    spill(log.file("g1.m3.2.json"), sealed(text));
    CHECK(log.image().damage);
    spill(log.file("g1.m3.2.json"), whole);
    spill(log.file("g1.json"), sealed(text));
    CHECK(log.image().damage);
    spill(log.file("g1.json"), generation);
  }
}

TEST_CASE("F13: damage is left behind by a new generation, and no number is used again") {
  json_fixture log;
  write_three(log);
  log.flip("g1.m3.2.json", 100);
  auto after = log.open();
  REQUIRE(after.read().value().damage);
  CHECK(after.append(make(record_kind::commit, 5)).error() == std::errc::operation_not_permitted);
  after.begin_generation(make(record_kind::generation, 2), true).value();  // the caller could not read of number 3
  CHECK(log.names() == names{"g2.json"});
  CHECK(log.image().records.at(0).mutation == 4);
  CHECK(after.evidence() == std::vector<std::string>{"journal"});
}

TEST_CASE("F12: a journal that cannot be read is a failure with the system's code, and nothing is touched") {
  json_fixture log;
  write_three(log);
  const auto before = log.text("g1.m3.2.json");
  for (const auto& [what, code] :
       {std::pair{call::read, EIO}, {call::open, EACCES}, {call::status, EIO}, {call::list, EIO}}) {
    log.system.arm({.nth = 1, .error = code, .only = what});
    auto backend = log.open();
    const auto failed = backend.read();
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == cp::system_error(code));
    CHECK(failed.error().path().starts_with("state/journal"));
    log.system.disarm();
    CHECK(backend.append(make(record_kind::commit, 4)).error().code == cp::system_error(code));
    CHECK(backend.begin_generation(make(record_kind::generation, 4), true).error().code == cp::system_error(code));
    CHECK(backend.read().value().records.size() == 7);  // a new look is a new start
  }
  CHECK(log.text("g1.m3.2.json") == before);
}

TEST_CASE("F12: what is not a regular file is refused without being opened") {
  json_fixture log;
  write_three(log);
  const auto refused = [&] {
    const auto failed = log.open().read();
    REQUIRE_FALSE(failed);
    CHECK(failed.error() == cp::errc::not_a_regular_file);
    CHECK(failed.error().path() == "state/journal/g9.json");
    fs::remove(log.file("g9.json"));
  };
  fs::create_symlink("g1.json", log.file("g9.json"));
  refused();
  fs::create_directory(log.file("g9.json"));
  refused();
  REQUIRE(::mkfifo(log.file("g9.json").c_str(), 0600) == 0);  // opening it would wait for ever
  refused();
  CHECK(log.image().records.size() == 7);
  fs::rename(log.directory / "state/journal", log.directory / "elsewhere");
  fs::create_symlink("../elsewhere", log.directory / "state/journal");
  CHECK(log.open().read().error() == cp::errc::not_a_regular_file);
}

TEST_CASE("F16: a file that claims an absurd size is not read") {
  json_fixture log;
  write_three(log);
  REQUIRE(::truncate(log.file("g1.json").c_str(), off_t{1} << 40) == 0);
  CHECK(log.open().read().error().code == cp::system_error(EFBIG));
}

TEST_CASE("F16: a name with the highest number of all leaves none for the next generation") {
  json_fixture log;
  write_three(log);
  spill(log.file("g18446744073709551615.json"), "torn");
  auto backend = log.open_and_read();
  CHECK(backend.begin_generation(make(record_kind::generation, 4), true).error() == cp::errc::journal_corrupt);
}

TEST_CASE("F4: the sync of the commit record fails: the outcome is unknown, and nothing more is written") {
  for (const auto effect : {fault::fails, fault::fails_after_effect}) {
    for (const std::uint64_t nth : {1U, 2U}) {  // of the file, of its directory
      json_fixture log;
      auto backend = log.open_and_read();
      backend.begin_generation(make(record_kind::generation, 1), true).value();
      log.system.arm({.nth = nth, .effect = effect, .only = call::sync});
      const auto failed = backend.commit(make(record_kind::commit, 1), true);
      REQUIRE_FALSE(failed);
      CHECK(failed.error().code == cp::system_error(EIO));
      CHECK(failed.error().outcome() == outcome::unknown);
      CHECK(failed.error().path() == "state/journal");
      log.system.disarm();
      log.system.reset_counts();
      CHECK(backend.sync().error().code == cp::system_error(EIO));
      CHECK(backend.append(make(record_kind::rolled_back, 1)).error().code == cp::system_error(EIO));
      CHECK(backend.begin_generation(make(record_kind::generation, 1), true).error().code == cp::system_error(EIO));
      CHECK(log.system.counts().total == 0);
      const auto later = backend.commit(make(record_kind::commit, 2), true);
      CHECK(later.error().outcome() == outcome::rolled_back);   // this one was never begun
      CHECK(kinds(log.image()).back() == record_kind::commit);  // readable; the next drain decides
    }
  }
}

TEST_CASE("F4: a commit record that cannot be written is taken back, so that the outcome is known") {
  for (const auto what : {call::open, call::write}) {
    for (const auto effect : {fault::fails, fault::fails_after_effect}) {
      json_fixture log;
      auto backend = log.open_and_read();
      backend.begin_generation(make(record_kind::generation, 1), true).value();
      backend.append(make(record_kind::protect, 1)).value();  // the spare files are there
      backend.sync().value();
      log.system.arm({.nth = 1, .effect = effect, .only = what, .only_changes = true});
      const auto failed = backend.commit(make(record_kind::commit, 1), true);
      REQUIRE_FALSE(failed);
      CHECK(failed.error().outcome() == outcome::rolled_back);
      CHECK(log.names() == names{"g1.json", "g1.m1.1.json"});
      backend.append(make(record_kind::rolled_back, 1)).value();
      CHECK(log.image().records.size() == 3);
    }
  }
}

TEST_CASE("F4: a commit record that cannot be written and not taken back leaves the outcome unknown") {
  for (const auto undo : {call::remove_file, call::sync}) {
    int writes = 0;
    struct failing : cp::system::native {
      using handle = cp::system::handle;
      int* writes = nullptr;
      call undo = call::sync;
      cp::result<std::size_t> write(const handle&, std::uint64_t, std::span<const char>) override {
        ++*writes;
        return cp::system_error(EIO);
      }
      cp::result<void> remove_file(const handle& d, const std::string& n) override {
        if (undo == call::remove_file) return cp::system_error(EIO);
        return native::remove_file(d, n);
      }
      cp::result<void> sync(const handle& h) override {
        if (undo == call::sync) return cp::system_error(EIO);
        return native::sync(h);
      }
    };
    failing broken;
    broken.writes = &writes;
    broken.undo = undo;
    // A directory in which syncs were not asked for, so that nothing but the commit itself needs one.
    json_fixture plain;
    {
      auto first = plain.open_and_read();
      first.begin_generation(make(record_kind::generation, 1), false).value();
      first.append(make(record_kind::protect, 1)).value();
    }
    cp::journal::json_backend victim({broken, plain.root, plain.state, plain.state_directory}, plain.settings.reserve);
    REQUIRE(victim.read());
    const auto failed = victim.commit(make(record_kind::commit, 1), false);
    REQUIRE_FALSE(failed);
    CHECK(writes == 1);
    CHECK(failed.error().outcome() == outcome::unknown);
    CHECK(victim.append(make(record_kind::rolled_back, 1)).error().code == cp::system_error(EIO));
  }
}

TEST_CASE("F10: writes and reads that move a few bytes at a time lose nothing") {
  json_fixture log;
  log.system.arm({.largest_transfer = 7});
  log.settings.reserve = 4096;
  write_three(log);
  CHECK(log.image().records.size() == 7);
  log.system.disarm();
  CHECK(log.image().records.size() == 7);
}

TEST_CASE("F8: on a full disk an append fails without an effect, and a mutation can still be settled") {
  json_fixture log;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  const auto big = make(record_kind::will_create, 1, {{"path", std::string(5000, 'p')}});
  for (int i = 0; i < 9; ++i) {
    backend.append(big).value();
    backend.sync().value();
  }
  const auto before = log.names();
  const auto full = [&] { log.system.arm({.nth = 1, .error = ENOSPC, .only = call::write}); };
  full();
  CHECK(backend.append(big).error().code == cp::system_error(ENOSPC));
  full();
  const auto failed = backend.commit(big, true);
  CHECK(failed.error().code == cp::system_error(ENOSPC));
  CHECK(failed.error().outcome() == outcome::rolled_back);
  CHECK(log.names() == before);
  // Both states of a rollback, each after a write that found no room.
  full();
  backend.append(make(record_kind::rolling_back, 1, {{"why", std::string(900, 'w')}})).value();
  full();
  backend.append(make(record_kind::rolled_back, 1)).value();
  backend.sync().value();
  log.system.disarm();
  CHECK(kinds(log.image()).back() == record_kind::rolled_back);
  CHECK(log.image().records.size() == 12);
  // The spare files are there again before anything else is begun, or it is not begun.
  full();
  CHECK_FALSE(backend.append(make(record_kind::protect, 2)));
  log.system.disarm();
  backend.append(make(record_kind::protect, 2)).value();
  CHECK(fs::file_size(log.file("spare.0")) >= 4096);
  CHECK(fs::file_size(log.file("spare.1")) >= 4096);
}

TEST_CASE("F8: a drain can begin a generation that carries everything on a full disk") {
  json_fixture log;
  {
    auto backend = log.open_and_read();
    backend.begin_generation(make(record_kind::generation, 1), true).value();
    for (std::uint64_t m = 1; m <= 2; ++m) {
      for (int i = 0; i < 40; ++i) {
        backend.append(make(record_kind::protect, m, {{"deeply", {{"nested", {{"numbers", {1, 2, 3, 4}}}}}}})).value();
      }
      backend.sync().value();
    }
  }
  auto drain = log.open();
  auto carried = nlohmann::json::array();
  const auto image = drain.read().value();
  for (const auto& r : image.records)
    carried.push_back({{"kind", 2}, {"mutation", r.mutation}, {"body", support::json_of(r)}});
  log.system.arm({.nth = 1, .error = ENOSPC, .only = call::write});
  drain.begin_generation(make(record_kind::generation, 3, {{"pending", carried}}), true).value();
  log.system.disarm();
  CHECK(log.names() == names{"g2.json"});
  CHECK(support::json_of(log.image().records[0]).at("pending").size() == 81);
}

TEST_CASE("process_crash: nothing is synced, and no more files stay than have to") {
  json_fixture log;
  auto backend = log.open_and_read();
  log.system.reset_counts();
  backend.begin_generation(make(record_kind::generation, 1), false).value();
  for (std::uint64_t m = 1; m <= 30; ++m) {
    auto body = nlohmann::json::object();
    if (m > 1) body["retires"] = m - 1;
    for (int i = 0; i < 5; ++i) backend.append(make(record_kind::created, m)).value();
    backend.commit(make(record_kind::commit, m, body), false).value();
    backend.append(make(record_kind::published, m)).value();
    CHECK(log.names().size() <= 4);
  }
  for (std::uint64_t m = 31; m <= 60; ++m) {
    backend.append(make(record_kind::protect, m)).value();
    backend.append(make(record_kind::rolled_back, m)).value();
    CHECK(log.names().size() <= 4);
  }
  CHECK(log.system.counts().syncs() == 0);
  CHECK(log.image().records.back().mutation == 60);
  // Another owner does ask for syncs, and gets everything that is there. First the name of the generation that rules: a
  // power cut that left a torn new one alone would be damage.
  auto other = log.open_and_read();
  CHECK_FALSE(other.is_known_durable());
  other.commit(make(record_kind::commit, 61), true).value();
  CHECK(log.system.counts().syncs() == 6);
  CHECK(log.image().records.back().mutation == 61);
}

TEST_CASE("a commit costs one file, and the syncs of it and of its directory") {
  json_fixture log;
  auto backend = log.open_and_read();
  backend.begin_generation(make(record_kind::generation, 1), true).value();
  backend.commit(make(record_kind::commit, 1), true).value();
  for (std::uint64_t m = 2; m < 5; ++m) {
    log.system.reset_counts();
    backend.commit(make(record_kind::commit, m), true).value();
    CHECK(log.system.counts().of(call::write) == 1);
    CHECK(log.system.counts().syncs() == 2);
  }
  log.system.reset_counts();
  backend.append(make(record_kind::published, 4)).value();
  CHECK(log.system.counts().syncs() == 0);
}

TEST_CASE("F7: whichever call fails, a later look finds what was acknowledged and at most one record more") {
  for (const auto effect : {fault::fails, fault::fails_after_effect}) {
    for (const int error : {EIO, ENOSPC}) {
      for (std::uint64_t nth = 1;; ++nth) {
        json_fixture log;
        log.system.arm({.nth = nth, .effect = effect, .error = error});
        std::size_t acknowledged = 0;
        bool unknown = false;
        const auto script = [&]() -> cp::result<void> {
          auto backend = log.open();
          BOOST_OUTCOME_TRYV(backend.read());
          unknown = true;
          BOOST_OUTCOME_TRYV(backend.begin_generation(make(record_kind::generation, 1), true));
          unknown = false;
          ++acknowledged;
          for (std::uint64_t m = 1; m <= 4; ++m) {
            const auto done = backend.commit(make(record_kind::commit, m, nlohmann::json::object(), "c"), true);
            unknown = !done && done.error().outcome() == outcome::unknown;
            BOOST_OUTCOME_TRYV(done);
            ++acknowledged;
          }
          return cp::success();
        };
        (void)script();
        const bool came = log.system.counts().faults > 0;
        log.system.disarm();
        const auto image = log.image();
        REQUIRE_FALSE(image.damage);
        auto expected = acknowledged;
        if (unknown && image.records.size() == expected + 1) ++expected;
        CHECK_MESSAGE(image.records.size() == expected, "call ", nth);
        if (!came) break;
        auto next = log.open_and_read();
        next.begin_generation(make(record_kind::generation, 9), true).value();
        CHECK(log.image().records.size() == 1);
        CHECK(log.names().size() == 1);
      }
    }
  }
}
