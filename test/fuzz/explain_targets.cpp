#include "explain/ir.hpp"
#include "fuzz/targets.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

namespace fuzz {

void explain_ir(std::string_view bytes) {
  using namespace weft::explain;  // NOLINT
  const std::string text(bytes);  // the module is views into it
  const ir_module module(text);
  for (const std::string_view define : module.defines()) {
    const ir_function read = module.read_function(define);
    require(read.header == define, "another function than was asked for");
    static_cast<void>(module.attributes_of(define));
    static_cast<void>(module.find_function(read.symbol));
    for (const ir_block& block : read.blocks) {
      require(read.find(block.name) != nullptr, "a block that is not found");
    }
  }
  const std::size_t looked_at = std::min<std::size_t>(module.lines().size(), 40);
  for (const std::string_view line : std::span(module.lines()).first(looked_at)) {
    const std::string_view id = line.substr(0, line.find(' '));
    static_cast<void>(source_type(module, id));
    static_cast<void>(source_type(module, debug_location_of(line)));
    static_cast<void>(number_of(module.node(id), "line"));
    static_cast<void>(plain_type(line));
    const layout size = layout_of(module, line);
    require(size.alignment != 0, "a type that lies nowhere");
  }
}

}  // namespace fuzz
