#include "world.hpp"

#include <weft/base/error.hpp>
#include <weft/task/run.hpp>
#include <weft/task/synchronization_context.hpp>
#include <weft/trace/event.hpp>

#include "task/place.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace weft::testkit::detail {

using weft::detail::edge;
using weft::detail::edge_to;
using weft::detail::job_list;
using weft::detail::message_of;
using weft::detail::suspension_marker;
using weft::detail::task_core;
using weft::detail::this_thread;
using weft::detail::thread_state;

namespace {

/// Virtual clocks begin here: far from 0, so that subtracting from it stays in range.
constexpr std::int64_t beginning_ns = 1'000'000'000'000;
/// Timers beyond this never fire (`infinite` is armed at the end of time).
constexpr std::int64_t end_of_time_ns = std::int64_t{7} << 60;
/// Of the waiting tasks, so many are told about.
constexpr std::size_t most_described = 32;

/// A deadlock that weft itself proved, at the await that would have closed the circle, is one.
failure failure_of(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const deadlock_error&) {
    return failure::deadlock;
  } catch (...) {
    return failure::exception;
  }
}

world& here() noexcept {
  return static_cast<world&>(*this_thread().simulated);
}

/// What `runtime().post` and its kin are in a simulation.
void post(job* item) noexcept {
  if (item->drop == &suspension_marker && static_cast<suspension*>(item)->target != nullptr) {
    weft::detail::post_resume(item);  // to where it belongs
  } else {
    here().queue(item, nullptr);
  }
}

void post_all(job_list items) noexcept {
  while (job* item = items.pop_front()) {
    post(item);
  }
}

std::int64_t processor_ns() noexcept {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  return random_numbers(a ^ (b * 0x9e3779b97f4a7c15U)).next();
}

/// For the length of a scope, one more.
struct deeper {
  explicit deeper(int& d) noexcept : depth(d) { ++depth; }
  deeper(const deeper&) = delete;
  deeper& operator=(const deeper&) = delete;
  ~deeper() { --depth; }
  int& depth;
};

std::string at_place(const std::source_location& place) {
  return weft::detail::describe(place);
}

}  // namespace

/// What a turn inside another one must find as if it had none around it.
struct world::saved_thread {
  thread_state state;
  decltype(world::running_) running;
  std::uint32_t current;

  explicit saved_thread(world& w)
      : state(this_thread()), running(std::move(w.running_)), current(w.current_), owner(w) {
    thread_state& t = this_thread();
    t.context = nullptr;
    t.scheduler = nullptr;
    t.occupied = nullptr;
    t.flow = nullptr;
    t.calls = nullptr;
    t.inline_depth = 0;
    w.running_.clear();
  }
  saved_thread(const saved_thread&) = delete;
  saved_thread& operator=(const saved_thread&) = delete;
  ~saved_thread() {
    thread_state& t = this_thread();
    t.context = state.context;
    t.scheduler = state.scheduler;
    t.occupied = state.occupied;
    t.flow = state.flow;
    t.calls = state.calls;
    t.inline_depth = state.inline_depth;
    owner.running_ = std::move(running);
    owner.current_ = current;
  }
  world& owner;
};

world* world::current() noexcept {
  return static_cast<world*>(this_thread().simulated);
}

world::world(const options& how, chooser& decides, std::uint64_t seed)
    : how_(how), decides_(decides), numbers_(mix(seed, 1)) {
  now_ns = beginning_ns;
  table_.post = &post;
  table_.post_fair = &post;
  table_.post_behind = &post;
  table_.post_all = &post_all;
  table_.hand_over = &post_all;
  table_.begin_blocking = []() noexcept {};
  table_.end_blocking = []() noexcept {};
  table_.default_scheduler = []() -> task_scheduler* { return here().pool_.get(); };
  table = &table_;
}

world::~world() = default;

bool world::is_quiet() noexcept {
  return ready_.empty() && waiting_.empty() && timers_->size() == 0 && !abandoned_ && root_ended_;
}

std::chrono::nanoseconds world::elapsed() const noexcept {
  return std::chrono::nanoseconds(now_ns - beginning_ns);
}

void world::fail(failure how, std::string message, std::exception_ptr error) {
  if (result_.how == failure::none) {
    result_.how = how;
    result_.message = std::move(message);
    result_.error = std::move(error);
  }
}

