#pragma once

/// \file
/// The compiled part of testing/ and of the doors for tests (the simulated machine, the faulty one), as source.hpp is
/// of the rest.

#ifndef COMMITPOINT_COMPILED
#error "commitpoint/source_testing.hpp is for programs that define COMMITPOINT_COMPILED, in every source"
#endif

#include <commitpoint/system/faulty.ipp>
#include <commitpoint/system/simulated.ipp>
#include <commitpoint/system/simulated/hand.ipp>
#include <commitpoint/system/simulated/machine.ipp>
#include <commitpoint/system/simulated/node.ipp>
#include <commitpoint/system/simulated/power_cut.ipp>
#include <commitpoint/system/simulated/world.ipp>
#include <commitpoint/testing/check_durability.ipp>
#include <commitpoint/testing/check_journal.ipp>
#include <commitpoint/testing/check_observer.ipp>
#include <commitpoint/testing/check_publish.ipp>
#include <commitpoint/testing/check_snapshot.ipp>
#include <commitpoint/testing/check_system.ipp>
#include <commitpoint/testing/conformance_report.ipp>
#include <commitpoint/testing/crash_explorer.ipp>
#include <commitpoint/testing/crash_judge.ipp>
#include <commitpoint/testing/crash_path.ipp>
#include <commitpoint/testing/crash_states.ipp>
#include <commitpoint/testing/exploration.ipp>
#include <commitpoint/testing/explored_program.ipp>
#include <commitpoint/testing/explored_run.ipp>
#include <commitpoint/testing/fault_sweep.ipp>
#include <commitpoint/testing/recording.ipp>
#include <commitpoint/testing/simulated_image.ipp>
#include <commitpoint/testing/temporary_directory.ipp>
#include <commitpoint/testing/tree_image.ipp>
#include <commitpoint/testing/workbench.ipp>
