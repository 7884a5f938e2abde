// error: abstract class type
// error: 'forgetful_backend'
// note: commit
// lines: 13
#include <commitpoint/commitpoint.hpp>

#include <memory>
#include <string>
#include <vector>

namespace cp = commitpoint;

struct forgetful_backend : cp::journal::backend {
  cp::result<cp::journal::image> read() override;
  cp::result<void> append(const cp::journal::record&) override;
  cp::result<void> sync() override;
  cp::result<void> begin_generation(const cp::journal::record&, bool) override;
  bool is_full() const override;
  std::vector<std::string> evidence() const override;
};

struct forgetful {
  using kind = cp::kind::journal;

  cp::result<std::unique_ptr<cp::journal::backend>> open(const cp::journal::place&) const {
    return std::unique_ptr<cp::journal::backend>(new forgetful_backend());
  }
};

auto open() { return cp::coordinator<forgetful>::open("notes"); }
