#pragma once
/// Texts about places in the user's code.

#include <source_location>
#include <string>

namespace weft::detail {

/// `app::load(int)` out of what the compiler says of a coroutine ("weft::task<int> app::load(int)",
/// and g++'s "void app::load(app::load(int)::_ZN…Frame*)").
[[nodiscard]] std::string clean_function_name(const char* name);
/// "load_page (page.cpp:31)".
[[nodiscard]] std::string describe(const std::source_location& place);

}  // namespace weft::detail
