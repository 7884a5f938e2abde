// An indexer that names its own blobs. Nobody knows the name before the blob is there, so it is tracked afterwards;
// and because the indexer keeps equal contents once, it may also return a blob that is older than the mutation.
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <thread>

namespace cp = commitpoint;

// Stands for somebody else's store. Gives the name that it chose.
std::string index_document(const std::string& root, const std::string& text) {
  auto name = "blob-" + std::to_string(std::hash<std::string>{}(text));
  const auto file = root + "/" + name;
  if (!std::filesystem::exists(file)) std::ofstream(file) << text;
  return name;
}

cp::result<std::string> add(cp::mutation& m, const std::string& text) {
  auto name = index_document(m.root().native(), text);
  const auto tracked = m.track_new(name);
  // An older blob belongs to an older mutation: a rollback leaves it alone, and this mutation may go on.
  if (!tracked && tracked.error() != cp::errc::not_new) return tracked.error();
  return name;
}

cp::result<bool> demonstrate(const std::string& root) {
  BOOST_OUTCOME_TRY(auto kb, cp::coordinator<>::open(root));
  BOOST_OUTCOME_TRY(auto owner, kb.acquire());
  BOOST_OUTCOME_TRY(const auto tea, owner.run({.operation = "add"}, [](cp::mutation& m) { return add(m, "tea"); }));

  // File systems stamp births with a clock that ticks every few milliseconds: older means older by a tick.
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  std::string again;
  std::string coffee;
  const auto failed = owner.run({.operation = "add"}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRY(again, add(m, "tea"));
    BOOST_OUTCOME_TRY(coffee, add(m, "coffee"));
    return make_error_code(std::errc::operation_canceled);
  });
  std::cout << "tea: " << tea << ", again: " << again << "; coffee: " << coffee << ", rolled back\n";
  return !failed && again == tea && std::filesystem::exists(root + "/" + tea) &&
         !std::filesystem::exists(root + "/" + coffee);
}

int main() {
  const cp::testing::temporary_directory scratch;
  const auto good = demonstrate(scratch.path().native());
  if (!good) std::cerr << good.error().message() << '\n';
  return good && good.value() ? 0 : 1;
}
