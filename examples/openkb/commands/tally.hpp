#pragma once

/// \file
/// What became of the documents of one `add`, and the words for it.

#include "commands/command_line.hpp"
#include "commands/output.hpp"
#include "knowledge_base/knowledge_base.hpp"
#include "knowledge_base/prepare_document.hpp"
#include "mutations/add_document.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

namespace openkb {

class tally {
 public:
  tally(output& out, knowledge_base& kb, const command_line& asked);

  void announce(std::size_t more) { expected_ += more; }
  [[nodiscard]] int exit() const noexcept { return exit_; }
  [[nodiscard]] bool updated() const noexcept { return updated_; }

  void succeeded(const input& in, const added& done);
  /// Gives whether the next one may be tried. What is here already is no failure.
  bool failed(const std::string& document, const cp::failure& why);
  /// One that did not get its turn, since why was said of another. Gives that no more are tried.
  bool not_added(const std::string& document);
  void nothing_in(const std::filesystem::path& directory);
  void sum_up() const;

 private:
  [[nodiscard]] std::string what_stays() const;
  void skipped(const std::string& document, const std::string& name);
  void tell_pages(const added& done) const;
  void progress();

  output& out_;
  knowledge_base& kb_;
  std::filesystem::path root_;
  bool dry_run_;
  std::size_t expected_ = 0;
  std::size_t added_ = 0;
  std::size_t skipped_ = 0;
  std::size_t failed_ = 0;
  std::size_t interrupted_ = 0;
  std::size_t not_added_ = 0;
  bool updated_ = false;
  int exit_ = exit_code::done;
};

}  // namespace openkb
