// One execution: the threads are fibers of one thread, switched at each atomic operation. What
// could have gone otherwise is a choice (which thread goes on, which store a load reads);
// executions are repeated with the last choice advanced until no choice is left. An execution that
// spins is drained: everything runs to its end without choices, so that nothing on a fiber's stack
// leaks. One that failed is left as it lies, since what is broken must not run on.

#include "model/checker.hpp"

#include "model/log.hpp"
#include "model/memory.hpp"
#include "model/names.hpp"
#include "model/path.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <unordered_map>
#include <utility>

#include <ucontext.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MODEL_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define MODEL_ASAN 1
#endif
#ifdef MODEL_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace model {
namespace {

constexpr std::size_t stack_bytes = std::size_t{256} << 10;
constexpr int longest_execution = 5'000;  // operations; a longer one spins without progress
constexpr int longest_drain = 1'000'000;
constexpr std::size_t longest_log = 300;

struct fiber {
  ucontext_t context{};
  std::vector<char> stack;
  std::function<void()> body;
  view current;  // what it must see
  view pending;  // what a fence would make it see
  view fenced;   // what its relaxed stores carry since its last fence
  std::uint32_t number = 0;
  std::uint32_t clock = 0;
  int blocked_on = -1;
  bool done = false;
  bool yielding = false;
  bool paused = false;  // it did nothing since it spun last: more of that is the same
};

class execution {
 public:
  execution(const options& chosen, std::vector<choice>& path, foreseeable& future, bool foresees)
      : options_(chosen), path_(path), future_(future), foresees_(foresees) {
    for (std::uint32_t i = 0; i < threads_clocks; ++i) {
      new_location(0, nullptr);
    }
  }

  bool run(const std::function<std::shared_ptr<void>()>& make,
           const std::vector<std::function<void(void*)>>& threads,
           const std::function<void(void*)>& end);

  std::uint32_t new_location(value initial, const void* address) {
    locations_.push_back({message{.stored = initial}});
    objects_.push_back({.address = address});
    const auto made = static_cast<std::uint32_t>(locations_.size() - 1);
    if (address != nullptr) {
      by_address_[address] = made;
    }
    if (running_ != nullptr) {
      use(made);
      objects_[made].made_by = running_->number;
      objects_[made].made_at = running_->clock;
    }
    return made;
  }
  std::uint32_t location_of(const void* address, value initial) {
    const auto [at, added] = by_address_.try_emplace(address, 0u);
    if (added) {
      at->second = new_location(initial, nullptr);
      objects_[at->second].made_at = 0;  // of an atomic_ref: the object has been there before
    }
    return at->second;
  }

  [[nodiscard]] std::uint32_t known_location(const void* address) const {
    const auto at = by_address_.find(address);
    return at == by_address_.end() ? constant : at->second;
  }

  value load(std::uint32_t location, std::memory_order order, const std::source_location& at) {
    order = weakened(operation::load, order, at);
    point("load", location, at);
    const std::vector<message>& stores = locations_[location];
    if (running_ == nullptr) {
      return stores.back().stored;
    }
    if (const value* foreseen = foresee(location, order)) {
      return *foreseen;
    }
    std::uint32_t oldest = running_->current.of(location);
    if (order == std::memory_order_seq_cst) {
      oldest = std::max(oldest, common_.of(location));
    }
    // Which one, the newest first. A bound keeps loops from reading the same old store for ever.
    int readable = 1;
    if (stale_reads_ < options_.stale_reads) {
      readable = static_cast<int>(std::count_if(
          stores.begin(), stores.end(), [&](const message& m) { return m.position >= oldest; }));
    }
    const auto back = static_cast<std::size_t>(choose(readable));
    stale_reads_ += back != 0 ? 1 : 0;
    const message& read = stores[stores.size() - 1 - back];
    note_read(location, read, order);
    return read.stored;
  }

  void store(std::uint32_t location, value stored, std::memory_order order,
             const std::source_location& at) {
    order = weakened(operation::store, order, at);
    point("store", location, at);
    add(location, stored, order, nullptr);
  }

  value modify(std::uint32_t location, const std::function<value(value)>& change,
               std::memory_order order, const std::source_location& at) {
    order = weakened(operation::modify, order, at);
    point("modify", location, at);
    const message newest = locations_[location].back();
    if (running_ != nullptr) {
      note_read(location, newest, order);
    }
    add(location, change(newest.stored), order, &newest);
    return newest.stored;
  }

