#include <weft/base/error.hpp>
#include <weft/query/detail/folds.hpp>

#include <string>

namespace weft::query::detail {

void throw_no_elements(const char* terminal) {
  throw invalid_operation(std::string("weft: ") + terminal + " of a query without elements");
}

}  // namespace weft::query::detail
