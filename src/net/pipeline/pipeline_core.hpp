#pragma once
/// `pipeline_core`: what both ends of a pipeline share. Internal to net.

#include <weft/base/lock.hpp>
#include <weft/net/pipeline.hpp>
#include <weft/sync/async_event.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <stop_token>

namespace weft::net::detail {

struct pipeline_segment {
  pipeline_segment* next = nullptr;
  std::size_t end = 0;       // bytes written
  std::size_t capacity = 0;  // of those behind this

  [[nodiscard]] char* data() noexcept { return reinterpret_cast<char*>(this + 1); }
  [[nodiscard]] const char* data() const noexcept {
    return reinterpret_cast<const char*>(this + 1);
  }
  [[nodiscard]] std::size_t room() const noexcept { return capacity - end; }

  static pipeline_segment* make(std::size_t capacity) {
    void* memory = ::operator new(sizeof(pipeline_segment) + capacity);
    auto* made = ::new (memory) pipeline_segment;
    made->capacity = capacity;
    return made;
  }
  static void free(pipeline_segment* s) noexcept { ::operator delete(s); }
};

struct completion {
  bool done = false;
  std::exception_ptr error;
};

class pipeline_core : public std::enable_shared_from_this<pipeline_core> {
 public:
  explicit pipeline_core(const pipeline_options& o)
      : pause_(o.pause_writer_threshold),
        resume_(std::max<std::size_t>(o.resume_writer_threshold, 1)),
        size_(std::max<std::size_t>(o.minimum_segment_size, 1)) {}
  pipeline_core(const pipeline_core&) = delete;
  pipeline_core& operator=(const pipeline_core&) = delete;
  ~pipeline_core() {
    free_all(head_);
    free_all(spare_);
  }

  [[nodiscard]] value_task<read_result> read(std::size_t at_least, std::stop_token stop);
  [[nodiscard]] std::optional<read_result> try_read();
  void advance_to(std::size_t consumed, std::size_t examined);
  /// The next read gives what is there, though it was looked at before.
  void forget_examined() noexcept;
  void cancel_read() noexcept;
  void complete_reader(std::exception_ptr error) noexcept;

  [[nodiscard]] mutable_buffer get_memory(std::size_t size);
  void advance(std::size_t count);
  void append(const_buffer from);
  [[nodiscard]] value_task<flush_result> flush(std::stop_token stop);
  [[nodiscard]] std::size_t unflushed();
  void cancel_flush() noexcept;
  void complete_writer(std::exception_ptr error) noexcept;

 private:
  using guard = weft::detail::lock_guard;

  // Ends a wait, however it ends.
  class waiting {
   public:
    waiting(pipeline_core& c, bool pipeline_core::* which) noexcept : core_(c), which_(which) {}
    waiting(const waiting&) = delete;
    waiting& operator=(const waiting&) = delete;
    ~waiting() {
      const guard held(core_.lock_);
      core_.*which_ = false;
    }

   private:
    pipeline_core& core_;
    bool pipeline_core::* const which_;
  };

  // Pre for all of these: locked.
  [[nodiscard]] std::optional<read_result> take_readable(std::size_t at_least);
  [[nodiscard]] std::optional<flush_result> take_flushed();
  void refuse_read() const;
  void refuse_write() const;
  [[nodiscard]] bool commit() noexcept;
  [[nodiscard]] bool examine(std::size_t bytes) noexcept;
  void consume(std::size_t bytes) noexcept;
  void discard() noexcept;
  void add_segment(std::size_t size);
  void drop(pipeline_segment* s) noexcept;
  static void free_all(pipeline_segment* s) noexcept;

  static value_task<read_result> wait_readable(std::shared_ptr<pipeline_core> self,
                                               std::size_t at_least, std::stop_token stop);
  static value_task<flush_result> wait_flushed(std::shared_ptr<pipeline_core> self,
                                               std::stop_token stop);

  // Constant after construction.
  const std::size_t pause_;
  const std::size_t resume_;
  const std::size_t size_;

  auto_reset_event readable_;
  auto_reset_event writable_;

  weft::detail::lock lock_;
  // Guarded by lock_.
  pipeline_segment* head_ = nullptr;     // with the first byte that was not consumed
  std::size_t head_begin_ = 0;           // that byte
  pipeline_segment* tail_ = nullptr;     // that is written to
  pipeline_segment* flushed_ = nullptr;  // with the last byte that was flushed
  pipeline_segment* spare_ = nullptr;
  std::size_t spares_ = 0;
  std::size_t unconsumed_ = 0;  // flushed and not consumed
  std::size_t examined_ = 0;    // of those
  std::size_t unflushed_ = 0;
  std::size_t given_ = 0;    // of the last result
  bool has_memory_ = false;  // get_memory was called and nothing after it
  bool result_out_ = false;  // a result was given and not advanced from
  bool read_pending_ = false;
  bool flush_pending_ = false;
  bool read_canceled_ = false;
  bool flush_canceled_ = false;
  bool paused_ = false;
  completion writer_;
  completion reader_;
};

}  // namespace weft::net::detail