  bool compare_exchange(std::uint32_t location, value& expected, value desired,
                        std::memory_order order, std::memory_order failed,
                        const std::source_location& at) {
    order = weakened(operation::exchange, order, at);
    failed = weakened(operation::failed_exchange, failed, at);
    point("compare_exchange", location, at);
    const message newest = locations_[location].back();
    if (newest.stored != expected) {
      expected = newest.stored;
      if (running_ != nullptr) {
        note_read(location, newest, failed);
      }
      return false;
    }
    if (running_ != nullptr) {
      note_read(location, newest, order);
    }
    add(location, desired, order, &newest);
    return true;
  }

  void fence(const std::source_location& at) {
    point("fence", 0, at);
    if (running_ == nullptr || is_in(options_.without_fence_in, at) ||
        weakened(operation::fence, std::memory_order_seq_cst, at) == std::memory_order_relaxed) {
      return;
    }
    running_->current.join(running_->pending);
    // Two fences order what atomics are seen, and alone no plain accesses.
    running_->current.join(common_, threads_clocks);
    common_.join(running_->current, threads_clocks);
    running_->fenced = running_->current;
    if (is_waited_for() && promise_.reader == running_->number && !promise_.acquires) {
      promise_.acquires_at(tick(), running_->current);
    }
  }

  void relax() {
    if (running_ != nullptr && !std::exchange(running_->paused, true)) {
      running_->yielding = true;
      point("relax", 0, std::source_location());
      running_->paused = true;
    }
  }

  bool futex_wait(std::uint32_t location, value expected) {
    point("futex_wait", location, std::source_location());
    if (!draining_ && locations_[location].back().stored == expected) {
      running_->blocked_on = static_cast<int>(location);
      switch_away();
    }
    return true;
  }

  void futex_wake(std::uint32_t location, bool all) {
    point("futex_wake", location, std::source_location());
    for (auto& f : fibers_) {
      if (f->blocked_on == static_cast<int>(location)) {
        f->blocked_on = -1;
        if (!all) {
          return;
        }
      }
    }
  }

  // A tick of the running thread's clock, the time of what it does next.
  std::uint32_t tick() {
    running_->current.raise(running_->number, ++running_->clock);
    return running_->clock;
  }
  [[nodiscard]] bool comes_before(std::uint32_t thread, std::uint32_t time) const {
    return running_->current.of(thread) >= time;
  }
  [[nodiscard]] accesses& accesses_of(const void* address) { return plain_[address]; }
  void forget_accesses_of(const void* address) { plain_.erase(address); }
  [[nodiscard]] fiber* running() const { return draining_ ? nullptr : running_; }

  void retire(const void* from, std::size_t bytes) {
    const auto* begin = static_cast<const char*>(from);
    for (atomic_object& object : objects_) {
      const auto* at = static_cast<const char*>(object.address);
      if (at != nullptr && !std::less<>()(at, begin) && std::less<>()(at, begin + bytes)) {
        retire(object);
      }
    }
  }
  void end_location(const void* address) {
    const auto at = by_address_.find(address);
    if (at != by_address_.end()) {
      retire(objects_[at->second]);
    }
  }
  void retire(atomic_object& object) {
    const bool counts = running() != nullptr && !std::exchange(object.retired, true);
    for (std::uint32_t t = 0; counts && t < most_threads; ++t) {
      if (!comes_before(t, object.last_use[t])) {
        fail("freed, although nothing orders another thread's last use before");
      }
    }
  }

  [[noreturn]] void stop(const char* message) {
    fail(message);
    std::abort();  // in a drained execution, or outside of the threads
  }

  void fail(const std::string& message) {
    if (pruned_) {
      return;
    }
    if (is_waited_for()) {
      give_up();  // nothing that counts, unless what was foreseen comes
    }
    if (failure_.empty()) {
      failure_ = message + "\n" + told(log_);
    }
    draining_ = true;
    if (running_ != nullptr) {
      switch_to(nullptr);  // for good
    }
  }

  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  static bool is_in(const std::string& name, const std::source_location& at) {
    return !name.empty() && std::string(at.function_name()).find(name) != std::string::npos;
  }
  std::memory_order weakened(operation what, std::memory_order order,
                             const std::source_location& at) const;

