#include "terminal/marked_arguments.hpp"

#include "terminal/usage.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace terminal {

namespace {

constexpr char mark = '\x1f';  // nothing that CLI11 looks for begins with it

const CLI::App* command_named(const CLI::App& app, const std::string& name) {
  const auto all = commands_of(app);
  const auto found = std::ranges::find(all, name, [](const CLI::App* c) { return c->get_name(); });
  return found == all.end() ? nullptr : *found;
}

class marking {
 public:
  marking(const CLI::App& app, std::string_view hyphenated) : app_(app), hyphenated_(hyphenated) {}

  void pass(const std::string& word) {
    if (value_) {
      value_ = false;
      words_.push_back(word);
    } else if (only_arguments_) {
      words_.push_back(mark + word);
    } else if (word == "--" && command_ != nullptr) {
      only_arguments_ = true;
    } else if (word.starts_with("--")) {
      const auto* option = option_named(app_, command_, word.substr(2));
      value_ = option != nullptr && option->get_items_expected_max() > 0;
      words_.push_back(word);
    } else if (command_ == nullptr) {
      command_ = command_named(app_, word);
      words_.push_back(word);
    } else {
      words_.push_back(is_argument(word) ? mark + word : word);
    }
  }

  [[nodiscard]] std::vector<std::string> words() && { return std::move(words_); }

 private:
  [[nodiscard]] bool is_argument(const std::string& word) const {
    if (!word.starts_with('-') || word.size() == 1) return true;
    return command_->get_name() == hyphenated_ && word != "-h";
  }

  const CLI::App& app_;
  std::string_view hyphenated_;
  const CLI::App* command_ = nullptr;
  bool value_ = false;  // the next word is that of an option
  bool only_arguments_ = false;
  std::vector<std::string> words_;
};

}  // namespace

std::vector<std::string> with_marked_arguments(const CLI::App& app, const std::vector<std::string>& words,
                                               std::string_view hyphenated) {
  marking all(app, hyphenated);
  for (const auto& word : words) all.pass(word);
  return std::move(all).words();
}

void unmark_arguments(CLI::App& app) {
  for (auto* command : app.get_subcommands([](CLI::App*) { return true; })) {
    for (auto* option : command->get_options([](CLI::Option* o) { return o->get_positional(); })) {
      option->transform(unmarked, std::string{});
    }
  }
}

std::string unmarked(const std::string& word) { return word.starts_with(mark) ? word.substr(1) : word; }

}  // namespace terminal
