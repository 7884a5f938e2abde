// error: coordinator<forgetful>
// error: the durability policy lacks
// error: 'b.barrier(s, set)'
#include <commitpoint/commitpoint.hpp>

#include <cstddef>

namespace cp = commitpoint;

struct forgetful {
  using kind = cp::kind::durability;

  template <class S>
  struct backend {
    static constexpr bool survives_power_loss = true;
    explicit backend(const forgetful&) {}
    std::size_t few() const;
  };
};

auto open() { return cp::coordinator<forgetful>::open("notes"); }