  static bool acquires(std::memory_order order) {
    return order == std::memory_order_acquire || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
  }
  static bool releases(std::memory_order order) {
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
  }

  void use(std::uint32_t location) {
    atomic_object& object = objects_[location];
    if (object.retired && !draining_) {
      fail("used after it was freed");
    }
    if (!draining_ && !comes_before(object.made_by, object.made_at)) {
      fail("used, although nothing orders its making before");
    }
    object.last_use[running_->number] = tick();
  }

  void note_read(std::uint32_t location, const message& read, std::memory_order order) {
    use(location);
    running_->current.raise(location, read.position);
    running_->pending.join(read.carried);
    if (acquires(order)) {
      running_->current.join(read.carried);
    }
  }

  // `changes`: what a read-modify-write has read, the newest.
  void add(std::uint32_t location, value stored, std::memory_order order, const message* changes) {
    message made{.stored = stored, .changes_the_former = changes != nullptr};
    if (changes != nullptr) {
      made.carried = changes->carried;
    }
    auto place = locations_[location].end();
    if (running_ != nullptr) {
      use(location);
      if (changes == nullptr) {
        place = place_of_store(location, order);
      }
      made.position = position_before(locations_[location], place);
      running_->current.raise(location, made.position);
      made.carried.join(releases(order) ? running_->current : running_->fenced);
      if (order == std::memory_order_seq_cst) {
        common_.raise(location, made.position);
      }
      made.maker = running_->number;
      made.made_after = running_->current;
    } else {
      made.position = position_before(locations_[location], place);
    }
    made.carried.raise(location, made.position);
    if (running_ != nullptr && !draining_) {
      note_future(location, made);
    }
    locations_[location].insert(place, std::move(made));
  }

  // Where in the order of modification: at its end, or before stores that this thread has not seen.
  std::vector<message>::iterator place_of_store(std::uint32_t location, std::memory_order order) {
    std::vector<message>& stores = locations_[location];
    if (late_stores_ >= options_.late_stores) {
      return stores.end();
    }
    std::uint32_t after = running_->current.of(location);
    if (order == std::memory_order_seq_cst) {
      after = std::max(after, common_.of(location));
    }
    std::vector<std::vector<message>::iterator> places{stores.end()};
    for (auto at = stores.end(); at != stores.begin();) {
      --at;
      if (at->position <= after) {
        break;
      }
      if (!at->changes_the_former && position_before(stores, at) != (at - 1)->position) {
        places.push_back(at);
      }
    }
    const auto back = static_cast<std::size_t>(choose(static_cast<int>(places.size())));
    late_stores_ += back != 0 ? 1 : 0;
    return places[back];
  }

  const value* foresee(std::uint32_t location, std::memory_order order);
  void note_future(std::uint32_t location, message& made);
  [[nodiscard]] bool is_waited_for() const { return promise_.made && !promise_.kept; }
  // This execution shows nothing: it ends here.
  void give_up() {
    pruned_ = draining_ = true;
    if (running_ != nullptr) {
      switch_to(nullptr);  // for good
    }
  }

  int choose(int count);
  void point(const char* what, std::uint32_t location, const std::source_location& at);
  void switch_away();
  fiber* next_fiber();
  void switch_to(fiber* next);
  static void enter();

