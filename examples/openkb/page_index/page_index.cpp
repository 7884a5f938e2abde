#include "page_index/page_index.hpp"

#include "documents/digest.hpp"
#include "page_index/error.hpp"
#include "page_index/store_database.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <system_error>
#include <utility>

namespace page_index {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view blobs = "files";

[[noreturn]] void fail(const std::string& what, const std::error_code& why) {
  throw error(error::kind::store_failed, what + ": " + why.message());
}

[[noreturn]] void fail(const fs::path& file) { fail(file.native(), {errno, std::system_category()}); }

// Not a lock on the database's own file: closing any descriptor of that would take SQLite's locks away.
class writing {
 public:
  explicit writing(const fs::path& directory) : fd_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (fd_ < 0) fail(directory);
    while (::flock(fd_, LOCK_EX) != 0) {
      if (errno == EINTR) continue;
      ::close(fd_);
      fail(directory);
    }
  }
  writing(const writing&) = delete;
  writing& operator=(const writing&) = delete;
  ~writing() { ::close(fd_); }

 private:
  int fd_;
};

std::string hash_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) fail(file);
  openkb::sha256 hash;
  std::vector<char> buffer(std::size_t{1} << 18U);
  while (in) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    hash.update({buffer.data(), static_cast<std::size_t>(in.gcount())});
  }
  if (in.bad()) fail(file);
  return hash.finish();
}

void write_file(const fs::path& file, std::string_view bytes) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) fail(file);
}

void make_directory(const fs::path& directory) {
  std::error_code code;
  fs::create_directories(directory, code);
  if (code) fail(directory.native(), code);
}

void stop_if(const std::stop_token& stop) {
  if (stop.stop_requested()) throw error(error::kind::cancelled, "cancelled");
}

fs::path blob_of(std::string_view collection, std::string_view id) {
  return fs::path(blobs) / collection / std::string(id).append(".pdf");
}

std::string database_of(const fs::path& directory) { return (directory / "pageindex.db").native(); }

fs::path directory_of(std::string_view collection, std::string_view id) { return fs::path(blobs) / collection / id; }

// Anything else could lead out of the store.
void require_plain(std::string_view name) {
  if (name.empty() || name.front() == '.' || name.find('/') != std::string_view::npos) {
    throw error(error::kind::store_failed, "not a name for a collection or a document: " + std::string(name));
  }
}

std::string image_name(std::size_t page, std::size_t nth) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "p%04zu-%02zu.png", page, nth);
  return text.data();
}

}  // namespace

struct index::parts {
  fs::path directory;
  store_database database;

  void erase(std::string_view collection, std::string_view id) const {
    require_plain(collection);
    require_plain(id);
    // The blobs first: as long as the row is there, somebody can still find what is left of them.
    for (const auto& name : {blob_of(collection, id), directory_of(collection, id)}) {
      std::error_code code;
      fs::remove_all(directory / name, code);
      if (code) fail(name.native(), code);
    }
    database.forget(collection, id);
  }

  // A name made from the content: short, and the same wherever the same is indexed.
  [[nodiscard]] std::string free_id(std::string_view collection, std::string_view sha256) const {
    for (std::size_t digits = 16;; digits += 8) {
      auto id = "pi-" + std::string(sha256.substr(0, digits));
      if (!database.find(collection, id)) return id;
    }
  }

  void store(const document& d, const fs::path& pdf) const {
    make_directory(directory / blobs / d.collection);
    const auto blob = directory / blob_of(d.collection, d.id);
    std::error_code code;
    fs::copy_file(pdf, blob, fs::copy_options::overwrite_existing, code);
    if (code) fail(blob.native(), code);
    fs::permissions(
        blob, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::others_read, code);
    if (code) fail(blob.native(), code);
  }

