// What a body does, in a source file of its own. It includes one header and knows nothing of policies.
#include <commitpoint/mutation.hpp>

#include <string>

namespace cp = commitpoint;

cp::result<void> add_page(cp::mutation& m, const std::string& name) {
  BOOST_OUTCOME_TRYV(m.create_directories("wiki"));
  BOOST_OUTCOME_TRYV(m.write("wiki/" + name + ".md", "# " + name + "\n"));
  return m.append("index.md", "- [[" + name + "]]\n");
}