  const options& options_;
  std::vector<choice>& path_;
  foreseeable& future_;
  const bool foresees_;
  promise promise_;
  std::size_t taken_ = 0;
  std::vector<std::vector<message>> locations_;
  std::vector<atomic_object> objects_;
  std::unordered_map<const void*, std::uint32_t> by_address_;
  std::unordered_map<const void*, accesses> plain_;
  std::vector<std::unique_ptr<fiber>> fibers_;
  view common_;  // of fences and seq_cst operations
  fiber* running_ = nullptr;
  ucontext_t scheduler_{};
  int preemptions_ = 0;
  int stale_reads_ = 0;
  int late_stores_ = 0;
  int steps_ = 0;
  bool draining_ = false;
  bool pruned_ = false;
  std::string failure_;
  std::vector<step> log_;
#ifdef MODEL_ASAN
  const void* main_stack_ = nullptr;
  std::size_t main_stack_bytes_ = 0;
#endif
};

// A load may return what is stored later, if nothing orders the two the other way: compilers and
// processors move stores before loads. What it may be is known from executions before this one.
const value* execution::foresee(std::uint32_t location, std::memory_order order) {
  if (is_waited_for() && promise_.reader == running_->number && promise_.location == location) {
    give_up();  // it would have to agree with what comes
  }
  const auto known = future_.find(location);
  if (!foresees_ || promise_.made || draining_ || known == future_.end()) {
    return nullptr;
  }
  std::vector<value> values;
  for (const auto& [stored, by] : known->second) {
    if (by != running_->number && (values.empty() || values.back() != stored)) {
      values.push_back(stored);
    }
  }
  const int chosen = choose(static_cast<int>(values.size()) + 1);
  if (chosen == 0) {
    return nullptr;
  }
  promise_ = {.made = true,
              .location = location,
              .stored = values[static_cast<std::size_t>(chosen) - 1],
              .reader = running_->number,
              .after = running_->current.of(location),
              .clock = tick()};
  if (acquires(order)) {
    promise_.acquires_at(promise_.clock, running_->current);
  }
  return &promise_.stored;
}

// The running thread stores: it may be what was foreseen.
void execution::note_future(std::uint32_t location, message& made) {
  if (!foresees_ && options_.foreseen != 0 && made.stored < largest_foreseen) {
    future_[location].emplace(made.stored, made.maker);
  }
  if (!is_waited_for() || location != promise_.location) {
    return;
  }
  if (made.maker == promise_.reader) {
    give_up();
  }
  if (made.stored != promise_.stored || !can_keep(promise_, made, locations_) || choose(2) != 0) {
    return;
  }
  promise_.kept = true;
  fiber& reader = *fibers_[promise_.reader];
  reader.current.raise(location, made.position);
  reader.pending.join(made.carried);
  if (promise_.acquires) {
    reader.current.join(made.carried);
  }
}

execution* the_execution = nullptr;

std::memory_order execution::weakened(operation what, std::memory_order order,
                                      const std::source_location& at) const {
  if (is_in(options_.relaxed_in, at)) {
    return std::memory_order_relaxed;
  }
  if (order == std::memory_order_relaxed) {
    return order;
  }
  if (options_.sites_seen != nullptr) {
    options_.sites_seen->insert(
        {short_name_of(at.function_name()), at.line(), at.column(), what, order});
  }
  const mutation* const mutated = options_.mutated;
  const bool is_it = mutated != nullptr && mutated->at.line == at.line() &&
                     mutated->at.column == at.column() && mutated->at.what == what &&
                     mutated->at.function == short_name_of(at.function_name());
  return is_it ? mutated->instead : order;
}

int execution::choose(int count) {
  if (count <= 1 || draining_) {
    return 0;
  }
  if (taken_ == path_.size()) {
    path_.push_back({0, count});
  }
  if (path_[taken_].count != count) {
    std::fprintf(stderr, "model: the same choices led elsewhere, so something else decides:\n%s",
                 told(log_).c_str());
    std::abort();
  }
  return path_[taken_++].chosen;
}

void execution::point(const char* what, std::uint32_t location, const std::source_location& at) {
  if (running_ == nullptr) {
    return;
  }
  running_->paused = false;
  if (++steps_ > longest_execution && !draining_) {
    pruned_ = draining_ = true;  // spins: another execution shows the same with progress
  }
  if (steps_ > longest_drain) {
    std::fprintf(stderr, "model: an execution does not end after: %s\n", failure_.c_str());
    std::abort();
  }
  switch_away();
  if (!draining_ && log_.size() < longest_log) {
    log_.push_back({running_->number, what, location, at});
  }
}

// Who goes on: the running one first (no preemption), then the others in order. One that spins
// gives way to the next; to another one it counts as a preemption, or loops would have no bound.
fiber* execution::next_fiber() {
  std::vector<fiber*> ready;
  const bool can_go_on = running_ != nullptr && !running_->done && running_->blocked_on < 0;
  if (can_go_on && !running_->yielding && !draining_) {
    ready.push_back(running_);
  }
  if (ready.empty() || preemptions_ < options_.preemptions) {
    const auto at = std::find_if(fibers_.begin(), fibers_.end(),
                                 [&](const auto& f) { return f.get() == running_; });
    const auto start = at == fibers_.end() ? 0u : static_cast<std::size_t>(at - fibers_.begin());
    for (std::size_t i = 1; i <= fibers_.size(); ++i) {
      fiber* other = fibers_[(start + i) % fibers_.size()].get();
      if (other != running_ && !other->done && (other->blocked_on < 0 || draining_)) {
        ready.push_back(other);
        if (can_go_on && running_->yielding && preemptions_ >= options_.preemptions) {
          break;
        }
      }
    }
  }
  if (ready.empty()) {
    return can_go_on ? running_ : nullptr;
  }
  fiber* next = ready[static_cast<std::size_t>(choose(static_cast<int>(ready.size())))];
  if (can_go_on && next != running_ && (!running_->yielding || next != ready.front())) {
    ++preemptions_;
  }
  return next;
}

void execution::switch_away() {
  fiber* next = next_fiber();
  if (running_ != nullptr) {
    running_->yielding = false;
  }
  if (next == nullptr) {
    const bool all_done =
        std::all_of(fibers_.begin(), fibers_.end(), [](const auto& f) { return f->done; });
    if (!all_done) {
      fail("all threads sleep: a wake-up was lost");
      next = next_fiber();  // of a drained execution
    }
  }
  switch_to(next);
}

void execution::switch_to(fiber* next) {
  if (next == running_) {
    return;
  }
  fiber* from = running_;
  ucontext_t* leaving = from == nullptr ? &scheduler_ : &from->context;
  ucontext_t* entering = next == nullptr ? &scheduler_ : &next->context;
  running_ = next;
  if (next != nullptr) {
    next->blocked_on = -1;
  }
#ifdef MODEL_ASAN
  void* fake_stack = nullptr;
  const void* bottom = next == nullptr ? main_stack_ : next->stack.data();
  const std::size_t bytes = next == nullptr ? main_stack_bytes_ : stack_bytes;
  __sanitizer_start_switch_fiber(from != nullptr && from->done ? nullptr : &fake_stack, bottom,
                                 bytes);
#endif
  ::swapcontext(leaving, entering);
#ifdef MODEL_ASAN
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
}

void execution::enter() {
  execution& self = *the_execution;
#ifdef MODEL_ASAN
  const void* bottom = nullptr;
  std::size_t bytes = 0;
  __sanitizer_finish_switch_fiber(nullptr, &bottom, &bytes);
  if (self.main_stack_ == nullptr) {
    self.main_stack_ = bottom;  // the first fiber is entered from the scheduler
    self.main_stack_bytes_ = bytes;
  }
#endif
  fiber* own = self.running_;
  own->body();
  own->done = true;
  self.switch_away();
}

bool execution::run(const std::function<std::shared_ptr<void>()>& make,
                    const std::vector<std::function<void(void*)>>& threads,
                    const std::function<void(void*)>& end) {
  the_execution = this;
  std::shared_ptr<void> state = make();
  static thread_local std::vector<std::vector<char>> stacks;
  for (const auto& thread : threads) {
    auto made = std::make_unique<fiber>();
    if (stacks.empty()) {
      stacks.emplace_back(stack_bytes);
    }
    made->stack = std::move(stacks.back());
    stacks.pop_back();
#ifdef MODEL_ASAN
    // Its last user never returned from its frames.
    __asan_unpoison_memory_region(made->stack.data(), made->stack.size());
#endif
    made->number = static_cast<std::uint32_t>(fibers_.size());
    made->body = [&thread, &state] { thread(state.get()); };
    ::getcontext(&made->context);
    made->context.uc_stack.ss_sp = made->stack.data();
    made->context.uc_stack.ss_size = made->stack.size();
    made->context.uc_link = nullptr;
    ::makecontext(&made->context, &execution::enter, 0);
    fibers_.push_back(std::move(made));
  }
  // The threads begin after the state was made: they see all of it.
  for (std::uint32_t i = 0; i < locations_.size(); ++i) {
    for (auto& f : fibers_) {
      f->current.raise(i, locations_[i].back().position);
    }
  }
  switch_away();  // comes back when all are done
  if (is_waited_for()) {
    pruned_ = draining_ = true;
  }
  if (!draining_) {
    end(state.get());
  }
  if (!failure_.empty()) {
    static_cast<void>(new std::shared_ptr<void>(state));  // see above
  }
  state.reset();
  for (auto& f : fibers_) {
    stacks.push_back(std::move(f->stack));
  }
  the_execution = nullptr;
  return failure_.empty();
}

}  // namespace

