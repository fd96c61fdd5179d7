#include "blocking_pool.hpp"

#include "io_core.hpp"

#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>
#include <utility>

#include <pthread.h>

namespace weft::detail {

namespace {

// How long a thread waits for more work before it goes: long enough to bridge a pause, short enough
// to be gone when idle.
constexpr std::int64_t idle_ns = 5'000'000'000;

}  // namespace

blocking_pool::blocking_pool(unsigned max_threads, done_function done, void* context) noexcept
    : max_threads_(max_threads), done_(done), context_(context) {}

void blocking_pool::stop() noexcept {
  lock_.acquire();
  stopping_ = true;
  for (; idle_ != nullptr; idle_ = idle_->next) {
    // order: relaxed; the futex call comes after it, and who is woken takes the lock.
    idle_->word.store(sleeper::called, std::memory_order_relaxed);
    futex_wake_one(idle_->word);
  }
  while (threads_ != 0) {
    // order: relaxed; a value to wait on: it changes under the lock.
    const std::uint32_t seen = ended_.load(std::memory_order_relaxed);
    lock_.release();
    futex_wait(ended_, seen);
    lock_.acquire();
  }
  lock_.release();
}

void blocking_pool::submit(io_request& r) noexcept {
  bool refused = false;
  call called;
  {
    const lock_guard locked(lock_);
    // order: relaxed; the canceller stores the reason before it takes the lock to withdraw, so one
    // of us sees the other.
    refused = r.reason.load(std::memory_order_relaxed) != io_cancel::none;
    if (!refused) {
      r.queue_next = nullptr;
      r.queued = true;
      (head_ == nullptr ? head_ : tail_->queue_next) = &r;
      tail_ = &r;
      called = call_somebody();
    }
  }
  if (refused) {
    done_(context_, r, -ECANCELED);
  } else {
    make(called);
  }
}

bool blocking_pool::withdraw(io_request& r) noexcept {
  const lock_guard locked(lock_);
  io_request* before = nullptr;
  for (io_request* at = head_; at != nullptr; before = at, at = at->queue_next) {
    if (at == &r) {
      (before == nullptr ? head_ : before->queue_next) = r.queue_next;
      if (tail_ == &r) {
        tail_ = before;
      }
      r.queued = false;
      return true;
    }
  }
  return false;
}

unsigned blocking_pool::threads() const noexcept {
  const lock_guard locked(lock_);
  return threads_;
}

resting_threads blocking_pool::resting() const noexcept {
  const lock_guard locked(lock_);
  resting_threads now{0, rests_};
  for (const sleeper* at = idle_; at != nullptr; at = at->next) {
    ++now.count;
  }
  return now;
}

// One at a time: whoever comes calls the next one if there is more.
blocking_pool::call blocking_pool::call_somebody() noexcept {
  call made;
  if (coming_ || head_ == nullptr) {
    return made;
  }
  if (idle_ != nullptr) {
    made.sleeping = &idle_->word;
    sleeper* const who = std::exchange(idle_, idle_->next);
    ++rests_;
    // order: relaxed; under the lock, which who is called takes.
    who->word.store(sleeper::called, std::memory_order_relaxed);
  } else if (threads_ < max_threads_) {
    ++threads_;
    made.starts = true;
  }
  coming_ = made.sleeping != nullptr || made.starts;
  return made;
}

void blocking_pool::make(call what) noexcept {
  if (what.starts && !start_thread()) {
    io_request* refused = give_up_start(what);
    while (refused != nullptr) {
      io_request& r = *std::exchange(refused, refused->queue_next);
      done_(context_, r, -EAGAIN);
    }
  }
  if (what.sleeping != nullptr) {
    futex_wake_one(*what.sleeping);
  }
}

// There is no further thread to be had. With others, one of them comes to what is queued: that one
// must be called if it fell asleep while everybody relied on the new one. Without any, gives all
// that is queued.
io_request* blocking_pool::give_up_start(call& instead) noexcept {
  const lock_guard locked(lock_);
  coming_ = false;
  instead = {};
  if (--threads_ != 0) {
    if (idle_ != nullptr) {
      instead = call_somebody();
    }
    return nullptr;
  }
  io_request* const refused = std::exchange(head_, nullptr);
  for (io_request* at = refused; at != nullptr; at = at->queue_next) {
    at->queued = false;
  }
  return refused;
}

bool blocking_pool::start_thread() noexcept {
  // Signals belong to the program's own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = true;
  try {
    std::thread([this] { work(); }).detach();
  } catch (const std::system_error&) {
    started = false;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

bool blocking_pool::sleep() noexcept {
  sleeper me;
  me.next = std::exchange(idle_, &me);
  ++rests_;
  lock_.release();
  bool in_time = true;
  // order: relaxed; the lock comes next.
  while (in_time && me.word.load(std::memory_order_relaxed) == sleeper::asleep) {
    in_time = futex_wait(me.word, sleeper::asleep, idle_ns);
  }
  lock_.acquire();
  // order: relaxed; under the lock.
  if (me.word.load(std::memory_order_relaxed) == sleeper::called) {
    return true;
  }
  sleeper** at = &idle_;
  while (*at != &me) {
    at = &(*at)->next;
  }
  *at = me.next;
  ++rests_;
  return false;
}

// Null: the thread is to end.
io_request* blocking_pool::next() noexcept {
  while (head_ == nullptr && !stopping_) {
    if (sleep()) {
      coming_ = false;
    } else if (head_ == nullptr) {
      return nullptr;
    }
  }
  if (stopping_) {
    return nullptr;
  }
  io_request* const r = head_;
  head_ = r->queue_next;
  r->queued = false;
  return r;
}

void blocking_pool::work() noexcept {
  lock_.acquire();
  coming_ = false;
  while (io_request* const r = next()) {
    const call called = call_somebody();
    lock_.release();
    make(called);
    const int result = perform_blocking(*r);
    done_(context_, *r, result);
    lock_.acquire();
  }
  --threads_;
  // order: relaxed; under the lock.
  ended_.fetch_add(1, std::memory_order_relaxed);
  futex_wake_all(ended_);
  lock_.release();  // the pool may be gone as soon as it is
}

}  // namespace weft::detail
