#include "page_index/serve_pdf.hpp"

#include "page_index/error.hpp"
#include "page_index/pdf_limits.hpp"
#include "page_index/pdf_wire.hpp"
#include "page_index/poppler_document.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>

namespace page_index {

namespace {

constexpr int socket_to_asker = STDIN_FILENO;

// Without the one who asked there is nothing to do.
void answer(frame_kind kind, std::string_view bytes = {}) {
  if (!send_frame(socket_to_asker, kind, bytes)) ::_exit(0);
}

class server {
 public:
  explicit server(const std::filesystem::path& file) : file_(file) {}

  void answer_all() {
    for (frame asked; receive_frame(socket_to_asker, asked);) {
      try {
        answer_one(asked);
      } catch (const error& e) {
        answer(frame_kind::failed, e.what());
      }
      answer(frame_kind::end);
    }
  }

 private:
  void answer_one(const frame& asked) {
    limits_.allow(asked.kind == frame_kind::ask_images ? image_memory : text_memory);
    if (!open_) open_ = std::make_unique<poppler_document>(file_);
    if (asked.kind == frame_kind::ask_text) return answer(frame_kind::text, open_->text(std::stoul(asked.bytes)));
    if (asked.kind != frame_kind::ask_images) return answer_facts();
    const bool done = open_->images(std::stoul(asked.bytes), [](std::string_view piece) {
      answer(piece.empty() ? frame_kind::image_end : frame_kind::image_piece, piece);
    });
    if (!done) ::_exit(out_of_memory);
  }

  void answer_facts() {
    const auto facts = open_->facts();
    answer(frame_kind::pages, std::to_string(facts.pages));
    answer(frame_kind::title, facts.title);
    answer(frame_kind::largest_text, facts.largest_text);
    for (const auto& s : facts.sections) {
      answer(frame_kind::section, std::to_string(s.level) + ' ' + std::to_string(s.page) + ' ' + s.title);
    }
  }

  const std::filesystem::path& file_;
  pdf_limits limits_;
  std::unique_ptr<poppler_document> open_;
};

}  // namespace

int serve_pdf(const std::filesystem::path& file) {
  // Nobody waits for the answer once the one who asked is gone.
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  (void)::prctl(PR_SET_DUMPABLE, 0);  // nor wants the core of what a document broke
  server(file).answer_all();
  return 0;
}

}  // namespace page_index
