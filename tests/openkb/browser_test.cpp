#include "program.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

namespace fs = std::filesystem;
using openkb::testing::content_of;
using openkb::testing::place;

// Debian's chromium-headless-shell, or what else is of that kind.
std::string find_browser() {
  for (const auto* name : {"chromium-headless-shell", "chromium", "google-chrome"}) {
    if (std::system(("command -v " + std::string(name) + " >/dev/null").c_str()) == 0) return name;  // NOLINT
  }
  return {};
}

// A page as it is when its scripts have run.
class browser {
 public:
  explicit browser(const place& at) : program_(find_browser()), profile_(at.path() / "profile") {}

  [[nodiscard]] bool is_here() const {
    if (program_.empty()) MESSAGE("SKIPPED: no browser here; install chromium-headless-shell");
    return !program_.empty();
  }
  [[nodiscard]] std::string show(const fs::path& page, const std::string& behind = {}) const {
    const auto out = profile_.native() + ".out";
    const auto command =
        program_ + " --headless --no-sandbox --disable-gpu --virtual-time-budget=10000 --user-data-dir='" +
        profile_.native() + "' --dump-dom 'file://" + page.native() + behind + "' > '" + out + "' 2>/dev/null";
    REQUIRE(std::system(command.c_str()) == 0);  // NOLINT(cert-env33-c)
    return content_of(out);
  }

 private:
  std::string program_;
  fs::path profile_;
};

// Whether a script of a document ran: each leaves a trace in the page.
bool is_owned(const std::string& dom) {
  return dom.substr(0, dom.find("<head")).find("data-owned") != std::string::npos;
}

constexpr auto own = "document.documentElement.dataset.owned=1";

}  // namespace

TEST_CASE("openkb export: the search of a site works in a browser, from files") {
  const place at;
  const browser chromium(at);
  if (!chromium.is_here()) return;
  REQUIRE(at.run({"init"}).code == 0);
  REQUIRE(at.add(at.write("a.md", "# Atomic commit\n\nThe rollback journal <b>is</b> synced, says Zoë.\n")).code == 0);
  REQUIRE(at.add(at.write("b.md",
                          "# Journals\n\nA wall of journals. Ünïcödé <img src=x onerror=" + std::string(own) + ">\n"))
              .code == 0);
  const auto site = at.path() / "site";
  REQUIRE(at.run({"export", site.native()}).code == 0);
  const auto results = [&](const std::string& behind) {
    const auto dom = chromium.show(site / "index.html", behind);
    CHECK_FALSE(is_owned(dom));
    const auto begin = dom.find("<section id=\"openkb-results\"");
    return dom.substr(begin, dom.find("</section>", begin) - begin);
  };
  const std::string a = "<a href=\"summaries/a.html\">Atomic commit</a>";
  const std::string b = "<a href=\"summaries/b.html\">Journals</a>";
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };

  const auto both = results("#q=journal");
  CHECK(has(both, "2 documents"));
  CHECK(has(both, a));
  CHECK(has(both, b));
  const auto one = results("#q=rollback%20JOURNALS");
  CHECK(has(one, "1 document"));
  CHECK(has(one, a));
  CHECK(has(results("#q=zo%C3%AB"), a));
  CHECK(has(results("?q=%C3%9Cn%C3%AFc"), b));  // as the forms of other pages ask
  CHECK(has(results("#q=nowhere"), "Nothing found"));
  const auto asked_in_html = results("#q=%3Cimg%20src%3Dx%20onerror%3D" + std::string(own) + "%3E");
  CHECK(has(asked_in_html, "Nothing found"));
  CHECK_FALSE(has(asked_in_html, "<img"));
  CHECK_FALSE(has(results(""), "document"));
}

TEST_CASE("openkb export: no script of a document runs in a browser") {
  const place at;
  const browser chromium(at);
  if (!chromium.is_here()) return;
  const std::string o = own;
  const auto evil =
      "# Evil\n\n<script>" + o + "</script>\n\n<img src=x onerror=\"" + o + "\">\n\n<svg onload=\"" + o +
      "\"></svg>\n\n<details open ontoggle=\"" + o + "\">x</details>\n\n<iframe srcdoc=\"<script>parent." + o +
      "</script>\"></iframe>\n\n<input autofocus onfocus=\"" + o +
      "\">\n\n<meta http-equiv=refresh content=\"0;url=javascript:" + o +
      "\">\n\n<math><mtext></mtext><mglyph><style><img src=x onerror=\"" + o +
      "\"></style></mglyph></math>\n\n<noscript><p title=\"</noscript><img src=x onerror=" + o + ">\"></noscript>\n";
  // The test would see it.
  const auto control = at.write(
      "control.html", "<!DOCTYPE html><html><head></head><body><img src=x onerror=\"" + o + "\"></body></html>");
  CHECK(is_owned(chromium.show(control)));
  REQUIRE(at.run({"init"}).code == 0);
  REQUIRE(at.add(at.write("evil.md", evil)).code == 0);
  const auto site = at.path() / "site";
  REQUIRE(at.run({"export", site.native()}).code == 0);
  const auto page = site / "sources/evil.html";
  CHECK_FALSE(is_owned(chromium.show(page)));
  // Also in a browser that knows nothing of the page's policy.
  auto without = content_of(page);
  const auto policy = without.find("<meta http-equiv");
  REQUIRE(policy != std::string::npos);
  without.erase(policy, without.find('>', policy) + 1 - policy);
  CHECK_FALSE(is_owned(chromium.show(at.write("site/sources/without.html", without))));
}
