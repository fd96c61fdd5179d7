#pragma once
/// `buffered_stream`: many small reads and writes of a stream as few large ones.

#include <weft/io/buffer.hpp>
#include <weft/io/stream.hpp>
#include <weft/net/detail/stream_buffer.hpp>
#include <weft/task/cancellation.hpp>
#include <weft/task/value_task.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace weft::net {

/// A buffer a direction around any stream that has `read_some` or `write_all`: `tcp_stream`,
/// `unix_stream`, `tls_stream`, pipes, `serial_port`, `any_fd`. Move-only. What was written is sent
/// when the buffer is full, at `flush` and at `close`; its end drops what is left.
///
/// **Throws**, besides what the stream throws: `object_disposed` without a stream.
/// **Completes on** the calling thread when the buffer is enough, else as the stream does.
/// **Cancellation**: nothing that was received is lost. What was to be written stays in the buffer,
/// if the stream has `write_some`; else it throws `invalid_operation` from then on, since nobody
/// knows how much was sent.
/// **Thread-safety**: one read and one write at a time may be pending.
/// **Lifetime**: buffers must live until the operation has completed; an operation that is dropped
/// goes on. The object may be moved or destroyed meanwhile.
/// **Cost**: no system call and no allocation when the buffer is enough; transfers larger than it
/// go past it.
/// **Source**: BufferedStream. Differs: both directions at the same time.
template <class Stream>
class buffered_stream {
 public:
  static constexpr std::size_t default_size = 16 * 1024;

  buffered_stream() noexcept = default;
  explicit buffered_stream(Stream over, std::size_t buffer_size = default_size)
      : state_(std::make_shared<state>(std::move(over), buffer_size)) {}

  [[nodiscard]] bool is_open() const noexcept { return state_ != nullptr; }
  /// What it stands on: for its options. Reading from it goes past what is in the buffer.
  [[nodiscard]] Stream& stream() const { return get()->under; }
  /// Bytes that were received and not read, or written and not sent.
  [[nodiscard]] std::size_t bytes_to_read() const { return get()->in.kept().size(); }
  [[nodiscard]] std::size_t bytes_to_flush() const { return get()->out.kept().size(); }

  /// As in `byte_stream`.
  [[nodiscard]] value_task<std::size_t> read_some(mutable_buffer into, std::stop_token stop = {}) {
    auto s = get();
    if (into.size() == 0 || (!s->in.empty() && !stop.stop_requested())) {
      return value_task<std::size_t>(s->in.take(into));
    }
    return read_anew(std::move(s), into, std::move(stop));
  }
  /// As in `byte_stream`; what came before the end, or a cancellation, stays to be read as long as
  /// it fits the buffer.
  [[nodiscard]] value_task<> read_exactly(mutable_buffer into, std::stop_token stop = {}) {
    auto s = get();
    if (s->in.kept().size() >= into.size() && !stop.stop_requested()) {
      static_cast<void>(s->in.take(into));
      return {};
    }
    return read_all_of(std::move(s), into, std::move(stop));
  }
  /// As in `byte_stream`; a cancellation, or a delimiter that does not come, loses nothing.
  [[nodiscard]] value_task<std::string> read_until(std::string delimiter,
                                                   std::size_t limit = byte_stream::default_limit,
                                                   std::stop_token stop = {}) {
    return search(get(), detail::delimiter_search(std::move(delimiter), limit), std::move(stop));
  }
  [[nodiscard]] value_task<std::string> read_until(std::string delimiter, std::stop_token stop) {
    return read_until(std::move(delimiter), byte_stream::default_limit, std::move(stop));
  }
  [[nodiscard]] value_task<std::string> read_until(char delimiter, std::stop_token stop = {}) {
    return read_until(std::string(1, delimiter), byte_stream::default_limit, std::move(stop));
  }
  /// A line without its end (`\n` or `\r\n`); nothing at the end of the stream. The last line needs
  /// no end. **Throws** `std::length_error` when it is longer than `limit`.
  [[nodiscard]] value_task<std::optional<std::string>> read_line(
      std::stop_token stop = {}, std::size_t limit = byte_stream::default_limit) {
    return line(read_until("\n", limit, std::move(stop)));
  }

  /// Into the buffer as long as there is room.
  [[nodiscard]] value_task<> write_all(const_buffer from, std::stop_token stop = {}) {
    auto s = writable();
    if (!stop.stop_requested() && s->out.kept().size() + from.size() <= s->out.size()) {
      static_cast<void>(s->out.put(from));
      return {};
    }
    return send(std::move(s), {}, from, std::move(stop));
  }
  [[nodiscard]] value_task<> write_all(std::string data, std::stop_token stop = {}) {
    auto s = writable();
    const const_buffer from(data.data(), data.size());
    if (!stop.stop_requested() && s->out.kept().size() + from.size() <= s->out.size()) {
      static_cast<void>(s->out.put(from));
      return {};
    }
    return send(std::move(s), std::move(data), const_buffer(nullptr, 0), std::move(stop));
  }
  /// What was written has been given to the stream.
  [[nodiscard]] value_task<> flush(std::stop_token stop = {}) {
    return send(writable(), {}, const_buffer(nullptr, 0), std::move(stop));
  }
  /// Flushes, then closes the stream, also when flushing fails. Silent the second time.
  [[nodiscard]] value_task<> close(std::stop_token stop = {}) {
    return end(std::exchange(state_, nullptr), std::move(stop));
  }

