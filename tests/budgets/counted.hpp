#pragma once

/// \file
/// Counts what one piece of work asks for.

#include "budgets.hpp"

#include <commitpoint/function_ref.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/native.hpp>

namespace budgets {

/// A door that counts.
using counting_system = commitpoint::system::faulty<commitpoint::system::native>;

/// Does the work, and gives what it cost. Under callgrind, a profile of it is written.
cost counted(counting_system& system, commitpoint::function_ref<void()> work);

}  // namespace budgets
