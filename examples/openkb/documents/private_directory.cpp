#include "documents/private_directory.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>

namespace openkb {

cp::result<private_directory> private_directory::make() {
  std::error_code code;
  const auto all = std::filesystem::temp_directory_path(code);
  if (code) return cp::failure(code, "TMPDIR");
  auto name = (all / "openkb-XXXXXX").native();
  if (::mkdtemp(name.data()) == nullptr) return cp::failure(cp::system_error(errno), all.native());
  return private_directory(std::move(name));
}

private_directory::~private_directory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace openkb
