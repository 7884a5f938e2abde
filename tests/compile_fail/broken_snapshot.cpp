// error: coordinator<forgetful>
// error: the snapshot policy lacks
// error: 'b.intact(s, directory, name, evidence)'
#include <commitpoint/commitpoint.hpp>

namespace cp = commitpoint;

struct forgetful {
  using kind = cp::kind::snapshot;

  template <class S>
  struct backend {
    explicit backend(const forgetful&) {}
    using handle = typename S::handle;
    cp::result<cp::snapshot::saved<handle>> save(S&, const handle&, const std::string&, const handle&,
                                                 const std::string&, bool);
  };
};

auto open() { return cp::coordinator<forgetful>::open("notes"); }