void world::note(std::uint64_t what) {
  result_.trace.push_back(static_cast<std::uint32_t>(what ^ (what >> 32)));
}

// ---- tasks

std::uint32_t world::new_task() {
  const auto number = static_cast<std::uint32_t>(tasks_.size());
  if (tasks_.empty()) {
    tasks_.push_back({1, 1});
    return 0;
  }
  task_info& parent = tasks_[current_];
  const std::uint64_t signature = mix(parent.signature, ++parent.children);
  const std::uint64_t of = parent.signature;
  tasks_.push_back({signature, of});
  return number;
}

std::uint32_t world::task_of(const promise_base* promise) {
  if (promise == nullptr) {
    return current_;
  }
  for (const auto& [known, number] : running_) {
    if (known == promise) {
      return number;
    }
  }
  return new_task();
}

void world::suspended(suspension& s) noexcept {
  const std::uint32_t number = task_of(s.promise);
  waiting_.insert_or_assign(&s, waiting{number, numbered_++});
  if (static_cast<std::int64_t>(++result_.awaits) == cancel_at_) {
    cancel_due_ = true;
  }
  if (s.promise != nullptr) {
    note(mix(s.promise->place_.line(), number));
  }
}

bool world::resumes(suspension& s) noexcept {
  if (this_thread().simulated != this) {
    report_foreigner("was about to resume a coroutine of the simulation");
    return false;
  }
  const auto known = waiting_.find(&s);
  if (known != waiting_.end()) {
    running_.emplace_back(s.promise, known->second.task);
    waiting_.erase(known);
  }
  return true;
}

bool world::resumes_inline(const suspension& s) noexcept {
  return s.target == home && choose(2, 0) == 0;
}

// ---- turns

void world::queue(job* item, task_scheduler* where) noexcept {
  if (this_thread().simulated != this) {
    report_foreigner("completed what a coroutine of the simulation waits for");
    return;
  }
  entry e{item, where == pool_.get() ? nullptr : where, 0, false};
  const auto* s = item->drop == &suspension_marker ? static_cast<suspension*>(item) : nullptr;
  const auto known = s != nullptr ? waiting_.find(s) : waiting_.end();
  if (known != waiting_.end()) {
    e.task = known->second.task;
    // order: relaxed; this thread wrote it.
    e.has_yielded =
        s->awaited.load(std::memory_order_relaxed) == edge_to(&weft::detail::yield_awaiter::what);
  } else {
    e.task = new_task();
  }
  ready_.push_back(e);
}

std::uint32_t world::choose(std::uint32_t n, std::uint32_t one_in) {
  if (n < 2) {
    return 0;
  }
  const std::uint32_t picked = decides_.draw(n, one_in);
  result_.choices.push_back({picked, n});
  note(mix(n, picked));
  return picked;
}

/// Of those that are ready; one beyond them stands for going back to who blocks, and comes first.
std::size_t world::pick_ready(bool or_return) {
  const std::size_t n = ready_.size() + (or_return ? 1 : 0);
  const std::size_t shift = or_return ? 1 : 0;
  if (n == 1) {
    return or_return ? ready_.size() : 0;
  }
  candidates_.clear();
  if (or_return) {
    const task_info& mine = tasks_[current_];
    candidates_.push_back({current_, mine.signature, mine.parent, false});
  }
  for (const entry& e : ready_) {
    const task_info& info = tasks_[e.task];
    candidates_.push_back({e.task, info.signature, info.parent, e.has_yielded});
  }
  const std::uint32_t picked = decides_.pick(candidates_);
  result_.choices.push_back({picked, static_cast<std::uint32_t>(n)});
  note(mix(n, picked));
  return picked < shift ? ready_.size() : picked - shift;
}

void world::take_turn(std::size_t index) {
  const entry e = ready_[index];
  ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(index));
  if (++result_.turns > how_.max_steps) {
    abandoned_ = true;
    if (root_ended_) {
      fail(failure::leaked_task, "the body has ended, and its tasks still run after " +
                                     std::to_string(how_.max_steps) +
                                     " turns:" + describe_waiting());
    } else {
      fail(failure::no_end, "no end after " + std::to_string(how_.max_steps) +
                                " turns; these wait:" + describe_waiting());
    }
    ready_.push_back(e);
    return;
  }
  const task_info& info = tasks_[e.task];
  decides_.runs({e.task, info.signature, info.parent, e.has_yielded});
  execute(e);
}

