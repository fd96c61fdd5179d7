#pragma once
/// Façade of module query: lazily evaluated queries, sequential or on all cores.

#include <weft/query/async.hpp>
#include <weft/query/elements.hpp>
#include <weft/query/grouping.hpp>
#include <weft/query/operators.hpp>
#include <weft/query/ordering.hpp>
#include <weft/query/sets.hpp>
#include <weft/query/single.hpp>
#include <weft/query/terminals.hpp>
