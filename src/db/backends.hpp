#pragma once
/// The kinds of databases that a program may be linked with.

#include <weft/db/database.hpp>

#include <stop_token>
#include <string>

namespace weft::db::detail {

using open_function = task<database>(std::string url, std::stop_token stop);

/// Null where weft::sqlite is not linked. A weak reference rather than a table that the libraries
/// fill when the program starts: nothing to lose to the order of initialisation or to the linker,
/// which takes weft::sqlite whole (CMakeLists.txt).
[[gnu::weak]] open_function open_sqlite;

}  // namespace weft::db::detail