void world::execute(const entry& e) {
  thread_state& t = this_thread();
  t.context = nullptr;
  t.scheduler = e.where;
  t.inline_depth = 0;
  current_ = e.task;
  running_.clear();
  if (e.item->drop != &suspension_marker && e.item->drop != &weft::detail::action_marker) {
    running_.emplace_back(promise_base::of(e.item), e.task);  // a name; not read
  }
  const bool timed = how_.max_slice != infinite && depth_ == 0;
  std::string began;
  std::int64_t from = 0;
  if (timed) {
    const auto* s = e.item->drop == &suspension_marker ? static_cast<suspension*>(e.item) : nullptr;
    began = s != nullptr && s->promise != nullptr ? at_place(s->promise->place_) : "a new task";
    from = processor_ns();
  }
  if (trace::flowing()) [[unlikely]] {
    const weft::detail::flow_scope none(nullptr);
    weft::detail::run_job(e.item);
  } else {
    weft::detail::run_job(e.item);
  }
  if (timed && processor_ns() - from > how_.max_slice.count()) {
    fail(failure::slow_slice, "a turn took " + std::to_string((processor_ns() - from) / 1000) +
                                  " µs; it began at " + began);
  }
}

bool world::advance_clock(std::int64_t until_ns) {
  job_list fired;
  while (timers_->size() != 0) {
    const std::int64_t wait = timers_->wait_ns();
    if (wait < 0 || now_ns + wait >= end_of_time_ns || now_ns + wait > until_ns) {
      return false;
    }
    now_ns += wait;
    timers_->expire(fired);
    if (!fired.empty()) {
      post_all(fired);
      return true;
    }
  }
  return false;
}

bool world::step() {
  look_for_foreigners();
  if (abandoned_) {
    return false;
  }
  if (!ready_.empty()) {
    take_turn(pick_ready(false));
    return true;
  }
  if (root_ended_ && how_.allow_leaks) {
    return false;
  }
  return advance_clock(end_of_time_ns);
}

void world::run(weft::detail::function_ref<task<>()> body, std::stop_source* stop,
                std::int64_t cancel_at) {
  thread_state& t = this_thread();
  t.simulated = this;
  cancel_at_ = cancel_at;
  // By this thread's clock, which is virtual from here on.
  timers_.emplace([](void*) noexcept {}, nullptr, 0U);
  table_.timers = &*timers_;
  pool_ = std::make_unique<thread_pool>();
  home = pool_->anchor();
  static_cast<void>(new_task());
  if (cancel_at == 0) {
    stop->request_stop();
  }
  try {
    root_.emplace(body());
    static_cast<void>(root_->is_completed());
  } catch (...) {
    root_.reset();
    root_ended_ = true;
    fail(failure::exception,
         "the body threw before its first await: " + message_of(std::current_exception()),
         std::current_exception());
  }
  for (;;) {
    if (std::exchange(cancel_due_, false)) {
      const saved_thread clean(*this);
      stop->request_stop();
    }
    root_ended_ = root_ended_ || root_->is_completed();
    if (!step()) {
      break;
    }
  }
  if (root_.has_value()) {
    conclude(*root_);
  }
  if (root_ended_) {
    root_.reset();
  }
  t.context = nullptr;
  t.scheduler = nullptr;
  if (is_quiet()) {
    pool_.reset();
  }
  t.simulated = nullptr;
}

void world::conclude(const task<>& root) {
  if (!abandoned_ && !root_ended_) {
    fail(failure::deadlock,
         "nothing can run any more, no timer is armed, and the body has not ended:" +
             describe_waiting());
  }
  if (root_ended_ && !root.is_completed_successfully()) {
    std::exception_ptr error = root.exception();
    const bool is_canceled = root.is_canceled();
    if (is_canceled) {
      try {
        root.wait({});
      } catch (...) {
        error = std::current_exception();
      }
    }
    if (!is_canceled || cancel_at_ < 0) {
      fail(failure_of(error), "out of the body came: " + message_of(error), error);
    }
  }
  if (!abandoned_ && root_ended_ && !waiting_.empty() && !how_.allow_leaks) {
    fail(failure::leaked_task,
         "the body has ended, and these wait for what will never come:" + describe_waiting());
  }
}

// ---- blocking

