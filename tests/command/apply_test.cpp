// `commitpoint apply`, with real change sets.

#include "command.hpp"

#include "changes/encodings.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

using command_test::content_of;
using command_test::place;
using nlohmann::json;
namespace fs = std::filesystem;

TEST_CASE("commitpoint apply: every operation, in their order, at one commit point") {
  const place p;
  p.write("a", "one\ntwo\n");
  p.write("d/f", "x");
  fs::permissions(p / "a", fs::perms(0640));
  std::ofstream(p.path() / "given") << "from a file";
  const auto done = p.apply({{{"op", "write"}, {"path", "b"}, {"text", "hello\n"}, {"mode", "0600"}},
                             {{"op", "append"}, {"path", "a"}, {"text", "three\n"}},
                             {{"op", "replace"}, {"path", "a"}, {"find", "two"}, {"with", "TWO"}},
                             {{"op", "edit"}, {"path", "a"}, {"diff", "@@ -1,2 +1,3 @@\n one\n+and a half\n TWO\n"}},
                             {{"op", "mkdir"}, {"path", "e/f"}},
                             {{"op", "write"}, {"path", "e/f/g"}, {"from", (p.path() / "given").native()}},
                             {{"op", "rename"}, {"from", "d"}, {"to", "h"}},
                             {{"op", "symlink"}, {"path", "l"}, {"target", "a"}},
                             {{"op", "remove"}, {"path", "h/f"}}},
                            {{"b", "absent"}, {"a", command::sha256_of("one\ntwo\n")}});
  CHECK(done.code == 0);
  CHECK(done.json() == json{{"command", "apply"}, {"status", "done"}, {"operations", 9}, {"mutation", 1}});
  CHECK(p.read("a") == "one\nand a half\nTWO\nthree\n");
  CHECK(fs::status(p / "a").permissions() == fs::perms(0640));
  CHECK(p.read("b") == "hello\n");
  CHECK(fs::status(p / "b").permissions() == fs::perms(0600));
  CHECK(p.read("e/f/g") == "from a file");
  CHECK(fs::read_symlink(p / "l") == "a");
  CHECK(fs::is_empty(p / "h"));
  CHECK_FALSE(p.exists("d"));
}

TEST_CASE("commitpoint apply: of a failure it is said which operation it was, and nothing is changed") {
  const place p;
  p.write("a", "x\n");
  CHECK(p.run({"recover"}).code == 2);  // nobody was here before
  CHECK(p.apply(json::array()).code == 0);
  const auto before = p.image();
  const auto failed = p.apply({{{"op", "write"}, {"path", "b"}, {"text", "1"}},
                               {{"op", "replace"}, {"path", "a"}, {"find", "y"}, {"with", "z"}}});
  CHECK(failed.code == 1);
  CHECK(failed.json().at("operation") == 1);
  CHECK(failed.json().at("op") == "replace");
  CHECK(failed.json().at("path") == "a");
  CHECK(failed.json().at("error").at("advice") == "'find' is there 0 times, and 'count' says 1");
  CHECK(difference_text(before, p.image()) == "");

  const auto file = p.change_set({{{"op", "remove"}, {"path", "nothing"}}});
  const auto told = p.run({"apply", file});
  CHECK(told.code == 1);
  CHECK(told.err.starts_with("commitpoint: operation 0 (remove 'nothing'): nothing: No such file or directory\n"));

  CHECK(p.apply({{{"op", "edit"}, {"path", "a"}, {"diff", "@@ -1 +1 @@\n-y\n+z\n"}}}).code == 1);
  CHECK(p.apply({{{"op", "write"}, {"path", "../b"}, {"text", ""}}}).code == 1);
  CHECK(p.apply({{{"op", "write"}, {"path", ".commitpoint/format"}, {"text", ""}}}).code == 1);
  CHECK(p.apply({{{"op", "wite"}, {"path", "b"}}}).code == 2);
  CHECK(difference_text(before, p.image()) == "");
}

