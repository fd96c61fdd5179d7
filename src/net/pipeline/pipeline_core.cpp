// Bytes from one who writes to one who reads, within the process.
//
// A chain of segments. The writer fills the last one; the reader has a view from the first byte
// that was not consumed to the last one that was flushed. A segment that has a successor never
// changes, and in the last one writer and reader touch different bytes: so neither needs the lock
// for the bytes themselves, and the view is bounded by its last segment, whose successor it never
// reads.
//
// Who waits does so in a loop, with an event that is set after the state has changed: an event that
// was set too early, or for a wait that was given up, only costs a turn.
//
// Rejected: *one contiguous buffer*, nicer to parse, but it must move what the reader looks at when
// it grows; *a channel of strings*, an allocation a message, and borders that no parser wants.

#include "pipeline_core.hpp"

#include <weft/base/error.hpp>
#include <weft/task/completion_source.hpp>

#include <cstring>
#include <stdexcept>
#include <utility>

namespace weft::net::detail {

namespace {

// Empty segments that are kept for later. Twice what is between the usual thresholds would be 32;
// a reader that keeps up needs two.
constexpr std::size_t most_spare = 8;

}  // namespace

void pipeline_core::free_all(pipeline_segment* s) noexcept {
  while (s != nullptr) {
    pipeline_segment::free(std::exchange(s, s->next));
  }
}

void pipeline_core::refuse_read() const {
  if (reader_.done) {
    throw invalid_operation("weft::net::pipeline_reader: it has been completed");
  }
  if (read_pending_) {
    throw invalid_operation("weft::net::pipeline_reader: another read is pending");
  }
  if (result_out_) {
    throw invalid_operation(
        "weft::net::pipeline_reader: call advance_to for the last result before reading on");
  }
}

void pipeline_core::refuse_write() const {
  if (writer_.done) {
    throw invalid_operation("weft::net::pipeline_writer: it has been completed");
  }
}

std::optional<read_result> pipeline_core::take_readable(std::size_t at_least) {
  const bool canceled = std::exchange(read_canceled_, false);
  if (writer_.done && writer_.error != nullptr) {
    std::rethrow_exception(writer_.error);
  }
  const bool enough = unconsumed_ > examined_ && unconsumed_ >= at_least;
  if (!canceled && !writer_.done && !enough) {
    return std::nullopt;
  }
  read_result r;
  r.buffer.first_ = head_;
  r.buffer.begin_ = head_begin_;
  r.buffer.last_ = flushed_;
  r.buffer.size_ = unconsumed_;
  r.is_completed = writer_.done;
  r.is_canceled = canceled;
  given_ = unconsumed_;
  result_out_ = true;
  return r;
}

value_task<read_result> pipeline_core::read(std::size_t at_least, std::stop_token stop) {
  {
    const guard held(lock_);
    refuse_read();
    if (stop.stop_requested()) {
      return from_canceled<read_result>(std::move(stop));
    }
    std::optional<read_result> now;
    try {
      now = take_readable(at_least);
    } catch (...) {
      return from_exception<read_result>(std::current_exception());
    }
    if (now) {
      return value_task<read_result>(*now);
    }
    read_pending_ = true;
  }
  return wait_readable(shared_from_this(), at_least, std::move(stop));
}

value_task<read_result> pipeline_core::wait_readable(std::shared_ptr<pipeline_core> self,
                                                     std::size_t at_least, std::stop_token stop) {
  const waiting pending(*self, &pipeline_core::read_pending_);
  struct looking {  // what a wait that ends without a result has looked at, it has not
    explicit looking(pipeline_core& c) noexcept : core(&c) {}
    looking(const looking&) = delete;
    looking& operator=(const looking&) = delete;
    ~looking() {
      if (core != nullptr) {
        core->forget_examined();
      }
    }
    pipeline_core* core;
  };
  looking looked(*self);
  while (true) {
    bool resumed = false;
    {
      const guard held(self->lock_);
      if (auto now = self->take_readable(at_least)) {
        looked.core = nullptr;
        co_return *now;
      }
      // It waits for more than there is: the writer must go on, however much that is.
      resumed = self->examine(self->unconsumed_);
    }
    if (resumed) {
      self->writable_.set();
    }
    auto more = self->readable_.wait(stop);
    co_await std::move(more);
  }
}

std::optional<read_result> pipeline_core::try_read() {
  const guard held(lock_);
  refuse_read();
  return take_readable(0);
}

// True: the writer must be told that it may go on.
bool pipeline_core::examine(std::size_t bytes) noexcept {
  examined_ = bytes;
  return unconsumed_ - examined_ < resume_ && std::exchange(paused_, false);
}

void pipeline_core::forget_examined() noexcept {
  const guard held(lock_);
  examined_ = 0;
}

void pipeline_core::consume(std::size_t bytes) noexcept {
  unconsumed_ -= bytes;
  examined_ -= bytes;
  while (bytes != 0) {
    // The last one holds bytes that were not flushed, too; no more are asked for than were.
    const std::size_t here = std::min(bytes, head_->end - head_begin_);
    head_begin_ += here;
    bytes -= here;
    if (head_begin_ == head_->end && head_ != tail_) {
      pipeline_segment* const empty = head_;
      head_ = head_->next;
      head_begin_ = 0;
      if (flushed_ == empty) {
        flushed_ = head_;
      }
      drop(empty);
    }
  }
  if (head_ == tail_ && head_ != nullptr && head_begin_ == head_->end && !has_memory_) {
    head_->end = head_begin_ = 0;  // all of it is free again
  }
}

void pipeline_core::advance_to(std::size_t consumed, std::size_t examined) {
  bool resumed = false;
  {
    const guard held(lock_);
    if (reader_.done) {
      return;
    }
    if (!result_out_) {
      throw invalid_operation("weft::net::pipeline_reader: there is no result to advance from");
    }
    if (consumed > examined || examined > given_) {
      throw std::invalid_argument(
          "weft::net::pipeline_reader: advance_to must consume at most what it examines, and that "
          "at most what was read");
    }
    result_out_ = false;
    resumed = examine(examined);
    consume(consumed);
  }
  if (resumed) {
    writable_.set();
  }
}

void pipeline_core::cancel_read() noexcept {
  {
    const guard held(lock_);
    read_canceled_ = true;
  }
  readable_.set();
}

void pipeline_core::complete_reader(std::exception_ptr error) noexcept {
  {
    const guard held(lock_);
    if (reader_.done) {
      return;
    }
    reader_ = {true, std::move(error)};
    paused_ = false;
    discard();
  }
  writable_.set();
}

// Nobody will read what is there.
void pipeline_core::discard() noexcept {
  while (head_ != tail_) {
    drop(std::exchange(head_, head_->next));
  }
  flushed_ = head_;
  unconsumed_ = examined_ = unflushed_ = head_begin_ = 0;
  if (head_ != nullptr) {
    if (!has_memory_) {
      head_->end = 0;
    }
    head_begin_ = head_->end;
  }
}

void pipeline_core::drop(pipeline_segment* s) noexcept {
  if (spares_ < most_spare && s->capacity <= 2 * size_) {
    s->next = std::exchange(spare_, s);
    s->end = 0;
    ++spares_;
  } else {
    pipeline_segment::free(s);
  }
}

void pipeline_core::add_segment(std::size_t size) {
  pipeline_segment* added = nullptr;
  if (spare_ != nullptr && spare_->capacity >= size) {
    added = std::exchange(spare_, spare_->next);
    added->next = nullptr;
    --spares_;
  } else {
    added = pipeline_segment::make(std::max(size, size_));
  }
  if (tail_ == nullptr) {
    head_ = flushed_ = added;
    head_begin_ = 0;
  } else {
    tail_->next = added;
    if (head_ == tail_ && head_begin_ == head_->end) {  // nothing left in it
      drop(std::exchange(head_, added));
      flushed_ = added;
      head_begin_ = 0;
    }
  }
  tail_ = added;
}

mutable_buffer pipeline_core::get_memory(std::size_t size) {
  const guard held(lock_);
  refuse_write();
  if (tail_ == nullptr || tail_->room() < std::max<std::size_t>(size, 1)) {
    add_segment(size);
  }
  has_memory_ = true;
  return {tail_->data() + tail_->end, tail_->room()};
}

void pipeline_core::advance(std::size_t count) {
  const guard held(lock_);
  refuse_write();
  if (count > (has_memory_ ? tail_->room() : 0)) {
    throw std::invalid_argument(
        "weft::net::pipeline_writer: advance by more bytes than get_memory gave room for");
  }
  has_memory_ = false;
  if (count != 0) {
    tail_->end += count;
    unflushed_ += count;
  }
}

void pipeline_core::append(const_buffer from) {
  const auto* bytes = static_cast<const char*>(from.data());
  std::size_t left = from.size();
  while (left != 0) {
    const mutable_buffer room = get_memory(0);
    const std::size_t n = std::min(left, room.size());
    std::memcpy(room.data(), bytes, n);
    advance(n);
    bytes += n;
    left -= n;
  }
}

// Shows the reader what was written. True: it must be told.
bool pipeline_core::commit() noexcept {
  if (unflushed_ == 0) {
    return false;
  }
  if (reader_.done) {
    discard();
    return false;
  }
  unconsumed_ += std::exchange(unflushed_, 0);
  flushed_ = tail_;
  paused_ = paused_ || (pause_ != 0 && unconsumed_ - examined_ >= pause_);
  return true;
}

std::optional<flush_result> pipeline_core::take_flushed() {
  if (reader_.done && reader_.error != nullptr) {
    std::rethrow_exception(reader_.error);
  }
  const bool canceled = std::exchange(flush_canceled_, false);
  if (paused_ && !canceled) {
    return std::nullopt;
  }
  return flush_result{reader_.done, canceled};
}

value_task<flush_result> pipeline_core::flush(std::stop_token stop) {
  bool told = false;
  std::optional<flush_result> now;
  std::exception_ptr error;
  {
    const guard held(lock_);
    refuse_write();
    if (flush_pending_) {
      throw invalid_operation("weft::net::pipeline_writer: another flush is pending");
    }
    if (stop.stop_requested()) {
      return from_canceled<flush_result>(std::move(stop));
    }
    told = commit();
    try {
      now = take_flushed();
    } catch (...) {
      error = std::current_exception();
    }
    flush_pending_ = !now && error == nullptr;
  }
  if (told) {
    readable_.set();
  }
  if (error != nullptr) {
    return from_exception<flush_result>(std::move(error));
  }
  if (now) {
    return value_task<flush_result>(*now);
  }
  return wait_flushed(shared_from_this(), std::move(stop));
}

value_task<flush_result> pipeline_core::wait_flushed(std::shared_ptr<pipeline_core> self,
                                                     std::stop_token stop) {
  const waiting pending(*self, &pipeline_core::flush_pending_);
  while (true) {
    {
      const guard held(self->lock_);
      if (auto now = self->take_flushed()) {
        co_return *now;
      }
    }
    auto room = self->writable_.wait(stop);
    co_await std::move(room);
  }
}

std::size_t pipeline_core::unflushed() {
  const guard held(lock_);
  return unflushed_;
}

void pipeline_core::cancel_flush() noexcept {
  {
    const guard held(lock_);
    flush_canceled_ = true;
  }
  writable_.set();
}

void pipeline_core::complete_writer(std::exception_ptr error) noexcept {
  {
    const guard held(lock_);
    if (writer_.done) {
      return;
    }
    static_cast<void>(commit());
    writer_ = {true, std::move(error)};
    has_memory_ = false;
  }
  readable_.set();
}

}  // namespace weft::net::detail
