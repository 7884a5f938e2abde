#include "support/default_engine.hpp"

COMMITPOINT_ENGINE(, commitpoint::detail::parts<>);
