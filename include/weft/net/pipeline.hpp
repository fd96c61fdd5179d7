#pragma once
/// `pipeline`: bytes from one who writes to one who reads, in this process, with back-pressure.

#include <weft/io/buffer.hpp>
#include <weft/task/task.hpp>
#include <weft/task/value_task.hpp>

#include <cstddef>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace weft::net {

namespace detail {
class pipeline_core;
struct pipeline_segment;
}  // namespace detail

/// A view of bytes that lie in one or more pieces. Copyable, and as cheap as a pointer.
/// **Lifetime**: until the `advance_to` of the read that gave it.
/// **Source**: ReadOnlySequence\<byte>; positions are numbers.
class byte_sequence {
 public:
  /// Over the pieces, none of which is empty.
  class iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;
    using pointer = const value_type*;
    using reference = value_type;

    iterator() noexcept = default;
    [[nodiscard]] std::string_view operator*() const noexcept;
    iterator& operator++() noexcept;
    iterator operator++(int) noexcept {
      iterator before = *this;
      ++*this;
      return before;
    }
    /// Of one sequence.
    friend bool operator==(const iterator& a, const iterator& b) noexcept {
      return a.rest_ == b.rest_;
    }

   private:
    friend class byte_sequence;
    const detail::pipeline_segment* at_ = nullptr;
    std::size_t begin_ = 0;  // in it
    std::size_t rest_ = 0;   // bytes from there on
    const detail::pipeline_segment* last_ = nullptr;
  };

  byte_sequence() noexcept = default;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] iterator begin() const noexcept;
  [[nodiscard]] iterator end() const noexcept;
  /// The first piece; empty: there is none.
  [[nodiscard]] std::string_view front() const noexcept;
  /// It lies in one piece, `front()`.
  [[nodiscard]] bool is_contiguous() const noexcept { return front().size() == size_; }

  /// The position of `what` from `from` on, also across pieces; `npos`: nowhere.
  [[nodiscard]] std::size_t find(std::string_view what, std::size_t from = 0) const noexcept;
  /// **Returns** how many bytes from `from` on were copied: as many as there are and fit.
  std::size_t copy_to(mutable_buffer into, std::size_t from = 0) const noexcept;
  [[nodiscard]] std::string to_string(std::size_t from = 0, std::size_t count = npos) const;

  static constexpr std::size_t npos = std::string_view::npos;

 private:
  friend class detail::pipeline_core;
  const detail::pipeline_segment* first_ = nullptr;
  std::size_t begin_ = 0;  // in the first
  const detail::pipeline_segment* last_ = nullptr;
  std::size_t size_ = 0;
};

struct pipeline_options {
  std::size_t pause_writer_threshold = 64 * 1024;   ///< Bytes that nobody has looked at, from which
                                                    ///< on a flush waits. 0: it never does.
  std::size_t resume_writer_threshold = 32 * 1024;  ///< It goes on below this.
  std::size_t minimum_segment_size = 4096;          ///< Bytes that are allocated at a time.
};

/// What a read found.
struct read_result {
  byte_sequence buffer;       ///< All that is there and was not consumed.
  bool is_completed = false;  ///< The writer has ended: nothing comes after it.
  bool is_canceled = false;   ///< `cancel_pending_read` ended the wait.
};

struct flush_result {
  bool is_completed = false;  ///< The reader has ended: nobody reads what is written.
  bool is_canceled = false;   ///< `cancel_pending_flush` ended the wait.
};

