// `commitpoint apply` against the same effects by hand.

#include "command.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <utility>

using command_test::content_of;
using command_test::place;
using nlohmann::json;
namespace fs = std::filesystem;

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
