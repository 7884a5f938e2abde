#pragma once

/// \file
/// PDFs for tests: real ones that groff typesets, and small ones of which every byte is known.

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace openkb::testing {

/// A document as somebody would write it: groff sets the text of files into pages, with a heading for each.
inline void typeset(const std::vector<std::filesystem::path>& texts, const std::filesystem::path& pdf) {
  const auto source = pdf.native() + ".ms";
  std::ofstream out(source);
  for (const auto& file : texts) {
    if (file != texts.front()) out << ".bp\n";
    std::ifstream in(file);
    REQUIRE(in);
    out << ".NH 1\n" << file.stem().native() << "\n.LP\n.pdfbookmark 1 " << file.stem().native() << "\n.nf\n";
    for (std::string line; std::getline(in, line);) {
      // Nothing in it is a request, an escape, or wider than the page.
      for (auto at = line.find('\\'); at != std::string::npos; at = line.find('\\', at + 2)) line.insert(at, "\\");
      out << "\\&" << line.substr(0, 90) << '\n';
    }
    out << ".fi\n";
  }
  out.close();
  const auto command = "groff -k -Tpdf -ms -mpdfmark '" + source + "' > '" + pdf.native() + "' 2>/dev/null";
  REQUIRE(std::system(command.c_str()) == 0);  // NOLINT(cert-env33-c): a test's own names
}

/// Repetitive bytes as zlib compresses them, at a hundredth of their size: a beginning, and copies of it behind it. The
/// beginning may have 24 KiB.
inline std::string deflated_copies(std::string_view beginning, std::size_t size) {
  std::string out = "\x78\x01";
  unsigned long bits = 0;
  int count = 0;
  const auto put = [&](unsigned value, int n) {  // the lowest bit first
    bits |= static_cast<unsigned long>(value) << static_cast<unsigned>(count);
    for (count += n; count >= 8; count -= 8, bits >>= 8U) out += static_cast<char>(bits & 0xFFU);
  };
  const auto put_code = [&](unsigned code, int n) {  // the highest bit first, as codes stand
    for (int i = n - 1; i >= 0; --i) put((code >> static_cast<unsigned>(i)) & 1U, 1);
  };
  REQUIRE((beginning.size() > 16384 && beginning.size() <= 24576));
  put(1, 1);  // the last block
  put(1, 2);  // with the codes that everybody knows
  for (const char each : beginning) {
    const auto c = static_cast<unsigned char>(each);
    c < 144 ? put_code(0x30U + c, 8) : put_code(0x190U + c - 144U, 9);
  }
  for (auto made = beginning.size(); made < size; made += 258) {
    put_code(0xC5, 8);  // 258 bytes
    put_code(28, 5);    // from 16,385 bytes before, and so many more
    put(static_cast<unsigned>(beginning.size() - 16385), 13);
  }
  put_code(0, 7);
  put(0, 7);
  return out;  // without a checksum, which readers of PDFs do not look at
}

/// A small PDF, object by object.
class pdf_writer {
 public:
  /// The title in the document's properties.
  void title(std::string text) { title_ = std::move(text); }
  /// An entry of the outline, for the page that comes next.
  void bookmark(std::string text) { bookmarks_.emplace_back(std::move(text), pages_.size()); }

  /// A page of text lines below one in a size of its own.
  void headed_page(const std::string& head, int size, const std::vector<std::string>& lines) {
    std::string content =
        "BT /F1 " + std::to_string(size) + " Tf 72 720 Td (" + head + ") Tj /F1 11 Tf 0 -40 Td 14 TL\n";
    for (const auto& line : lines) content += "(" + line + ") Tj T*\n";
    page_of(stream({}, content + "ET\n"));
  }
  /// A page whose content is that of a stream, compressed or not, with forms that it may call by their names.
  void page_of(const std::string& content, const std::vector<std::pair<std::string, std::size_t>>& forms = {}) {
    const auto text = add(content);
    pages_.push_back(add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents " + std::to_string(text) +
                         " 0 R /Resources " + resources(forms) + " >>"));
  }
  /// Content that can be called by a name, and calls others. Gives its number.
  std::size_t form(const std::string& content, const std::vector<std::pair<std::string, std::size_t>>& forms = {}) {
    return add(stream("/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources " + resources(forms), content));
  }
  /// An image of that many pixels in each direction, of which there are no bytes. Gives its number.
  std::size_t empty_image(int side) {
    const auto size = std::to_string(side);
    return add(stream("/Type /XObject /Subtype /Image /Width " + size + " /Height " + size +
                          " /ColorSpace /DeviceRGB /BitsPerComponent 8",
                      "x"));
  }
  static std::string stream(const std::string& about, const std::string& content) {
    return "<< " + about + " /Length " + std::to_string(content.size()) + " >>\nstream\n" + content + "\nendstream";
  }

  /// A page of text lines; with an image of that many pixels in each direction, whose colour is `shade`.
  void page(const std::vector<std::string>& lines, int image_side = 0, unsigned char shade = 0) {
    std::string content = "BT /F1 12 Tf 72 720 Td 14 TL\n";
    for (const auto& line : lines) content += "(" + line + ") Tj T*\n";
    content += "ET\n";
    if (image_side > 0) content += "q 100 0 0 100 72 100 cm /I Do Q\n";
    const auto text = add(stream({}, content));
    std::string resources = "/Font << /F1 1 0 R >>";
    if (image_side > 0) {
      const auto size = std::to_string(image_side);
      const std::string pixels(static_cast<std::size_t>(3 * image_side * image_side), static_cast<char>(shade));
      const auto image = add(stream("/Type /XObject /Subtype /Image /Width " + size + " /Height " + size +
                                        " /ColorSpace /DeviceRGB /BitsPerComponent 8",
                                    pixels));
      resources += " /XObject << /I " + std::to_string(image) + " 0 R >>";
    }
    pages_.push_back(add("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents " + std::to_string(text) +
                         " 0 R /Resources << " + resources + " >> >>"));
  }

  [[nodiscard]] std::string bytes() {
    objects_[0] = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>";
    std::string kids;
    for (const auto p : pages_) kids += std::to_string(p) + " 0 R ";
    objects_[1] = "<< /Type /Pages /Count " + std::to_string(pages_.size()) + " /Kids [ " + kids + "] >>";
    const auto outline = add_outline();
    objects_[2] = "<< /Type /Catalog /Pages 2 0 R " + outline + ">>";
    const auto info = title_.empty() ? 0 : add("<< /Title (" + title_ + ") >>");
    std::string out = "%PDF-1.4\n";
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      places.push_back(out.size());
      out += std::to_string(i + 1) + " 0 obj\n" + objects_[i] + "\nendobj\n";
    }
    const auto table = out.size();
    out += "xref\n0 " + std::to_string(objects_.size() + 1) + "\n0000000000 65535 f \n";
    for (const auto place : places) {
      const auto digits = std::to_string(place);
      out += std::string(10 - digits.size(), '0') + digits + " 00000 n \n";
    }
    return out + "trailer << /Size " + std::to_string(objects_.size() + 1) + " /Root 3 0 R" +
           (info == 0 ? "" : " /Info " + std::to_string(info) + " 0 R") + " >>\nstartxref\n" + std::to_string(table) +
           "\n%%EOF\n";
  }

  /// The same around an object of that many bytes, which nothing refers to: what comes before them, and behind them.
  [[nodiscard]] std::pair<std::string, std::string> around(std::size_t size) {
    const auto small = add(stream({}, "|"));
    auto& object = objects_[small - 1];
    object.replace(object.find("/Length 1"), 9, "/Length " + std::to_string(size));
    auto all = bytes();
    const auto at = all.rfind('|', all.rfind("xref\n0 "));
    const auto behind = all.rfind("startxref\n") + 10;
    const auto table = std::stoul(all.substr(behind)) + size - 1;
    auto tail = all.substr(at + 1, behind - at - 1) + std::to_string(table) + "\n%%EOF\n";
    all.resize(at);
    return {std::move(all), std::move(tail)};
  }

 private:
  static std::string resources(const std::vector<std::pair<std::string, std::size_t>>& forms) {
    std::string out = "<< /Font << /F1 1 0 R >> /XObject <<";
    for (const auto& [name, number] : forms) out += " /" + name + ' ' + std::to_string(number) + " 0 R";
    return out + " >> >>";
  }
  std::string add_outline() {
    if (bookmarks_.empty()) return {};
    const auto top = objects_.size() + 1 + bookmarks_.size();
    for (std::size_t i = 0; i < bookmarks_.size(); ++i) {
      const auto here = objects_.size() + 1;
      add("<< /Title (" + bookmarks_[i].first + ") /Parent " + std::to_string(top) + " 0 R /Dest [" +
          std::to_string(pages_.at(bookmarks_[i].second)) + " 0 R /Fit]" +
          (i + 1 < bookmarks_.size() ? " /Next " + std::to_string(here + 1) + " 0 R" : "") + " >>");
    }
    const auto first = std::to_string(top - bookmarks_.size());
    add("<< /First " + first + " 0 R /Last " + std::to_string(top - 1) + " 0 R >>");
    return "/Outlines " + std::to_string(top) + " 0 R ";
  }
  std::size_t add(std::string object) {
    objects_.push_back(std::move(object));
    return objects_.size();
  }

  std::vector<std::string> objects_ = std::vector<std::string>(3);
  std::vector<std::size_t> pages_;
  std::vector<std::pair<std::string, std::size_t>> bookmarks_;  // with the number of a page, from 0
  std::string title_;
};

}  // namespace openkb::testing
