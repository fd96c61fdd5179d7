#include <weft/time/periodic_timer.hpp>

#include <weft/base/error.hpp>
#include <weft/base/lock.hpp>
#include <weft/task/completion_source.hpp>
#include <weft/task/operation.hpp>
#include <weft/task/runtime_slot.hpp>

#include <optional>
#include <stdexcept>
#include <utility>

namespace weft {
namespace detail {

class tick_wait;

/// Shared by the timer, its callback on the way, and a pending wait. Whoever takes `waiting_` out
/// completes it.
class periodic_state : public std::enable_shared_from_this<periodic_state> {
 public:
  explicit periodic_state(time_provider& provider) noexcept : provider_(&provider) {}

  void start(std::chrono::nanoseconds period);
  void tick() noexcept;
  void dispose() noexcept;
  [[nodiscard]] value_task<bool> wait(std::stop_token stop);
  [[nodiscard]] bool withdraw(tick_wait* which) noexcept {
    const lock_guard guard(lock_);
    return waiting_ == which && std::exchange(waiting_, nullptr) != nullptr;
  }
  [[nodiscard]] std::chrono::nanoseconds period() noexcept {
    const lock_guard guard(lock_);
    return period_;
  }

 private:
  [[nodiscard]] bool is_there() const noexcept { return ticked_ || disposed_; }

  time_provider* const provider_;
  lock lock_;
  // Guarded by lock_:
  std::unique_ptr<timer> timer_;
  std::chrono::nanoseconds period_{infinite};
  tick_wait* waiting_ = nullptr;
  bool ticked_ = false;
  bool disposed_ = false;
};

class tick_wait final : public operation<bool, tick_wait> {
 public:
  explicit tick_wait(std::shared_ptr<periodic_state> state) noexcept
      : operation("periodic_timer"), state_(std::move(state)) {}

  /// Pre: the caller holds a handle of its own.
  void follow(std::stop_token stop) {
    stop_ = std::move(stop);
    on_stop_.emplace(stop_, stopped{this});
  }
  /// Nobody wants it any more.
  void abandon() noexcept {
    if (state_->withdraw(this)) {
      this->complete(false);
    }
  }

 private:
  struct stopped {
    tick_wait* self;
    void operator()() const noexcept {
      if (self->state_->withdraw(self)) {
        job_list ready;
        self->fail_into(ready, std::make_exception_ptr(operation_canceled(self->stop_)));
        runtime().post_all(ready);
      }
    }
  };

  std::shared_ptr<periodic_state> state_;
  std::stop_token stop_;
  std::optional<std::stop_callback<stopped>> on_stop_;
};

void periodic_state::start(std::chrono::nanoseconds period) {
  if (period <= std::chrono::nanoseconds::zero() && period != infinite) {
    throw std::invalid_argument(
        "weft: the period of a periodic_timer must be positive, or weft::infinite");
  }
  std::unique_ptr<timer> made;
  if (period != infinite) {
    // Weakly: the timer's closure must not keep the state that keeps the timer.
    made = provider_->create_timer(
        [weak = weak_from_this()] {
          if (const auto self = weak.lock()) {
            self->tick();
          }
        },
        period, period);
  }
  const lock_guard guard(lock_);
  if (disposed_) {
    throw object_disposed("periodic_timer");  // `made` goes behind the lock
  }
  timer_.swap(made);  // and so does the former one
  period_ = period;
}

void periodic_state::tick() noexcept {
  tick_wait* woken = nullptr;
  {
    const lock_guard guard(lock_);
    if (disposed_) {
      return;
    }
    woken = std::exchange(waiting_, nullptr);
    ticked_ = woken == nullptr;
  }
  if (woken != nullptr) {
    woken->complete(true);
  }
}

void periodic_state::dispose() noexcept {
  std::unique_ptr<timer> gone;
  tick_wait* woken = nullptr;
  {
    const lock_guard guard(lock_);
    disposed_ = true;
    gone.swap(timer_);
    woken = std::exchange(waiting_, nullptr);
  }
  if (woken != nullptr) {
    job_list ready;
    woken->complete_into(ready, false);
    runtime().post_all(ready);
  }
}

value_task<bool> periodic_state::wait(std::stop_token stop) {
  if (stop.stop_requested()) {
    return from_canceled<bool>(std::move(stop));
  }
  auto* made = frame_new<tick_wait>(shared_from_this());
  bool at_once = false;
  bool result = false;
  bool refused = false;
  {
    const lock_guard guard(lock_);
    refused = waiting_ != nullptr;
    at_once = !refused && is_there();
    if (at_once) {
      result = !disposed_;
      ticked_ = false;
    } else if (!refused) {
      waiting_ = made;
      made->add_handle();  // ours, until the stop callback stands
    }
  }
  if (refused || at_once) {
    frame_delete(made);
    if (refused) {
      throw invalid_operation(
          "weft: another wait_for_next_tick of this periodic_timer is pending; one at a time");
    }
    return result;
  }
  value_task<bool> end(made->core());
  if (stop.stop_possible()) {
    made->follow(std::move(stop));
  }
  made->release_handle();
  return end;
}

}  // namespace detail

periodic_timer::periodic_timer(time_span period, time_provider& provider)
    : state_(std::make_shared<detail::periodic_state>(provider)) {
  state_->start(period);
}
periodic_timer::~periodic_timer() {
  state_->dispose();
}

value_task<bool> periodic_timer::wait_for_next_tick(std::stop_token stop) {
  return state_->wait(std::move(stop));
}
std::chrono::nanoseconds periodic_timer::period() const {
  return state_->period();
}
void periodic_timer::set_period(time_span period) {
  state_->start(period);
}
void periodic_timer::dispose() noexcept {
  state_->dispose();
}

}  // namespace weft
