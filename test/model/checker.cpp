// One execution: the threads are fibers of one thread, switched at each atomic operation. What
// could have gone otherwise is a choice (which thread goes on, which store a load reads);
// executions are repeated with the last choice advanced until no choice is left. An execution that
// spins is drained: everything runs to its end without choices, so that nothing on a fiber's stack
// leaks. One that failed is left as it lies, since what is broken must not run on.

#include "model/checker.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
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

// The oldest store of each location that may still be read.
class view {
 public:
  [[nodiscard]] std::uint32_t of(std::uint32_t location) const {
    return location < oldest_.size() ? oldest_[location] : 0;
  }
  void raise(std::uint32_t location, std::uint32_t store) {
    if (location >= oldest_.size()) {
      oldest_.resize(location + 1);
    }
    oldest_[location] = std::max(oldest_[location], store);
  }
  void join(const view& other, std::uint32_t from = 0) {
    for (std::uint32_t i = from; i < other.oldest_.size(); ++i) {
      raise(i, other.oldest_[i]);
    }
  }

 private:
  std::vector<std::uint32_t> oldest_;
};

struct message {
  value stored;
  view carried;
};

constexpr std::uint32_t most_threads = 6;
constexpr std::uint32_t threads_clocks = most_threads;  // the first locations

// What the model knows of an atomic besides its stores.
struct atomic_object {
  const void* address = nullptr;
  bool retired = false;
  std::array<std::uint32_t, most_threads> last_use{};  // by thread, on its clock
};

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

struct choice {
  int chosen;
  int count;
};

class execution {
 public:
  execution(const options& chosen, std::vector<choice>& path) : options_(chosen), path_(path) {
    for (std::uint32_t i = 0; i < threads_clocks; ++i) {
      new_location(0, nullptr);
    }
  }

  bool run(const std::function<std::shared_ptr<void>()>& make,
           const std::vector<std::function<void(void*)>>& threads,
           const std::function<void(void*)>& end);

  std::uint32_t new_location(value initial, const void* address) {
    locations_.push_back({message{initial, {}}});
    objects_.push_back({address, false, {}});
    const auto made = static_cast<std::uint32_t>(locations_.size() - 1);
    if (address != nullptr) {
      by_address_[address] = made;
    }
    if (running_ != nullptr) {
      use(made);
    }
    return made;
  }
  std::uint32_t location_of(const void* address, value initial) {
    const auto [at, added] = by_address_.try_emplace(address, 0u);
    if (added) {
      at->second = new_location(initial, nullptr);
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
    std::vector<message>& stores = locations_[location];
    auto last = static_cast<std::uint32_t>(stores.size() - 1);
    if (running_ == nullptr) {
      return stores[last].stored;
    }
    std::uint32_t oldest = running_->current.of(location);
    if (order == std::memory_order_seq_cst) {
      oldest = std::max(oldest, common_.of(location));
    }
    // Which one, the newest first. A bound keeps loops from reading the same old store for ever.
    const auto back = static_cast<std::uint32_t>(
        stale_reads_ < options_.stale_reads ? choose(static_cast<int>(last - oldest) + 1) : 0);
    stale_reads_ += back != 0 ? 1 : 0;
    const std::uint32_t read = last - back;
    note_read(location, read, order);
    return stores[read].stored;
  }

  void store(std::uint32_t location, value stored, std::memory_order order,
             const std::source_location& at) {
    order = weakened(operation::store, order, at);
    point("store", location, at);
    add(location, stored, order, view());
  }

  value modify(std::uint32_t location, const std::function<value(value)>& change,
               std::memory_order order, const std::source_location& at) {
    order = weakened(operation::modify, order, at);
    point("modify", location, at);
    const message newest = locations_[location].back();
    if (running_ != nullptr) {
      note_read(location, static_cast<std::uint32_t>(locations_[location].size() - 1), order);
    }
    add(location, change(newest.stored), order, newest.carried);
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
        note_read(location, static_cast<std::uint32_t>(locations_[location].size() - 1), failed);
      }
      return false;
    }
    if (running_ != nullptr) {
      note_read(location, static_cast<std::uint32_t>(locations_[location].size() - 1), order);
    }
    add(location, desired, order, newest.carried);
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
  [[nodiscard]] fiber* running() const { return draining_ ? nullptr : running_; }

