#pragma once

/// \file
/// Where the library is compiled: in every source that needs it (the default), or once.
///
/// With COMMITPOINT_COMPILED defined, headers declare and do not define what is not a template; the definitions come
/// from a library (`commitpoint::compiled`), or from one source of the program that includes <commitpoint/source.hpp>.
/// The macro changes no class: objects of both modes work together as long as one program uses one of them.

#ifdef COMMITPOINT_COMPILED
#define COMMITPOINT_INLINE
#else
#define COMMITPOINT_INLINE inline
#endif
