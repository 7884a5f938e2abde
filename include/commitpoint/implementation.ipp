#pragma once

/// \file
/// All of the library that is no template. Header-only, coordinator.hpp includes it; compiled, source.hpp does.

#include <commitpoint/any_coordinator.ipp>
#include <commitpoint/durability/power_loss.ipp>
#include <commitpoint/failure.ipp>
#include <commitpoint/journal/log.ipp>
#include <commitpoint/owner.ipp>
#include <commitpoint/publish/copy.ipp>
#include <commitpoint/publish/exchange.ipp>
#include <commitpoint/publish/rename.ipp>
#include <commitpoint/reader.ipp>
#include <commitpoint/snapshot/adaptive.ipp>
#include <commitpoint/system/native.ipp>
