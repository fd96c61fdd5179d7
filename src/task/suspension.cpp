#include <weft/task/suspension.hpp>

#include <weft/base/assert.hpp>
#include <weft/base/error.hpp>
#include <weft/base/frame_allocator.hpp>
#include <weft/task/detail/simulated_place.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/task/synchronization_context.hpp>
#include <weft/trace/event.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace weft::detail {

thread_local constinit thread_state state_of_this_thread;

namespace {

/// Does the suspension have to go elsewhere to resume?
bool is_elsewhere(const suspension& s, const thread_state& t) noexcept {
  return s.target != nullptr &&
         (s.context != nullptr ? t.context != s.context
                               : t.context != nullptr || t.scheduler != s.scheduler);
}

/// Frees the node; gives the frame to be resumed, and its values.
job* take_frame(suspension* self, flow_values*& values) noexcept {
  job* item = static_cast<job*>(self->handle.address());
  if (self->promise != nullptr) {
    // order: relaxed; see mark_resumable.
    self->promise->awaited_.store(0, std::memory_order_relaxed);
  }
  if (self->target != nullptr) {
    self->target->release();
  }
  values = std::exchange(self->flow.values, nullptr);
  self->flow.drop();
  frame_delete(self);
  return item;
}

void resume_here(suspension* self) noexcept {
  if (self->watcher != nullptr && !self->watcher->resumes(*self)) [[unlikely]] {
    return;
  }
  flow_values* values = nullptr;
  job* item = take_frame(self, values);
  if (!trace::flowing()) [[likely]] {
    run_job(item);
    return;
  }
  const flow_scope here(values);
  run_job(item);
}

void run_suspension(job* item) {
  auto* self = static_cast<suspension*>(item);
  if (is_elsewhere(*self, this_thread())) {
    post_resume(self);
    return;
  }
  resume_here(self);
}

/// `run` of a suspension that was posted to its target: it is there, whether the place says so on
/// its thread or not.
void run_arrived(job* item) {
  resume_here(static_cast<suspension*>(item));
}

suspension* make_suspension(std::coroutine_handle<> handle, promise_base* promise,
                            std::uintptr_t awaited, bool* disposed) {
  auto* made = frame_new<suspension>();
  made->run = &run_suspension;
  made->drop = &suspension_marker;
  made->handle = handle;
  made->promise = promise;
  made->awaited = awaited;
  made->disposed = disposed;
  return made;
}

/// The values that the coroutine goes on with; its caller's are back on this thread, unless a child
/// goes on here.
void capture_flow(suspension& s, goes_on next) noexcept {
  if (!trace::flowing()) [[likely]] {
    return;
  }
  if (next == goes_on::child) {
    s.flow.values = share_flow();
  } else {
    s.flow.leave();
    s.left = true;
  }
}

void aim(suspension& s, context_anchor* target) noexcept {
  target->add_reference();
  s.target = target;
  s.context = target->context();
  s.scheduler = target->scheduler();
}

void aim_at_current(suspension& s, const thread_state& t) noexcept {
  if (t.context != nullptr) {
    aim(s, t.context->anchor());
  } else if (t.scheduler != nullptr) {
    aim(s, t.scheduler->anchor());
  } else if (t.simulated != nullptr) {
    aim(s, t.simulated->home);
  }
}

/// In a simulation every suspension goes through its queue, and is known to it.
void watch(suspension& s, const thread_state& t) noexcept {
  if (t.simulated == nullptr) [[likely]] {
    return;
  }
  if (s.target == nullptr) {
    aim(s, t.simulated->home);
  }
  s.watcher = t.simulated;
  t.simulated->suspended(s);
}

}  // namespace

const char* kind_of_edge(std::uintptr_t awaited) noexcept {
  switch (static_cast<edge>(awaited & 3)) {
    case edge::waitable:
      return reinterpret_cast<const waitable*>(awaited & ~std::uintptr_t{3})->kind;
    case edge::lazy:
      return "lazy";
    case edge::core: {
      auto* core = reinterpret_cast<task_core*>(awaited);
      return core == nullptr || core->what() == task_core::kind::coroutine ? "task"
                                                                           : core->ops()->kind;
    }
    default:
      return nullptr;
  }
}

void action_marker(job*) {}
void suspension_marker(job*) {}

job* capture_slowly(promise_base& promise, std::uintptr_t awaited, resume_where where,
                    bool* disposed, goes_on next) {
  if (trace::enabled()) [[unlikely]] {
    trace::emit(trace::event::task_suspended, &promise, promise.place_, kind_of_edge(awaited),
                awaited & ~std::uintptr_t{3});
  }
  const thread_state& t = this_thread();
  const bool flows = t.flow != nullptr || t.calls != nullptr;
  if (!flows && t.simulated == nullptr && (where == resume_where::anywhere || t.is_plain())) {
    record_edge(promise, awaited);
    return promise.frame();
  }
  suspension* made = make_suspension(std::coroutine_handle<>::from_address(promise.frame()),
                                     &promise, awaited, disposed);
  if (where == resume_where::captured) {
    aim_at_current(*made, t);
  }
  capture_flow(*made, next);
  watch(*made, t);
  record_edge(promise, reinterpret_cast<std::uintptr_t>(made) |
                           static_cast<std::uintptr_t>(edge::suspension));
  return made;
}

