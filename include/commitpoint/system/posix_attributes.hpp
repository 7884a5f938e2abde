#pragma once

/// \file
/// Extended attributes for `system::native`. The descriptor-based calls refuse a descriptor that was opened with
/// O_PATH (a symbolic link, or a file that may not be read), so those go through /proc/self/fd.
/// \source xattr(7), listxattr(2), getxattr(2), open(2) under O_PATH

#include <commitpoint/system/door.hpp>
#include <commitpoint/system/posix_calls.hpp>

#include <sys/xattr.h>

#include <cerrno>
#include <string>
#include <string_view>

namespace commitpoint::system::posix {

// Tries the call on the descriptor, and by name where it may not be used. Gives what the call gives.
template <class ByDescriptor, class ByName>
[[nodiscard]] auto by_descriptor_or_name(int descriptor, ByDescriptor by_descriptor, ByName by_name) {
  const auto returned = by_descriptor(descriptor);
  if (returned != -1 || errno != EBADF) return returned;
  return by_name(proc_name(descriptor).c_str());
}

[[nodiscard]] inline int put_attribute(int descriptor, const char* name, const std::string& value) {
  return by_descriptor_or_name(
      descriptor, [&](int fd) { return ::fsetxattr(fd, name, value.data(), value.size(), 0); },
      [&](const char* node) { return ::setxattr(node, name, value.data(), value.size(), 0); });
}

[[nodiscard]] inline int drop_attribute(int descriptor, const char* name) {
  return by_descriptor_or_name(
      descriptor, [&](int fd) { return ::fremovexattr(fd, name); },
      [&](const char* node) { return ::removexattr(node, name); });
}

// Calls with a buffer until the answer fits, since it may grow between being measured and being read.
template <class F>
[[nodiscard]] result<std::string> whole_answer(F call_it) {
  for (;;) {
    BOOST_OUTCOME_TRY(const auto size, moved([&] { return call_it(nullptr, std::size_t{0}); }));
    if (size == 0) return std::string();  // a size of 0 would only measure again
    std::string buffer(size, '\0');
    auto length = moved([&] { return call_it(buffer.data(), buffer.size()); });
    if (!length && length.error().code == std::errc::result_out_of_range) continue;  // ERANGE
    if (!length) return length.error();
    buffer.resize(length.value());
    return buffer;
  }
}

[[nodiscard]] inline result<std::string> attribute_names(int descriptor) {
  return whole_answer([&](char* buffer, std::size_t size) {
    return by_descriptor_or_name(
        descriptor, [&](int fd) { return ::flistxattr(fd, buffer, size); },
        [&](const char* node) { return ::listxattr(node, buffer, size); });
  });
}

[[nodiscard]] inline result<std::string> attribute_value(int descriptor, const char* name) {
  return whole_answer([&](char* buffer, std::size_t size) {
    return by_descriptor_or_name(
        descriptor, [&](int fd) { return ::fgetxattr(fd, name, buffer, size); },
        [&](const char* node) { return ::getxattr(node, name, buffer, size); });
  });
}

// Whether an attribute that is listed and cannot be read may be left out: it went away in between, which is also how
// the kernel denies `trusted.` ones; or it is of a kind that only a privileged process could put back anyway.
[[nodiscard]] inline bool may_be_left_out(std::string_view name, const std::error_code& error) {
  if (error == std::errc::no_message_available) return true;  // ENODATA
  const bool denied = error == std::errc::operation_not_permitted || error == std::errc::permission_denied ||
                      error == std::errc::operation_not_supported;
  return denied && (name.starts_with("trusted.") || name.starts_with("security."));
}

// xfs lists an ACL a second time, under the name that it has on the disk, to a privileged process. Whoever put both
// back would be right only if the order was.
[[nodiscard]] inline bool is_second_name_of_acl(std::string_view name) noexcept {
  return name == "trusted.SGI_ACL_FILE" || name == "trusted.SGI_ACL_DEFAULT";
}

// Gives the answers of two calls: for all names, and for the value of one.
template <class Names, class Value>
[[nodiscard]] result<attribute_map> collected_attributes(Names names_of_all, Value value_of) {
  result<std::string> names = names_of_all();
  if (!names && names.error().code == std::errc::operation_not_supported) return attribute_map{};
  if (!names) return names.error();
  attribute_map attributes;
  for (std::string_view rest = names.value(); !rest.empty();) {
    const std::string name(rest.substr(0, rest.find('\0')));
    rest.remove_prefix(name.size() + 1);
    if (is_second_name_of_acl(name)) continue;
    result<std::string> value = value_of(name.c_str());
    if (value) {
      attributes.emplace(name, std::move(value).value());
    } else if (!may_be_left_out(name, value.error().code)) {
      return value.error();
    }
  }
  return attributes;
}

[[nodiscard]] inline result<attribute_map> all_attributes(int descriptor) {
  return collected_attributes([&] { return attribute_names(descriptor); },
                              [&](const char* name) { return attribute_value(descriptor, name); });
}

// Of what stands at a path, a symbolic link itself.
[[nodiscard]] inline result<attribute_map> all_attributes_at(const char* node) {
  return collected_attributes(
      [&] { return whole_answer([&](char* buffer, std::size_t size) { return ::llistxattr(node, buffer, size); }); },
      [&](const char* name) {
        return whole_answer([&](char* buffer, std::size_t size) { return ::lgetxattr(node, name, buffer, size); });
      });
}

}  // namespace commitpoint::system::posix
