#pragma once
/// `any_fd`: any descriptor that the system can poll, awaited.

#include <weft/io/stream.hpp>

namespace weft {

/// A descriptor that weft has no type for: an inotify, timer or event descriptor, a device, the
/// socket of a foreign library. Move-only; its end closes what it holds.
///
/// All operations as those of `byte_stream`: what they throw, where they complete, deadlines,
/// cancellation (the descriptor stays usable), lifetimes. Descriptors that cannot be polled, such
/// as regular files, are always ready.
/// **Thread-safety**: one wait or transfer a direction at a time may be pending, from any threads.
class any_fd : private byte_stream {
 public:
  /// Holds nothing.
  any_fd() noexcept = default;

  /// Takes the descriptor over (also when it throws) and makes it non-blocking.
  /// **Throws** `std::system_error` when it is none.
  [[nodiscard]] static any_fd adopt(int descriptor);
  /// Holds a duplicate, close-on-exec. The original stays the caller's, who may close it at any
  /// time; what is behind it stays open until this is closed too. Changes no flag: `read_some` and
  /// `write_all` need a descriptor that is non-blocking already, else they throw
  /// `invalid_operation`; waiting needs nothing.
  /// **Throws** `std::system_error` when it is none, or none is left.
  [[nodiscard]] static any_fd duplicate(int descriptor);

  /// Completes when reading would not block: data, the end, or an error is there. As long as that
  /// is so it completes at once.
  [[nodiscard]] value_task<> wait_readable(std::stop_token stop = {});
  [[nodiscard]] value_task<> wait_writable(std::stop_token stop = {});

  /// As `byte_stream::read_some`. Descriptors that give whole records, such as inotify, need room
  /// for one.
  [[nodiscard]] value_task<std::size_t> read_some(mutable_buffer into, std::stop_token stop = {});
  [[nodiscard]] value_task<> read_exactly(mutable_buffer into, std::stop_token stop = {});
  [[nodiscard]] value_task<> write_all(const_buffer from, std::stop_token stop = {});
  [[nodiscard]] value_task<> write_all(std::string data, std::stop_token stop = {});

  /// For system calls of one's own. **Throws** `object_disposed` when it is closed.
  [[nodiscard]] int descriptor() const;

  using byte_stream::close;
  using byte_stream::is_open;
  using byte_stream::set_deadline;

 private:
  any_fd(detail::stream_state* state, bool blocks) noexcept : byte_stream(state), blocks_(blocks) {}
  void check_transfers() const;

  bool blocks_ = false;
};

}  // namespace weft
