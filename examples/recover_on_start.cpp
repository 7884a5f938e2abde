// What a program does when it starts, and another one has died in the middle: look, recover, say what was done. And
// what it does when the evidence is damaged, so that recovery cannot decide: ask, and accept.
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <string>

namespace cp = commitpoint;

// An observer of our own: it ends the process right after the commit point, before any file is live.
struct dies_when_committed {
  using kind = cp::kind::observe;
  void operator()(const cp::observe::event& e) const noexcept {
    if (e.at == cp::step::committed) (void)::raise(SIGKILL);
  }
};

void write_and_die(const std::string& root, const std::string& text) {
  if (const auto child = ::fork(); child != 0) {
    ::waitpid(child, nullptr, 0);
    return;
  }
  auto notes = cp::coordinator<dies_when_committed>::open(root).value();
  auto owner = notes.acquire().value();
  (void)owner.run({.operation = "write"}, [&](cp::mutation& m) { return m.write("note", text); });
  ::_exit(1);
}

// Recovery could not decide. A person should look at the evidence before anybody accepts.
cp::result<void> accept(cp::coordinator<>& notes) {
  BOOST_OUTCOME_TRY(const auto found, notes.pending());
  if (!found.blocked) return cp::success();
  std::cout << "blocked: " << found.blocked->reason << "\n  evidence: " << found.blocked->evidence << '\n';
  BOOST_OUTCOME_TRYV(notes.accept(found.blocked->id));
  return cp::success();
}

// How a program begins.
cp::result<void> start(cp::coordinator<>& notes) {
  BOOST_OUTCOME_TRY(const auto found, notes.pending());  // looks, changes nothing
  for (const auto& m : found.mutations) std::cout << "pending: mutation " << m.number << ", " << m.operation << '\n';
  const auto owner = notes.acquire();  // recovers
  if (!owner && owner.error() == cp::errc::needs_repair) return accept(notes);
  if (!owner) return owner.error();
  const auto& done = owner.value().recovered();
  for (const auto& m : done.mutations) std::cout << "recovered: mutation " << m.number << '\n';
  for (const auto& k : done.kept) std::cout << "kept: " << k.path << " at " << k.place << '\n';
  return cp::success();
}

cp::result<bool> demonstrate(const std::string& root) {
  write_and_die(root, "first\n");
  BOOST_OUTCOME_TRY(auto notes, cp::coordinator<>::open(root));
  BOOST_OUTCOME_TRYV(start(notes));

  write_and_die(root, "second\n");
  std::filesystem::remove(root + "/.commitpoint/staging/m2/f0");  // a damage that nothing can repair
  BOOST_OUTCOME_TRYV(start(notes));

  BOOST_OUTCOME_TRY(const auto reader, notes.read());
  BOOST_OUTCOME_TRY(const auto note, reader.read("note"));
  return note == "first\n";  // finished the first time; given up the second time, with nothing live touched
}

int main() {
  const cp::testing::temporary_directory scratch;
  const auto good = demonstrate(scratch.path().native());
  if (!good) std::cerr << good.error().message() << '\n';
  return good && good.value() ? 0 : 1;
}
