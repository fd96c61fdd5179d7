/// The sets of values, and what becomes of them when control leaves a thread. README.md says which
/// set is current when, and why.

#include <weft/task/detail/flow.hpp>

#include <weft/base/frame_allocator.hpp>
#include <weft/task/async_local.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace weft::detail {

struct flow_key {
  atomic<std::uint32_t> references{1};
};

struct flow_values {
  struct entry {
    flow_key* key;
    flow_box* value;
  };
  explicit flow_values(std::size_t n) noexcept : count(n) {}

  [[nodiscard]] entry* begin() noexcept { return reinterpret_cast<entry*>(this + 1); }
  [[nodiscard]] entry* end() noexcept { return begin() + count; }
  [[nodiscard]] static constexpr std::size_t bytes_for(std::size_t n) noexcept {
    return sizeof(flow_values) + n * sizeof(entry);
  }

  atomic<std::uint32_t> references{1};
  const std::size_t count;  // sorted by key
};

namespace {

template <class Counted>
void add_to(Counted& counted) noexcept {
  // order: relaxed; the caller has a reference, or reads a set that has one.
  counted.references.fetch_add(1, std::memory_order_relaxed);
}
/// True for the last one.
template <class Counted>
[[nodiscard]] bool drop_from(Counted& counted) noexcept {
  // order: acq_rel; what others did with it comes before it is destroyed.
  return counted.references.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

void release(flow_box* value) noexcept {
  if (drop_from(*value)) {
    value->destroy(value);
  }
}

flow_values::entry* find(flow_values* in, const flow_key* key) noexcept {
  return std::lower_bound(
      in->begin(), in->end(), key,
      [](const flow_values::entry& e, const flow_key* k) { return std::less<>()(e.key, k); });
}

void set_segment(thread_state& t, flow_values* values, flow_call* calls) noexcept {
  t.flow = values;
  t.calls = calls;
  t.nest_limit = values == nullptr && calls == nullptr ? t.own_nest_limit : UINTPTR_MAX;
}

/// A thread that ends with values of its own gives them back.
struct at_thread_end {
  ~at_thread_end() { replace_flow(nullptr); }
};
[[gnu::noinline]] void watch_thread_end() {
  static thread_local const at_thread_end watch;
  static_cast<void>(&watch);
}

}  // namespace

void add_reference(flow_values* values) noexcept {
  if (values != nullptr) {
    add_to(*values);
  }
}

void release(flow_values* values) noexcept {
  if (values == nullptr || !drop_from(*values)) {
    return;
  }
  for (const flow_values::entry& e : *values) {
    release(e.value);
    release(e.key);
  }
  const std::size_t bytes = flow_values::bytes_for(values->count);
  values->~flow_values();
  frame_free(values, bytes);
}

flow_key* make_flow_key() {
  return frame_new<flow_key>();
}
void release(flow_key* key) noexcept {
  if (drop_from(*key)) {
    frame_delete(key);
  }
}

const flow_box* find_in_flow(const flow_key* key) noexcept {
  flow_values* current = this_thread().flow;
  if (current == nullptr) {
    return nullptr;
  }
  const flow_values::entry* at = find(current, key);
  return at != current->end() && at->key == key ? at->value : nullptr;
}

void set_in_flow(flow_key* key, flow_box* value) {
  flow_values* former = this_thread().flow;
  const std::size_t before = former != nullptr ? former->count : 0;
  flow_values::entry* const from = former != nullptr ? former->begin() : nullptr;
  flow_values::entry* const place = former != nullptr ? find(former, key) : nullptr;
  const bool replaces = before != 0 && place != former->end() && place->key == key;
  const std::size_t count = before + (replaces ? 0 : 1);
  void* memory = nullptr;
  try {
    watch_thread_end();
    memory = frame_allocate(flow_values::bytes_for(count));
  } catch (...) {
    release(value);
    throw;
  }
  auto* made = ::new (memory) flow_values(count);
  flow_values::entry* to = std::uninitialized_copy(from, place, made->begin());
  ::new (to++) flow_values::entry{key, value};
  std::uninitialized_copy(place + (replaces ? 1 : 0), from + before, to);
  for (const flow_values::entry& e : *made) {
    add_to(*e.key);
    if (e.value != value) {
      add_to(*e.value);
    }
  }
  trace::begin_flowing();
  replace_flow(made);
}

void enter_call() noexcept {
  thread_state& t = this_thread();
  if (t.flow == nullptr && t.calls == nullptr) {
    return;
  }
  auto* call = frame_new<flow_call>();
  add_reference(t.flow);
  call->callers = t.flow;
  call->outer = t.calls;
  set_segment(t, t.flow, call);
}

bool leave_call() noexcept {
  flow_departure left;
  left.leave();
  const bool called = left.call != nullptr;
  left.drop();
  return called;
}

void replace_flow(flow_values* values) noexcept {
  // A value's destructor may look at the current ones: the new ones are in place by then.
  thread_state& t = this_thread();
  flow_values* former = t.flow;
  if (former != values) {
    set_segment(t, values, t.calls);
    release(former);
  } else {
    release(values);
  }
}

flow_values* share_flow() noexcept {
  flow_values* current = this_thread().flow;
  add_reference(current);
  return current;
}

flow_scope::flow_scope(flow_values* values) noexcept
    : former_(this_thread().flow), calls_(this_thread().calls) {
  set_segment(this_thread(), values, nullptr);
}

flow_scope::~flow_scope() {
  flow_values* left = this_thread().flow;
  set_segment(this_thread(), former_, calls_);
  release(left);
}

void flow_departure::leave() noexcept {
  thread_state& t = this_thread();
  values = t.flow;
  call = t.calls;
  if (call != nullptr) {
    set_segment(t, std::exchange(call->callers, nullptr), call->outer);
  } else {
    set_segment(t, nullptr, nullptr);
  }
}

void flow_departure::undo() noexcept {
  thread_state& t = this_thread();
  flow_values* callers = t.flow;
  if (call != nullptr) {
    call->callers = callers;
    call->outer = t.calls;
    set_segment(t, std::exchange(values, nullptr), std::exchange(call, nullptr));
  } else {
    set_segment(t, std::exchange(values, nullptr), t.calls);
    release(callers);
  }
}

void flow_departure::drop() noexcept {
  release(std::exchange(values, nullptr));
  if (call != nullptr) {
    frame_delete(std::exchange(call, nullptr));
  }
}

}  // namespace weft::detail
