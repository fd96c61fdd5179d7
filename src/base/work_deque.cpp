#include <weft/base/work_deque.hpp>

#include <new>

namespace weft::detail {

work_deque::work_deque() : work_deque(initial_capacity) {}

work_deque::work_deque(std::size_t capacity)
    : owned_ring_(new_ring(capacity, nullptr)),
      slots_(owned_ring_->slots),
      mask_(owned_ring_->mask),
      ring_(owned_ring_) {
  WEFT_ASSERT((capacity & (capacity - 1)) == 0 && capacity != 0, "give a power of two", capacity);
}

work_deque::~work_deque() {
  for (ring* r = owned_ring_; r != nullptr;) {
    ring* replaced = r->replaced;
    delete[] r->slots;
    delete r;
    r = replaced;
  }
}

work_deque::ring* work_deque::new_ring(std::size_t capacity, ring* replaced) {
  auto* slots = new atomic<job*>[capacity]();
  ring* made = new (std::nothrow) ring{static_cast<std::int64_t>(capacity) - 1, replaced, slots};
  if (made == nullptr) {
    delete[] slots;
    throw std::bad_alloc();
  }
  return made;
}

void work_deque::make_room(std::int64_t b) {
  // order: acquire; pairs with release in work_deque::steal. A thief has read its slot before it
  // advanced top_, so the slot may be written again.
  known_top_ = top_.load(std::memory_order_acquire);
  if (b - known_top_ <= mask_) {
    return;
  }
  ring* bigger = new_ring(capacity() * 2, owned_ring_);
  for (std::int64_t i = known_top_; i < b; ++i) {
    bigger->put(i, owned_ring_->get(i));
  }
  owned_ring_ = bigger;
  slots_ = bigger->slots;
  mask_ = bigger->mask;
  // order: release; pairs with acquire in work_deque::steal. Publishes the copied slots.
  ring_.store(bigger, std::memory_order_release);
}

// The owner takes the only job as a thief would: no fence, since `bottom_` stays as it is.
job* work_deque::take_last(std::int64_t b) noexcept {
  std::int64_t t = b;
  job* item = owned_ring_->get(b);
  // order: relaxed; against the CAS in work_deque::steal: one of the two takes the last item, which
  // this thread has pushed itself.
  return top_.compare_exchange_strong(t, b + 1, std::memory_order_relaxed,
                                      std::memory_order_relaxed)
             ? item
             : nullptr;
}

// Thieves came while `bottom_` was lowered, which now must be raised again.
job* work_deque::pop_contended(std::int64_t b, std::int64_t t) noexcept {
  job* item = t == b ? take_last(b) : nullptr;
  known_top_ = b + 1;
  // order: relaxed; the deque is empty, top_ == bottom_: nobody can take what lies below.
  bottom_.store(b + 1, std::memory_order_relaxed);
  return item;
}

bool work_deque::take_back(const job* item) noexcept {
  // order: relaxed; the owner wrote it.
  const std::int64_t b = bottom_.load(std::memory_order_relaxed) - 1;
  // order: relaxed; the owner wrote it.
  if (slots_[b & mask_].load(std::memory_order_relaxed) != item) {
    return false;
  }
  ask();                 // thieves see one less
  return pop() == item;  // null if it was stolen: what lies in the ring is old then
}

steal_result work_deque::steal() noexcept {
  // order: relaxed; an old value is found out by the CAS.
  std::int64_t t = top_.load(std::memory_order_relaxed);
  // order: relaxed; a look that spares the fence when there is nothing. Whoever goes to sleep on
  // the answer fences before the look. The fence below makes it an acquire, which pairs with
  // release in work_deque::push and pop: what lies at t is seen.
  if (bottom_.load(std::memory_order_relaxed) <= t) {
    ask();
    return {nullptr, steal_result::status::empty};
  }
  full_fence();  // store→load pair: top_ (another's CAS), then bottom_; against work_deque::pop
  // order: relaxed (acquire under TSan, which pairs with release in work_deque::push); the look
  // above and the fence order it.
  const std::int64_t b = bottom_.load(beside_fence(std::memory_order_acquire));
  if (b <= t) {
    return {nullptr, steal_result::status::empty};
  }
  // order: acquire; pairs with release in work_deque::make_room. The copied slots are seen.
  job* item = ring_.load(std::memory_order_acquire)->get(t);
  // order: release; pairs with acquire in work_deque::make_room: the slot has been read. Against
  // the CASes in work_deque::take_last and in other thieves: one takes it.
  if (!top_.compare_exchange_strong(t, t + 1, std::memory_order_release,
                                    std::memory_order_relaxed)) {
    return {nullptr, steal_result::status::lost};
  }
  ask();
  return {item, steal_result::status::taken};
}

}  // namespace weft::detail