  void index_pages(document& d, indexed& out, const std::stop_token& stop) const {
    const pdf_file pdf(directory / blob_of(d.collection, d.id), stop);
    d.title = pdf.title();
    d.pages = pdf.pages();
    std::vector<page> pages;
    bool any_image = false;
    for (std::size_t number = 1; number <= d.pages; ++number) {
      stop_if(stop);
      auto& p = pages.emplace_back(page{number, pdf.text(number), {}});
      const bool all = pdf.images(number, [&](std::string&& png) {
        const auto where = image_directory(d.collection, d.id);
        if (!std::exchange(any_image, true)) make_directory(directory / where);
        const auto& name = p.images.emplace_back(image_name(number, p.images.size() + 1));
        write_file(directory / where / name, png);
      });
      if (!all) out.pages_without_images.push_back(number);
    }
    if (any_image) out.new_paths.push_back(directory_of(d.collection, d.id));
    stop_if(stop);
    database.finish(d, pages, pdf.sections());
  }
};

index::index(fs::path directory) {
  make_directory(directory / blobs);
  const auto file = database_of(directory);
  parts_ = std::make_unique<parts>(parts{std::move(directory), store_database(file)});
}

index::index(std::unique_ptr<parts> made) noexcept : parts_(std::move(made)) {}

index index::to_read(fs::path directory) {
  const auto file = database_of(directory);
  return index(std::make_unique<parts>(parts{std::move(directory), store_database::to_read(file)}));
}

index::index(index&&) noexcept = default;
index& index::operator=(index&&) noexcept = default;
index::~index() = default;

fs::path index::image_directory(std::string_view collection, std::string_view id) {
  return directory_of(collection, id) / "images";
}

void index::make_collection(std::string_view collection) {
  require_plain(collection);
  make_directory(parts_->directory / blobs / collection);
}

indexed index::add(std::string_view collection, const fs::path& pdf, std::string_view label,
                   const std::stop_token& stop) {
  require_plain(collection);
  const writing alone(parts_->directory / blobs);
  document d{std::string(collection), {}, hash_of(pdf), std::string(label), {}, 0, false};
  if (const auto known = parts_->database.find_content(collection, d.sha256)) {
    if (known->ready) return {known->id, false, {}};
    // Whoever was at it is gone: nobody else has the lock.
    parts_->erase(collection, known->id);
  }
  d.id = parts_->free_id(collection, d.sha256);
  indexed out{d.id, true, {}};
  std::error_code ignored;
  const auto home = fs::path(blobs) / collection;
  if (!fs::exists(parts_->directory / home, ignored)) out.new_paths.push_back(home);
  out.new_paths.push_back(blob_of(collection, d.id));
  parts_->database.take(d);
  try {
    parts_->store(d, pdf);
    parts_->index_pages(d, out, stop);
  } catch (...) {
    parts_->erase(collection, d.id);
    throw;
  }
  return out;
}

void index::remove(std::string_view collection, std::string_view id) {
  const writing alone(parts_->directory / blobs);
  parts_->erase(collection, id);
}

void index::remove_labelled(std::string_view label) {
  const writing alone(parts_->directory / blobs);
  for (const auto& d : parts_->database.find_labelled(label)) parts_->erase(d.collection, d.id);
}

std::optional<document> index::find(std::string_view collection, std::string_view id) {
  return parts_->database.find(collection, id);
}

std::vector<document> index::documents() { return parts_->database.all(); }

std::vector<page> index::pages(std::string_view collection, std::string_view id) {
  return parts_->database.pages(collection, id);
}

std::vector<section> index::sections(std::string_view collection, std::string_view id) {
  return parts_->database.sections(collection, id);
}

std::vector<fs::path> index::strays() {
  std::vector<fs::path> out;
  const auto top = parts_->directory / blobs;
  for (const auto& collection : fs::directory_iterator(top)) {
    if (!collection.is_directory()) {
      out.push_back(fs::relative(collection.path(), parts_->directory));
      continue;
    }
    for (const auto& blob : fs::directory_iterator(collection.path())) {
      const auto name = blob.path().filename();
      const auto id = name.extension() == ".pdf" ? name.stem() : name;
      if (!parts_->database.find(collection.path().filename().native(), id.native())) {
        out.push_back(fs::relative(blob.path(), parts_->directory));
      }
    }
  }
  return out;
}

}  // namespace page_index
