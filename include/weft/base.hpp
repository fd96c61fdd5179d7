#pragma once
/// Module base: errors, `work`, and the parts that the other modules are built from.

#include <weft/base/assert.hpp>
#include <weft/base/atomic.hpp>
#include <weft/base/cpu_quota.hpp>
#include <weft/base/error.hpp>
#include <weft/base/event_count.hpp>
#include <weft/base/frame_allocator.hpp>
#include <weft/base/function_ref.hpp>
#include <weft/base/futex.hpp>
#include <weft/base/intrusive_list.hpp>
#include <weft/base/job.hpp>
#include <weft/base/lock.hpp>
#include <weft/base/mpsc_queue.hpp>
#include <weft/base/time_span.hpp>
#include <weft/base/work.hpp>
#include <weft/base/work_deque.hpp>