TEST_CASE("commitpoint apply: what is expected must be so") {
  const place p;
  p.write("a", "x\n");
  const json write{{{"op", "write"}, {"path", "b"}, {"text", "1"}}};
  CHECK(p.apply(write, {{"a", "absent"}}).code == 1);
  CHECK(p.apply(write, {{"b", command::sha256_of("")}}).code == 1);
  const auto other = p.apply(write, {{"a", command::sha256_of("y\n")}});
  CHECK(other.code == 1);
  CHECK(other.json().at("error").at("path") == "a");
  CHECK(other.json().at("error").at("advice") == "its SHA-256 is " + command::sha256_of("x\n"));
  CHECK_FALSE(p.exists("b"));
  CHECK(p.apply(write, {{"a", command::sha256_of("x\n")}, {"b", "absent"}}).code == 0);
  CHECK(p.exists("b"));
}

TEST_CASE("commitpoint apply: from a pipe") {
  const place p;
  const std::string command =
      std::string("printf '%s' '{\"operations\":[{\"op\":\"write\",\"path\":\"a\",\"text\":\"é\"}]}' | ") +
      COMMITPOINT_PROGRAM + " --quiet --root " + p.root().native() + " apply";
  CHECK(std::system(command.c_str()) == 0);  // NOLINT(cert-env33-c): a test's own names
  CHECK(p.read("a") == "é");
}

TEST_CASE("commitpoint apply --dry-run shows what the real one does, and does nothing") {
  const place p;
  p.write("a", "one\ntwo\n");
  p.write("d/f", "x\n");
  const auto file = p.change_set({{{"op", "replace"}, {"path", "a"}, {"find", "two"}, {"with", "TWO"}},
                                  {{"op", "rename"}, {"from", "d"}, {"to", "e"}}});
  CHECK(p.run({"recover"}).code == 2);
  CHECK(p.run({"apply", "--dry-run", file}).code == 0);  // makes the state directory
  const auto before = p.image();
  const auto shown = p.run({"apply", "--dry-run", file});
  CHECK(shown.code == 0);
  CHECK(shown.out ==
        "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n one\n-two\n+TWO\n"
        "removed: d\n--- a/d/f\n+++ b/d/f\n@@ -1 +0,0 @@\n-x\n"
        "added: e\n--- a/e/f\n+++ b/e/f\n@@ -0,0 +1 @@\n+x\n");
  CHECK(difference_text(before, p.image()) == "");
  const auto listed = p.run({"--json", "apply", "--dry-run", file}).json();
  CHECK(listed.at("status") == "shown");
  CHECK(listed.at("changes").size() == 5);

  const auto bad = p.change_set({{{"op", "replace"}, {"path", "a"}, {"find", "2"}, {"with", ""}}});
  CHECK(p.run({"apply", "--dry-run", bad}).code == 1);
}

namespace {

// The same effects by hand, on a tree beside.
void by_hand(const fs::path& root, const json& operation) {
  const auto op = operation.at("op").get<std::string>();
  const auto path = [&](const char* name) { return root / operation.at(name).get<std::string>(); };
  if (op == "write") {
    std::ofstream(path("path"), std::ios::binary) << operation.at("text").get<std::string>();
    if (operation.contains("mode")) {
      fs::permissions(path("path"), fs::perms(std::stoul(operation.at("mode").get<std::string>(), nullptr, 8)));
    }
  } else if (op == "append") {
    std::ofstream(path("path"), std::ios::binary | std::ios::app) << operation.at("text").get<std::string>();
  } else if (op == "replace") {
    auto text = content_of(path("path"));
    text.replace(text.find(operation.at("find").get<std::string>()), 1, operation.at("with").get<std::string>());
    std::ofstream(path("path"), std::ios::binary) << text;
  } else if (op == "mkdir") {
    fs::create_directories(path("path"));
  } else if (op == "rename") {
    fs::rename(path("from"), path("to"));
  } else if (op == "remove") {
    fs::remove_all(path("path"));
  } else if (op == "symlink") {
    fs::remove(path("path"));
    fs::create_symlink(operation.at("target").get<std::string>(), path("path"));
  }
}

// Operations that succeed one after the other, and the tree that they leave behind.
class random_changes {
 public:
  random_changes(fs::path root, std::uint64_t seed) : root_(std::move(root)), engine_(seed) {}