/// The end that reads. Move-only; its end completes it.
///
/// All operations: **Throws** `operation_canceled` when the token asks; `invalid_operation` when
/// another read is pending, or has not been advanced from, or after `complete`; what the writer
/// completed it with.
/// **Completes on** the calling thread when there is something, else on the pool.
/// **Cancellation**: nothing is consumed; the reader stays usable. A read that is dropped goes on:
/// end it by its token or `cancel_pending_read`.
/// **Thread-safety**: one thread at a time; the writer may be another one. `cancel_pending_read`:
/// any thread.
/// **Cost**: no allocation and no copy when there is something.
/// **Source**: PipeReader. Differs: positions are numbers; a second read while one is pending
/// throws, there it waits for ever.
class pipeline_reader {
 public:
  pipeline_reader() noexcept = default;
  pipeline_reader(pipeline_reader&&) noexcept = default;
  pipeline_reader& operator=(pipeline_reader&& other) noexcept;
  ~pipeline_reader() { complete(); }

  /// Waits for bytes that were not examined yet, for the end, or for `cancel_pending_read`; then
  /// gives all that is there. Every result must be followed by `advance_to`.
  [[nodiscard]] value_task<read_result> read(std::stop_token stop = {});
  /// The same with at least so many bytes, unless it ends or is canceled before. The writer goes
  /// on meanwhile, whatever its threshold.
  [[nodiscard]] value_task<read_result> read_at_least(std::size_t count, std::stop_token stop = {});
  /// What is there, if a read would not wait.
  [[nodiscard]] std::optional<read_result> try_read();

  /// The first `consumed` bytes of the last result are done with: their memory is used again.
  void advance_to(std::size_t consumed) { advance_to(consumed, consumed); }
  /// The first `examined` bytes were looked at: if that is all, the next read waits for more.
  /// **Throws** `std::invalid_argument` unless consumed ≤ examined ≤ size of the buffer.
  void advance_to(std::size_t consumed, std::size_t examined);

  /// Fills the buffer. **Throws** `weft::end_of_stream` when it ends before; nothing is lost then.
  [[nodiscard]] value_task<> read_exactly(mutable_buffer into, std::stop_token stop = {});
  /// Bytes up to and including `delimiter`; without it, those before the end (none: it has ended).
  /// **Throws** `std::length_error` when `limit` bytes came without it (they stay);
  /// `std::invalid_argument` for an empty delimiter.
  [[nodiscard]] value_task<std::string> read_until(std::string delimiter,
                                                   std::size_t limit = default_limit,
                                                   std::stop_token stop = {});
  [[nodiscard]] value_task<std::string> read_until(std::string delimiter, std::stop_token stop) {
    return read_until(std::move(delimiter), default_limit, std::move(stop));
  }
  [[nodiscard]] value_task<std::string> read_until(char delimiter, std::stop_token stop = {}) {
    return read_until(std::string(1, delimiter), default_limit, std::move(stop));
  }

  /// The pending read, or the next one, ends with `is_canceled` and what is there.
  void cancel_pending_read() noexcept;
  /// Nothing will be read any more: what is there is dropped, and flushes say `is_completed`, or
  /// throw `error`. Silent the second time.
  void complete(std::exception_ptr error = {}) noexcept;

  static constexpr std::size_t default_limit = 64 * 1024;

 private:
  friend struct pipeline;
  explicit pipeline_reader(std::shared_ptr<detail::pipeline_core> core) noexcept
      : core_(std::move(core)) {}
  [[nodiscard]] detail::pipeline_core& core() const;

  std::shared_ptr<detail::pipeline_core> core_;
};

/// The end that writes. Move-only; destroyed without `complete`, it ends with `invalid_operation`,
/// so that nobody takes half a message for a whole one.
///
/// Throws, completes and is safe as `pipeline_reader` says, with flushes for reads.
/// **Cancellation**: what was written stays written, and the writer usable; who is canceled while
/// it waits has only not waited.
/// **Source**: PipeWriter. Differs: dropping it says that something is missing.
class pipeline_writer {
 public:
  pipeline_writer() noexcept = default;
  pipeline_writer(pipeline_writer&&) noexcept = default;
  pipeline_writer& operator=(pipeline_writer&& other) noexcept;
  ~pipeline_writer() { drop(); }

