// error: abstract class type
// error: 'forgetful'
// note: coordinator<forgetful>
// note: intact
// lines: 9
#include <commitpoint/commitpoint.hpp>

#include <string>

namespace cp = commitpoint;

struct forgetful : cp::snapshot::strategy {
  cp::result<cp::snapshot::saved> save(cp::system::door&, const cp::system::handle&, const std::string&,
                                       const cp::system::handle&, const std::string&, bool) override;
};

auto open() { return cp::coordinator<forgetful>::open("notes"); }
