// error: abstract class type
// error: 'forgetful'
// note: coordinator<forgetful>
// note: barrier
// lines: 9
#include <commitpoint/commitpoint.hpp>

#include <cstddef>

namespace cp = commitpoint;

struct forgetful : cp::durability::promise {
  bool survives_power_loss() const noexcept override { return true; }
  std::size_t few() const noexcept override { return 0; }
};

auto open() { return cp::coordinator<forgetful>::open("notes"); }
