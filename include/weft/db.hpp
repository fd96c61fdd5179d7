#pragma once
/// Façade of db: databases, rows, transactions. `weft/db/sqlite.hpp` has what only SQLite has.

#include <weft/db/database.hpp>
#include <weft/db/error.hpp>
#include <weft/db/sqlite.hpp>
#include <weft/db/value.hpp>
