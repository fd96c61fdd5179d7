#pragma once
/// Façade of module parallel: loops and algorithms on all cores, and collections for them.

#include <weft/parallel/blocking_collection.hpp>
#include <weft/parallel/concurrent_bag.hpp>
#include <weft/parallel/concurrent_queue.hpp>
#include <weft/parallel/loop_state.hpp>
#include <weft/parallel/options.hpp>
#include <weft/parallel/parallel_for.hpp>
#include <weft/parallel/parallel_for_each.hpp>
#include <weft/parallel/parallel_for_each_async.hpp>
#include <weft/parallel/parallel_invoke.hpp>
#include <weft/parallel/parallel_reduce.hpp>
#include <weft/parallel/parallel_scan.hpp>
#include <weft/parallel/parallel_sort.hpp>
#include <weft/parallel/progress.hpp>
#include <weft/parallel/progress_bar.hpp>
