#pragma once

/// \file
/// What a process that reads a PDF and the one that asked for it say to each other, over a socket: frames of a kind, a
/// size and so many bytes. Both are the same program.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace page_index {

enum class frame_kind : std::uint8_t {
  ask_facts,
  ask_text,    ///< a page's number
  ask_images,  ///< a page's number
  pages,       ///< a number
  title,
  largest_text,
  section,  ///< the level, the page and the title, with blanks between
  text,
  image_piece,
  image_end,
  failed,  ///< why, for a person
  end,     ///< nothing more comes in answer to the last question
};

/// The head of a frame.
struct frame_head {
  frame_kind kind = frame_kind::end;
  std::uint64_t size = 0;  ///< of what follows, in bytes
};

/// No answer is larger; what is, is nonsense.
inline constexpr std::uint64_t largest_frame = std::uint64_t{512} << 20U;

struct frame {
  frame_kind kind = frame_kind::end;
  std::string bytes;
};

/// False when the other one is gone.
[[nodiscard]] bool send_frame(int socket, frame_kind kind, std::string_view bytes = {});
/// Waits for the next one; false when the other one is gone, or `wake` (a descriptor; -1 for none) can be read first.
[[nodiscard]] bool receive_frame(int socket, frame& into, int wake = -1);

}  // namespace page_index
