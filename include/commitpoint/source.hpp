#pragma once

/// \file
/// The compiled library: one source of a program, or of a library, includes this, and all of them are compiled with
/// COMMITPOINT_COMPILED. Programs that link `commitpoint::compiled` do not need it.

#ifndef COMMITPOINT_COMPILED
#error "commitpoint/source.hpp is for programs that define COMMITPOINT_COMPILED, in every source"
#endif

#include <commitpoint/config.hpp>
#include <commitpoint/detail/prepare/pipeline.ipp>
#include <commitpoint/implementation.ipp>
#include <commitpoint/journal/json_file.ipp>
#include <commitpoint/journal/memory.ipp>
#include <commitpoint/observe/chrome_trace.ipp>
#include <commitpoint/observe/json_lines.ipp>

namespace commitpoint::detail {

const char compiled_library<version::major_part, version::minor_part>::is_linked = 1;

}  // namespace commitpoint::detail
