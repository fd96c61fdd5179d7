#pragma once
/// Work that was cut into few, large blocks, shared out without a loop of its own for each.

#include <weft/base/function_ref.hpp>
#include <weft/parallel/detail/loop.hpp>
#include <weft/parallel/options.hpp>

#include <cstddef>
#include <cstdint>

namespace weft::detail {

/// Calls `block(i)` for each i below `n`, several at the same time, as a `parallel_for` does that
/// hands out one iteration at a time. `site` belongs to the place that calls.
/// **Cost**: a block costs a call through a pointer; a place that calls compiles to next to
/// nothing.
void run_blocks(std::size_t n, const parallel_options& options, loop_site& site,
                function_ref<void(std::size_t)> block);

/// Calls `range(first, last)` for parts of [0, n), several at the same time, which together are all
/// of it. A part takes some microseconds.
void run_ranges(std::uint64_t n, const parallel_options& options, loop_site& site,
                function_ref<void(std::uint64_t, std::uint64_t)> range);

}  // namespace weft::detail
