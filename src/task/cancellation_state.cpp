// The callbacks of a source, and those that are linked to it. Beside the public types, which need
// the pool, so that the models in test/model can run what stands here.

#include <weft/base/futex.hpp>
#include <weft/task/unobserved.hpp>
#include <weft/trace/event.hpp>

#include "cancellation.hpp"

#include <algorithm>
#include <utility>

namespace weft::detail {

namespace {
// What the request that this thread makes now gathers. A std::stop_callback must not throw, so what
// the callbacks of a linked source throw finds its way here.
[[gnu::noinline]] cancel_gathering*& gathering_here() noexcept {
  thread_local cancel_gathering* current = nullptr;
  return current;
}
}  // namespace

bool cancellation_state::request(cancel_gathering& gathered) {
  {
    lock_guard guard(lock_);
    if (std::exchange(begun_, true)) {
      return false;
    }
  }
  cancel_gathering* const outer = std::exchange(gathering_here(), &gathered);
  source_.request_stop();  // callbacks of on_cancel see the token requested
  gathering_here() = outer;
  return true;
}

void cancellation_state::cancel() {
  cancel_gathering gathered;
  if (request(gathered)) {
    call_back(gathered);
  }
}

void cancellation_state::call_back(cancel_gathering& gathered) {
  std::vector<std::exception_ptr> errors = std::move(gathered.errors);
  for (const auto& linked : gathered.deferred) {
    cancel_gathering none;
    try {
      linked->call_back(none);
    } catch (...) {
      errors.push_back(std::current_exception());
    }
  }
  for (;;) {
    work next;
    kept_flow flow;
    {
      lock_guard guard(lock_);
      if (callbacks_.empty()) {
        running_ = 0;
        break;
      }
      next = std::move(callbacks_.back().f);
      flow = std::move(callbacks_.back().flow);
      running_ = callbacks_.back().id;
      running_thread_ = trace::this_thread_number();
      callbacks_.pop_back();
    }
    try {
      flow.run(next);
    } catch (...) {
      errors.push_back(std::current_exception());
    }
    {
      lock_guard guard(lock_);
      running_ = 0;
    }
    // order: relaxed; only wakes who waits for the callback's end, and looks again under the lock.
    generation_.fetch_add(1, std::memory_order_relaxed);
    futex_wake_all(generation_);
  }
  if (!errors.empty()) {
    throw aggregate_exception(std::move(errors));
  }
}

void cancellation_state::link_action::operator()() const noexcept {
  const auto alive = state.lock();
  if (alive == nullptr) {
    return;
  }
  cancel_gathering* const outer = gathering_here();
  if (outer != nullptr && outer->defers) {
    if (alive->request(*outer)) {
      outer->deferred.push_back(alive);
    }
    return;
  }
  try {
    alive->cancel();
  } catch (...) {
    if (outer != nullptr) {
      outer->errors.push_back(std::current_exception());
    } else {  // a plain std::stop_source asked, which has nowhere to throw to
      report_unobserved(std::current_exception(),
                        "a callback of on_cancel, of a source linked to a std::stop_source");
    }
  }
}

void cancellation_state::link(std::stop_token token) {
  // Outside the lock: the callback runs at once when the token has been requested.
  auto made = std::make_unique<link_callback>(std::move(token), link_action{weak_from_this()});
  lock_guard guard(lock_);
  links_.push_back(std::move(made));
}

std::uint64_t cancellation_state::add(work f) {
  {
    lock_guard guard(lock_);
    if (!begun_) {
      callbacks_.push_back({next_id_, std::move(f), kept_flow()});
      return next_id_++;
    }
  }
  f();
  return 0;
}

void cancellation_state::remove(std::uint64_t id) noexcept {
  work keep;  // destroyed outside the lock, as what belongs to it
  kept_flow flow;
  for (;;) {
    std::uint32_t generation;
    {
      lock_guard guard(lock_);
      const auto at = std::find_if(callbacks_.begin(), callbacks_.end(),
                                   [id](const callback& c) { return c.id == id; });
      if (at != callbacks_.end()) {
        keep = std::move(at->f);
        flow = std::move(at->flow);
        callbacks_.erase(at);
        return;
      }
      if (running_ != id || running_thread_ == trace::this_thread_number()) {
        return;  // over, or it disposes of itself
      }
      // order: relaxed; the lock orders it: the end of the callback comes after.
      generation = generation_.load(std::memory_order_relaxed);
    }
    futex_wait(generation_, generation);
  }
}

void cancellation_state::set_timer(std::unique_ptr<cancellation_timer> timer) {
  {
    lock_guard guard(lock_);
    timer_.swap(timer);
  }
  // The former one is withdrawn here, outside the lock: it may be calling cancel.
}

}  // namespace weft::detail
