#pragma once
/// `channel<T>`: a queue between coroutines, with a writing and a reading end.

#include <weft/channel/detail/channel_core.hpp>
#include <weft/task/async_generator.hpp>
#include <weft/task/detail/ender.hpp>

#include <concepts>
#include <stdexcept>
#include <string>

namespace weft {

namespace detail {

/// A counted pointer to a channel.
template <class T>
class channel_handle {
 public:
  channel_handle() noexcept = default;
  explicit channel_handle(channel_core<T>* core) noexcept : core_(core) {}
  channel_handle(const channel_handle& other) noexcept : core_(other.core_) {
    if (core_ != nullptr) {
      core_->add_reference();
    }
  }
  channel_handle(channel_handle&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  channel_handle& operator=(channel_handle other) noexcept {
    swap(other);
    return *this;
  }
  void swap(channel_handle& other) noexcept { std::swap(core_, other.core_); }
  ~channel_handle() {
    if (core_ != nullptr) {
      core_->release_reference();
    }
  }
  [[nodiscard]] bool valid() const noexcept { return core_ != nullptr; }
  [[nodiscard]] channel_core<T>& checked(const char* type) const {
    if (core_ == nullptr) [[unlikely]] {
      throw_empty_handle(type);
    }
    return *core_;
  }

 private:
  channel_core<T>* core_ = nullptr;
};

/// The same for a writer, which counts among what could end a wait.
template <class T>
class writing_handle : public channel_handle<T> {
 public:
  writing_handle() noexcept = default;
  explicit writing_handle(channel_handle<T> handle) noexcept
      : channel_handle<T>(std::move(handle)) {
    count(1);
  }
  writing_handle(const writing_handle& other) noexcept : channel_handle<T>(other) { count(1); }
  writing_handle(writing_handle&& other) noexcept = default;
  writing_handle& operator=(writing_handle other) noexcept {
    this->swap(other);
    return *this;
  }
  ~writing_handle() { count(-1); }

 private:
  void count(int change) const noexcept {
    if (this->valid()) {
      count_ender(change);
    }
  }
};

}  // namespace detail

/// The end that items are taken from. Cheap to copy; keeps the channel alive. Default-constructed
/// or moved from it is empty, and using it throws `invalid_operation`.
/// **Thread-safety**: all members from any thread. **Source**:
/// System.Threading.Channels.ChannelReader<T>.
template <class T>
class channel_reader {
 public:
  channel_reader() noexcept = default;
  [[nodiscard]] bool valid() const noexcept { return handle_.valid(); }

  /// The next item if there is one. **Throws** what moving it throws; it is still there then.
  [[nodiscard]] std::optional<T> try_read() const { return core().try_read(); }
  /// A copy of the next item, which stays. Another reader may take it meanwhile.
  [[nodiscard]] std::optional<T> try_peek() const
    requires std::copy_constructible<T>
  {
    return core().try_peek();
  }
  /// The next item, once there is one; waiting readers are served first come, first served.
  /// **Throws** `channel_closed` when the channel was completed and is empty, with the error of
  /// `complete(e)` nested in it (`std::rethrow_if_nested`); ends canceled if that error is
  /// `operation_canceled`.
  /// **Cancellation**: a requested token wins over an item at hand; a canceled read takes no item.
  /// **Lifetime**: dropping the value_task withdraws it; an item that was on its way to it is lost.
  /// **Completes on** the pool. **Cost**: one RMW when there is an item; waiting takes one pooled
  /// object.
  [[nodiscard]] value_task<T> read(std::stop_token stop = {}) const {
    return core().read(std::move(stop));
  }
  /// True once there is an item (another reader may be faster), false when the channel was
  /// completed and is empty.
  /// **Throws** the error of `complete(e)` instead of giving false. **Cancellation** as `read`.
  [[nodiscard]] value_task<bool> wait_to_read(std::stop_token stop = {}) const {
    return core().wait_to_read(std::move(stop));
  }
  /// All items until the channel was completed and is empty; then throws the error of `complete(e)`
  /// if there was one. Others may read meanwhile, and get what this one does not.
  /// **Cancellation**: looked at whenever the channel is found empty; `with_cancellation` adds a
  /// token.
  /// **Source**: ChannelReader.ReadAllAsync.
  [[nodiscard]] async_generator<T> read_all(std::stop_token stop = {}) const {
    static_cast<void>(core());
    return give_all(*this, std::move(stop));
  }
  /// Ends when the channel was completed and its last item taken; with the error of `complete(e)`.
  /// Nobody need look.
  [[nodiscard]] task<>& completion() const { return core().completion(); }
  /// Items in the channel; those of waiting writers are not in it yet.
  [[nodiscard]] std::size_t count() const { return core().count(); }

