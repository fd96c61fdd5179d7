/// The non-generic halves of when_all, when_any and fork_join.

#include <weft/base/error.hpp>
#include <weft/task/fork_join.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/task/when_all.hpp>
#include <weft/task/when_any.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace weft::detail {

void throw_inplace_vector_full(std::size_t capacity) {
  throw std::length_error("weft: an inplace_vector holds at most " + std::to_string(capacity) +
                          " elements; give it a larger capacity");
}

void join_base::start(task_core* const* cores, child* nodes, std::size_t count) noexcept {
  // order: relaxed; published by the registrations below. One more than children, so that none ends
  // it early.
  remaining_.store(count + 1, std::memory_order_relaxed);
  std::size_t ended = 1;
  for (std::size_t i = 0; i < count; ++i) {
    nodes[i].run = &child_ended;
    nodes[i].drop = &action_marker;
    nodes[i].owner = this;
    if (!cores[i]->try_add_awaiter(&nodes[i])) {
      ++ended;
    }
  }
  // order: acq_rel; acquire: the results of children that ended elsewhere; release: for the one who
  // ends last.
  if (remaining_.fetch_sub(ended, std::memory_order_acq_rel) == ended) {
    all_ended_(this);
  }
}

void join_base::child_ended(job* self) noexcept {
  join_base* owner = static_cast<child*>(self)->owner;
  // order: acq_rel; release publishes this child's result to the last one, which acquires them all.
  if (owner->remaining_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    owner->all_ended_(owner);
  }
}

namespace {

/// State of one when_any. Lives until every registered awaiter has been run or taken back.
class first_of_operation final : public operation<std::size_t, first_of_operation> {
 public:
  first_of_operation(std::unique_ptr<task_core*[]> cores, std::size_t count)
      : operation("when_any"),
        cores_(std::move(cores)),
        nodes_(std::make_unique<node[]>(count)),
        count_(count) {}

  void begin() noexcept {
    // order: relaxed; published by the registrations. This function counts as one.
    references_.store(static_cast<std::uint32_t>(count_) + 1, std::memory_order_relaxed);
    add_handle();  // keeps the core while references_ is not zero
    std::size_t registered = 0;
    for (; registered < count_; ++registered) {
      node& n = nodes_[registered];
      n.run = &ended;
      n.drop = &action_marker;
      n.owner = this;
      if (!cores_[registered]->try_add_awaiter(&n)) {
        break;
      }
      n.is_registered = true;
    }
    if (registered < count_) {
      drop(static_cast<std::uint32_t>(count_ - registered));
      win(registered, registered);
    } else {
      // order: release; pairs with acquire in win: the one who comes second withdraws, all of them.
      // Somebody may have won while we were registering the rest.
      if (registered_all_.exchange(true, std::memory_order_release)) {
        withdraw(count_);
      }
    }
    drop(1);
  }

 private:
  struct node : job {
    first_of_operation* owner;
    plain<bool> is_registered = false;  // written by begin, published by registered_all_
  };

  static void ended(job* self) noexcept {
    first_of_operation* owner = static_cast<node*>(self)->owner;
    owner->win(static_cast<std::size_t>(static_cast<node*>(self) - owner->nodes_.get()), 0);
    owner->drop(1);
  }

  /// `registered`: how many of the first ones the caller knows to be registered (begin), else 0.
  void win(std::size_t index, std::size_t registered) noexcept {
    // order: relaxed; one wins, and nobody else looks at what it does.
    if (won_.exchange(true, std::memory_order_relaxed)) {
      if (registered != 0) {
        withdraw(registered);
      }
      return;
    }
    if (registered != 0) {
      withdraw(registered);
    } else {
      // order: acquire; pairs with release in begin: the one who comes second withdraws.
      if (registered_all_.exchange(true, std::memory_order_acquire)) {
        withdraw(count_);
      }
    }
    // A task that stands there more than once: the first place is its own.
    complete(static_cast<std::size_t>(std::find(cores_.get(), cores_.get() + index, cores_[index]) -
                                      cores_.get()));
  }
  /// Takes the awaiters back from the tasks that have not ended, so that they do not gather there.
  void withdraw(std::size_t count) noexcept {
    std::uint32_t back = 0;
    for (std::size_t i = 0; i < count; ++i) {
      back += nodes_[i].is_registered && cores_[i]->remove_awaiter(&nodes_[i]) ? 1 : 0;
    }
    drop(back);
  }
  void drop(std::uint32_t n) noexcept {
    // order: acq_rel; the last one frees what the others used.
    if (n != 0 && references_.fetch_sub(n, std::memory_order_acq_rel) == n) {
      release_handle();
    }
  }

  std::unique_ptr<task_core*[]> cores_;
  std::unique_ptr<node[]> nodes_;
  std::size_t count_;
  atomic<std::uint32_t> references_{0};
  atomic<bool> won_{false};
  atomic<bool> registered_all_{false};
};

}  // namespace

