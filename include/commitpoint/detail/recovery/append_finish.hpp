#pragma once

/// \file
/// Finishing appends: appended bytes are known by themselves, since appending changes the time and not the name.

#include <commitpoint/detail/records/names.hpp>
#include <commitpoint/detail/recovery/finish_context.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/copy.hpp>
#include <commitpoint/files/end.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace commitpoint::detail {

/// Finishes the appends of one mutation.
class append_finish {
 public:
  explicit append_finish(finish_context& c) : c_(c) {}

  // Appended bytes are known by themselves, since appending changes the time and not the name.
  result<void> finish_append(const redo_entry& r, const system::file_status& live) {
    auto source =
        open_beneath(c_.by.system(), c_.by.where().staging, staging_name(c_.what.number) + "/" + r.source, {});
    if (!source) {
      if (!c_.what.published) return std::move(source).error();
      return success();
    }
    if (live.type != node::regular) return is_later(r, live) ? leave(r) : append_to_other(r, live);
    BOOST_OUTCOME_TRY(const auto file, open_beneath(c_.by.system(), c_.by.where().root, r.path, {}));
    bool known = live.size >= r.end.offset;
    if (known) {
      BOOST_OUTCOME_TRY(known, has_end(c_.by.system(), file, r.end));
    }
    if (!known) return is_later(r, live) ? leave(r) : append_to_other(r, live);
    BOOST_OUTCOME_TRY(const auto content, appended_content(r, live, file, source.value()));
    if (content == live_content::whole || content == live_content::torn) return c_.publisher.publish(r);
    if (c_.what.published) {
      BOOST_OUTCOME_TRY(const bool garbage, c_.may_have_garbage(r));
      if (!garbage || content != live_content::unwritten) return leave(r);
    }
    BOOST_OUTCOME_TRYV(c_.kept.keep_tail(c_.what.number, r.path, r.end.offset,
                                         "it was behind the old end when the interrupted mutation was finished"));
    BOOST_OUTCOME_TRY(const auto writable,
                      open_beneath(c_.by.system(), c_.by.where().root, r.path, {.access = access::read_write}));
    BOOST_OUTCOME_TRYV(c_.by.system().truncate(writable, r.end.offset));
    return c_.publisher.publish(r);
  }

 private:
  using action = redo_entry::action;

  // Somebody's, or what an interrupted drain has put there: where names have no order its hidden copy may be left.
  result<void> leave(const redo_entry& r) {
    auto at = locate(c_.by.system(), c_.by.where().root, r.path);
    if (!at && !says_absent(at.error())) return std::move(at).error();
    if (at) {
      const auto beside = beside_name(c_.what.number, at.value().name);
      BOOST_OUTCOME_TRYV(remove_tree(c_.by.system(), at.value().directory, beside));
    }
    return c_.later_edit(r);
  }

  // Appending itself has changed the time of the file, of which a power cut may have taken what somebody wrote before.
  [[nodiscard]] bool is_later(const redo_entry& r, const system::file_status& live) const {
    const bool is_same_file = live.type == node::regular && live.inode == r.pre.inode;
    return c_.what.published && (is_same_file ? c_.in_one_cache() : c_.came_later(r, live));
  }

