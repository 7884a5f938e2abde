#pragma once

/// \file
/// The engine stands on files/: it calls what is there by its plain name.

namespace commitpoint::files {}

namespace commitpoint::detail {
using namespace files;  // NOLINT(google-build-using-namespace): one storey uses all of the one below it
}
