#pragma once

/// \file
/// Which compiler documents are given to.

#include "commands/command_line.hpp"
#include "knowledge_base/prepare_document.hpp"

namespace openkb {

/// The built-in one, unless the command line or else the configuration of the knowledge base names an endpoint:
///
///     {"compiler": {"url": "https://host/v1", "model": "name"}}
///
/// \errors bad_config.
[[nodiscard]] cp::result<compile_function> choose_compiler(const command_line& asked);

}  // namespace openkb
