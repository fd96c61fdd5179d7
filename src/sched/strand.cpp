#include <weft/sched/strand.hpp>

#include <weft/base/futex.hpp>
#include <weft/base/mpsc_queue.hpp>
#include <weft/task/detail/closure_job.hpp>
#include <weft/task/detail/simulated_place.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/task/suspension.hpp>
#include <weft/trace/event.hpp>

#include <utility>

namespace weft {
namespace detail {

/// Queue of a strand; outlives the strand while a drain is on its way.
class strand_state : public job {
 public:
  strand_state(strand* owner, context_anchor* base) noexcept
      : job{&drain, &action_marker, nullptr}, base_(base), anchor_(owner->anchor()), owner_(owner) {
    anchor_->add_reference();
    if (base_ != nullptr) {
      base_->add_reference();
    }
  }
  ~strand_state() {
    anchor_->release();
    if (base_ != nullptr) {
      base_->release();
    }
  }
  void post(job* item) noexcept {
    queue_.push(item);
    // order: acquire; pairs with release in drain. The first one schedules, behind what the former
    // drain left. The job itself is published by the queue.
    if (pending_.fetch_add(1, std::memory_order_acquire) == 0) {
      add_reference();
      schedule();
    }
  }
  /// The strand goes. Waits for what is queued, unless this thread is the one that runs it.
  void close() noexcept {
    // order: relaxed; compared with this thread's own number only.
    if (runner_.load(std::memory_order_relaxed) == trace::this_thread_number()) {
      owner_ = nullptr;  // read by this very thread, in drain
      // order: acquire; pairs with release in drain, as below.
    } else if (!block_simulated([this] { return pending_.load(std::memory_order_acquire) == 0; })) {
      runtime().begin_blocking();
      // order: acquire; pairs with release in drain. What ran is over.
      for (std::uint32_t left; (left = pending_.load(std::memory_order_acquire)) != 0;) {
        futex_wait(pending_, left);
      }
      runtime().end_blocking();
    }
    release();
  }

 private:
  static constexpr std::uint32_t burst = 64;  // jobs in a row before others of the pool get a turn

  void add_reference() noexcept {
    // order: relaxed; the caller has one.
    references_.fetch_add(1, std::memory_order_relaxed);
  }
  void release() noexcept {
    // order: acq_rel; the last one frees it.
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      frame_delete(this);
    }
  }
  void schedule() noexcept {
    if (base_ == nullptr || !base_->try_post(this)) {
      runtime().post_fair(this);
    }
  }
  static void drain(job* self) noexcept {
    auto* s = static_cast<strand_state*>(self);
    thread_state& t = this_thread();
    synchronization_context* outer = std::exchange(t.context, s->owner_);
    // order: relaxed; see close.
    s->runner_.store(trace::this_thread_number(), std::memory_order_relaxed);
    std::uint32_t ran = 0;
    // Between two turns of a strand others may run: a simulation tries it.
    const std::uint32_t most = t.simulated == nullptr ? burst : 1;
    bool more = true;
    const occupation occupied(s->anchor_);
    while (more && ran < most) {
      job* next = s->ready_.pop_front();
      while (next == nullptr) {
        s->ready_ = s->queue_.take_all();  // counted, so it is there or about to be
        next = s->ready_.pop_front();
      }
      run_job(next);
      this_thread().context = s->owner_;
      ++ran;
      // order: relaxed; only a count, a lower bound is enough. Jobs are acquired from the queue.
      more = s->pending_.load(std::memory_order_relaxed) != ran;
    }
    // order: relaxed; see close.
    s->runner_.store(0, std::memory_order_relaxed);
    this_thread().context = outer;
    s->add_reference();
    // order: release; pairs with acquire in close and in post, whose drain comes behind this one.
    if (s->pending_.fetch_sub(ran, std::memory_order_release) != ran) {
      s->schedule();
    } else {
      futex_wake_all(s->pending_);
      s->release();
    }
    s->release();
  }

  mpsc_stack queue_;
  atomic<std::uint32_t> pending_{0};
  atomic<std::uint32_t> references_{1};
  atomic<std::uint32_t> runner_{0};
  context_anchor* const base_;
  context_anchor* const anchor_;  // of the strand
  // Owned by whoever drains:
  job_list ready_;
  strand* owner_;
};

}  // namespace detail

strand::strand() : state_(detail::frame_new<detail::strand_state>(this, nullptr)) {}
strand::strand(task_scheduler& base)
    : state_(detail::frame_new<detail::strand_state>(this, base.anchor())) {}
strand::strand(synchronization_context& base)
    : state_(detail::frame_new<detail::strand_state>(this, base.anchor())) {}

strand::~strand() {
  close_anchor();
  state_->close();
}

void strand::post(work w) {
  state_->post(detail::make_job([w = std::move(w)]() mutable { w(); }));
}
void strand::post_job(detail::job* item) {
  state_->post(item);
}

}  // namespace weft
