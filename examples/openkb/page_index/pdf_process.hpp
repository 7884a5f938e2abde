#pragma once

/// \file
/// A PDF that is read by a process of its own: what is wrong with a document then ends that process, and no other.

#include "page_index/pdf_source.hpp"
#include "page_index/pdf_wire.hpp"

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace page_index {

/// A descriptor that can be read once it was rung.
class alarm_bell {
 public:
  alarm_bell();
  alarm_bell(const alarm_bell&) = delete;
  alarm_bell& operator=(const alarm_bell&) = delete;
  ~alarm_bell();
  void ring() const noexcept;
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

class pdf_process : public pdf_source {
 public:
  pdf_process(std::filesystem::path program, std::filesystem::path file, std::stop_token stop);
  ~pdf_process() override;

  [[nodiscard]] pdf_facts facts() override;
  [[nodiscard]] std::string text(std::size_t page) override;
  bool images(std::size_t page, const png_sink& take) override;

 private:
  using frame_sink = std::function<void(frame&&)>;

  void start();
  [[nodiscard]] bool ask(frame_kind question, std::string_view about, const frame_sink& take);
  void ask_or_fail(frame_kind question, const std::string& about, const std::string& what, const frame_sink& take);
  [[nodiscard]] std::string end();

  std::filesystem::path program_;
  std::filesystem::path file_;
  std::stop_token stop_;
  pid_t process_ = -1;
  int socket_ = -1;
  alarm_bell wake_;
  std::stop_callback<std::function<void()>> on_stop_;
};

}  // namespace page_index