  void retire(const void* from, std::size_t bytes) {
    const auto* begin = static_cast<const char*>(from);
    for (atomic_object& object : objects_) {
      const auto* at = static_cast<const char*>(object.address);
      if (at == nullptr || object.retired || std::less<>()(at, begin) ||
          !std::less<>()(at, begin + bytes)) {
        continue;
      }
      object.retired = true;
      for (std::uint32_t t = 0; running() != nullptr && t < most_threads; ++t) {
        if (!comes_before(t, object.last_use[t])) {
          fail("freed, although nothing orders another thread's last use before");
        }
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
    if (failure_.empty()) {
      failure_ = message + "\n" + log_;
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
    object.last_use[running_->number] = tick();
  }

  void note_read(std::uint32_t location, std::uint32_t read, std::memory_order order) {
    use(location);
    running_->current.raise(location, read);
    const view carried = locations_[location][read].carried;
    running_->pending.join(carried);
    if (acquires(order)) {
      running_->current.join(carried);
    }
  }

  void add(std::uint32_t location, value stored, std::memory_order order, view carried) {
    const auto index = static_cast<std::uint32_t>(locations_[location].size());
    if (running_ != nullptr) {
      use(location);
      running_->current.raise(location, index);
      carried.join(releases(order) ? running_->current : running_->fenced);
      if (order == std::memory_order_seq_cst) {
        common_.raise(location, index);
      }
    }
    carried.raise(location, index);
    locations_[location].push_back({stored, std::move(carried)});
  }

  int choose(int count);
  void point(const char* what, std::uint32_t location, const std::source_location& at);
  void switch_away();
  fiber* next_fiber();
  void switch_to(fiber* next);
  static void enter();

  const options& options_;
  std::vector<choice>& path_;
  std::size_t taken_ = 0;
  std::vector<std::vector<message>> locations_;
  std::vector<atomic_object> objects_;
  std::unordered_map<const void*, std::uint32_t> by_address_;
  std::vector<std::unique_ptr<fiber>> fibers_;
  view common_;  // of fences and seq_cst operations
  fiber* running_ = nullptr;
  ucontext_t scheduler_{};
  int preemptions_ = 0;
  int stale_reads_ = 0;
  int steps_ = 0;
  bool draining_ = false;
  bool pruned_ = false;
  std::string failure_;
  std::string log_;
#ifdef MODEL_ASAN
  const void* main_stack_ = nullptr;
  std::size_t main_stack_bytes_ = 0;
#endif
};

execution* the_execution = nullptr;

void erase_all(std::string& from, const std::string& what) {
  for (std::size_t at = from.find(what); at != std::string::npos; at = from.find(what)) {
    from.erase(at, what.size());
  }
}

// "bool ns::detail::deque<T>::pop(job *)" → "deque::pop", whatever the compiler.
std::string short_name(const char* function) {
  std::string whole = function;
  erase_all(whole, "(anonymous namespace)::");
  erase_all(whole, "{anonymous}::");
  std::string name;
  int depth = 0;
  for (const char c : whole) {
    depth += c == '<' ? 1 : 0;
    if (depth == 0 && c == '(') {
      break;
    }
    if (depth == 0) {
      name += c;
    }
    depth -= c == '>' ? 1 : 0;
  }
  name = name.substr(name.rfind(' ') + 1);
  if (const std::size_t at = name.rfind("detail::"); at != std::string::npos) {
    name = name.substr(at + std::strlen("detail::"));
  }
  if (name.starts_with("weft_model")) {
    name = name.substr(name.find("::") + 2);
  }
  return name.substr(std::min(name.find_first_not_of("*&"), name.size()));
}

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
        {short_name(at.function_name()), at.line(), at.column(), what, order});
  }
  const mutation* const mutated = options_.mutated;
  const bool is_it = mutated != nullptr && mutated->at.line == at.line() &&
                     mutated->at.column == at.column() && mutated->at.what == what &&
                     mutated->at.function == short_name(at.function_name());
  return is_it ? mutated->instead : order;
}

int execution::choose(int count) {
  if (count <= 1 || draining_) {
    return 0;
  }
  if (taken_ == path_.size()) {
    path_.push_back({0, count});
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
  if (!draining_ && log_.size() < 20'000) {
    char line[200];
    const auto who = std::find_if(fibers_.begin(), fibers_.end(),
                                  [&](const auto& f) { return f.get() == running_; });
    std::snprintf(line, sizeof line, "  thread %d %s #%u %.120s:%u\n",
                  static_cast<int>(who - fibers_.begin()), what, location, at.function_name(),
                  static_cast<unsigned>(at.line()));
    log_ += line;
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
      f->current.raise(i, static_cast<std::uint32_t>(locations_[i].size() - 1));
    }
  }
  switch_away();  // comes back when all are done
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

// Advances to the next path in depth-first order. **Returns** false when there is none.
bool advance(std::vector<choice>& path) {
  while (!path.empty()) {
    if (++path.back().chosen < path.back().count) {
      return true;
    }
    path.pop_back();
  }
  return false;
}

}  // namespace

result explore_erased(const options& asked, const std::function<std::shared_ptr<void>()>& make,
                      const std::vector<std::function<void(void*)>>& threads,
                      const std::function<void(void*)>& end) {
  options chosen = asked;
  chosen.preemptions += chosen.deepens && std::getenv("WEFT_LONG") != nullptr ? 1 : 0;
  result found;
  std::vector<choice> path;
  do {
    if (found.executions++ == chosen.executions) {
      found.failure = "too many executions: lower the bound on preemptions";
      return found;
    }
    execution one(chosen, path);
    if (!one.run(make, threads, end)) {
      found.failure = one.failure();
      return found;
    }
  } while (advance(path));
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

void new_location(value initial, const void* address) {
  if (the_execution != nullptr) {
    the_execution->new_location(initial, address);
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
