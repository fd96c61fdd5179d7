#include "cancellation.hpp"

#include <weft/base/futex.hpp>
#include <weft/task/completion_source.hpp>
#include <weft/task/run.hpp>
#include <weft/trace/event.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace weft {
namespace detail {

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
    // order: release; pairs with acquire in remove. Who waits for the callback's end goes on.
    generation_.fetch_add(1, std::memory_order_release);
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
    }  // else a plain std::stop_source asked, which has nowhere to throw to: lost
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

}  // namespace detail

cancellation_registration::cancellation_registration(
    std::shared_ptr<detail::cancellation_state> state, std::uint64_t id) noexcept
    : state_(std::move(state)), id_(id) {}
cancellation_registration::cancellation_registration(cancellation_registration&& other) noexcept
    : state_(std::move(other.state_)), id_(std::exchange(other.id_, 0)) {}
cancellation_registration& cancellation_registration::operator=(
    cancellation_registration&& other) noexcept {
  if (this != &other) {
    reset();
    state_ = std::move(other.state_);
    id_ = std::exchange(other.id_, 0);
  }
  return *this;
}
cancellation_registration::~cancellation_registration() {
  reset();
}
void cancellation_registration::reset() noexcept {
  if (state_ != nullptr && id_ != 0) {
    state_->remove(id_);
  }
  state_.reset();
  id_ = 0;
}

cancellation_source::cancellation_source()
    : state_(std::make_shared<detail::cancellation_state>()) {}
cancellation_source::cancellation_source(std::chrono::nanoseconds after) : cancellation_source() {
  if (after == std::chrono::nanoseconds::zero()) {
    cancel();
  } else {
    cancel_after(after);
  }
}
cancellation_source::cancellation_source(cancellation_source&&) noexcept = default;
cancellation_source& cancellation_source::operator=(cancellation_source&&) noexcept = default;
cancellation_source::~cancellation_source() {
  if (state_ != nullptr) {
    state_->set_timer(nullptr);
  }
}

std::stop_token cancellation_source::token() const {
  return state_->token();
}
bool cancellation_source::is_cancellation_requested() const noexcept {
  return state_->requested();
}
void cancellation_source::cancel() {
  state_->cancel();
}
task<> cancellation_source::cancel_async() {
  detail::cancel_gathering gathered;
  gathered.defers = true;
  if (!state_->request(gathered)) {
    return completed_task();
  }
  gathered.defers = false;
  auto call_back = [state = state_, gathered = std::move(gathered)]() mutable {
    state->call_back(gathered);
  };
  return run(std::move(call_back));
}
void cancellation_source::link(std::stop_token token) {
  state_->link(std::move(token));
}
cancellation_registration cancellation_source::on_cancel(work f) {
  const std::uint64_t id = state_->add(std::move(f));
  return id == 0 ? cancellation_registration() : cancellation_registration(state_, id);
}
bool cancellation_source::try_reset() {
  if (state_->requested()) {
    return false;
  }
  state_->set_timer(nullptr);
  state_ = std::make_shared<detail::cancellation_state>();
  return true;
}

}  // namespace weft