job* capture_foreign(std::coroutine_handle<> handle, std::uintptr_t awaited, resume_where where,
                     bool* disposed) {
  suspension* made = make_suspension(handle, nullptr, awaited, disposed);
  if (where == resume_where::captured) {
    aim_at_current(*made, state_of_this_thread);
  }
  capture_flow(*made, goes_on::child);  // whoever resumes or calls it is not weft's to restore
  watch(*made, this_thread());
  return made;
}

suspension* capture_target(std::coroutine_handle<> handle, promise_base* promise,
                           std::uintptr_t awaited, context_anchor* target, bool* disposed) {
  suspension* made = make_suspension(handle, promise, awaited, disposed);
  aim(*made, target);
  capture_flow(*made, promise != nullptr ? goes_on::caller : goes_on::child);
  watch(*made, this_thread());
  if (promise != nullptr) {
    if (trace::enabled()) [[unlikely]] {
      trace::emit(trace::event::task_suspended, promise, promise->place_, "resume_on");
    }
    record_edge(*promise, reinterpret_cast<std::uintptr_t>(made) |
                              static_cast<std::uintptr_t>(edge::suspension));
  }
  return made;
}

void release_capture(job* captured) noexcept {
  mark_resumable(captured);
  if (captured->drop == &suspension_marker) {
    auto* made = static_cast<suspension*>(captured);
    if (made->watcher != nullptr) {
      static_cast<void>(made->watcher->resumes(*made));
    }
    if (made->promise != nullptr) {
      // order: relaxed; see mark_resumable.
      made->promise->awaited_.store(0, std::memory_order_relaxed);
    }
    if (made->target != nullptr) {
      made->target->release();
    }
    if (made->left) {
      made->flow.undo();
    }
    made->flow.drop();
    frame_delete(made);
  }
}

job* transfer_target(job* item) noexcept {
  flow_values* values = nullptr;
  if (item->drop == &suspension_marker) {
    auto* self = static_cast<suspension*>(item);
    if (is_elsewhere(*self, this_thread())) {
      if (trace::flowing()) {
        leave_call();
      }
      post_resume(self);
      return nullptr;
    }
    if (self->watcher != nullptr && !self->watcher->resumes(*self)) [[unlikely]] {
      return nullptr;
    }
    item = take_frame(self, values);
  } else {
    mark_resumable(item);
  }
  if (trace::flowing()) [[unlikely]] {
    replace_flow(values);
  }
  return item;
}

job* start_with(flow_values* values, job* frame) {
  if (values == nullptr) [[likely]] {
    return frame;
  }
  bool* const never_elsewhere = nullptr;
  suspension* made =
      make_suspension(std::coroutine_handle<>::from_address(frame), nullptr, 0, never_elsewhere);
  add_reference(values);
  made->flow.values = values;
  return made;
}

#if !WEFT_SYMMETRIC_TRANSFER
void run_job(job* item) noexcept {
  thread_state& t = this_thread();
  job* outer = std::exchange(t.pending, nullptr);
  const bool was_running = std::exchange(t.in_run_job, true);
  while (item != nullptr) {
    item->run(item);
    item = std::exchange(t.pending, nullptr);
  }
  t.in_run_job = was_running;
  t.pending = outer;
}
void transfer_to(job* next) noexcept {
  thread_state& t = this_thread();
  if (next == nullptr) {
    return;
  }
  if (!t.in_run_job || t.pending != nullptr) {
    // Foreign code has resumed this coroutine, on a thread of its own or inside another one.
    run_job(next);
    return;
  }
  t.pending = next;
}
#endif

void resume(job* item) noexcept {
  thread_state& t = this_thread();
  if (item->drop == &action_marker) {
    run_job(item);
    return;
  }
  // One that resumes anywhere keeps out of places that are somebody's; it may be a suspension all
  // the same, because of the values that it goes on with.
  const bool bound =
      item->drop == &suspension_marker && static_cast<suspension*>(item)->target != nullptr;
  const bool allowed = bound ? !is_elsewhere(*static_cast<suspension*>(item), t) : t.is_plain();
  if (!allowed || t.inline_depth >= max_inline_depth) {
    if (t.simulated != nullptr && bound && t.is_plain() && t.inline_depth < max_inline_depth &&
        t.simulated->resumes_inline(*static_cast<suspension*>(item))) {
      ++t.inline_depth;
      resume_here(static_cast<suspension*>(item));
      --this_thread().inline_depth;
      return;
    }
    post_resume(item);
    return;
  }
  ++t.inline_depth;
  if (trace::any_hook()) [[unlikely]] {
    const flow_scope here(nullptr);  // nothing to do while only events are traced
    run_job(item);
  } else {
    run_job(item);
  }
  --this_thread().inline_depth;
}

void resume_rest(job* item) noexcept {
  if (item->drop == &action_marker) {
    run_job(item);
  } else {
    post_resume(item);
  }
}

void post_start(suspension* item) noexcept {
  item->run = &run_arrived;
  if (!item->target->try_post_new(item)) {
    forsake(item);
  }
}

void post_resume(job* item) noexcept {
  if (item->drop == &suspension_marker) {
    auto* self = static_cast<suspension*>(item);
    if (self->target != nullptr) {
      self->run = &run_arrived;
      if (!self->target->try_post(self)) {
        forsake(item);
      }
      return;
    }
  }
  runtime().post_fair(item);
}

}  // namespace weft::detail