task<std::size_t> first_of(std::unique_ptr<task_core*[]> cores, std::size_t count) {
  if (count == 0) {
    throw std::invalid_argument("weft: when_any needs at least one task, got none");
  }
  auto* state = frame_new<first_of_operation>(std::move(cores), count);
  task<std::size_t> end(state->core());
  state->begin();
  return end;
}

transfer lazy_join::suspend(job* parent, std::coroutine_handle<> handle,
                            std::int32_t missing) noexcept {
  parent_ = parent;
  if (!missing_.parent_misses(missing)) {
    return transfer_to(nullptr);  // the last child may have resumed the parent by now
  }
  release_capture(parent);
  return transfer_to(static_cast<job*>(handle.address()));
}

job* lazy_join::child_ended() noexcept {
  if (!missing_.child_ended()) {
    if (trace::flowing()) [[unlikely]] {
      leave_call();  // nothing to transfer to: whoever called gets its values back
    }
    return nullptr;
  }
  return transfer_target(parent_);
}

namespace {

/// Puts the children of a fork, which is linked no more, into the deque: the next one last, so that
/// its thread finds it on top, and thieves take those that it would come to last.
void give(open_fork& fork, work_deque& deque) noexcept {
  job* children = nullptr;
  for (job* at = std::exchange(fork.next, nullptr); at != nullptr;) {
    job* next = at->next;
    at->next = std::exchange(children, at);
    at = next;
  }
  while (children != nullptr) {
    job* child = std::exchange(children, children->next);
    static_cast<lazy_base*>(promise_base::of(child))->leaves_stack();
    try {
      deque.push(child);
    } catch (const std::bad_alloc&) {  // the shared queue needs no memory
      runtime().post(child);
    }
  }
}

/// Pre: there is one.
void give_oldest(open_fork*& forks, work_deque& deque) noexcept {
  open_fork** at = &forks;
  while ((*at)->outer != nullptr) {
    at = &(*at)->outer;
  }
  give(*std::exchange(*at, nullptr), deque);
}

}  // namespace

void give_forks(worker_queue& queue) noexcept {
  open_fork* oldest = nullptr;
  for (open_fork* at = std::exchange(this_thread().forks, nullptr); at != nullptr;) {
    open_fork* outer = at->outer;
    at->outer = std::exchange(oldest, at);
    at = outer;
  }
  while (oldest != nullptr) {
    open_fork* younger = oldest->outer;
    give(*oldest, queue.deque);
    oldest = younger;
  }
}

void fork_record::share(worker_queue& queue) noexcept {
  if (!queue.monitored) {
    full_fence();  // store→load pair: the fork is open, then idle_slots; against pool::park
  }
  // order: relaxed; with a monitor a sleeper that is missed here is found by it.
  if (queue.idle_slots->load(std::memory_order_relaxed) == 0) {
    queue.deque.hear();
    open_fork*& forks = this_thread().forks;
    while (forks != nullptr && queue.deque.size_hint() < queue.keep_shown) {
      give_oldest(forks, queue.deque);
    }
    if (queue.deque.size_hint() < queue.keep_shown || !queue.monitored) {
      queue.deque.ask();  // there are too few; without a monitor every fork comes here
    }
    return;
  }
  give_forks(queue);
  // order: relaxed; as above.
  if (queue.searching->load(std::memory_order_relaxed) == 0) {
    queue.wake(queue);
  }
}

bool fork_record::take_back(lazy_base& child) noexcept {
  // Read anew: a child that blocked may have changed the slot of this worker.
  worker_queue* queue = this_thread().queue;
  if (queue == nullptr || !queue->deque.take_back(child.frame())) {
    return false;
  }
  child.returns_to_stack();
  return true;
}

bool fork_record::run_rest(std::size_t first, std::size_t count,
                           function_ref<lazy_slot_base&(std::size_t)> slot) noexcept {
  for (std::size_t i = first; i < count; ++i) {
    job* child = open_.next;
    if (child == nullptr) {
      // Another worker has it, or it lies under something that a sibling left in the deque: then
      // this is true of all children after it.
      if (!take_back(slot(i).child())) {
        break;
      }
      child = slot(i).child().frame();
    } else if (child->next != nullptr) {
      advance(child);
    } else {
      close();
    }
    lazy_join::run_nested(child);
  }
  missing_ = 0;
  for (std::size_t i = 0; i < count; ++i) {
    missing_ += slot(i).is_gone() ? 0 : 1;
  }
  return missing_ == 0;
}

transfer fork_record::go_on_later(job* parent, std::coroutine_handle<> handle, std::size_t count,
                                  function_ref<lazy_slot_base&(std::size_t)> slot) {
  std::int32_t missing = missing_;
  if (missing == none_run) {
    missing = static_cast<std::int32_t>(count);
    const runtime_table& pool = runtime();
    for (std::size_t i = count; i-- > 0;) {
      lazy_base& child = slot(i).child();
      child.leaves_stack();
      pool.post(start_with(flow_of(parent), child.frame()));
    }
  }
  return join_.suspend(parent, handle, missing);
}

}  // namespace weft::detail
