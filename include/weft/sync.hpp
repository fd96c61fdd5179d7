#pragma once
/// Façade of module sync: mutual exclusion, permits and events for coroutines.

#include <weft/sync/async_condition.hpp>
#include <weft/sync/async_event.hpp>
#include <weft/sync/async_mutex.hpp>
#include <weft/sync/async_semaphore.hpp>
