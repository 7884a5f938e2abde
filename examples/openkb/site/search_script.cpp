#include "site/search_script.hpp"

#include "documents/digest.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace openkb {

// The words come from scripts and not from JSON that is fetched: from file:// a browser fetches nothing. What they say
// is put into the page as text, never as HTML.
std::string_view search_script() noexcept {
  return R"js(
"use strict";
(() => {
  const most = 50;
  let documents = null;
  const indexes = new Map();
  window.openkb = {
    documents: all => { documents = all; },
    words: (first, index) => { indexes.set(first, index); },
  };
  const loading = new Map();
  const load = name => {
    if (!loading.has(name)) {
      loading.set(name, new Promise(done => {
        const script = document.createElement("script");
        script.src = "search/" + name + ".js";
        script.onload = script.onerror = done;
        document.head.append(script);
      }));
    }
    return loading.get(name);
  };
  const wordsOf = text => text.normalize("NFC").toLowerCase().match(/[\p{L}\p{M}\p{N}_]+/gu) || [];
  const firstOf = word => String.fromCodePoint(word.codePointAt(0));
  const fileOf = word => "words-" + word.codePointAt(0).toString(16);

  // How well each document fits a word, or words that begin with it: BM25, and more for a word in its title.
  const scoresOf = (word, middle) => {
    const index = indexes.get(firstOf(word)) || {};
    const singular = word.length > 3 && word.endsWith("s") ? word.slice(0, -1) : word;
    const scores = new Map();
    for (const [known, places] of Object.entries(index)) {
      if (!known.startsWith(word) && known !== singular) continue;
      const rare = Math.log(1 + documents.length / (places.length / 2));
      for (let i = 0; i < places.length; i += 2) {
        const [, title, , length] = documents[places[i]];
        const times = places[i + 1];
        const often = times * 2.2 / (times + 0.3 + 0.9 * length / middle);
        const titled = wordsOf(title).includes(known) ? 3 : 0;
        const score = (known === word ? 1 : 0.7) * rare * (often + titled);
        scores.set(places[i], Math.max(scores.get(places[i]) || 0, score));
      }
    }
    return scores;
  };

  const find = async words => {
    await Promise.all([load("documents"), ...words.map(word => load(fileOf(word)))]);
    if (documents === null) return [];
    const middle = documents.reduce((sum, each) => sum + each[3], 1) / Math.max(documents.length, 1);
    let found = null;
    for (const word of words) {
      const scores = scoresOf(word, middle);
      const both = new Map();
      for (const [id, score] of scores) {
        if (!found || found.has(id)) both.set(id, score + (found ? found.get(id) : 0));
      }
      found = both;
    }
    return [...(found || [])].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  };

  const element = (name, text) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const query = document.getElementById("openkb-query");
  const results = document.getElementById("openkb-results");
  let latest = 0;
  const show = async () => {
    const mine = ++latest;
    const words = wordsOf(query.value);
    if (words.length === 0) {
      results.replaceChildren();
      return;
    }
    const found = await find(words);
    if (mine !== latest) return;
    const list = element("ol");
    for (const [id] of found.slice(0, most)) {
      const [place, title, excerpt] = documents[id];
      const link = element("a", title);
      link.href = place;
      const item = element("li");
      item.append(link, element("p", excerpt));
      list.append(item);
    }
    const count = found.length === 0 ? "Nothing found" : found.length === 1 ? "1 document"
      : found.length > most ? "The best " + most + " of " + found.length + " documents" : found.length + " documents";
    results.replaceChildren(element("p", count), list);
  };
  // `#q=words`, or `?q=words` as the forms of other pages have it.
  const asked = () => {
    const from = location.hash.startsWith("#q=") ? location.hash.slice(1) : location.search;
    return new URLSearchParams(from).get("q");
  };
  const start = () => {
    const words = asked();
    if (words === null) return;
    query.value = words;
    show();
  };
  document.getElementById("openkb-form").addEventListener("submit", event => {
    event.preventDefault();
    location.hash = "q=" + encodeURIComponent(query.value);
    show();
  });
  query.addEventListener("input", show);
  window.addEventListener("hashchange", start);
  start();
})();
)js";
}

std::string search_script_hash() {
  const auto hex = sha256_of(search_script());
  std::array<unsigned char, 32> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, bytes[i], 16);
  }
  std::array<unsigned char, 45> text{};
  const auto size = EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
  return "sha256-" + std::string(text.begin(), text.begin() + size);
}

}  // namespace openkb
