#pragma once

/// \file
/// SHA-256, fed piece by piece so that a file is hashed while it is read.

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace openkb {

/// One running SHA-256.
class sha256 {
 public:
  sha256();
  void update(std::string_view bytes);
  /// The digest in 64 lower-case hex digits. The object is used up.
  [[nodiscard]] std::string finish();

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

/// The digest of a text that is at hand, in 64 hex digits.
[[nodiscard]] std::string sha256_of(std::string_view bytes);

}  // namespace openkb
