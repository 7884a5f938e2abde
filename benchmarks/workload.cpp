#include "workload.hpp"

#include "location.hpp"
#include "raw_calls.hpp"

#include <boost/filesystem/operations.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <memory>
#include <random>
#include <utility>

namespace benchmarks {

namespace {

constexpr std::size_t page_size = 2'000;
constexpr std::size_t blob_size = 100'000;

void write_file(raw_calls& calls, const std::string& path, std::string_view bytes) {
  const auto file = calls.create(AT_FDCWD, path);
  calls.write(file, 0, bytes);
}

// As long as a blob and without data: no add reads one, and a gigabyte of them would tell nothing.
void make_blob(raw_calls& calls, const std::string& path) {
  const auto file = calls.create(AT_FDCWD, path);
  check(::ftruncate(file.get(), blob_size), path);
}

}  // namespace

std::string_view content(std::size_t size) {
  static const std::string bytes = [] {
    std::mt19937_64 random(1);
    std::string all(100'000, '\0');
    std::ranges::generate(all, [&] { return static_cast<char>(random() & 0xffU); });
    return all;
  }();
  return std::string_view(bytes).substr(0, size);
}

tree& tree::holding(std::size_t n) {
  static std::map<std::size_t, std::unique_ptr<tree>> all;
  auto& known = all[n];
  if (!known) known = std::make_unique<tree>(n);
  return *known;
}

void tree::lay_out(const std::string& root, std::size_t concept_pages) {
  for (const auto* directory : {"raw", "blobs", "wiki/sources", "wiki/summaries", "wiki/concepts", "wiki/entities"}) {
    boost::filesystem::create_directories(root + "/" + directory);
  }
  raw_calls calls;
  for (std::size_t i = 0; i < concept_pages; ++i) write_file(calls, root + "/" + concept_page(i), content(page_size));
  write_file(calls, root + "/" + std::string(index_file), content(4'000));
  write_file(calls, root + "/" + std::string(registry_file), content(2'000));
}

tree::tree(std::size_t n) : n_(n), root_(place_of_run() + "/holding-" + std::to_string(n)) {
  lay_out(root_, concept_pages());
  raw_calls calls;
  for (std::size_t i = 0; i < n; ++i) {
    const auto number = std::to_string(i);
    write_file(calls, root_ + "/wiki/entities/page-" + number, content(page_size));
    make_blob(calls, root_ + "/blobs/blob-" + number);
  }
  calls.sync_filesystem(calls.open_directory(AT_FDCWD, root_));
}

changes tree::next_add() {
  const auto number = std::to_string(serial_);
  changes add{
      {"raw/added-" + number, content(100'000), true},
      {"wiki/sources/added-" + number, content(20'000), true},
      {"blobs/added-" + number, content(blob_size), true},
      {"wiki/summaries/added-" + number, content(1'500), true},
      {"wiki/concepts/added-" + number + "-a", content(page_size), true},
      {"wiki/concepts/added-" + number + "-b", content(page_size), true},
  };
  for (const auto& c : add) created_.push_back(c.path);
  // Three that are next to each other and far from those of the add before.
  const auto first = static_cast<std::size_t>(serial_ * 7919) % concept_pages();
  for (std::size_t i = 0; i < 3; ++i) {
    add.push_back({concept_page((first + i) % concept_pages()), content(page_size), false});
  }
  add.push_back({std::string(index_file), content(4'000), false});
  add.push_back({std::string(registry_file), content(2'000), false});
  ++serial_;
  return add;
}

std::vector<changes> tree::next_adds(std::size_t count) {
  std::vector<changes> adds(count);
  std::ranges::generate(adds, [this] { return next_add(); });
  return adds;
}

void tree::make_old(const std::vector<changes>& adds) const {
  const timespec hour_ago{::time(nullptr) - 3600, 0};
  const timespec times[]{hour_ago, hour_ago};
  for (const auto& all : adds) {
    for (const auto& c : all) {
      const auto path = root_ + "/" + c.path;
      if (!c.is_new) check(::utimensat(AT_FDCWD, path.c_str(), times, 0), path);
    }
  }
}

void tree::forget_adds() {
  for (const auto& path : created_) (void)::unlink((root_ + "/" + path).c_str());
  created_.clear();
  raw_calls calls;
  calls.sync_filesystem(calls.open_directory(AT_FDCWD, root_));
}

}  // namespace benchmarks
