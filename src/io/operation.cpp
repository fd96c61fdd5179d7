#include <weft/io/operation.hpp>

#include <weft/base/error.hpp>

#include <system_error>

namespace weft::detail {

std::exception_ptr io_failure(io_cancel reason, int result, const std::string& what,
                              const std::stop_token& stop) {
  if (result == -EOWNERDEAD) {
    return std::make_exception_ptr(
        invalid_operation(what +
                          ": this process was forked from one that used weft's I/O; only exec is "
                          "possible here"));
  }
  if (result == -ECANCELED) {
    switch (reason) {
      case io_cancel::stop:
        return std::make_exception_ptr(operation_canceled(stop));
      case io_cancel::abandoned:
        return std::make_exception_ptr(operation_canceled());
      case io_cancel::closed:
        return std::make_exception_ptr(
            object_disposed(what + ": closed while the operation was pending"));
      case io_cancel::deadline:
        return std::make_exception_ptr(timeout_error(what + ": the deadline has passed"));
      case io_cancel::none:
        break;
    }
  }
  return std::make_exception_ptr(std::system_error(-result, std::generic_category(), what));
}

}  // namespace weft::detail
