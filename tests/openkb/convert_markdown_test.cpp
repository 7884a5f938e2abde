#include "converters/convert_markdown.hpp"

#include <doctest/doctest.h>

using openkb::convert_markdown;

TEST_CASE("markdown: front matter is taken off and its title kept") {
  const auto yaml = convert_markdown("---\ntitle: \"A: b\"\ntags: [x]\n---\n# Text\n");
  CHECK(yaml.markdown == "# Text\n");
  CHECK(yaml.title == "A: b");
  const auto toml = convert_markdown("+++\ntitle = 'T'\n+++\ntext");
  CHECK(toml.markdown == "text");
  CHECK(toml.title == "T");
}

TEST_CASE("markdown: a rule at the beginning is no front matter") {
  CHECK(convert_markdown("---\n\ntext\n").markdown == "---\n\ntext\n");
  CHECK(convert_markdown("---").markdown == "---");
  CHECK(convert_markdown("---\n---\n").markdown.empty());
}

TEST_CASE("markdown: line breaks and the byte order mark are plain") {
  CHECK(convert_markdown("\xEF\xBB\xBF# a\r\nb\rc\n").markdown == "# a\nb\nc\n");
}
