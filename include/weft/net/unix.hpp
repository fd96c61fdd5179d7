#pragma once
/// `unix_stream`, `unix_listener`, `unix_datagram`: sockets of this machine, named by a path.

#include <weft/io/buffer.hpp>
#include <weft/io/stream.hpp>
#include <weft/net/listener.hpp>
#include <weft/task/value_task.hpp>

#include <cstddef>
#include <stop_token>
#include <string>
#include <utility>

namespace weft::net {

/// An open descriptor that belongs to whoever holds this. Move-only; its end closes it.
class owned_descriptor {
 public:
  owned_descriptor() noexcept = default;
  /// Takes it over.
  explicit owned_descriptor(int descriptor) noexcept : descriptor_(descriptor) {}
  owned_descriptor(owned_descriptor&& other) noexcept : descriptor_(other.take()) {}
  owned_descriptor& operator=(owned_descriptor&& other) noexcept;
  ~owned_descriptor();

  /// -1: none.
  [[nodiscard]] int get() const noexcept { return descriptor_; }
  /// Hands it out; nothing is closed then.
  [[nodiscard]] int take() noexcept { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_ = -1;
};

/// A connection on this machine; reading and writing as `byte_stream` says.
class unix_stream : public byte_stream {
 public:
  unix_stream() noexcept = default;

  /// Connects to a listener's path; a leading '@' names one outside the file system (Linux's
  /// abstract names).
  /// **Throws** `std::system_error`; `std::invalid_argument` when the path is too long.
  [[nodiscard]] static value_task<unix_stream> connect(std::string path, std::stop_token stop = {});
  /// Two that are connected with each other.
  [[nodiscard]] static std::pair<unix_stream, unix_stream> pair();

  void shutdown_write();

  /// Gives the peer a descriptor of its own for what `descriptor` is open on, with a byte that
  /// carries it. **Pre**: `descriptor` stays open until it is sent; it may be closed then.
  [[nodiscard]] value_task<> send_descriptor(int descriptor, std::stop_token stop = {});
  /// The next byte, with the descriptor that it carries. **Pre**: all bytes before have been read,
  /// by exact sizes. **Throws** `end_of_stream`; `std::system_error` (bad_message) when it carries
  /// none.
  [[nodiscard]] value_task<owned_descriptor> receive_descriptor(std::stop_token stop = {});

 private:
  template <class Stream>
  friend struct detail::stream_maker;
  explicit unix_stream(weft::detail::stream_state* state) noexcept : byte_stream(state) {}
};

/// Datagrams on this machine: none is lost or out of order, and senders wait for a slow receiver.
/// Errors, completion, cancellation, deadline and lifetimes as `byte_stream`.
class unix_datagram : private byte_stream {
 public:
  unix_datagram() noexcept = default;
  /// One that can send and, with a path (as that of a listener), be sent to. The path is not
  /// removed at the end. **Throws** as `unix_stream::connect`.
  [[nodiscard]] static unix_datagram bind(const std::string& path = {});
  /// Two that are connected with each other.
  [[nodiscard]] static std::pair<unix_datagram, unix_datagram> pair();

  /// From now on datagrams go to this path.
  void connect(const std::string& path);
  /// **Pre**: connected.
  [[nodiscard]] value_task<> send(std::string data, std::stop_token stop = {});
  [[nodiscard]] value_task<> send_to(std::string data, const std::string& path,
                                     std::stop_token stop = {});
  /// Receives one. **Returns** its size. **Throws** `std::system_error` (message_size) when it was
  /// longer than the buffer; it is lost then.
  [[nodiscard]] value_task<std::size_t> receive(mutable_buffer into, std::stop_token stop = {});

  using byte_stream::close;
  using byte_stream::is_open;
  using byte_stream::set_deadline;

 private:
  explicit unix_datagram(weft::detail::stream_state* state) noexcept : byte_stream(state) {}
};

class unix_listener : public listener<unix_stream> {
 public:
  unix_listener() noexcept = default;

  /// Listens at a path, which must not exist yet; it is not removed at the end.
  /// **Throws** as `unix_stream::connect`.
  [[nodiscard]] static unix_listener bind(const std::string& path, int backlog = 1024);

 private:
  using listener::listener;
};

}  // namespace weft::net