bool world::block(weft::detail::function_ref<bool()> done, std::int64_t timeout_ns, bool is_loop,
                  std::source_location place) {
  if (!is_loop && !how_.allow_blocking) {
    const std::string text = "a task blocks its thread at " + at_place(place) +
                             "; co_await it instead (or allow_blocking, if it is meant to)";
    fail(failure::blocking_wait, text);
    throw invalid_operation("weft: testkit: " + text);
  }
  const std::int64_t until =
      timeout_ns < 0 || timeout_ns > end_of_time_ns - now_ns ? end_of_time_ns : now_ns + timeout_ns;
  const saved_thread clean(*this);
  const deeper nested(depth_);
  for (;;) {
    look_for_foreigners();
    const bool over = done();
    if (over && ready_.empty()) {
      return true;
    }
    if (!abandoned_ && !ready_.empty()) {
      current_ = clean.current;
      const std::size_t index = pick_ready(over);
      if (index == ready_.size()) {
        return true;
      }
      take_turn(index);
      continue;
    }
    if (over) {
      return true;
    }
    if (!abandoned_ && advance_clock(until)) {
      continue;
    }
    if (timeout_ns >= 0 && !abandoned_) {
      now_ns = std::max(now_ns, until);
      return done();
    }
    const std::string text = "a thread blocks at " + at_place(place) +
                             ", and nothing else can run:" + describe_waiting();
    fail(failure::deadlock, text);
    throw deadlock_error("weft: testkit: " + text, 0, place, place);
  }
}

void world::drain(task_scheduler* where) {
  const auto none = [this, where] {
    return std::none_of(ready_.begin(), ready_.end(),
                        [where](const entry& e) { return e.where == where; });
  };
  if (where == pool_.get() || none()) {
    return;
  }
  const bool always = true;
  block(none, -1, always, std::source_location::current());
}

// ---- reports

std::string world::describe_one(const suspension& s) {
  std::string text = s.promise != nullptr ? at_place(s.promise->place_) : "a foreign coroutine";
  // order: relaxed; this thread wrote it.
  const std::uintptr_t awaited = s.awaited.load(std::memory_order_relaxed);
  const char* kind = weft::detail::kind_of_edge(awaited);
  text += " waits for ";
  text += kind != nullptr ? kind : "something";
  const promise_base* child = nullptr;
  if (static_cast<edge>(awaited & 3) == edge::lazy) {
    child = reinterpret_cast<promise_base*>(awaited & ~std::uintptr_t{3});
  } else if (static_cast<edge>(awaited & 3) == edge::core && awaited != 0) {
    auto* core = reinterpret_cast<task_core*>(awaited);
    child = core->what() == task_core::kind::coroutine ? core->promise() : nullptr;
  }
  if (child != nullptr) {
    text += " " + at_place(child->place_);
  }
  return text;
}

std::string world::describe_waiting() {
  std::vector<std::pair<waiting, const suspension*>> all;
  all.reserve(waiting_.size());
  for (const auto& [s, w] : waiting_) {
    all.emplace_back(w, s);
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.first.number < b.first.number; });
  std::string text;
  for (std::size_t i = 0; i < all.size() && i < most_described; ++i) {
    text += "\n    task " + std::to_string(all[i].first.task) + ": " + describe_one(*all[i].second);
  }
  if (all.size() > most_described) {
    text += "\n    … and " + std::to_string(all.size() - most_described) + " more";
  }
  return all.empty() ? " (no task of weft's)" : text;
}

void world::look_for_foreigners() {
  // order: acquire; pairs with release in report_foreigner. The message is there.
  if (foreign_.load(std::memory_order_acquire)) {
    weft::detail::lock_guard guard(foreign_lock_);
    fail(failure::foreign_thread, foreign_message_);
  }
}

void world::report_foreigner(const char* did) noexcept {
  try {
    std::string text = "a thread from outside " + std::string(did) +
                       "; real threads, pools and I/O cannot take part, since no schedule repeats "
                       "them";
    std::fprintf(stderr, "weft: testkit: %s\n", text.c_str());
    weft::detail::lock_guard guard(foreign_lock_);
    foreign_message_ = std::move(text);
  } catch (...) {  // no memory: the flag alone
  }
  // order: release; pairs with acquire in look_for_foreigners.
  foreign_.store(true, std::memory_order_release);
}

}  // namespace weft::testkit::detail
