// Rings per thread, one writer each, read while they are written.
//
// A ring is a sequence lock over its whole window: the writer claims an index, writes the slot, and
// publishes it. A reader copies the slots below `published`, then reads `claimed`: whatever the
// writer may have begun to overwrite meanwhile is thrown away. All words are atomics, so that the
// copy is no data race.
//
// Rings belong to a registry that is never destroyed: threads emit until the process ends. A thread
// that ends hands its events to the `ended` list (while a session runs) and its ring to the next
// thread. Rejected: one common ring (an RMW on a shared line for each event); rings that die with
// their threads (short-lived threads would vanish from the trace).

#include <weft/base/lock.hpp>
#include <weft/trace/event.hpp>
#include <weft/trace/session.hpp>

#include "trace/clock.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <tuple>

#include <pthread.h>
#include <unistd.h>

namespace weft::trace {

namespace detail {
constinit weft::detail::atomic<std::uint32_t> hooks{0};
}

namespace {

using weft::detail::atomic;
using weft::detail::lock;
using weft::detail::lock_guard;

#ifdef WEFT_MODEL  // explores each word's stores
constexpr std::uint64_t capacity = 2;
#else
constexpr std::uint64_t capacity = session::ring_capacity;
#endif
static_assert((capacity & (capacity - 1)) == 0, "indices are masked");
static_assert(sizeof(std::source_location) == sizeof(void*), "a place is one word");

struct slot {
  atomic<std::int64_t> ticks;
  atomic<const void*> subject;
  atomic<std::uintptr_t> place;
  atomic<const char*> label;
  atomic<std::uint64_t> aux;
  atomic<std::uint64_t> kind;
};

struct ring {
  // guarded by registry::guard
  ring* next = nullptr;
  bool in_use = false;
  // constant while in use
  std::uint32_t thread = 0;
  std::uint32_t os_thread = 0;
  std::uint64_t first = 0;  // the index at which the present thread began
  // atomic, written by the thread
  alignas(weft::detail::cache_line) atomic<std::uint64_t> claimed{0};
  atomic<std::uint64_t> published{0};
  slot slots[capacity];
};

struct registry {
  lock guard{253};
  // guarded by guard
  ring* rings = nullptr;
  std::vector<record>* ended = nullptr;  // oldest first
  unsigned sessions = 0;
  std::uint64_t lost_ended = 0;
  pthread_key_t ring_key{};
  bool has_key = false;
  // atomic
  atomic<std::uint32_t> threads{0};
};

constinit registry the_registry;

struct thread_state {
  ring* own;
  std::uint32_t number;
};

[[gnu::noinline]] thread_state& this_thread() noexcept {
  static thread_local constinit thread_state state{};
  return state;
}

// By the ring's thread.
void write(ring& own, event kind, const void* subject, std::source_location place,
           const char* label, std::uint64_t aux) noexcept {
  // order: relaxed; this thread wrote it.
  const std::uint64_t index = own.claimed.load(std::memory_order_relaxed);
  // order: relaxed; each release store below carries it.
  own.claimed.store(index + 1, std::memory_order_relaxed);
  slot& at = own.slots[index & (capacity - 1)];
  // order: release; pairs with acquire in collect: who sees a word of this event sees its claim.
  // (So for the five below.)
  at.ticks.store(ticks_now(), std::memory_order_release);
  at.subject.store(subject, std::memory_order_release);
  at.place.store(std::bit_cast<std::uintptr_t>(place), std::memory_order_release);
  at.label.store(label, std::memory_order_release);
  at.aux.store(aux, std::memory_order_release);
  at.kind.store(static_cast<std::uint64_t>(kind), std::memory_order_release);
  // order: release; pairs with acquire in collect. Publishes the slot.
  own.published.store(index + 1, std::memory_order_release);
}

// Appends what `from` holds of [not_before, …), times in ticks; what the writer overwrites
// meanwhile is left out.
void collect(const ring& from, std::int64_t not_before, std::vector<record>& into) {
  // order: acquire; pairs with release in write. The slots below are written.
  const std::uint64_t end = from.published.load(std::memory_order_acquire);
  const std::uint64_t begin = std::max(from.first, end > capacity ? end - capacity : 0);
  const std::size_t kept = into.size();
  for (std::uint64_t i = begin; i < end; ++i) {
    const slot& at = from.slots[i & (capacity - 1)];
    record copy{};
    // order: acquire; pairs with release in write: if one of these words is of a later event, then
    // `claimed`, read after the copy, tells of it. (So for the five below.)
    copy.time_ns = at.ticks.load(std::memory_order_acquire);
    copy.subject = at.subject.load(std::memory_order_acquire);
    copy.place = std::bit_cast<std::source_location>(at.place.load(std::memory_order_acquire));
    copy.label = at.label.load(std::memory_order_acquire);
    copy.aux = at.aux.load(std::memory_order_acquire);
    copy.kind = static_cast<event>(at.kind.load(std::memory_order_acquire));
    copy.sequence = i;
    copy.thread = from.thread;
    copy.os_thread = from.os_thread;
    into.push_back(copy);
  }
  // order: relaxed; the acquire loads above come before it and show at least their writer's claim.
  const std::uint64_t claimed = from.claimed.load(std::memory_order_relaxed);
  const std::uint64_t valid = claimed > capacity ? claimed - capacity : 0;
  const auto first = into.begin() + static_cast<std::ptrdiff_t>(kept);
  into.erase(
      std::remove_if(first, into.end(),
                     [&](const record& r) { return r.sequence < valid || r.time_ns < not_before; }),
      into.end());
}

std::uint64_t lost_of(const ring& of) noexcept {
  // order: relaxed; a count for reading.
  const std::uint64_t written = of.claimed.load(std::memory_order_relaxed) - of.first;
  return written > capacity ? written - capacity : 0;
}

void keep_ended(registry& all, const ring& ended) noexcept {
  try {
    if (all.ended == nullptr) {
      all.ended = new std::vector<record>();
    }
    collect(ended, 0, *all.ended);
    // Cut only at twice the limit, so that the move is paid by as many events.
    if (all.ended->size() > 2 * session::ended_capacity) {
      const std::size_t surplus = all.ended->size() - session::ended_capacity;
      all.ended->erase(all.ended->begin(),
                       all.ended->begin() + static_cast<std::ptrdiff_t>(surplus));
      all.lost_ended += surplus;
    }
  } catch (...) {  // no memory: these events are lost, the program goes on
    // order: relaxed; the thread is at its end, its ring rests.
    all.lost_ended += ended.published.load(std::memory_order_relaxed) - ended.first;
  }
}

void give_back(void* ended) noexcept {
  auto* own = static_cast<ring*>(ended);
  this_thread().own = nullptr;
  lock_guard held(the_registry.guard);
  the_registry.lost_ended += lost_of(*own);
  if (the_registry.sessions != 0) {
    keep_ended(the_registry, *own);
  }
  own->in_use = false;
}

// fork() while another thread holds the guard would leave it held in the child for good.
void before_fork() noexcept {
  the_registry.guard.acquire_for_fork();
}

void after_fork_in_parent() noexcept {
  the_registry.guard.release_after_fork();
}

// The child has one thread; the rings of the others stay as they were, for whoever reads them.
void after_fork_in_child() noexcept {
  if (ring* own = this_thread().own) {
    own->os_thread = static_cast<std::uint32_t>(::gettid());
  }
  the_registry.guard.release_after_fork();
}

// **Returns** null when there is no memory.
[[gnu::noinline]] ring* acquire_ring() noexcept {
  const std::uint32_t number = this_thread_number();
  lock_guard held(the_registry.guard);
  if (!the_registry.has_key) {
    if (::pthread_key_create(&the_registry.ring_key, &give_back) != 0) {
      return nullptr;
    }
    ::pthread_atfork(&before_fork, &after_fork_in_parent, &after_fork_in_child);
    the_registry.has_key = true;
  }
  ring* own = the_registry.rings;
  while (own != nullptr && own->in_use) {
    own = own->next;
  }
  if (own == nullptr) {
    own = new (std::nothrow) ring;
    if (own == nullptr) {
      return nullptr;
    }
    own->next = the_registry.rings;
    the_registry.rings = own;
  }
  own->in_use = true;
  own->thread = number;
  own->os_thread = static_cast<std::uint32_t>(::gettid());
  // order: relaxed; handed over under the lock.
  own->first = own->published.load(std::memory_order_relaxed);
  this_thread().own = own;
  ::pthread_setspecific(the_registry.ring_key, own);
  return own;
}

std::uint64_t lost_so_far() noexcept {
  lock_guard held(the_registry.guard);
  std::uint64_t lost = the_registry.lost_ended;
  for (ring* r = the_registry.rings; r != nullptr; r = r->next) {
    lost += r->in_use ? lost_of(*r) : 0;
  }
  return lost;
}

std::vector<record> collect_all(const clock_sample& start) {
  const std::int64_t not_before = start.ticks;
  std::vector<record> all;
  {
    lock_guard held(the_registry.guard);
    if (the_registry.ended != nullptr) {
      for (const record& r : *the_registry.ended) {
        if (r.time_ns >= not_before) {
          all.push_back(r);
        }
      }
    }
    for (ring* r = the_registry.rings; r != nullptr; r = r->next) {
      if (r->in_use) {
        collect(*r, not_before, all);
      }
    }
  }
  // Until here `sequence` is the index in the thread's ring: it orders the events of one instant.
  std::sort(all.begin(), all.end(), [](const record& a, const record& b) {
    return std::tie(a.time_ns, a.thread, a.sequence) < std::tie(b.time_ns, b.thread, b.sequence);
  });
  const clock_sample now = sample_clocks();
  std::uint64_t sequence = 0;
  for (record& r : all) {
    r.sequence = sequence++;
    r.time_ns = to_ns(r.time_ns, start, now);
  }
  return all;
}

}  // namespace

const char* name_of(event kind) noexcept {
  switch (kind) {
    case event::task_created:
      return "task_created";
    case event::task_started:
      return "task_started";
    case event::task_suspended:
      return "task_suspended";
    case event::task_resumed:
      return "task_resumed";
    case event::task_completed:
      return "task_completed";
    case event::worker_parked:
      return "worker_parked";
    case event::worker_woke:
      return "worker_woke";
    case event::operation_submitted:
      return "operation_submitted";
    case event::operation_completed:
      return "operation_completed";
    case event::blocked_begin:
      return "blocked_begin";
    case event::blocked_end:
      return "blocked_end";
    case event::mark:
      return "mark";
  }
  return "unknown";
}

std::uint32_t this_thread_number() noexcept {
  thread_state& state = this_thread();
  if (state.number == 0) {
    // order: relaxed; a ticket.
    state.number = the_registry.threads.fetch_add(1, std::memory_order_relaxed) + 1;
  }
  return state.number;
}

void emit(event kind, const void* subject, std::source_location place, const char* label,
          std::uint64_t aux) noexcept {
  if (!enabled()) {
    return;
  }
  ring* own = this_thread().own;
  if (own == nullptr) {
    own = acquire_ring();
    if (own == nullptr) {
      return;
    }
  }
  write(*own, kind, subject, place, label, aux);
}

session::session() : lost_before_(lost_so_far()) {
  choose_clock();
  const clock_sample start = sample_clocks();
  started_ticks_ = start.ticks;
  started_ns_ = start.ns;
  lock_guard held(the_registry.guard);
  ++the_registry.sessions;
  // order: relaxed; see enabled().
  detail::hooks.fetch_or(detail::tracing, std::memory_order_relaxed);
}

session::~session() {
  end();
}

void session::end() noexcept {
  if (!running_) {
    return;
  }
  running_ = false;
  lock_guard held(the_registry.guard);
  if (--the_registry.sessions == 0) {
    // order: relaxed; see enabled().
    detail::hooks.fetch_and(~std::uint32_t{detail::tracing}, std::memory_order_relaxed);
    delete the_registry.ended;
    the_registry.ended = nullptr;
  }
}

std::vector<record> session::snapshot() const {
  return running_ ? collect_all({started_ticks_, started_ns_}) : std::vector<record>();
}

std::vector<record> session::stop() {
  std::vector<record> all = snapshot();
  end();
  return all;
}

std::uint64_t session::lost() const noexcept {
  return lost_so_far() - lost_before_;
}

}  // namespace weft::trace
