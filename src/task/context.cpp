#include <weft/base/error.hpp>
#include <weft/base/frame_allocator.hpp>
#include <weft/task/completion_source.hpp>
#include <weft/task/detail/ender.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/task/suspension.hpp>
#include <weft/task/synchronization_context.hpp>

#include <exception>

namespace weft {
namespace detail {
namespace {

/// A job inside a `work`: resumed when called, told so when it is thrown away uncalled.
class job_in_work {
 public:
  explicit job_in_work(job* item) noexcept : item_(item) {}
  job_in_work(job_in_work&& other) noexcept : item_(std::exchange(other.item_, nullptr)) {}
  job_in_work(const job_in_work&) = delete;
  job_in_work& operator=(const job_in_work&) = delete;
  ~job_in_work() {
    if (item_ != nullptr) {
      forsake(item_);
    }
  }
  void operator()() noexcept { run_job(std::exchange(item_, nullptr)); }

 private:
  job* item_;
};

/// The same on a scheduler of the user's, which is current while the job runs.
class scheduled_job {
 public:
  scheduled_job(job* item, task_scheduler* where) noexcept : item_(item), where_(where) {}
  void operator()() noexcept {
    task_scheduler* former = std::exchange(this_thread().scheduler, where_);
    item_();
    this_thread().scheduler = former;
  }

 private:
  job_in_work item_;
  task_scheduler* where_;
};

}  // namespace

void forsake(job* item) noexcept {
  if (item->drop == &suspension_marker) {
    auto* self = static_cast<suspension*>(item);
    if (self->disposed != nullptr) {
      *self->disposed = true;
    }
    if (self->target != nullptr) {
      std::exchange(self->target, nullptr)->release();
    }
  }
  runtime().post_fair(item);
}

context_anchor::~context_anchor() {
  if (group_ != this) {
    const_cast<context_anchor*>(group_)->release();
  }
}

void context_anchor::join_group(context_anchor& first) noexcept {
  if (&first != this) {
    first.add_reference();
    group_ = &first;
  }
}

void context_anchor::add_reference() noexcept {
  // order: relaxed; the caller has a reference.
  references_.fetch_add(1, std::memory_order_relaxed);
}

void context_anchor::release() noexcept {
  // order: acq_rel; release gives up this holder's view, acquire for the last one, which frees it.
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    frame_delete(this);
  }
}

bool context_anchor::try_post(job* item, bool behind) noexcept {
  constexpr std::uint32_t closed = std::uint32_t{1} << 31;
  // order: relaxed; entering counts and looks in one step: close waits for us, or we see it. What
  // we do inside is published when we leave.
  if ((inside_.fetch_add(1, std::memory_order_relaxed) & closed) != 0) {
    // order: relaxed; we have done nothing inside.
    inside_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  // The post may make the context end and this anchor's last other reference go: keep it until we
  // have left.
  struct leave {
    context_anchor* anchor;
    ~leave() {
      // order: release; pairs with acquire in close. What post did inside the context is over.
      anchor->inside_.fetch_sub(1, std::memory_order_release);
      anchor->release();
    }
  };
  add_reference();
  leave at_end{this};
  try {
    if (context_ != nullptr) {
      context_->post_job(item);
    } else if (behind) {
      scheduler_->queue_job_behind(item);
    } else {
      scheduler_->queue_job(item);
    }
  } catch (...) {  // a post of the user's refused: the `work` that it was given has gone and has
                   // forsaken the job
  }
  return true;
}

void context_anchor::close() noexcept {
  constexpr std::uint32_t closed = std::uint32_t{1} << 31;
  // order: acquire; as below, for those who have left already. Nobody enters after it.
  std::uint32_t inside = inside_.fetch_or(closed, std::memory_order_acquire) & ~closed;
  while (inside != 0) {
    cpu_relax();
    // order: acquire; pairs with release in try_post. Posts in progress have ended.
    inside = inside_.load(std::memory_order_acquire) & ~closed;
  }
}

}  // namespace detail

synchronization_context::synchronization_context()
    : anchor_(detail::frame_new<detail::context_anchor>(this)) {
  detail::count_ender(1);
}

synchronization_context::~synchronization_context() {
  detail::count_ender(-1);
  anchor_->close();
  anchor_->release();
}

void synchronization_context::close_anchor() noexcept {
  anchor_->close();
}

void synchronization_context::send(work w) {
  // .NET's base class calls it in place; a context that is worth sending to wants it on its thread.
  task_completion_source<> done;
  auto end = done.task();
  post([&done, w = std::move(w)]() mutable {
    std::exception_ptr error;
    try {
      w();
    } catch (...) {
      error = std::current_exception();
    }
    // Behind the catch block: who waits may be the last to hold the exception.
    if (error == nullptr) {
      done.set_result();
    } else {
      done.set_exception(std::move(error));
    }
  });
  end.result();
}

void synchronization_context::operation_started() {}
void synchronization_context::operation_completed() {}

synchronization_context* synchronization_context::current() noexcept {
  return detail::this_thread().context;
}
void synchronization_context::set_current(synchronization_context* context) noexcept {
  detail::this_thread().context = context;
}

void synchronization_context::post_job(detail::job* item) {
  post(detail::job_in_work(item));
}

task_scheduler::task_scheduler() : anchor_(detail::frame_new<detail::context_anchor>(this)) {}

task_scheduler::~task_scheduler() {
  anchor_->close();
  anchor_->release();
}

void task_scheduler::close_anchor() noexcept {
  anchor_->close();
}

task_scheduler* task_scheduler::current() {
  task_scheduler* here = detail::this_thread().scheduler;
  return here != nullptr ? here : &default_scheduler();
}
task_scheduler& task_scheduler::default_scheduler() {
  return *detail::runtime().default_scheduler();
}

void task_scheduler::queue_job(detail::job* item) {
  queue(detail::scheduled_job(item, this));
}

}  // namespace weft
