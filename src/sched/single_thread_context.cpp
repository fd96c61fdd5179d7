#include <weft/sched/single_thread_context.hpp>

#include <weft/base/event_count.hpp>
#include <weft/base/mpsc_queue.hpp>
#include <weft/sched/loop_place.hpp>
#include <weft/task/completion_source.hpp>
#include <weft/task/detail/simulated_place.hpp>
#include <weft/task/suspension.hpp>

#include <exception>
#include <utility>

namespace weft {
namespace detail {

thread_local constinit loop_place* loop_of_this_thread = nullptr;

/// Queue and sleep of one loop.
class loop final : public loop_place {
 public:
  explicit loop(synchronization_context* c) noexcept : loop_place(c) {}

  void push(job* item) noexcept {
    queue_.push(item);
    notify();
  }
  void request_stop() noexcept {
    // order: release; pairs with acquire in run_while.
    stop_.store(true, std::memory_order_release);
    notify();
  }
  /// This thread runs the loop from now on. Gives the one that it ran until now.
  [[nodiscard]] loop_place* enter() noexcept {
    if (loop_of_this_thread != nullptr && loop_of_this_thread != this) {
      loop_of_this_thread->about_to_block();  // nobody waits in its driver meanwhile
    }
    if (depth_++ == 0) {
      if (idle_driver* const d = driver()) {
        d->attach();
      }
    }
    return std::exchange(loop_of_this_thread, this);
  }
  void leave(loop_place* outer) noexcept {
    --depth_;
    if (outer != this) {
      about_to_block();
    }
    loop_of_this_thread = outer;
  }
  void about_to_block() noexcept override {
    if (idle_driver* const d = driver()) {
      job_list came;
      d->detach(came);
      take(came);
    }
  }
  /// Runs until `done` or a stop request; throws what posted work threw.
  void run_while(const bool& done, bool heeds_stop) {
    for (;;) {
      while (!done) {
        if (this_thread().simulated != nullptr) [[unlikely]] {
          let_others_run(done, heeds_stop);
        }
        if (heeds_stop && take_stop()) {
          return;
        }
        job* next = ready_.pop_front();
        if (next == nullptr) {
          break;
        }
        run_job(next);
        rethrow_error();
      }
      if (done) {
        return;
      }
      wait_for_more(heeds_stop);
    }
  }
  /// What is left, without running it.
  [[nodiscard]] job_list take_rest() noexcept {
    job_list rest = ready_.take();
    job_list more = queue_.take_all();
    rest.append(more);
    return rest;
  }

  struct posted : job {
    posted(loop* l, work w) : job{&run_it, &drop_it, nullptr}, owner(l), body(std::move(w)) {}
    static void run_it(job* self) noexcept {
      auto* mine = static_cast<posted*>(self);
      loop* owner = mine->owner;
      work body = std::move(mine->body);
      const kept_flow flow(std::move(mine->flow));
      frame_delete(mine);
      try {
        flow.run(body);
      } catch (...) {
        owner->failed(std::current_exception());
      }
    }
    static void drop_it(job* self) noexcept { frame_delete(static_cast<posted*>(self)); }
    loop* owner;
    work body;
    kept_flow flow;
  };
  single_thread_context::error_handler on_error;

 private:
  void failed(std::exception_ptr error) noexcept {
    const auto handler = on_error;  // it may be replaced while it runs
    if (!handler) {
      error_ = std::move(error);
      return;
    }
    try {
      handler(std::move(error));
    } catch (...) {  // what a handler throws comes out of run, as without one
      error_ = std::current_exception();
    }
  }
  void rethrow_error() {
    if (error_ != nullptr) [[unlikely]] {
      std::rethrow_exception(std::exchange(error_, nullptr));
    }
  }
  /// What the loop waits for has happened.
  void notify() noexcept {
    full_fence();  // store→load pair: the queue, then the driver; against attach and wait_for_more
    if (idle_driver* const d = driver()) {
      d->wake();
    } else {
      events_.notify_one();
    }
  }
  /// Queues what the driver gave, if it belongs here: others may await what is done in this loop.
  void take(job_list& came) noexcept {
    while (job* item = came.pop_front()) {
      if (item->drop == &action_marker) {
        run_job(item);
      } else if (item->drop == &suspension_marker &&
                 static_cast<suspension*>(item)->target != nullptr) {
        ready_.push_back(item);
      } else {
        post_resume(item);
      }
    }
  }
  bool take_stop() noexcept {
    // order: acquire; pairs with release in request_stop. The look before is relaxed: it spares the
    // exchange.
    return stop_.load(std::memory_order_relaxed) &&
           stop_.exchange(false, std::memory_order_acquire);
  }
  /// In a simulation this thread is everybody's: before each job of the loop it may run others.
  void let_others_run(const bool& done, bool heeds_stop) {
    this_thread().simulated->block(
        [&] {
          // order: relaxed; set by this thread, the only one there is.
          const bool stopping = heeds_stop && stop_.load(std::memory_order_relaxed);
          return done || stopping || !ready_.empty() || !queue_.empty_hint();
        },
        -1, true, std::source_location::current());
  }
  void wait_for_more(bool heeds_stop) noexcept {
    if (driver() != nullptr) {
      wait_in_driver(heeds_stop);
      return;
    }
    for (;;) {
      ready_ = queue_.take_all();
      if (!ready_.empty()) {
        return;
      }
      const event_count::key key = events_.prepare_wait();
      // order: relaxed; ordered by prepare_wait, see event_count.
      if (!queue_.empty_hint() || (heeds_stop && stop_.load(std::memory_order_relaxed))) {
        events_.cancel_wait();
        if (!queue_.empty_hint()) {
          continue;
        }
        return;
      }
      events_.commit_wait(key);
    }
  }

