// error: 'int'
// error: policy
#include <commitpoint/commitpoint.hpp>

commitpoint::result<commitpoint::coordinator<int>> open() { return commitpoint::coordinator<int>::open("notes"); }