 private:
  template <class>
  friend class channel;
  explicit channel_reader(detail::channel_handle<T> handle) noexcept : handle_(std::move(handle)) {}
  static async_generator<T> give_all(channel_reader self, std::stop_token stop) {
    for (bool more = co_await self.wait_to_read(stop); more;
         more = co_await self.wait_to_read(stop)) {
      for (std::optional<T> item = self.try_read(); item.has_value(); item = self.try_read()) {
        co_yield std::move(*item);
      }
    }
  }
  [[nodiscard]] detail::channel_core<T>& core() const { return handle_.checked("channel_reader"); }
  detail::channel_handle<T> handle_;
};

/// The end that items are put into; otherwise as `channel_reader`. No awaiter ever runs inside a
/// call, unless `allow_synchronous_continuations`. **Source**:
/// System.Threading.Channels.ChannelWriter<T>.
template <class T>
class channel_writer {
 public:
  channel_writer() noexcept = default;
  [[nodiscard]] bool valid() const noexcept { return handle_.valid(); }

  /// Puts `item` in if there is room (always, in a drop mode). **Returns** false when there is none
  /// or the channel was completed; `item` has not been moved from then.
  /// **Throws** what moving it throws, with nothing written (in the drop modes an item may then
  /// have been dropped).
  template <class U = T>
    requires std::constructible_from<T, U&&>
  bool try_write(U&& item) const {
    return core().try_write(std::forward<U>(item));
  }
  /// Puts `item` in; waits for room where the channel is full and in mode `wait`, first come, first
  /// served.
  /// **Throws** `channel_closed` as `read`. **Cancellation**: a requested token wins over room; a
  /// canceled write wrote nothing. Dropping the value_task withdraws the item.
  /// **Cost**: one RMW and no allocation per item when there is room.
  template <class U = T>
    requires std::constructible_from<T, U&&>
  [[nodiscard]] value_task<void> write(U&& item, std::stop_token stop = {}) const {
    return core().write(std::forward<U>(item), std::move(stop));
  }
  /// True once there is room (another writer may be faster), false when the channel was completed.
  /// **Throws** the error of `complete(e)` instead of giving false.
  [[nodiscard]] value_task<bool> wait_to_write(std::stop_token stop = {}) const {
    return core().wait_to_write(std::move(stop));
  }
  /// No more items: what is in the channel can still be read, waiting writers and, once it is
  /// empty, readers end.
  /// **Throws** `channel_closed` when it has been completed before.
  void complete(std::exception_ptr error = {}) const {
    if (!try_complete(std::move(error))) {
      throw channel_closed("weft: this channel has been completed already");
    }
  }
  /// The same; false when it has been completed before.
  bool try_complete(std::exception_ptr error = {}) const {
    return core().try_complete(std::move(error));
  }

 private:
  template <class>
  friend class channel;
  explicit channel_writer(detail::channel_handle<T> handle) noexcept : handle_(std::move(handle)) {}
  [[nodiscard]] detail::channel_core<T>& core() const { return handle_.checked("channel_writer"); }
  detail::writing_handle<T> handle_;
};

/// A first-in-first-out queue between coroutines. `T`: anything that can be moved; its move
/// constructor must not use the channel. The channel lives as long as any handle or operation of
/// it.
/// **Source**: System.Threading.Channels.Channel<T>.
template <class T>
class channel {
  static_assert(std::is_object_v<T> && !std::is_const_v<T> && std::move_constructible<T> &&
                    std::is_nothrow_destructible_v<T>,
                "weft: the items of a channel must be objects that can be moved");

 public:
  /// Room for any number of items. **Cost**: memory for what is in it, given back as it is read but
  /// for some 32 KiB.
  [[nodiscard]] static channel unbounded(channel_options options = {}) {
    return channel(new detail::channel_core<T>(detail::channel_core<T>::unbounded,
                                               channel_full_mode::wait,
                                               options.allow_synchronous_continuations, nullptr));
  }
  /// Room for `n` items; for none (`n` is 0) it is a rendezvous: a write ends when a reader has
  /// taken its item, and in the drop modes an item that nobody waits for is dropped.
  /// **Throws** `std::invalid_argument` when `n` is not a sensible number.
  [[nodiscard]] static channel bounded(std::size_t n, bounded_channel_options<T> options = {}) {
    if (n > static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max())) {
      throw std::invalid_argument(
          "weft: channel::bounded: the capacity must not be negative, got " +
          std::to_string(static_cast<std::ptrdiff_t>(n)));
    }
    return channel(new detail::channel_core<T>(n, options.full_mode,
                                               options.allow_synchronous_continuations,
                                               options.item_dropped.keep()));
  }

  [[nodiscard]] const channel_reader<T>& reader() const& noexcept { return reader_; }
  [[nodiscard]] const channel_writer<T>& writer() const& noexcept { return writer_; }
  [[nodiscard]] channel_reader<T> reader() && noexcept { return std::move(reader_); }
  [[nodiscard]] channel_writer<T> writer() && noexcept { return std::move(writer_); }

 private:
  explicit channel(detail::channel_core<T>* core) noexcept
      : reader_(detail::channel_handle<T>(core)), writer_(reader_.handle_) {}
  channel_reader<T> reader_;
  channel_writer<T> writer_;
};

}  // namespace weft
