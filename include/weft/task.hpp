#pragma once
/// Façade of module task: tasks, what awaits and completes them, contexts, cancellation.

#include <weft/task/async_generator.hpp>
#include <weft/task/async_local.hpp>
#include <weft/task/async_void.hpp>
#include <weft/task/cancellation.hpp>
#include <weft/task/completion_source.hpp>
#include <weft/task/continue_with.hpp>
#include <weft/task/fork_join.hpp>
#include <weft/task/lazy.hpp>
#include <weft/task/run.hpp>
#include <weft/task/shared_task.hpp>
#include <weft/task/synchronization_context.hpp>
#include <weft/task/task.hpp>
#include <weft/task/task_scope.hpp>
#include <weft/task/unobserved.hpp>
#include <weft/task/value_task.hpp>
#include <weft/task/wait_async.hpp>
#include <weft/task/when_all.hpp>
#include <weft/task/when_any.hpp>
