/// \file
/// What most tests include, parsed once for all of them. No test may rely on it: it only saves time.

#include <commitpoint/commitpoint.hpp>
#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/testing/temporary_directory.hpp>
#include <commitpoint/testing/tree_image.hpp>

#include <doctest/doctest.h>
#include <boost/filesystem/operations.hpp>

#include <fstream>
#include <functional>
#include <thread>
