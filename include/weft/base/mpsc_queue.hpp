#pragma once
/// Queues of jobs with many producers and one consumer: `mpsc_queue` in order, item by item;
/// `mpsc_stack` all at once.

#include <weft/base/atomic.hpp>
#include <weft/base/job.hpp>

namespace weft::detail {

/// First in, first out, unbounded, without allocation. **Thread-safety**: `push` by anyone,
/// `try_pop` and `pop_all` by one thread at a time. **Cost**: `push` is wait-free, one exchange;
/// `try_pop` no RMW unless it takes the last item.
/// **Source**: D. Vyukov, "Intrusive MPSC node-based queue", 1024cores.net, 2010.
class mpsc_queue {
 public:
  mpsc_queue() noexcept : newest_(&stub_), oldest_(&stub_) {}
  mpsc_queue(const mpsc_queue&) = delete;
  mpsc_queue& operator=(const mpsc_queue&) = delete;

  void push(job* item) noexcept {
    // order: relaxed; published by the exchange.
    atomic_ref<job*>(item->next).store(nullptr, std::memory_order_relaxed);
    // order: acq_rel; pairs with itself in other producers. Publishes the item to the producer that
    // links behind it, and takes over the one before.
    job* before = newest_.exchange(item, std::memory_order_acq_rel);
    // A consumer that comes here between the two steps finds the chain open and reports `null`.
    // order: release; pairs with acquire in mpsc_queue::try_pop. Publishes the item.
    atomic_ref<job*>(before->next).store(item, std::memory_order_release);
  }

  /// **Returns** the oldest item; null when there is none, or when the push of the next one is not
  /// finished: its producer is about to notify whoever it notifies.
  [[nodiscard]] job* try_pop() noexcept {
    job* item = oldest_;
    job* next = link_of(item);
    if (item == &stub_) {
      if (next == nullptr) {
        return nullptr;
      }
      oldest_ = item = next;
      next = link_of(item);
    }
    if (next == nullptr) {
      // order: relaxed; only the value counts: is it the last one? An item is read through its
      // link.
      if (newest_.load(std::memory_order_relaxed) != item) {
        return nullptr;
      }
      push(&stub_);
      next = link_of(item);
      if (next == nullptr) {
        return nullptr;
      }
    }
    oldest_ = next;
    return item;
  }

  /// Everything that `try_pop` gives, in order.
  [[nodiscard]] job_list pop_all() noexcept {
    job_list all;
    while (job* item = try_pop()) {
      all.push_back(item);
    }
    return all;
  }

  /// False while anything is in it, a push half done included. Consumer only.
  [[nodiscard]] bool empty() const noexcept {
    // order: relaxed; only the value counts.
    return oldest_ == &stub_ && newest_.load(std::memory_order_relaxed) == &stub_;
  }

 private:
  [[nodiscard]] static job* link_of(job* item) noexcept {
    // order: acquire; pairs with release in mpsc_queue::push. The next item is seen.
    return atomic_ref<job*>(item->next).load(std::memory_order_acquire);
  }

  alignas(cache_line) atomic<job*> newest_;  // producers
  alignas(cache_line) job* oldest_;          // the consumer
  job stub_{nullptr, nullptr, nullptr};
};

/// A stack that is emptied as a whole, in the order of the pushes. **Thread-safety**: all members;
/// `take_all` by several threads too. **Cost**: `push` one CAS (repeated under contention);
/// `take_all` one exchange and a walk.
class mpsc_stack {
 public:
  constexpr mpsc_stack() noexcept = default;
  mpsc_stack(const mpsc_stack&) = delete;
  mpsc_stack& operator=(const mpsc_stack&) = delete;

  /// **Returns** true when it was empty before: the one who must notify the consumer.
  bool push(job* item) noexcept {
    // order: relaxed; only the value is stored, the CAS confirms it.
    job* seen = newest_.load(std::memory_order_relaxed);
    do {
      item->next = seen;
      // order: release; pairs with acquire in mpsc_stack::take_all. Publishes the item.
    } while (!newest_.compare_exchange_weak(seen, item, std::memory_order_release,
                                            std::memory_order_relaxed));
    return seen == nullptr;
  }

  [[nodiscard]] job_list take_all() noexcept {
    // order: acquire; pairs with release in mpsc_stack::push. All items are seen: each later push
    // is an RMW and so carries on the release sequences of the earlier ones.
    job* item = newest_.exchange(nullptr, std::memory_order_acquire);
    job* reversed = nullptr;
    while (item != nullptr) {
      job* next = item->next;
      item->next = reversed;
      reversed = item;
      item = next;
    }
    job_list all;
    while (reversed != nullptr) {
      job* next = reversed->next;
      all.push_back(reversed);
      reversed = next;
    }
    return all;
  }

  [[nodiscard]] bool empty_hint() const noexcept {
    // order: relaxed; a hint.
    return newest_.load(std::memory_order_relaxed) == nullptr;
  }

 private:
  atomic<job*> newest_{nullptr};
};

}  // namespace weft::detail
