#include <weft/time/time_provider.hpp>

#include <weft/task/detail/closure_job.hpp>
#include <weft/task/detail/flow.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/time/timer_service.hpp>

#include <new>
#include <stdexcept>
#include <utility>

namespace weft {
namespace detail {
namespace {

/// One object for its owner, for the wheel and for a callback on its way: the owner's `delete`
/// stops it, the last one frees it.
class system_timer final : public timer, private timer_node {
 public:
  system_timer(work callback, std::int64_t first_ns, std::int64_t period_ns)
      : callback_(std::move(callback)), period_ns_(period_ns), next_ns_(first_ns) {
    fire = &fired;
    runtime().timers->add(*this, first_ns);
  }
  // What `delete` of a `timer*` comes to: no destructor has run before.
  static void operator delete(system_timer* self, std::destroying_delete_t) {
    // order: relaxed; only says that no further call is wanted. One in progress goes on, and
    // references_ orders the end.
    self->stopped_.store(true, std::memory_order_relaxed);
    if (runtime().timers->cancel(*self)) {
      frame_delete(self);  // nobody else has it
    } else {
      release(self);
    }
  }

 private:
  static void release(system_timer* self) noexcept {
    // order: acq_rel; the last one frees what the other used.
    if (self->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      frame_delete(self);
    }
  }
  static void fired(timer_node* node, job_list& ready) noexcept {
    ready.push_back(make_job([self = static_cast<system_timer*>(node)] { call(self); }));
  }
  static void call(system_timer* self) {
    struct leave {
      system_timer* self;
      ~leave() {
        if (self != nullptr) {
          release(self);
        }
      }
    } at_end{self};
    // order: relaxed; as in operator delete.
    if (self->stopped_.load(std::memory_order_relaxed)) {
      return;
    }
    if (self->period_ns_ < 0) {
      self->flow_.run(self->callback_);
      return;
    }
    self->flow_.run([self] { self->callback_.call_in_place(); });
    // order: relaxed; as above.
    if (self->stopped_.load(std::memory_order_relaxed)) {
      return;
    }
    // On the grid, the next point that is still to come: who is late does not tick twice at once.
    self->next_ns_ += self->period_ns_;
    const std::int64_t late_ns = monotonic_ns() - self->next_ns_;
    if (late_ns >= 0) {
      self->next_ns_ += (late_ns / self->period_ns_ + 1) * self->period_ns_;
    }
    at_end.self = nullptr;  // the wheel has it again
    runtime().timers->add(*self, self->next_ns_);
  }

  work callback_;
  kept_flow flow_;
  std::int64_t period_ns_;
  std::int64_t next_ns_;
  atomic<std::uint32_t> references_{2};  // when it has fired: the owner; the callback
  atomic<bool> stopped_{false};
};

class system_time_provider final : public time_provider {
 public:
  time_point now() override { return time_point(std::chrono::nanoseconds(monotonic_ns())); }
  std::unique_ptr<timer> create_timer(work callback, std::chrono::nanoseconds due,
                                      std::chrono::nanoseconds period) override {
    if (due < std::chrono::nanoseconds::zero() && due != infinite) {
      throw std::invalid_argument(
          "weft: create_timer: due is negative; use weft::infinite for never");
    }
    if (period <= std::chrono::nanoseconds::zero() && period != infinite) {
      throw std::invalid_argument("weft: create_timer: period must be positive or weft::infinite");
    }
    const std::int64_t now = monotonic_ns();
    const std::int64_t at = due == infinite || due.count() > timer_wheel::never - now
                                ? timer_wheel::never
                                : now + due.count();
    return std::unique_ptr<timer>(
        frame_new<system_timer>(std::move(callback), at, period == infinite ? -1 : period.count()));
  }
};

}  // namespace
}  // namespace detail

time_provider& system_time() {
  // Leaked: pool threads may still use it while the process ends.
  static auto* const provider = new detail::system_time_provider;
  return *provider;
}

}  // namespace weft
