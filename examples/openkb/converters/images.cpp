#include "converters/images.hpp"

#include "documents/same_name.hpp"
#include "text/npos.hpp"

#include <commitpoint/files/beneath.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/system/native.hpp>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

namespace openkb {

namespace {

constexpr std::size_t most_searched = 100'000;  // entries of directories, for one image

// The first element, behind a byte order mark, the XML declaration, comments and a document type, is `svg`.
bool is_svg(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    const std::string_view end = text.starts_with("<!--") ? "-->" : text.starts_with("<?") ? "?>" : ">";
    if (end == ">" && !text.starts_with("<!")) break;
    const auto at = text.find(end);
    if (at == npos) return false;
    text.remove_prefix(at + end.size());
  }
  if (!text.starts_with("<svg")) return false;
  text.remove_prefix(4);
  return !text.empty() && std::string_view(" \t\r\n>/").find(text.front()) != npos;
}

// \source ISO/IEC 14496-12, the file type box, and the brands of AVIF and HEIF
bool is_heif(std::string_view bytes) {
  if (bytes.size() < 12 || bytes.substr(4, 4) != "ftyp") return false;
  const auto brand = bytes.substr(8, 4);
  constexpr std::string_view brands[] = {"avif", "avis", "heic", "heix", "mif1", "msf1"};
  return std::ranges::find(brands, brand) != std::end(brands);
}

// A bitmap says how large its file is.
bool is_bmp(std::string_view bytes) {
  if (bytes.size() < 26 || !bytes.starts_with("BM")) return false;
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size |= std::size_t{static_cast<unsigned char>(bytes[2 + i])} << (8 * i);
  return size == bytes.size();
}

// The way from one normal absolute path to another one below it; empty if it is not below it.
std::string way_down(const std::filesystem::path& directory, const std::filesystem::path& file) {
  const auto [end, rest] = std::mismatch(directory.begin(), directory.end(), file.begin(), file.end());
  if (end != directory.end()) return {};
  std::filesystem::path way;
  for (auto part = rest; part != file.end(); ++part) way /= *part;
  return way.native();
}

// The better of two of one name.
bool is_nearer(const std::filesystem::path& a, const std::filesystem::path& b) {
  const auto way = [](const std::filesystem::path& p) {
    return std::pair(std::distance(p.begin(), p.end()), p.native());
  };
  return b.empty() || way(a) < way(b);
}

std::filesystem::path find_below(const std::filesystem::path& directory, const std::filesystem::path& name) {
  namespace fs = std::filesystem;
  fs::path best;
  std::error_code code;
  std::size_t seen = 0;
  for (fs::recursive_directory_iterator entry(directory, fs::directory_options::skip_permission_denied, code), end;
       !code && entry != end && ++seen < most_searched; entry.increment(code)) {
    if (entry->path().filename().native().starts_with('.')) {
      entry.disable_recursion_pending();
    } else if (entry->path().filename() == name && is_nearer(entry->path(), best)) {
      best = entry->path();
    }
  }
  return best;
}

cp::result<image_file> read_below(const std::filesystem::path& directory, const std::string& way,
                                  const std::filesystem::path& file) {
  cp::system::native system;
  BOOST_OUTCOME_TRY(const auto root, system.open_root(directory.native()));
  // Whoever put a link there meanwhile is not followed.
  auto opened = cp::files::open_beneath(system, root, way, {});
  if (!opened && opened.error() == cp::errc::outside_root) return error::leads_outside;
  if (!opened) return std::move(opened).error();
  BOOST_OUTCOME_TRY(const auto status, system.status(opened.value()));
  if (status.type != cp::system::node_type::regular) return error::not_a_file;
  if (status.size > largest_image) return error::too_large;
  BOOST_OUTCOME_TRY(auto bytes, cp::files::read_whole(system, opened.value(), largest_image));
  if (!is_image(bytes)) return error::not_an_image;
  image_file out{file, std::move(bytes), std::nullopt};
  if ((status.mode & 0044U) != 0044U) out.mode = status.mode & 0644U;
  return out;
}

}  // namespace

bool is_image(std::string_view bytes) {
  using namespace std::string_view_literals;
  constexpr std::string_view beginnings[] = {
      "\x89PNG\r\n\x1a\n"sv, "\xFF\xD8\xFF"sv, "GIF87a"sv, "GIF89a"sv, "II*\0"sv, "MM\0*"sv, "\0\0\1\0"sv};
  if (std::ranges::any_of(beginnings, [&](auto b) { return bytes.starts_with(b); })) return true;
  if (bytes.starts_with("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP") return true;
  return is_bmp(bytes) || is_heif(bytes) || is_svg(bytes);
}

image_directories::image_directories(const std::filesystem::path& own, const std::vector<std::filesystem::path>& others)
    : own_(own) {
  all_.push_back(own);
  all_.insert(all_.end(), others.begin(), others.end());
  for (auto& directory : all_) {
    std::error_code code;
    const auto found = std::filesystem::canonical(directory, code);
    if (!code) directory = found;
  }
}

cp::result<image_file> image_directories::read(const std::filesystem::path& file) const {
  if (file.native().find('\0') != std::string::npos) return cp::system_error(EINVAL);
  std::error_code code;
  const auto found = std::filesystem::canonical(file_of_same_name(own_ / file), code);
  if (code) return cp::failure(code);
  for (const auto& directory : all_) {
    if (const auto way = way_down(directory, found); !way.empty()) return read_below(directory, way, found);
  }
  return error::leads_outside;
}

std::filesystem::path image_directories::find(const std::filesystem::path& name) const {
  for (const auto& directory : all_) {
    if (auto found = find_below(directory, name); !found.empty()) return found;
  }
  return {};
}

}  // namespace openkb