result explore_erased(const options& asked, const std::function<std::shared_ptr<void>()>& make,
                      const std::vector<std::function<void(void*)>>& threads,
                      const std::function<void(void*)>& end) {
  options chosen = asked;
  chosen.preemptions += chosen.deepens && std::getenv("WEFT_LONG") != nullptr ? 1 : 0;
  result found;
  foreseeable future;
#ifdef MODEL_ASAN
  chosen.foreseen = 0;  // what is given up half-way leaks
#endif
  for (int pass = 0; pass <= (chosen.foreseen != 0 ? 1 : 0); ++pass) {
    std::vector<choice> path;
    do {
      if (found.executions++ == chosen.executions) {
        found.failure = "too many executions: lower the bound on preemptions";
        return found;
      }
      execution one(chosen, path, future, pass != 0);
      if (!one.run(make, threads, end)) {
        found.failure = one.failure();
        return found;
      }
    } while (advance(path));
  }
  return found;
}

void require(bool condition, const char* message) {
  if (!condition) {
    the_execution->fail(message);
  }
}

void stop(const char* message) {
  the_execution->stop(message);
}

int thread_number() {
  const fiber* running = the_execution == nullptr ? nullptr : the_execution->running();
  return running == nullptr ? -1 : static_cast<int>(running->number);
}

