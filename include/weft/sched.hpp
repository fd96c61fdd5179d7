#pragma once
/// Façade of module sched: the thread pool, schedulers and contexts.

#include <weft/sched/schedulers.hpp>
#include <weft/sched/single_thread_context.hpp>
#include <weft/sched/strand.hpp>
#include <weft/sched/thread_pool.hpp>
