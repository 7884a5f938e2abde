#pragma once

/// \file
/// Everything but SQLite (`commitpoint/journal/sqlite.hpp`) and the tools for tests (`commitpoint/testing/`).

#include <commitpoint/coordinator.hpp>
#include <commitpoint/mutation.hpp>
#include <commitpoint/owner.hpp>
#include <commitpoint/prepare.hpp>
#include <commitpoint/plan.hpp>
#include <commitpoint/reader.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/version.hpp>
