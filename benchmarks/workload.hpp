#pragma once

/// \file
/// The standard workload: one add, which changes 11 files, in a tree that already holds some.
///
///     new         raw document 100,000 bytes, source 20,000, blob 100,000, summary 1,500, two concept pages 2,000
///     rewritten   three concept pages 2,000 bytes, the index 4,000, a registry 2,000

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace benchmarks {

/// One file of an add.
struct change {
  std::string path;        ///< relative to the root
  std::string_view bytes;  ///< what it will hold; lives as long as the program
  bool is_new;
};
using changes = std::vector<change>;

/// So many bytes that no file system compresses.
[[nodiscard]] std::string_view content(std::size_t size);

/// A tree that holds `n` concept pages, `n` entity pages and `n` blobs beside what every add rewrites. Everything
/// that is measured at one `n` is measured in the same tree.
class tree {
 public:
  /// The tree of that size; built when it is first asked for.
  [[nodiscard]] static tree& holding(std::size_t n);

  explicit tree(std::size_t n);
  tree(const tree&) = delete;
  tree& operator=(const tree&) = delete;
  ~tree() = default;

  [[nodiscard]] const std::string& root() const noexcept { return root_; }

  /// Makes the directories of a tree, and what every add rewrites, below another root.
  static void lay_out(const std::string& root, std::size_t concept_pages);

  /// The next adds. The new files of each have names of their own; the rewritten pages differ from add to add where
  /// there is more than the fewest.
  [[nodiscard]] std::vector<changes> next_adds(std::size_t count);
  /// As if nothing that these rewrite had been written lately: what was is looked at once more when it is saved.
  void make_old(const std::vector<changes>& adds) const;
  /// Removes what those adds created, and waits for the disk: what follows does not pay for it.
  void forget_adds();

  /// What an add may rewrite, beside the index and the registry.
  [[nodiscard]] std::size_t concept_pages() const noexcept { return n_ + 3; }
  [[nodiscard]] static std::string concept_page(std::size_t i) { return "wiki/concepts/page-" + std::to_string(i); }

 private:
  [[nodiscard]] changes next_add();

  std::size_t n_;
  std::string root_;
  std::uint64_t serial_ = 0;
  std::vector<std::string> created_;
};

inline constexpr std::string_view index_file = "wiki/index.md";
inline constexpr std::string_view registry_file = "registry";

}  // namespace benchmarks
