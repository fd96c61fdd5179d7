#include "conformance/support.hpp"

#include <algorithm>
#include <thread>

namespace weft::conformance {
namespace {

// Read through functions that are not inlined: a coroutine that asks may have changed threads.
thread_local const char* this_thread = nullptr;
[[gnu::noinline]] const char*& name_of_this_thread() {
  return this_thread;
}

}  // namespace

std::string here() {
  const char* name = name_of_this_thread();
  return name == nullptr ? "pool" : name;
}
named_thread::named_thread(const char* name) : former_(name_of_this_thread()) {
  name_of_this_thread() = name;
}
named_thread::~named_thread() {
  name_of_this_thread() = former_;
}

void on_thread(const char* name, const std::function<void()>& action) {
  std::exception_ptr failure;
  std::thread([&] {
    const named_thread named(name);
    try {
      action();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure != nullptr) {
    std::rethrow_exception(failure);
  }
}

void manual_context::post(weft::work w) {
  const std::lock_guard guard(mutex_);
  queue_.push_back(std::move(w));
  ++posts_;
  changed_.notify_all();
}
void manual_context::operation_started() {
  const std::lock_guard guard(mutex_);
  ++started_;
}
void manual_context::operation_completed() {
  const std::lock_guard guard(mutex_);
  ++completed_;
}
void manual_context::run_one() {
  weft::work next;
  {
    std::unique_lock guard(mutex_);
    changed_.wait(guard, [this] { return !queue_.empty(); });
    next = std::move(queue_.front());
    queue_.pop_front();
  }
  const scope current(*this);
  next();
}
namespace {
detail::self_owned post_when_done(detail::task_handle& t, manual_context& context, bool& ended) {
  co_await detail::completion_awaiter{&t.checked()};
  context.post([&ended] { ended = true; });
}
}  // namespace
void manual_context::run_until(detail::task_handle& t) {
  bool ended = t.is_completed();
  if (!ended) {
    const scope none(nullptr);
    post_when_done(t, *this, ended);
  }
  while (!ended) {
    run_one();
  }
}
int manual_context::posts() const {
  const std::lock_guard guard(mutex_);
  return posts_;
}
int manual_context::started() const {
  const std::lock_guard guard(mutex_);
  return started_;
}
int manual_context::completed() const {
  const std::lock_guard guard(mutex_);
  return completed_;
}
int manual_context::queued() const {
  const std::lock_guard guard(mutex_);
  return static_cast<int>(queue_.size());
}

void manual_scheduler::queue(weft::work w) {
  const std::lock_guard guard(mutex_);
  queue_.push_back(std::move(w));
}
void manual_scheduler::run_one() {
  weft::work next;
  {
    const std::lock_guard guard(mutex_);
    if (queue_.empty()) {
      throw std::logic_error("nothing is queued");
    }
    next = std::move(queue_.front());
    queue_.pop_front();
  }
  next();
}
int manual_scheduler::queued() const {
  const std::lock_guard guard(mutex_);
  return static_cast<int>(queue_.size());
}

struct manual_time::entry {
  std::chrono::nanoseconds due;
  std::chrono::nanoseconds period;
  int number;
  std::shared_ptr<weft::work> callback;
};
struct manual_time::state {
  mutable std::mutex mutex;
  // guarded by mutex
  std::vector<entry> timers;
  std::chrono::nanoseconds now{0};
  int number = 0;
};
class manual_time::handle final : public timer {
 public:
  handle(std::shared_ptr<state> s, std::shared_ptr<weft::work> callback)
      : state_(std::move(s)), callback_(std::move(callback)) {}
  ~handle() override {
    const std::lock_guard guard(state_->mutex);
    std::erase_if(state_->timers, [this](const entry& e) { return e.callback == callback_; });
  }

 private:
  std::shared_ptr<state> state_;
  std::shared_ptr<weft::work> callback_;
};

manual_time::manual_time() : state_(std::make_shared<state>()) {}
time_point manual_time::now() {
  const std::lock_guard guard(state_->mutex);
  return time_point(state_->now);
}
std::unique_ptr<timer> manual_time::create_timer(work callback, std::chrono::nanoseconds due,
                                                 std::chrono::nanoseconds period) {
  auto kept = std::make_shared<weft::work>(std::move(callback));
  auto made = std::make_unique<handle>(state_, kept);
  const std::lock_guard guard(state_->mutex);
  if (due >= 0ns) {
    state_->timers.push_back({state_->now + due, period, ++state_->number, std::move(kept)});
  }
  return made;
}
void manual_time::advance(std::chrono::nanoseconds time) {
  std::unique_lock guard(state_->mutex);
  const std::chrono::nanoseconds end = state_->now + time;
  for (;;) {
    auto& all = state_->timers;
    const auto next = std::min_element(all.begin(), all.end(), [](const entry& a, const entry& b) {
      return std::pair(a.due, a.number) < std::pair(b.due, b.number);
    });
    if (next == all.end() || next->due > end) {
      break;
    }
    state_->now = std::max(state_->now, next->due);
    const std::shared_ptr<weft::work> callback = next->callback;
    const bool again = next->period > 0ns;
    if (again) {
      next->due = state_->now + next->period;
      next->number = ++state_->number;
    } else {
      all.erase(next);
    }
    guard.unlock();
    if (again) {
      callback->call_in_place();
    } else {
      (*callback)();
    }
    guard.lock();
  }
  state_->now = end;
}
int manual_time::timers() const {
  const std::lock_guard guard(state_->mutex);
  return static_cast<int>(state_->timers.size());
}

namespace {
std::mutex unobserved_mutex;
std::vector<std::exception_ptr> unobserved_seen;  // guarded by unobserved_mutex
void see_unobserved(unobserved_exception& report) {
  const std::lock_guard guard(unobserved_mutex);
  try {
    std::rethrow_exception(report.exception());
  } catch (const aggregate_exception& all) {
    unobserved_seen.insert(unobserved_seen.end(), all.exceptions().begin(), all.exceptions().end());
  } catch (...) {
    unobserved_seen.push_back(report.exception());
  }
  report.set_observed();
}
}  // namespace

std::vector<std::exception_ptr> unobserved_of(const std::function<void()>& action) {
  const unobserved_exception_handler former = on_unobserved_exception(&see_unobserved);
  action();
  on_unobserved_exception(former);
  const std::lock_guard guard(unobserved_mutex);
  return std::exchange(unobserved_seen, {});
}

}  // namespace weft::conformance