  json run(std::size_t count) {
    json out = json::array();
    while (out.size() < count) {
      const auto made = one();
      if (made.is_null()) continue;
      by_hand(root_, made);
      out.push_back(made);
    }
    return out;
  }

 private:
  std::uint64_t below(std::uint64_t sides) { return engine_() % sides; }
  std::string name() {
    const char* directories[] = {"", "", "d/", "d/e/", "f/"};
    return directories[below(5)] + std::string(1, static_cast<char>('m' + below(5)));
  }
  fs::file_type type(const std::string& path) const { return fs::symlink_status(root_ / path).type(); }
  bool can_stand(const std::string& path) const { return fs::is_directory((root_ / path).parent_path()); }

  json one() {
    const auto path = name();
    const auto there = type(path);
    const bool file = there == fs::file_type::regular;
    const bool free = there == fs::file_type::not_found && can_stand(path);
    const auto text = std::string(below(40), static_cast<char>('A' + below(26))) + "q\n";
    switch (below(8)) {
      case 0:
        if (!file && !free) return {};
        if (below(2) == 0) return {{"op", "write"}, {"path", path}, {"text", text}};
        return {{"op", "write"}, {"path", path}, {"text", text}, {"mode", below(2) == 0 ? "0640" : "0755"}};
      case 1: return file || free ? json{{"op", "append"}, {"path", path}, {"text", text}} : json{};
      case 2: {
        if (!file) return {};
        const auto content = content_of(root_ / path);
        if (std::count(content.begin(), content.end(), 'q') != 1) return {};
        return {{"op", "replace"}, {"path", path}, {"find", "q"}, {"with", "Qq"}};
      }
      case 3: {
        const char* directories[] = {"d", "d/e", "f"};
        const std::string directory = directories[below(3)];
        return {{"op", "mkdir"}, {"path", directory}};
      }
      case 4: {
        const auto to = name();
        const bool to_free = type(to) == fs::file_type::not_found || type(to) == fs::file_type::regular;
        return file && to_free && can_stand(to) && path != to ? json{{"op", "rename"}, {"from", path}, {"to", to}}
                                                              : json{};
      }
      case 5: {
        const char* directories[] = {"d", "d/e", "f"};
        const std::string from = directories[below(3)];
        const auto to = "t" + std::to_string(below(3));
        const bool goes = type(from) == fs::file_type::directory && type(to) == fs::file_type::not_found;
        return goes && below(3) == 0 ? json{{"op", "rename"}, {"from", from}, {"to", to}} : json{};
      }
      case 6:
        return there != fs::file_type::not_found && below(2) == 0 ? json{{"op", "remove"}, {"path", path}} : json{};
      default:
        return free || there == fs::file_type::symlink ? json{{"op", "symlink"}, {"path", path}, {"target", name()}}
                                                       : json{};
    }
  }

  fs::path root_;
  std::mt19937_64 engine_;
};

}  // namespace

TEST_CASE("commitpoint apply: 1,000 random change sets give the tree that the same effects give by hand") {
  const place p;
  const auto hand = p.path() / "hand";
  fs::create_directory(hand);
  const auto seed =
      std::getenv("COMMITPOINT_SEED") == nullptr ? 1 : std::strtoull(std::getenv("COMMITPOINT_SEED"), nullptr, 10);
  for (std::uint64_t number = 0; number < 1000; ++number) {
    CAPTURE(number);
    if (number % 50 == 0) {  // from an empty tree again
      for (const auto& at : {p.root(), hand}) {
        fs::remove_all(at);
        fs::create_directory(at);
      }
    }
    random_changes changes(hand, seed * 1'000'000 + number);
    const auto operations = changes.run(1 + number % 12);
    const auto done = p.apply(operations);
    CAPTURE(operations.dump());
    REQUIRE_MESSAGE(done.code == 0, done.out);
    auto wanted = commitpoint::testing::read_tree(commitpoint::path(hand.native()), {}).value();
    for (auto& [name, entry] : wanted.entries) entry.modified.reset();
    auto found = p.image(false);
    REQUIRE(difference_text(wanted, found) == "");
  }
}
