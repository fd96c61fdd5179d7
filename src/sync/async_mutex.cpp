/// The lock word of `async_mutex` is free, held, or held with waiters. Only the last state involves
/// the queue's lock: a waiter sets it under that lock before it queues, and unlock, finding it,
/// takes the lock too. So either unlock sees the waiter and hands the mutex over, or the waiter
/// sees the mutex free and takes it.
///
/// A turn that is handed over costs four read-modify-writes, all on this worker's lines while the
/// others of the queue run here, too: the queue's lock twice (a waiter comes, a waiter goes), the
/// registration of the coroutine in its waiter, and the exchange with which the worker takes what
/// runs next. The waiter is completed by a plain store (src/task/README.md, "An awaiter with the
/// only handle"). Rejected: a stack of waiters in the lock word and a private queue of the holder's
/// (as cppcoro): one read-modify-write less, but a waiter that was canceled could leave the queue
/// only when the holder comes to it, and who tries again and again behind a long holder would fill
/// the memory; the next owner resumed inside unlock (as libcoro): what the unlocker does next would
/// wait for all of it, and a chain of owners for its stack.

#include <weft/sync/async_mutex.hpp>

#include <weft/base/assert.hpp>
#include <weft/task/completion_source.hpp>

#include <type_traits>

namespace weft {
namespace {
constexpr std::uint32_t free_word = 0;
constexpr std::uint32_t held_word = 1;
constexpr std::uint32_t awaited_word = 2;
}  // namespace

async_mutex::~async_mutex() {
  // order: relaxed; the owner destroys it, nobody else may use it.
  WEFT_ASSERT(state_.load(std::memory_order_relaxed) == free_word,
              "an async_mutex was destroyed while it is held or awaited", queue_.users().c_str());
}

bool async_mutex::try_take() noexcept {
  std::uint32_t expected = free_word;
  // order: relaxed; a look that spares the RMW when somebody has it.
  return state_.load(std::memory_order_relaxed) == free_word &&
         // order: acquire; pairs with release in async_mutex::unlock. What the last holder wrote is
         // seen.
         state_.compare_exchange_strong(expected, held_word, std::memory_order_acquire,
                                        std::memory_order_relaxed);
}

value_task<async_mutex::guard> async_mutex::lock(std::stop_token stop, std::source_location place) {
  if (stop.stop_requested()) {
    return from_canceled<guard>(std::move(stop));
  }
  if (try_take()) {
    return guard(*this);
  }
  detail::brief_guard held(queue_.guard);
  // order: relaxed; a look that spares the RMW: awaited stays so under this lock.
  if (state_.load(std::memory_order_relaxed) != awaited_word &&
      // order: acquire; pairs with release in async_mutex::unlock, in case it was free.
      state_.exchange(awaited_word, std::memory_order_acquire) == free_word) {
    // order: relaxed; it is ours, and others that come now queue under the lock we hold. Nobody
    // waits: who waited for it while it was free?
    state_.store(held_word, std::memory_order_relaxed);
    return guard(*this);
  }
  return detail::wait_in<guard, "async_mutex">(queue_, held, std::move(stop), place);
}

std::optional<async_mutex::guard> async_mutex::try_lock() {
  if (try_take()) {
    return guard(*this);
  }
  return std::nullopt;
}

void async_mutex::unlock() noexcept {
  for (;;) {
    std::uint32_t expected = held_word;
    // order: relaxed; a look that spares the RMW: only its holder ends `awaited`.
    if (state_.load(std::memory_order_relaxed) == held_word &&
        // order: release; pairs with acquire in async_mutex::try_take and async_mutex::lock.
        state_.compare_exchange_strong(expected, free_word, std::memory_order_release,
                                       std::memory_order_relaxed)) {
      return;  // the last access: whoever takes it now may destroy it
    }
    detail::waiter_base* next = nullptr;
    {
      detail::brief_guard held(queue_.guard);
      if (!queue_.waiters.empty()) {
        next = &queue_.take_front();
      }
      if (queue_.waiters.empty()) {
        // order: relaxed; the mutex stays held, the lock orders it for those who queue.
        state_.store(held_word, std::memory_order_relaxed);
      }
    }
    if (next != nullptr) {
      detail::job_list ready;
      static_cast<detail::waiter<guard>*>(next)->complete_into(ready, *this);
      detail::post_ready(ready);
      return;
    }
    // All that waited have given up: nobody is left to hand it to.
  }
}

async_shared_mutex::~async_shared_mutex() {
  WEFT_ASSERT(queue_.empty(), "an async_shared_mutex was destroyed while coroutines wait for it",
              queue_.users().c_str());
  WEFT_ASSERT(readers_ == 0 && !writer_, "an async_shared_mutex was destroyed while it is held",
              readers_, queue_.users().c_str());
}

bool async_shared_mutex::admits(mode m) const noexcept {
  return !writer_ && (m == mode::shared || readers_ == 0);
}

void async_shared_mutex::enter(mode m) noexcept {
  if (m == mode::shared) {
    ++readers_;
  } else {
    writer_ = true;
  }
}

value_task<async_shared_mutex::guard> async_shared_mutex::lock_as(mode m, std::stop_token stop,
                                                                  std::source_location place) {
  if (stop.stop_requested()) {
    return from_canceled<guard>(std::move(stop));
  }
  detail::brief_guard held(queue_.guard);
  if (queue_.waiters.empty() && admits(m)) {
    enter(m);
    return guard(*this, m);
  }
  return detail::wait_in<guard, "async_shared_mutex">(queue_, held, std::move(stop), place,
                                                      static_cast<std::size_t>(m));
}

value_task<async_shared_mutex::guard> async_shared_mutex::lock(std::stop_token stop,
                                                               std::source_location place) {
  return lock_as(mode::exclusive, std::move(stop), place);
}
value_task<async_shared_mutex::guard> async_shared_mutex::lock_shared(std::stop_token stop,
                                                                      std::source_location place) {
  return lock_as(mode::shared, std::move(stop), place);
}

std::optional<async_shared_mutex::guard> async_shared_mutex::try_lock_as(mode m) {
  detail::brief_guard held(queue_.guard);
  if (!queue_.waiters.empty() || !admits(m)) {
    return std::nullopt;
  }
  enter(m);
  return guard(*this, m);
}
std::optional<async_shared_mutex::guard> async_shared_mutex::try_lock() {
  return try_lock_as(mode::exclusive);
}
std::optional<async_shared_mutex::guard> async_shared_mutex::try_lock_shared() {
  return try_lock_as(mode::shared);
}

void async_shared_mutex::leave(mode m) noexcept {
  detail::intrusive_list<detail::waiter_base> taken;
  {
    detail::brief_guard held(queue_.guard);
    if (m == mode::shared) {
      --readers_;
    } else {
      writer_ = false;
    }
    admit_waiters(taken);
  }
  complete(taken);
}

async_shared_mutex& async_shared_mutex::guard::of(detail::wait_queue& queue) noexcept {
  static_assert(std::is_standard_layout_v<async_shared_mutex>, "it begins with its queue");
  return reinterpret_cast<async_shared_mutex&>(queue);
}
void async_shared_mutex::guard::take_behind(
    detail::wait_queue& queue, detail::intrusive_list<detail::waiter_base>& taken) noexcept {
  of(queue).admit_waiters(taken);
}
void async_shared_mutex::guard::let_in(
    detail::wait_queue& queue, detail::intrusive_list<detail::waiter_base>& taken) noexcept {
  of(queue).complete(taken);
}

void async_shared_mutex::admit_waiters(
    detail::intrusive_list<detail::waiter_base>& taken) noexcept {
  while (!queue_.waiters.empty() && admits(static_cast<mode>(queue_.waiters.front().wanted))) {
    enter(static_cast<mode>(queue_.take_front(taken).wanted));
  }
}

void async_shared_mutex::complete(detail::intrusive_list<detail::waiter_base>& taken) noexcept {
  detail::job_list ready;
  while (detail::waiter_base* next = taken.pop_front()) {
    const mode m = static_cast<mode>(next->wanted);
    static_cast<detail::waiter<guard>*>(next)->complete_into(ready, guard(*this, m));
  }
  detail::post_ready(ready);
}

}  // namespace weft
