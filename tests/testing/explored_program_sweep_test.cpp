// The combinations with a journal of files.

#include "explored_program.hpp"

#include "explored_policies.hpp"
#include "explored_sqlite.hpp"

namespace explored {

namespace {

using crash_coordinator =
    cp::coordinator<system, cp::testing::progress_watch, snapshot, journal, publish, cp::durability::process_crash>;

using later_coordinator =
    cp::coordinator<system, cp::testing::progress_watch, snapshot, journal, publish, later_durability>;

template <class Coordinator>
cp::testing::explored_program with_files(const combination& c) {
  return cp::testing::program_for<Coordinator>(c.name(), snapshot(c.snapshot),
                                               journal{.readable = c.journal == "json_file"}, publish(c.publish));
}

}  // namespace

cp::testing::explored_program program_of(const combination& c) {
  if (c.journal == "sqlite") return program_with_rows(c);
  if (c.settles_later) return settled_by(with_files<later_coordinator>(c), with_files<coordinator>(c));
  return c.survives_power_loss ? with_files<coordinator>(c) : with_files<crash_coordinator>(c);
}

}  // namespace explored
