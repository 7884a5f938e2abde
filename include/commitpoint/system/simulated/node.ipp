#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/system/simulated/node.hpp>

#include <algorithm>
#include <functional>

namespace commitpoint::system::simulation {

COMMITPOINT_INLINE std::uint64_t file_content::hash() const {
  auto known = now_->hash.load(std::memory_order_relaxed);
  if (known == 0) {
    known = std::hash<std::string_view>{}(now_->text);
    now_->hash.store(known, std::memory_order_relaxed);
  }
  return known;
}

COMMITPOINT_INLINE void file_content::write(std::uint64_t offset, std::string_view what) {
  auto& own = own_bytes();
  const auto end = offset + what.size();
  if (own.size() < end) own.resize(end, '\0');
  std::ranges::copy(what, own.begin() + static_cast<std::ptrdiff_t>(offset));
  pending_.push_back({offset, what.size(), std::make_shared<const std::string>(what), own.size()});
}

COMMITPOINT_INLINE void file_content::resize(std::uint64_t size) {
  auto& own = own_bytes();
  const auto before = own.size();
  if (before == size) return;
  own.resize(size, '\0');
  pending_.push_back({std::min<std::uint64_t>(before, size), before > size ? before - size : 0, nullptr, size});
}

COMMITPOINT_INLINE void file_content::clone(const file_content& from) {
  now_ = from.now_;
  if (size() != 0) pending_.push_back({0, size(), {now_, &now_->text}, size()});
}

COMMITPOINT_INLINE void file_content::sync() {
  durable_ = is_behind_ ? with_pending() : now_;
  pending_.clear();
}

COMMITPOINT_INLINE void file_content::fail_to_sync() {
  is_behind_ = is_behind_ || !pending_.empty();
  pending_.clear();
}

COMMITPOINT_INLINE std::vector<std::uint64_t> file_content::torn_blocks() const {
  std::vector<std::uint64_t> blocks;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const auto end = end_of(i);
    for (auto b = pending_[i].begin / block_size; b * block_size < end; ++b) {
      if (touches(i, b)) blocks.push_back(b);
    }
  }
  std::ranges::sort(blocks);
  blocks.erase(std::unique(blocks.begin(), blocks.end()), blocks.end());
  return blocks;
}

COMMITPOINT_INLINE std::uint32_t file_content::versions_of(std::uint64_t block) const {
  std::uint32_t count = 1;
  for (std::size_t i = 0; i < pending_.size(); ++i) count += touches(i, block) ? 1U : 0U;
  return count;
}

COMMITPOINT_INLINE std::vector<std::uint64_t> file_content::sizes() const {
  std::vector<std::uint64_t> all{durable_->text.size()};
  for (const auto& w : pending_) {
    if (std::ranges::find(all, w.size) == all.end()) all.push_back(w.size);
  }
  return all;
}

COMMITPOINT_INLINE void file_content::survive(std::uint64_t size,
                                              const std::vector<std::pair<std::uint64_t, std::uint32_t>>& versions) {
  const auto nothing_came = [](const auto& v) { return v.second == 0; };
  if (size != durable_->text.size() || !std::ranges::all_of(versions, nothing_came)) {
    auto left = durable_->text;
    left.resize(std::max<std::uint64_t>(size, left.size()), '\0');
    for (const auto& [block, version] : versions) put_version(left, block, version);
    left.resize(size, '\0');
    // What is the same as before is shared, as its hash is.
    durable_ = left == now_->text ? now_ : sharing(std::move(left));
  }
  now_ = durable_;
  pending_.clear();
  is_behind_ = false;
}

COMMITPOINT_INLINE std::shared_ptr<file_content::shared_bytes> file_content::with_pending() const {
  auto all = durable_->text;
  for (const auto& w : pending_) {
    all.resize(std::max<std::uint64_t>(w.size, w.begin + w.length), '\0');
    for (std::uint64_t i = 0; i < w.length; ++i) all[w.begin + i] = w.bytes ? (*w.bytes)[i] : '\0';
    all.resize(w.size, '\0');
  }
  return sharing(std::move(all));
}

COMMITPOINT_INLINE std::uint64_t file_content::end_of(std::size_t i) const {
  const auto& w = pending_[i];
  const auto end = w.begin + w.length;
  const auto grows = [&](const pending_write& later) { return later.size > w.size; };
  const auto after = pending_.begin() + static_cast<std::ptrdiff_t>(i) + 1;
  if (w.bytes || std::any_of(after, pending_.end(), grows)) return end;
  return std::min<std::uint64_t>(end, (w.begin + block_size - 1) / block_size * block_size);
}

COMMITPOINT_INLINE bool file_content::touches(std::size_t i, std::uint64_t block) const {
  const auto begin = pending_[i].begin;
  const auto end = end_of(i);
  return begin < end && begin < (block + 1) * block_size && end > block * block_size;
}

COMMITPOINT_INLINE void file_content::put_version(std::string& left, std::uint64_t block, std::uint32_t version) const {
  const auto begin = block * block_size;
  const auto end = std::min<std::uint64_t>(begin + block_size, left.size());
  if (version == versions_of(block)) {
    for (auto i = begin; i < end; ++i) left[i] = static_cast<char>(0xa5);
    return;
  }
  for (std::size_t n = 0; n < pending_.size(); ++n) {
    const auto& w = pending_[n];
    if (!touches(n, block)) continue;
    if (version-- == 0) return;
    for (auto i = std::max(begin, w.begin); i < std::min(end, w.begin + w.length); ++i) {
      left[i] = w.bytes ? (*w.bytes)[i - w.begin] : '\0';
    }
  }
}

COMMITPOINT_INLINE std::string& file_content::own_bytes() {
  if (now_.use_count() > 1) now_ = sharing(now_->text);
  now_->hash = 0;
  return now_->text;
}

COMMITPOINT_INLINE std::shared_ptr<file_content::shared_bytes> file_content::sharing(std::string bytes) {
  auto made = std::make_shared<shared_bytes>();
  made->text = std::move(bytes);
  return made;
}

COMMITPOINT_INLINE std::shared_ptr<file_content::shared_bytes> file_content::nothing() {
  static const auto empty = std::make_shared<shared_bytes>();
  return empty;
}

COMMITPOINT_INLINE bool node_metadata::same_as(const node_metadata& other) const {
  const bool same_words = extended == other.extended || (extended && other.extended && *extended == *other.extended);
  return mode == other.mode && user == other.user && group == other.group && modified == other.modified && same_words;
}

COMMITPOINT_INLINE void node::note_metadata(bool is_choice) {
  if (older.empty() || ((chosen || is_choice) && !older.back().same_as(now))) older.push_back(now);
  chosen = is_choice;
}

COMMITPOINT_INLINE void node::sync_metadata() {
  older.clear();
  chosen = false;
}

}  // namespace commitpoint::system::simulation