  /// Does not look into the driver each time when there is more to run: that may be a system call.
  void wait_in_driver(bool heeds_stop) noexcept {
    job_list arrived = queue_.take_all();
    // order: relaxed; who sets it wakes the driver after that.
    const bool busy = !arrived.empty() || (heeds_stop && stop_.load(std::memory_order_relaxed));
    if (!busy || ++rounds_ >= rounds_between_looks) {
      rounds_ = 0;
      job_list came;
      driver()->wait(came, busy ? 0 : -1);
      take(came);
    }
    ready_.append(arrived);
  }

  static constexpr unsigned rounds_between_looks = 16;

  mpsc_stack queue_;
  event_count events_;
  atomic<bool> stop_{false};
  // Owned by the thread that runs the loop:
  job_list ready_;
  std::exception_ptr error_;
  unsigned depth_ = 0;   // `run` inside of `run`
  unsigned rounds_ = 0;  // of posted work since the last look into the driver
};

}  // namespace detail

single_thread_context::single_thread_context() : loop_(std::make_unique<detail::loop>(this)) {}

single_thread_context::~single_thread_context() {
  close_anchor();
  for (detail::job_list rest = loop_->take_rest(); detail::job* item = rest.pop_front();) {
    if (item->run == &detail::loop::posted::run_it) {
      item->drop(item);
    } else {
      detail::forsake(item);
    }
  }
}

void single_thread_context::post(work w) {
  loop_->push(detail::frame_new<detail::loop::posted>(loop_.get(), std::move(w)));
}
void single_thread_context::post_job(detail::job* item) {
  loop_->push(item);
}

void single_thread_context::send(work w) {
  if (current() == this) {
    w();
  } else {
    synchronization_context::send(std::move(w));
  }
}

single_thread_context::running::running(single_thread_context& c) noexcept
    : loop_(*c.loop_), current_(c), outer_(loop_.enter()) {}
single_thread_context::running::~running() {
  loop_.leave(outer_);
}

void single_thread_context::run() {
  const running here(*this);
  const detail::occupation occupied(anchor());
  const bool never = false;
  loop_->run_while(never, true);
}

void single_thread_context::stop() {
  loop_->request_stop();
}

single_thread_context::error_handler single_thread_context::on_unhandled_exception(
    error_handler next) noexcept {
  return std::exchange(loop_->on_error, std::move(next));
}

void single_thread_context::run_until(detail::task_core& core) {
  // When the task ends, anywhere, its end is queued behind what has been posted before.
  struct ended : detail::job {
    bool done = false;
  } end;
  end.run = [](detail::job* self) { static_cast<ended*>(self)->done = true; };
  end.drop = &detail::action_marker;
  struct completed : detail::job {
    detail::context_anchor* anchor;
    ended* end;
  } on_completion;
  on_completion.run = [](detail::job* self) {
    const auto& mine = *static_cast<completed*>(self);
    // Through the anchor: the loop may return, and be destroyed, as soon as it has seen the end.
    static_cast<void>(mine.anchor->try_post(mine.end));
  };
  on_completion.drop = &detail::action_marker;
  on_completion.anchor = anchor();
  on_completion.end = &end;
  if (!core.try_add_awaiter(&on_completion)) {
    return;
  }
  try {
    loop_->run_while(end.done, false);
  } catch (...) {
    // Posted work threw. If the task's end is on its way already, it has to arrive first.
    if (!core.remove_awaiter(&on_completion)) {
      const std::exception_ptr first = std::current_exception();
      for (;;) {
        try {
          loop_->run_while(end.done, false);
          break;
        } catch (...) {  // the first one is thrown
        }
      }
      std::rethrow_exception(first);
    }
    throw;
  }
}

}  // namespace weft
