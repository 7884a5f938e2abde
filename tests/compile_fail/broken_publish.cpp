// error: abstract class type
// error: 'forgetful'
// note: coordinator<forgetful>
// note: prepare
// lines: 9
#include <commitpoint/commitpoint.hpp>

namespace cp = commitpoint;

struct forgetful : cp::publish::way {
  cp::result<void> put(cp::system::door&, const cp::publish::move&) const override;
};

auto open() { return cp::coordinator<forgetful>::open("notes"); }
