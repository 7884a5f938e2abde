/// \file
/// What many tests include. clang takes out of a precompiled header what a source uses, and no more, so that a larger
/// one costs it nothing; g++ would read all of it. No test may rely on it: it only saves time.

#include "crash_lab.hpp"
#include "precompiled.hpp"
#include "scenarios.hpp"
#include "tree.hpp"

#include <commitpoint/codec/json_text.hpp>
#include <commitpoint/detail/root/lock.hpp>
#include <commitpoint/detail/root/workspace.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/tree.hpp>
#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/publish/copy.hpp>
#include <commitpoint/publish/exchange.hpp>
#include <commitpoint/publish/rename.hpp>
#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/snapshot/hardlink.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/native.hpp>

#include <nlohmann/json.hpp>
