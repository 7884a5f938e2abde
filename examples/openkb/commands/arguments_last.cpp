#include "commands/arguments_last.hpp"

#include "commands/usage.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace openkb {

namespace {

const CLI::App* command_named(const CLI::App& app, const std::string& name) {
  const auto all = commands_of(app);
  const auto found = std::ranges::find(all, name, [](const CLI::App* c) { return c->get_name(); });
  return found == all.end() ? nullptr : *found;
}

class ordering {
 public:
  explicit ordering(const CLI::App& app) : app_(app) {}

  void pass(const std::string& word) {
    if (value_) {
      value_ = false;
      options_.push_back(word);
    } else if (only_arguments_) {
      arguments_.push_back(word);
    } else if (word == "--" && command_ != nullptr) {
      only_arguments_ = true;
    } else if (word.starts_with("--")) {
      const auto* option = option_named(app_, command_, word.substr(2));
      value_ = option != nullptr && option->get_items_expected_max() > 0;
      options_.push_back(word);
    } else if (command_ == nullptr) {
      command_ = command_named(app_, word);
      options_.push_back(word);
    } else {
      (is_argument(word) ? arguments_ : options_).push_back(word);
    }
  }

  [[nodiscard]] bool is_mistakable() const {
    return std::ranges::any_of(arguments_, [](const std::string& w) { return w.starts_with('-') && w.size() > 1; });
  }

  [[nodiscard]] std::vector<std::string> run() && {
    options_.emplace_back("--");
    options_.insert(options_.end(), arguments_.begin(), arguments_.end());
    return std::move(options_);
  }

 private:
  [[nodiscard]] bool is_argument(const std::string& word) const {
    if (!word.starts_with('-') || word.size() == 1) return true;
    return command_->get_name() == "search" && word != "-h";
  }

  const CLI::App& app_;
  const CLI::App* command_ = nullptr;
  bool value_ = false;  // the next word is that of an option
  bool only_arguments_ = false;
  std::vector<std::string> options_;  // and the command
  std::vector<std::string> arguments_;
};

}  // namespace

std::vector<std::string> with_arguments_last(const CLI::App& app, const std::vector<std::string>& words) {
  ordering all(app);
  for (const auto& word : words) all.pass(word);
  return all.is_mistakable() ? std::move(all).run() : words;
}

}  // namespace openkb
