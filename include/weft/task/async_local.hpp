#pragma once
/// `async_local<T>`: a value that belongs to the flow of control, not to a thread.

#include <weft/task/detail/flow.hpp>

#include <concepts>
#include <utility>

namespace weft {
namespace detail {

/// The identity of one `async_local`, kept alive by the sets of values that mention it, so that its
/// address is never another's meanwhile.
struct flow_key;
[[nodiscard]] flow_key* make_flow_key();
void release(flow_key* key) noexcept;

/// A value in a set; constant, counted.
struct flow_box {
  explicit flow_box(void (*d)(flow_box*) noexcept) noexcept : destroy(d) {}
  void (*destroy)(flow_box*) noexcept;
  atomic<std::uint32_t> references{1};
};
template <class T>
struct flow_value : flow_box {
  explicit flow_value(T v)
      : flow_box([](flow_box* self) noexcept { delete static_cast<flow_value*>(self); }),
        value(std::move(v)) {}
  const T value;
};

/// The value of `key` on this thread now, or null.
[[nodiscard]] const flow_box* find_in_flow(const flow_key* key) noexcept;
/// From now on `key` has that value here. Takes the reference.
void set_in_flow(flow_key* key, flow_box* value);

}  // namespace detail

/// A value of its own for each flow of control: what a coroutine sets goes with it across its
/// awaits and into whatever it starts (calls of coroutines, `run`, `continue_with`, timers,
/// `on_cancel`, posts), as it was then; what a callee sets is never seen by its caller, whether the
/// callee suspended or not, nor by its siblings. A foreign coroutine and `std::stop_callback` are
/// no part of it.
/// **Thread-safety**: all members. **Lifetime**: values live as long as anything that may go on
/// with them, also beyond the `async_local`.
/// **Cost**: none where no value has ever been set but a branch shared with the trace; `get` looks
/// through the values that are set; `set` copies their list (two allocations); while any value is
/// set, each suspension takes a pooled node.
/// **Source**: System.Threading.AsyncLocal<T> and ExecutionContext; without a handler of changes.
template <class T>
  requires std::default_initializable<T> && std::copy_constructible<T>
class async_local {
 public:
  async_local() : key_(detail::make_flow_key()) {}
  async_local(const async_local&) = delete;
  async_local& operator=(const async_local&) = delete;
  ~async_local() { detail::release(key_); }

  /// The value here and now; `T{}` where none has been set.
  [[nodiscard]] T get() const {
    const detail::flow_box* found = detail::find_in_flow(key_);
    return found != nullptr ? static_cast<const detail::flow_value<T>*>(found)->value : T{};
  }
  /// Sets it from here on: for the rest of this coroutine and all that it starts; outside of
  /// coroutines for the rest of this thread.
  void set(T value) { detail::set_in_flow(key_, new detail::flow_value<T>(std::move(value))); }

 private:
  detail::flow_key* const key_;
};

}  // namespace weft
