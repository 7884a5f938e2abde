#pragma once

/// \file
/// The compiled part of `journal::sqlite`, `touch::sqlite` and `with_sqlite`, as source.hpp is of the rest.

#ifndef COMMITPOINT_COMPILED
#error "commitpoint/source_sqlite.hpp is for programs that define COMMITPOINT_COMPILED, in every source"
#endif

#include <commitpoint/journal/sqlite.ipp>
#include <commitpoint/snapshot/sqlite.ipp>
#include <commitpoint/sqlite/vfs.ipp>
