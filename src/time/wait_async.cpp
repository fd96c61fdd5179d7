/// The race behind `wait_async`: the end of a task, a timer, a stop request; whoever comes first
/// resumes the coroutine. It is an object of its own, counted, so that those who come later find
/// something to lose against when the coroutine and its task have long gone.

#include <weft/task/wait_async.hpp>

#include <weft/base/error.hpp>
#include <weft/base/frame_allocator.hpp>
#include <weft/task/detail/closure_job.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/time/time_provider.hpp>
#include <weft/time/timer_service.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace weft::detail {

/// State word: [ references | bits 2-1 the winner, a wait_end | bit 0 set up ].
/// References: begin, the registration at the core, the timer. A stop request takes one when it
/// wins; one that loses touches nothing but the word, which the destructor of its callback keeps.
class end_race final : public job, public timer_node {
 public:
  end_race(task_core& core, job* self, end_awaiter& of) noexcept
      : job{&core_ended, &action_marker, nullptr}, core_(&core), self_(self), of_(&of) {
    fire = &fired;
  }

  static bool begin(job* self, end_awaiter& of) {
    auto* race = frame_new<end_race>(*of.core_, self, of);
    try {
      race->set_limits(of.timeout_, of.provider_, *of.stop_);
    } catch (...) {  // the provider threw: nobody else knows of the race
      frame_delete(race);
      release_capture(self);
      throw;
    }
    if (!of.core_->try_add_awaiter(race)) {
      static_cast<void>(race->claim(wait_end::completed, 0));  // or somebody was faster
      race->drop();
    }
    // order: release; pairs with acquire in claim: a winner sees the foreign timer. What one that
    // came before has written is seen by the drop below.
    const std::uint32_t former = race->word_.fetch_or(ready, std::memory_order_release);
    const auto winner = static_cast<wait_end>((former & winner_mask) >> 1);
    if (winner != wait_end::none) {
      race->settle(winner);
      release_capture(self);
    }
    race->drop();
    return winner == wait_end::none;
  }

 private:
  static constexpr std::uint32_t ready = 1;
  static constexpr std::uint32_t winner_mask = 6;
  static constexpr std::uint32_t reference = 8;

  /// A timer of a foreign provider holds this: it keeps the race.
  class timed {
   public:
    explicit timed(end_race* race) noexcept : race_(race) {
      // order: relaxed; the caller has a reference.
      race->word_.fetch_add(reference, std::memory_order_relaxed);
    }
    timed(timed&& other) noexcept : race_(std::exchange(other.race_, nullptr)) {}
    timed(const timed&) = delete;
    timed& operator=(const timed&) = delete;
    ~timed() {
      if (race_ != nullptr) {
        race_->drop();
      }
    }
    void operator()() const {
      if (race_->claim(wait_end::timed_out, 0)) {
        race_->settle(wait_end::timed_out);
        post_resume(race_->self_);
      }
    }

   private:
    end_race* race_;
  };
  struct on_stop {
    end_race* race;
    void operator()() const noexcept { race->stop_requested(); }
  };

  void set_limits(std::chrono::nanoseconds timeout, time_provider* provider,
                  const std::stop_token& stop) {
    if (timeout.count() >= 0 && provider != nullptr && provider != &system_time()) {
      foreign_ = provider->create_timer(timed(this), timeout, infinite);
    } else if (timeout.count() >= 0) {
      // order: relaxed; this thread has a reference.
      word_.fetch_add(reference, std::memory_order_relaxed);
      armed_ = true;
      const std::int64_t now = monotonic_ns();
      const bool is_far = timeout.count() > timer_wheel::never - now;
      runtime().timers->add(*this, is_far ? timer_wheel::never : now + timeout.count());
    }
    if (stop.stop_possible()) {
      stop_.emplace(stop, on_stop{this});
    }
  }

  static void core_ended(job* self) {
    auto* race = static_cast<end_race*>(self);
    if (race->claim(wait_end::completed, 0)) {
      race->settle(wait_end::completed);
      thread_state& here = this_thread();
      if (here.inline_depth >= max_inline_depth) {
        post_resume(race->self_);
      } else {
        ++here.inline_depth;
        if (trace::any_hook()) [[unlikely]] {
          const flow_scope own(nullptr);  // the values of who completes the task stay its own
          run_job(race->self_);
        } else {
          run_job(race->self_);
        }
        --this_thread().inline_depth;
      }
    }
    race->drop();
  }
  static void fired(timer_node* node, job_list& ready_jobs) noexcept {
    auto* race = static_cast<end_race*>(node);
    if (race->claim(wait_end::timed_out, 0)) {
      race->settle(wait_end::timed_out);
      ready_jobs.push_back(race->self_);
    }
    race->drop();
  }
  void stop_requested() noexcept {
    if (claim(wait_end::stopped, reference)) {
      settle(wait_end::stopped);
      post_resume(self_);
      drop();
    }
  }

  /// One party wins. **Returns** true when it is to resume the coroutine; a winner that comes
  /// before all is set up leaves that to `begin`. Adds `references` in the former case.
  [[nodiscard]] bool claim(wait_end how, std::uint32_t references) noexcept {
    // order: relaxed; the exchange below reads it again.
    std::uint32_t w = word_.load(std::memory_order_relaxed);
    for (;;) {
      if ((w & winner_mask) != 0) {
        return false;
      }
      const std::uint32_t more = (w & ready) != 0 ? references : 0;
      // order: acq_rel; pairs with the fetch_or in begin: one of the two goes on with the
      // coroutine. Release for begin, which then goes on after its drop.
      if (word_.compare_exchange_weak(w, (w | static_cast<std::uint32_t>(how) << 1) + more,
                                      std::memory_order_acq_rel, std::memory_order_relaxed)) {
        return (w & ready) != 0;
      }
    }
  }
  /// Takes the others back and says how it ended. The coroutine has not been resumed yet.
  void settle(wait_end how) noexcept {
    if (how != wait_end::completed && core_->remove_awaiter(this)) {
      drop();
    }
    if (armed_ && how != wait_end::timed_out && runtime().timers->cancel(*this)) {
      drop();
    }
    if (foreign_ != nullptr) {
      // Not here: this may run inside its callback.
      runtime().post(make_job([gone = std::move(foreign_)] { static_cast<void>(gone); }));
    }
    of_->end_ = how;
    mark_resumable(self_);
  }
  void drop() noexcept {
    // order: acq_rel; the last one frees what the others used.
    if (word_.fetch_sub(reference, std::memory_order_acq_rel) / reference == 1) {
      frame_delete(this);
    }
  }

  task_core* core_;
  job* self_;
  end_awaiter* of_;
  bool armed_ = false;
  std::unique_ptr<timer> foreign_;
  atomic<std::uint32_t> word_{2 * reference};
  std::optional<std::stop_callback<on_stop>> stop_;
};

bool end_awaiter::begin(job* self, end_awaiter& of) {
  return end_race::begin(self, of);
}

void check_wait_limit(std::chrono::nanoseconds timeout) {
  if (timeout.count() < 0 && timeout != infinite) {
    throw std::invalid_argument("weft: a time-out of " + std::to_string(timeout.count()) +
                                " ns is negative; use weft::infinite for never");
  }
}
void throw_wait_timeout(std::chrono::nanoseconds timeout) {
  throw timeout_error("weft: wait_async: the task did not end within " +
                      std::to_string(std::chrono::duration<double>(timeout).count()) + " s");
}

}  // namespace weft::detail
