#pragma once
/// Façade of module query: lazily evaluated queries, sequential or on all cores.

#include <weft/query/operators.hpp>
#include <weft/query/terminals.hpp>
