#pragma once
/// Reports of exceptions that no task holds.

#include <exception>

namespace weft::detail {

/// Tells `on_unobserved_exception`, else standard error. `source`: what it came out of.
void report_unobserved(std::exception_ptr error, const char* source) noexcept;

}  // namespace weft::detail
