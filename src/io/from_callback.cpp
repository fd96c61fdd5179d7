#include <weft/io/from_callback.hpp>

namespace weft::detail {

std::exception_ptr dropped_callback_error() {
  return std::make_exception_ptr(
      invalid_operation("weft: the callback of from_callback was dropped without being used"));
}

}  // namespace weft::detail
