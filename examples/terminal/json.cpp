#include "terminal/json.hpp"

#include "terminal/printable.hpp"

namespace terminal {

std::string json_line(const json& object) {
  return printable_json(object.dump(-1, ' ', false, json::error_handler_t::replace)) + '\n';
}

}  // namespace terminal