  /// Room for at least `size` bytes (0: for some), to be filled. **Lifetime**: until `advance`,
  /// `write`, `complete`, or the next `get_memory`.
  [[nodiscard]] mutable_buffer get_memory(std::size_t size = 0);
  /// The first `count` bytes of it are written; the reader sees them after a flush.
  /// **Throws** `std::invalid_argument` for more than there was room.
  void advance(std::size_t count);
  /// Shows the reader what was written, and waits while it has too much before it.
  [[nodiscard]] value_task<flush_result> flush(std::stop_token stop = {});
  /// Copies the bytes and flushes. **Lifetime**: `from` may go as soon as it returns.
  [[nodiscard]] value_task<flush_result> write(const_buffer from, std::stop_token stop = {});
  [[nodiscard]] value_task<flush_result> write(std::string_view from, std::stop_token stop = {}) {
    return write(const_buffer(from.data(), from.size()), std::move(stop));
  }
  [[nodiscard]] std::size_t unflushed_bytes() const;

  /// The pending flush, or the next one, ends with `is_canceled`.
  void cancel_pending_flush() noexcept;
  /// Flushes, and says that nothing comes after it; with an error, that something is missing:
  /// reads throw it from now on. Silent the second time.
  void complete(std::exception_ptr error = {}) noexcept;

 private:
  friend struct pipeline;
  explicit pipeline_writer(std::shared_ptr<detail::pipeline_core> core) noexcept
      : core_(std::move(core)) {}
  [[nodiscard]] detail::pipeline_core& core() const;
  void drop() noexcept;

  std::shared_ptr<detail::pipeline_core> core_;
};

/// Both ends. **Source**: System.IO.Pipelines.Pipe.
struct pipeline {
  /// **Throws** `std::invalid_argument` when it would resume above where it pauses.
  explicit pipeline(const pipeline_options& options = {});

  pipeline_reader reader;
  pipeline_writer writer;
};

/// Reads `from` to its end into the pipeline, as fast as its reader takes it. Completes neither.
/// **Throws** what either throws; what was read until then is in the pipeline.
/// **Lifetime**: both must outlive it. **Source**: Stream.CopyToAsync(PipeWriter).
template <class Stream>
  requires requires(Stream& s, mutable_buffer b) { s.read_some(b); }
[[nodiscard]] task<> copy_to(Stream& from, pipeline_writer& to, std::stop_token stop = {}) {
  while (true) {
    auto reading = from.read_some(to.get_memory(), stop);
    const std::size_t n = co_await std::move(reading);
    if (n == 0) {
      break;
    }
    to.advance(n);
    auto flushing = to.flush(stop);
    const flush_result flushed = co_await std::move(flushing);
    if (flushed.is_completed || flushed.is_canceled) {
      break;
    }
  }
}

/// Writes what the pipeline gives until it ends. Completes neither. What could not be written stays
/// in the pipeline, save the piece that was being written.
/// **Lifetime**: both must outlive it. **Source**: PipeReader.CopyToAsync(Stream).
template <class Stream>
  requires requires(Stream& s, const_buffer b) { s.write_all(b); }
[[nodiscard]] task<> copy_to(pipeline_reader& from, Stream& to, std::stop_token stop = {}) {
  struct advancing {  // also when writing throws
    explicit advancing(pipeline_reader& r) noexcept : reader(r) {}
    advancing(const advancing&) = delete;
    advancing& operator=(const advancing&) = delete;
    ~advancing() { reader.advance_to(consumed); }
    pipeline_reader& reader;
    std::size_t consumed = 0;
  };
  for (bool last = false; !last;) {
    auto reading = from.read(stop);
    const read_result got = co_await std::move(reading);
    advancing done(from);
    for (const std::string_view piece : got.buffer) {
      done.consumed += piece.size();
      auto writing = to.write_all(const_buffer(piece.data(), piece.size()), stop);
      co_await std::move(writing);
    }
    last = got.is_completed || got.is_canceled;
  }
}

}  // namespace weft::net
