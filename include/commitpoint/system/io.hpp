#pragma once

/// \file
/// Whole reads and writes through any door, for those who write policies: its own calls may move fewer bytes than
/// they were asked to.
///
/// | function | what it does |
/// | --- | --- |
/// | `write_all(system, file, offset, bytes)` | writes all of them |
/// | `read_range(system, file, offset, size)` | reads so much, or as much as the file has |
/// | `read_whole(system, file, limit)` | reads the whole file; EFBIG if it is larger |
/// | `write_new_file(system, directory, name, bytes, mode)` | makes a file; gives its handle; EEXIST |
/// | `copy_content(system, from, to)` | copies everything, holes as holes |
/// | `checksum(system, file, size)` | the CRC32C of the first `size` bytes |

#include <commitpoint/files/io.hpp>

namespace commitpoint::system {

using commitpoint::files::checksum;
using commitpoint::files::copy_content;
using commitpoint::files::read_range;
using commitpoint::files::read_whole;
using commitpoint::files::write_all;
using commitpoint::files::write_new_file;

}  // namespace commitpoint::system