void retire(const void* from, std::size_t bytes) {
  the_execution->retire(from, bytes);
}

void accesses::read() {
  const int self = thread_number();
  if (self >= 0) {
    if (writer_ >= 0 &&
        !the_execution->comes_before(static_cast<std::uint32_t>(writer_), written_)) {
      the_execution->fail("a data race: read without what another thread wrote");
    }
    reads_[self] = the_execution->tick();
  }
}

void accesses::write() {
  const int self = thread_number();
  if (self < 0) {
    return;
  }
  bool ordered =
      writer_ < 0 || the_execution->comes_before(static_cast<std::uint32_t>(writer_), written_);
  for (int i = 0; i < most_threads; ++i) {
    ordered = ordered && the_execution->comes_before(static_cast<std::uint32_t>(i), reads_[i]);
  }
  if (!ordered) {
    the_execution->fail("a data race: written beside another thread's use");
  }
  writer_ = self;
  written_ = the_execution->tick();
}

void note_made(const void* address) {
  if (the_execution != nullptr) {
    the_execution->forget_accesses_of(address);
  }
}
void note_read(const void* address) {
  if (thread_number() >= 0) {
    the_execution->accesses_of(address).read();
  }
}
void note_written(const void* address) {
  if (thread_number() >= 0) {
    the_execution->accesses_of(address).write();
  }
}

void new_location(value initial, const void* address) {
  if (the_execution != nullptr) {
    the_execution->new_location(initial, address);
  }
}
void end_location(const void* address) {
  if (the_execution != nullptr) {
    the_execution->end_location(address);
  }
}
std::uint32_t known_location(const void* address) {
  return the_execution == nullptr ? constant : the_execution->known_location(address);
}
std::uint32_t location_of(const void* address, value initial) {
  return the_execution->location_of(address, initial);
}
value load(std::uint32_t location, std::memory_order order, const std::source_location& at) {
  return the_execution->load(location, order, at);
}
void store(std::uint32_t location, value stored, std::memory_order order,
           const std::source_location& at) {
  the_execution->store(location, stored, order, at);
}
value modify(std::uint32_t location, const std::function<value(value)>& change,
             std::memory_order order, const std::source_location& at) {
  return the_execution->modify(location, change, order, at);
}
bool compare_exchange(std::uint32_t location, value& expected, value desired,
                      std::memory_order order, std::memory_order failed,
                      const std::source_location& at) {
  return the_execution->compare_exchange(location, expected, desired, order, failed, at);
}
void fence(const std::source_location& at) {
  the_execution->fence(at);
}
void relax() {
  the_execution->relax();
}
bool futex_wait(std::uint32_t location, value expected) {
  return the_execution->futex_wait(location, expected);
}
void futex_wake(std::uint32_t location, bool all) {
  the_execution->futex_wake(location, all);
}

}  // namespace model
