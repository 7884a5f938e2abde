#pragma once

/// \file
/// What is made of results.json: an object whose `runs` are those of each file system, as main.cpp writes them.

#include <nlohmann/json_fwd.hpp>

#include <iosfwd>

namespace benchmarks {

/// The tables of docs/benchmarks.md, in Markdown: a column for each file system.
void print_tables(std::ostream& out, const nlohmann::json& results);

/// What plots are made of, a line for each point of a series and each ratio, with tabs between: chapter, file system,
/// series, axis, place on it, unit, median, and between which two values half of them lay.
void print_series(std::ostream& out, const nlohmann::json& results);

}  // namespace benchmarks
