#pragma once

/// \file
/// The compiled part of what is in testing/ and of the systems for tests, as source.hpp is of the rest.

#ifndef COMMITPOINT_COMPILED
#error "commitpoint/source_testing.hpp is for programs that define COMMITPOINT_COMPILED, in every source"
#endif

#include <commitpoint/system/faulty.ipp>
#include <commitpoint/testing/check_durability.ipp>
#include <commitpoint/testing/check_journal.ipp>
#include <commitpoint/testing/check_observer.ipp>
#include <commitpoint/testing/check_publish.ipp>
#include <commitpoint/testing/check_snapshot.ipp>
#include <commitpoint/testing/check_system.ipp>
#include <commitpoint/testing/recording.ipp>