  // What stands behind the old end, as far as the appended part goes: the staged bytes, or zeros, as in blocks that
  // never reached the disk. What a person appended behind it stays.
  result<live_content> appended_content(const redo_entry& r, const system::file_status& live,
                                        const system::handle& file, const system::handle& staged) {
    const auto end = r.end.offset + r.length;
    const auto first_new_block = end_of_block(r.end.offset);
    auto content = live.size < end ? live_content::torn : live_content::whole;
    for (std::uint64_t at = 0; at < r.length; at += stream_block) {
      const auto want = std::min<std::uint64_t>(stream_block, r.length - at);
      BOOST_OUTCOME_TRY(const auto found, read_range(c_.by.system(), file, r.end.offset + at, want));
      BOOST_OUTCOME_TRY(const auto wanted, read_range(c_.by.system(), staged, at, want));
      if (found.size() > wanted.size()) return live_content::foreign;
      for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i] == wanted[i]) continue;
        if (live.size > end) return live_content::foreign;
        if (found[i] == '\0') {
          content = std::max(content, live_content::torn);
        } else if (r.end.offset + at + i >= first_new_block) {
          content = live_content::unwritten;
        } else {
          return live_content::foreign;
        }
      }
    }
    return content;
  }

  // Something else stands there: the bytes go behind what is there now, in a new file that takes its place in one
  // step, so that an interrupted drain neither adds half of them nor adds them twice. Where renames do not reach the
  // disk in order, a power cut may take both names; the one in staging stays until the drain is durable, and is found.
  result<void> append_to_other(const redo_entry& r, const system::file_status& live) {
    c_.into.edited_later.push_back(r.path);
    BOOST_OUTCOME_TRY(const auto area,
                      c_.by.system().open(c_.by.where().staging, staging_name(c_.what.number), {.directory = true}));
    BOOST_OUTCOME_TRY(const auto staged, open_beneath(c_.by.system(), area, r.source, {}));
    const std::string name = r.source + ".other";
    const bool is_file = live.type == node::regular;
    if (!is_file) {
      BOOST_OUTCOME_TRYV(c_.make_parents(r.path));
    }
    BOOST_OUTCOME_TRY(const auto at, locate(c_.by.system(), c_.by.where().root, r.path));
    BOOST_OUTCOME_TRYV(remove_tree(c_.by.system(), at.directory, beside_name(c_.what.number, at.name)));
    if (live.type == node::none) {
      BOOST_OUTCOME_TRY(const auto made, c_.by.system().status(area, name));
      BOOST_OUTCOME_TRY(const bool whole, made.type == node::regular ? ends_with(area, name, made, r.length, staged)
                                                                     : result<bool>(false));
      if (whole) return put_other(area, name, at);
    }
    BOOST_OUTCOME_TRYV(remove_tree(c_.by.system(), area, name));
    if (is_file) {
      BOOST_OUTCOME_TRY(const bool there, ends_with(at.directory, at.name, live, r.length, staged));
      if (there) return success();
      BOOST_OUTCOME_TRYV(copy_node(c_.by.system(), at.directory, at.name, area, name));
    } else {
      BOOST_OUTCOME_TRYV(write_new_file(c_.by.system(), area, name, {}, 0666));
      BOOST_OUTCOME_TRYV(c_.make_way({.what = action::put, .path = r.path}, live));
    }
    BOOST_OUTCOME_TRY(const auto file, c_.by.system().open(area, name, {.access = access::read_write}));
    BOOST_OUTCOME_TRYV(copy_range(c_.by.system(), staged, 0, file, is_file ? live.size : 0, r.length));
    BOOST_OUTCOME_TRYV(c_.by.system().sync(file));
    BOOST_OUTCOME_TRYV(c_.by.system().sync(area));
    return put_other(area, name, at);
  }

  // A second link, or a copy, takes the live name.
  result<void> put_other(const system::handle& area, const std::string& name, const located& at) {
    using system::rename_how;
    const auto spare = spare_of(name);
    BOOST_OUTCOME_TRYV(remove_tree(c_.by.system(), area, spare));
    if (c_.by.system().link(area, name, area, spare)) {
      auto renamed = c_.by.system().rename(area, spare, at.directory, at.name, rename_how::replace);
      if (renamed || renamed.error() != std::errc::cross_device_link) return renamed;
    }
    const auto beside = beside_name(c_.what.number, at.name);
    BOOST_OUTCOME_TRYV(copy_node(c_.by.system(), area, name, at.directory, beside));
    BOOST_OUTCOME_TRY(const auto file, c_.by.system().open(at.directory, beside, {}));
    BOOST_OUTCOME_TRYV(c_.by.system().sync(file));
    return c_.by.system().rename(at.directory, beside, at.directory, at.name, rename_how::replace);
  }

  result<bool> ends_with(const system::handle& directory, const std::string& name, const system::file_status& there,
                         std::uint64_t length, const system::handle& staged) {
    if (there.size < length) return false;
    BOOST_OUTCOME_TRY(const auto file, c_.by.system().open(directory, name, {}));
    return same_range(c_.by.system(), file, there.size - length, staged, 0, length);
  }

  finish_context& c_;
};

}  // namespace commitpoint::detail
