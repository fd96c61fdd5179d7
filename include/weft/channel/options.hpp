#pragma once
/// The options of channels.

#include <weft/base/stop_ref.hpp>

#include <concepts>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace weft {

/// What a write to a full bounded channel does. **Source**:
/// System.Threading.Channels.BoundedChannelFullMode.
enum class channel_full_mode : std::uint8_t {
  wait,         ///< `write` waits for room; `try_write` gives false.
  drop_newest,  ///< The item that was written last goes.
  drop_oldest,  ///< The item that would be read next goes.
  drop_write,   ///< The item that is being written goes.
};

namespace detail {
template <class T>
struct drop_handler {
  virtual ~drop_handler() = default;
  virtual void call(T&& item) = 0;
};
}  // namespace detail

/// Names the function that gets what a channel drops; made from a callable as `void(T)`, or from
/// nothing. Like `stop_ref` it is trivially destructible and owns nothing.
/// **Lifetime**: the callable must live until `channel<T>::bounded` has been called, which copies
/// it (moves it, if it cannot be copied): a lambda written into the call is fine.
template <class T>
class item_dropped_ref {
 public:
  constexpr item_dropped_ref() noexcept = default;
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, item_dropped_ref> &&
             std::invocable<std::decay_t<F>&, T>)
  // NOLINTNEXTLINE(google-explicit-constructor): it stands for the callable
  item_dropped_ref(F&& f WEFT_LIFETIMEBOUND) noexcept {
    if constexpr (std::is_function_v<std::remove_reference_t<F>>) {
      target_.function = reinterpret_cast<void (*)()>(&f);
    } else {
      target_.object = const_cast<void*>(static_cast<const volatile void*>(std::addressof(f)));
    }
    keep_ = &keep<std::remove_reference_t<F>>;
  }

  /// Internal. A handler of its own; null when there is none.
  [[nodiscard]] std::unique_ptr<detail::drop_handler<T>> keep() const {
    return keep_ == nullptr ? nullptr : keep_(target_);
  }

 private:
  union target {
    void* object;
    void (*function)();
  };
  template <class Callable>
  struct holder final : detail::drop_handler<T> {
    template <class G>
    explicit holder(G&& g) : callable(std::forward<G>(g)) {}
    void call(T&& item) override { static_cast<void>(callable(std::move(item))); }
    Callable callable;
  };
  template <class F>
  static std::unique_ptr<detail::drop_handler<T>> keep(target t) {
    using kept = holder<std::decay_t<F>>;
    if constexpr (std::is_function_v<F>) {
      return std::make_unique<kept>(reinterpret_cast<F*>(t.function));
    } else if constexpr (std::copy_constructible<std::decay_t<F>>) {
      return std::make_unique<kept>(std::as_const(*static_cast<F*>(t.object)));
    } else {
      return std::make_unique<kept>(std::move(*static_cast<F*>(t.object)));
    }
  }

  target target_{nullptr};
  std::unique_ptr<detail::drop_handler<T>> (*keep_)(target) = nullptr;
};

/// Names no function.
template <>
class item_dropped_ref<void> {};

/// **Source**: System.Threading.Channels.ChannelOptions. `single_reader` and `single_writer` are
/// promises that at most one such operation is going on at a time; weft does not need them today,
/// and nothing breaks that breaks them.
struct channel_options {
  bool single_reader = false;
  bool single_writer = false;
  /// Awaiters may resume inside the call of the other side (`write`, `read`, `complete`).
  bool allow_synchronous_continuations = false;
};

template <class T = void>
struct bounded_channel_options {
  channel_full_mode full_mode = channel_full_mode::wait;
  /// Called with each item that a drop mode drops, by the writer, under no lock. What it throws
  /// comes out of the write, which has been done.
  item_dropped_ref<T> item_dropped = {};
  bool single_reader = false;
  bool single_writer = false;
  bool allow_synchronous_continuations = false;
};

/// Those that drop unseen, for channels of every type: `bounded_channel_options options{...}`.
template <>
struct bounded_channel_options<void> {
  channel_full_mode full_mode = channel_full_mode::wait;
  item_dropped_ref<void> item_dropped = {};
  bool single_reader = false;
  bool single_writer = false;
  bool allow_synchronous_continuations = false;

  template <class T>
  operator bounded_channel_options<T>() const noexcept {
    return {full_mode, {}, single_reader, single_writer, allow_synchronous_continuations};
  }
};

}  // namespace weft
