#include <weft/time/delay.hpp>

#include <weft/task/detail/closure_job.hpp>
#include <weft/task/operation.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/time/timer_service.hpp>

#include "../task/cancellation.hpp"

#include <optional>
#include <stdexcept>
#include <string>

namespace weft {
namespace detail {
namespace {

void check_time(std::chrono::nanoseconds time, const char* what) {
  if (time < std::chrono::nanoseconds::zero() && time != infinite) {
    throw std::invalid_argument(std::string("weft: ") + what + " of " +
                                std::to_string(time.count()) +
                                " ns is negative; use weft::infinite for never");
  }
}

std::int64_t due_after(std::chrono::nanoseconds time) noexcept {
  const std::int64_t now = monotonic_ns();
  return time == infinite || time.count() > timer_wheel::never - now ? timer_wheel::never
                                                                     : now + time.count();
}

/// A delay without a token: 64 bytes.
class plain_delay final : public operation<void, plain_delay>, public timer_node {
 public:
  plain_delay() noexcept : operation("timer") { fire = &fired; }

 private:
  static void fired(timer_node* node, job_list& ready) noexcept {
    static_cast<plain_delay*>(node)->complete_into(ready);
  }
};
static_assert(sizeof(plain_delay) <= 64, "a timer without a stop token takes at most 64 bytes");

/// A delay that a token may end. The timer and the stop request race for the node: whoever takes it
/// out of the wheel completes the delay.
class stoppable_delay final : public operation<void, stoppable_delay>, public timer_node {
 public:
  explicit stoppable_delay(std::stop_token stop) noexcept
      : operation("timer"), stop_(std::move(stop)) {
    fire = &fired;
  }

  void begin(std::chrono::nanoseconds time) {
    // A handle of its own until both sides are set up: the timer may fire, and the stop be
    // requested, at any time.
    add_handle();
    runtime().timers->add(*this, due_after(time));
    on_stop_.emplace(stop_, stopped{this});
    release_handle();
  }

 private:
  struct stopped {
    stoppable_delay* self;
    void operator()() const noexcept {
      if (runtime().timers->cancel(*self)) {
        job_list ready;
        self->fail_into(ready, std::make_exception_ptr(operation_canceled(self->stop_)));
        runtime().post_all(ready);
      }
    }
  };
  static void fired(timer_node* node, job_list& ready) noexcept {
    static_cast<stoppable_delay*>(node)->complete_into(ready);
  }

  std::stop_token stop_;
  std::optional<std::stop_callback<stopped>> on_stop_;
};

task<> delay_by(time_provider* provider, std::chrono::nanoseconds time, std::stop_token stop) {
  task_completion_source<> ended;
  auto end = ended.task();
  auto shared = std::make_shared<task_completion_source<>>(std::move(ended));
  std::unique_ptr<timer> running;
  if (time != infinite) {
    running = provider->create_timer([shared] { shared->try_set_result(); }, time, infinite);
  }
  auto cancel = [shared, stop]() noexcept {
    runtime().post(make_job([shared, stop] { shared->try_set_canceled(stop); }));
  };
  std::optional<std::stop_callback<decltype(cancel)>> on_stop;
  if (stop.stop_possible()) {
    on_stop.emplace(stop, cancel);
  }
  co_await std::move(end).configure_await(false);
}

/// The timer of `cancellation_source::cancel_after`: shared by its owner and the wheel.
class cancel_timer final : public cancellation_timer {
 public:
  cancel_timer(std::weak_ptr<cancellation_state> state, std::chrono::nanoseconds after)
      : shot_(frame_new<shot>()) {
    shot_->state = std::move(state);
    shot_->fire = &fired;
    runtime().timers->add(*shot_, due_after(after));
  }
  ~cancel_timer() override {
    if (runtime().timers->cancel(*shot_)) {
      shot::release(shot_);
    }
    shot::release(shot_);
  }

 private:
  struct shot : timer_node {
    std::weak_ptr<cancellation_state> state;
    atomic<std::uint32_t> references{2};
    static void release(shot* s) noexcept {
      // order: acq_rel; the last one frees it.
      if (s->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        frame_delete(s);
      }
    }
  };
  static void fired(timer_node* node, job_list& ready) noexcept {
    auto* s = static_cast<shot*>(node);
    ready.push_back(make_job([state = s->state] {
      if (auto alive = state.lock()) {
        alive->cancel();
      }
    }));
    shot::release(s);
  }
  shot* shot_;
};

}  // namespace

void throw_timeout(std::chrono::nanoseconds limit) {
  throw timeout_error("weft: with_timeout: the work did not end within " +
                      std::to_string(std::chrono::duration<double>(limit).count()) + " s");
}
void check_timeout(std::chrono::nanoseconds limit) {
  check_time(limit, "a time-out");
}

}  // namespace detail

task<> delay(time_span given, std::stop_token stop) {
  const std::chrono::nanoseconds time = given;
  detail::check_time(time, "a delay");
  if (stop.stop_requested()) {
    return from_canceled<void>(std::move(stop));
  }
  if (time == std::chrono::nanoseconds::zero()) {
    return completed_task();
  }
  if (!stop.stop_possible()) {
    auto* made = detail::frame_new<detail::plain_delay>();
    task<> end(made->core());
    detail::runtime().timers->add(*made, detail::due_after(time));
    return end;
  }
  auto* made = detail::frame_new<detail::stoppable_delay>(std::move(stop));
  task<> end(made->core());
  made->begin(time);
  return end;
}

task<> delay(time_span given, time_provider& provider, std::stop_token stop) {
  const std::chrono::nanoseconds time = given;
  if (&provider == &system_time()) {
    return delay(time, std::move(stop));
  }
  detail::check_time(time, "a delay");
  if (stop.stop_requested()) {
    return from_canceled<void>(std::move(stop));
  }
  if (time == std::chrono::nanoseconds::zero()) {
    return completed_task();
  }
  return detail::delay_by(&provider, time, std::move(stop));
}

void cancellation_source::cancel_after(time_span given) {
  const std::chrono::nanoseconds after = given;
  detail::check_time(after, "cancel_after");
  if (state_->requested()) {
    return;
  }
  if (after == infinite) {
    state_->set_timer(nullptr);
  } else {
    state_->set_timer(std::make_unique<detail::cancel_timer>(state_, after));
  }
}

}  // namespace weft
