#pragma once

/// \file
/// Everything but SQLite (`commitpoint/journal/sqlite.hpp`) and the tools for tests (`commitpoint/testing/`).

#include <commitpoint/coordinator.hpp>
#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/journal/memory.hpp>
#include <commitpoint/mutation.hpp>
#include <commitpoint/observe/all.hpp>
#include <commitpoint/observe/chrome_trace.hpp>
#include <commitpoint/observe/json_lines.hpp>
#include <commitpoint/observe/statistics.hpp>
#include <commitpoint/owner.hpp>
#include <commitpoint/plan.hpp>
#include <commitpoint/prepare.hpp>
#include <commitpoint/publish/copy.hpp>
#include <commitpoint/publish/exchange.hpp>
#include <commitpoint/reader.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/snapshot/hardlink.hpp>
#include <commitpoint/snapshot/reflink.hpp>
#include <commitpoint/version.hpp>
