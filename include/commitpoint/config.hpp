#pragma once

/// \file
/// Where the library is compiled: in every source that needs it (the default), or once.
///
/// With COMMITPOINT_COMPILED defined, headers declare and do not define what is not a template; the definitions come
/// from a library (`commitpoint::compiled`), or from one source of the program that includes <commitpoint/source.hpp>.
/// The macro changes no class: objects of both modes work together, as long as they are of one version. A source that
/// was compiled against the headers of one version is not linked with the compiled library of another: the linker then
/// misses `compiled_library<MAJOR, MINOR>::is_linked`.

#ifdef COMMITPOINT_COMPILED
#define COMMITPOINT_INLINE

#include <commitpoint/version.hpp>

namespace commitpoint::detail {

template <int Major, int Minor>
struct compiled_library;

// Every object asks for it, whether it calls anything or not. source.hpp defines it.
template <>
struct compiled_library<version::major_part, version::minor_part> {
  static const char is_linked;
  [[gnu::used]] static inline const char* const asked_for = &is_linked;
};

}  // namespace commitpoint::detail

#else
#define COMMITPOINT_INLINE inline
#endif