 private:
  struct state {
    state(Stream over, std::size_t size) : under(std::move(over)), in(size), out(size) {}
    Stream under;
    detail::stream_buffer in;
    detail::stream_buffer out;
    bool cut_short = false;
  };
  using shared = std::shared_ptr<state>;

  [[nodiscard]] const shared& get() const {
    if (state_ == nullptr) {
      detail::throw_no_stream();
    }
    return state_;
  }
  [[nodiscard]] const shared& writable() const {
    if (get()->cut_short) {
      detail::throw_write_cut_short();
    }
    return state_;
  }

  // Reads once into the buffer.
  static value_task<std::size_t> fill(shared s, std::stop_token stop) {
    auto reading = s->under.read_some(s->in.room(), std::move(stop));
    const std::size_t n = co_await std::move(reading);
    s->in.filled(n);
    co_return n;
  }
  static value_task<std::size_t> read_anew(shared s, mutable_buffer into, std::stop_token stop) {
    if (s->in.empty() && into.size() >= s->in.size()) {
      auto reading = s->under.read_some(into, std::move(stop));
      co_return co_await std::move(reading);
    }
    throw_if_stopped(stop);
    auto filling = fill(s, std::move(stop));
    static_cast<void>(co_await std::move(filling));
    co_return s->in.take(into);
  }
  static value_task<> read_all_of(shared s, mutable_buffer into, std::stop_token stop) {
    throw_if_stopped(stop);
    if (into.size() > s->in.size()) {  // it could not wait in the buffer
      const std::size_t had = s->in.take(into);
      const mutable_buffer rest(static_cast<char*>(into.data()) + had, into.size() - had);
      auto reading = s->under.read_exactly(rest, std::move(stop));
      co_return co_await std::move(reading);
    }
    while (s->in.kept().size() < into.size()) {
      auto filling = fill(s, stop);
      const std::size_t n = co_await std::move(filling);
      if (n == 0) {
        detail::throw_ended_early(s->in.kept().size(), into.size());
      }
    }
    static_cast<void>(s->in.take(into));
  }
  static value_task<std::string> search(shared s, detail::delimiter_search what,
                                        std::stop_token stop) {
    throw_if_stopped(stop);
    while (true) {
      std::size_t size = what.in(s->in.kept());
      if (size == 0) {
        auto filling = fill(s, stop);
        const std::size_t n = co_await std::move(filling);
        size = n == 0 ? s->in.kept().size() : 0;
        if (n != 0) {
          continue;
        }
      }
      co_return s->in.take_text(size);
    }
  }
  static value_task<std::optional<std::string>> line(value_task<std::string> reading) {
    std::string text = co_await std::move(reading);
    if (text.empty()) {
      co_return std::nullopt;
    }
    if (text.back() == '\n') {
      text.pop_back();
      if (!text.empty() && text.back() == '\r') {
        text.pop_back();
      }
    }
    co_return text;
  }

  // What is in the buffer, and behind it `data` or `from`; small ends stay in the buffer if asked.
  static value_task<> send(shared s, std::string data, const_buffer from, std::stop_token stop) {
    throw_if_stopped(stop);
    const const_buffer more = data.empty() ? from : const_buffer(data.data(), data.size());
    auto emptying = empty(s, stop);
    co_await std::move(emptying);
    if (more.size() >= s->out.size()) {
      auto writing = s->under.write_all(more, std::move(stop));
      co_await std::move(writing);
    } else {
      static_cast<void>(s->out.put(more));
    }
  }
  static value_task<> empty(shared s, std::stop_token stop) {
    while (!s->out.empty()) {
      const std::string_view kept = s->out.kept();
      const const_buffer bytes(kept.data(), kept.size());
      if constexpr (requires { s->under.write_some(bytes, stop); }) {
        auto writing = s->under.write_some(bytes, stop);
        const std::size_t n = co_await std::move(writing);
        s->out.drop(n);
      } else {
        s->cut_short = true;
        auto writing = s->under.write_all(bytes, stop);
        co_await std::move(writing);
        s->cut_short = false;
        s->out.drop(kept.size());
      }
    }
  }
  static value_task<> end(shared s, std::stop_token stop) {
    if (s == nullptr) {
      co_return;
    }
    struct closing {
      explicit closing(Stream& t) noexcept : under(t) {}
      closing(const closing&) = delete;
      closing& operator=(const closing&) = delete;
      ~closing() { under.close(); }
      Stream& under;
    };
    const closing at_the_end(s->under);
    if (!s->cut_short) {
      auto emptying = empty(s, std::move(stop));
      co_await std::move(emptying);
    }
  }

  shared state_;
};

}  // namespace weft::net
