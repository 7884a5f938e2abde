#include "adds.hpp"
#include "children.hpp"
#include "location.hpp"
#include "raw_calls.hpp"

#include <boost/filesystem/operations.hpp>

#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace benchmarks {

namespace {

using words = std::vector<std::string>;

words joined(words first, const words& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

// An add's files written where they are, as a person does before a commit.
void write_plainly(const std::string& root, const changes& all) {
  raw_calls calls;
  for (const auto& c : all) calls.write(calls.overwrite(AT_FDCWD, root + "/" + c.path), 0, c.bytes);
}

// Files written, added and committed. Everything that git writes is synced; what was written for it is not.
class git_store {
 public:
  git_store() : root_(place_of_run() + "/git") {
    tree::lay_out(root_, 3);
    run_program({"git", "-c", "init.defaultBranch=main", "init", "-q", root_});
    git({"add", "."});
    git({"commit", "-q", "-m", "laid out"});
  }
  void operator()(const changes& all) const {
    write_plainly(root_, all);
    words add{"add", "--"};
    for (const auto& c : all) add.push_back(c.path);
    git(add);
    git({"commit", "-q", "--allow-empty", "-m", "add"});
  }

 private:
  void git(const words& what) const {
    run_program(joined({"git", "-C", root_, "-c", "core.fsync=all", "-c", "gc.auto=0", "-c", "user.name=b", "-c",
                        "user.email=b@example.org", "-c", "commit.gpgSign=false"},
                       what));
  }

  std::string root_;
};

// The whole tree committed, and checked out over the one before: the files that readers see. Both sync.
class ostree_store {
 public:
  ostree_store() : source_(place_of_run() + "/ostree-source"), live_(place_of_run() + "/ostree-live") {
    tree::lay_out(source_, 3);
    repository_ = "--repo=" + place_of_run() + "/ostree";
    boost::filesystem::create_directories(place_of_run() + "/ostree");
    run_program({"ostree", repository_, "init", "--mode=bare-user-only"});
    commit_and_check_out();
  }
  void operator()(const changes& all) const {
    write_plainly(source_, all);
    commit_and_check_out();
    // Only what an add rewrites stays for the next one, or each would commit more than the one before.
    for (const auto& c : all) {
      if (c.is_new) boost::filesystem::remove(source_ + "/" + c.path);
    }
  }

 private:
  void commit_and_check_out() const {
    run_program({"ostree", repository_, "commit", "--branch=main", "--subject=add", "--fsync=true",
                 "--canonical-permissions", "--tree=dir=" + source_});
    run_program({"ostree", repository_, "checkout", "--user-mode", "--union", "--fsync=true", "main", live_});
  }

  std::string source_;
  std::string live_;
  std::string repository_;
};

template <class Store>
void register_store(const std::string& name, const std::string& program) {
  if (!has_program(program)) {
    std::cerr << "SKIPPED: " << name << ": " << program << " is not installed\n";
    return;
  }
  register_add(name, 0, [](tree&) {
    static const Store store;
    return [](const changes& all) { store(all); };
  });
}

}  // namespace

void register_version_stores() {
  register_store<git_store>("git add and commit", "git");
  register_store<ostree_store>("ostree commit and checkout", "ostree");
}

}  // namespace benchmarks
