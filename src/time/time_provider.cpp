#include <weft/time/time_provider.hpp>

#include <weft/base/lock.hpp>
#include <weft/task/detail/closure_job.hpp>
#include <weft/task/detail/flow.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/time/timer_service.hpp>

#include <stdexcept>
#include <utility>

namespace weft {
namespace detail {
namespace {

/// What a system timer's owner, the wheel and a running callback share.
struct system_timer_state : timer_node {
  work callback;
  kept_flow flow;
  std::int64_t period_ns = -1;
  std::int64_t next_ns = 0;
  atomic<std::uint32_t> references{2};  // the owner; the wheel or a callback on its way
  atomic<bool> stopped{false};

  static void release(system_timer_state* s) noexcept {
    // order: acq_rel; the last one frees what the others used.
    if (s->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      frame_delete(s);
    }
  }
  static void fired(timer_node* node, job_list& ready) noexcept {
    ready.push_back(make_job([s = static_cast<system_timer_state*>(node)] { call(s); }));
  }
  static void call(system_timer_state* s) {
    struct leave {
      system_timer_state* s;
      ~leave() {
        if (s != nullptr) {
          release(s);
        }
      }
    } at_end{s};
    // order: acquire; pairs with release in ~system_timer. What the owner freed afterwards is not
    // used.
    if (s->stopped.load(std::memory_order_acquire)) {
      return;
    }
    if (s->period_ns < 0) {
      s->flow.run(s->callback);
      return;
    }
    s->flow.run([s] { s->callback.call_in_place(); });
    // order: acquire; as above.
    if (s->stopped.load(std::memory_order_acquire)) {
      return;
    }
    // On the grid, the next point that is still to come: who is late does not tick twice at once.
    s->next_ns += s->period_ns;
    const std::int64_t late_ns = monotonic_ns() - s->next_ns;
    if (late_ns >= 0) {
      s->next_ns += (late_ns / s->period_ns + 1) * s->period_ns;
    }
    at_end.s = nullptr;  // the wheel has it again
    runtime().timers->add(*s, s->next_ns);
  }
};

class system_timer final : public timer {
 public:
  system_timer(work callback, std::int64_t due_ns, std::int64_t period_ns)
      : state_(frame_new<system_timer_state>()) {
    state_->callback = std::move(callback);
    state_->fire = &system_timer_state::fired;
    state_->next_ns = due_ns;
    state_->period_ns = period_ns;
    runtime().timers->add(*state_, due_ns);
  }
  ~system_timer() override {
    // order: release; pairs with acquire in call.
    state_->stopped.store(true, std::memory_order_release);
    if (runtime().timers->cancel(*state_)) {
      system_timer_state::release(state_);
    }
    system_timer_state::release(state_);
  }

 private:
  system_timer_state* state_;
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
    return std::make_unique<system_timer>(std::move(callback), at,
                                          period == infinite ? -1 : period.count());
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
