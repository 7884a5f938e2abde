// error: coordinator<forgetful>
// error: the publish policy lacks
// error: 'b.prepare(s, m)'
#include <commitpoint/commitpoint.hpp>

namespace cp = commitpoint;

struct forgetful {
  using kind = cp::kind::publish;

  template <class S>
  struct backend {
    explicit backend(const forgetful&) {}
  };
};

auto open() { return cp::coordinator<forgetful>::open("notes"); }
