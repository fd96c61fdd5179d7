#include <weft/io/stream.hpp>

#include <weft/base/error.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/time/timer_service.hpp>

#include "io_core.hpp"
#include "stream_state.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <unistd.h>

namespace weft {

using detail::failed_task;
using detail::frame_new;
using detail::io_direction;
using detail::io_op;
using detail::job_list;
using detail::stream_operation;
using detail::stream_state;

end_of_stream::~end_of_stream() = default;

namespace detail {

// --- stream_state ---

void stream_state::close() noexcept {
  deadline* node = nullptr;
  {
    const lock_guard locked(deadline_mutex_);
    due_ns_ = never;
    node = disarm();
  }
  io_target::close();
  if (node != nullptr) {
    frame_delete(node);
    release();
  }
}

// Takes the node back; null when there is none, or when it is firing and thereby frees itself.
stream_state::deadline* stream_state::disarm() noexcept {
  deadline* const node = std::exchange(armed_, nullptr);
  return node != nullptr && runtime().timers->cancel(*node) ? node : nullptr;
}

void stream_state::arm(deadline* node) noexcept {
  armed_ = node;
  armed_ns_ = due_ns_;
  runtime().timers->add(*node, due_ns_);
}

void stream_state::set_deadline(std::int64_t due_ns) {
  rearm();
  const lock_guard locked(deadline_mutex_);
  due_ns_ = due_ns;
  if (due_ns == never || (armed_ != nullptr && armed_ns_ <= due_ns)) {
    return;  // the usual case, a deadline that moves on: the node looks when it fires
  }
  deadline* node = disarm();
  if (node == nullptr) {
    node = frame_new<deadline>();
    node->fire = &stream_state::on_deadline;
    node->owner = this;
    add_reference();
  }
  arm(node);
}

void stream_state::on_deadline(timer_node* fired, job_list&) noexcept {
  auto* const node = static_cast<deadline*>(fired);
  const target_ref<stream_state> self(node->owner);  // takes the node's reference over
  bool passed = false;
  {
    const lock_guard locked(self->deadline_mutex_);
    if (self->armed_ == node) {
      self->armed_ = nullptr;
      if (self->due_ns_ != never && self->due_ns_ > self->armed_ns_) {
        self->add_reference();
        self->arm(node);
        return;
      }
      passed = self->due_ns_ != never;
      self->due_ns_ = never;
    }
  }
  frame_delete(node);
  if (passed) {
    self->expire();
  }
}

namespace {

const stream_traits& traits_of(stream_kind kind) noexcept {
  switch (kind) {
    case stream_kind::tcp:
      return tcp_traits;
    case stream_kind::unix_socket:
      return unix_traits;
    case stream_kind::pipe:
      return pipe_traits;
    case stream_kind::udp:
      return udp_traits;
    case stream_kind::unix_datagram:
      return unix_datagram_traits;
    case stream_kind::other:
      break;
  }
  return other_traits;
}

}  // namespace

stream_state* make_stream(int descriptor, stream_kind kind, bool silent) {
  const stream_traits& traits = traits_of(kind);
  try {
    auto* const made = new stream_state(default_reactor(), descriptor, traits);
    if (silent) {
      made->expect_nothing_yet();
    }
    return made;
  } catch (...) {
    ::close(descriptor);
    throw;
  }
}

io_target& target_of(stream_state& state) noexcept {
  return state;
}
void await_writer(stream_state& state) noexcept {
  state.await_writer = true;
}

namespace {

std::string named(const stream_state& s, const char* operation) {
  return std::string(s.kind.name) + "::" + operation;
}

std::string ended_early(const stream_state& s, std::size_t had, std::size_t wanted) {
  return named(s, "read_exactly") + ": the stream ended after " + std::to_string(had) + " of " +
         std::to_string(wanted) + " bytes";
}

bool is_refused(const stream_state& s, const std::stop_token& stop) noexcept {
  return s.expired() || stop.stop_requested();
}

// What a new operation must not start with. Pre: it is refused.
[[gnu::cold, gnu::noinline]] std::exception_ptr refusal(const stream_state& s,
                                                        const std::stop_token& stop,
                                                        const char* operation) {
  if (stop.stop_requested()) {
    return io_failure(io_cancel::stop, -ECANCELED, {}, stop);
  }
  return io_failure(io_cancel::deadline, -ECANCELED, named(s, operation), stop);
}

// Writes without blocking; -EAGAIN also when it is known that there is no room. There nearly always
// is, so the bit is taken only when there was not; and since an event before that would be lost, it
// is tried once more then.
int try_write(stream_state& s, const void* from, std::size_t size) noexcept {
  if (!s.seems_ready(io_direction::out)) {
    return -EAGAIN;
  }
  auto* data = const_cast<char*>(static_cast<const char*>(from));  // both directions share a field
  const int n = perform_now(s, s.kind.write, data, size);
  if (n != -EAGAIN && (n < 0 || static_cast<std::size_t>(n) == size)) [[likely]] {
    return n;
  }
  (void)s.take_ready(io_direction::out);
  const std::size_t done = n < 0 ? 0 : static_cast<std::size_t>(n);
  const int more = perform_now(s, s.kind.write, data + done, size - done);
  if (more == -EAGAIN) {
    return n;
  }
  if (more < 0 || done + static_cast<std::size_t>(more) == size) {
    s.mark_ready(io_direction::out);
  }
  if (more < 0) {
    return done == 0 ? more : n;
  }
  return static_cast<int>(done) + more;
}

// One non-blocking call; -EAGAIN also when it is known that it would block.
int try_read(stream_state& s, void* data, std::size_t size) noexcept {
  const io_op op = s.kind.read;
  const io_direction d = io_direction::in;
  if (!s.take_ready(d)) {
    return -EAGAIN;
  }
  const int n = perform_now(s, op, data, size);
  if (n != -EAGAIN && (n < 0 || static_cast<std::size_t>(n) == size || !s.short_is_all())) {
    s.mark_ready(d);
  }
  return n;
}

// Takes bytes that read_until received beyond its delimiter.
std::size_t take_received(stream_state& s, void* into, std::size_t size) noexcept {
  const std::size_t n = std::min(size, s.received.size() - s.taken);
  if (n != 0) {
    std::memcpy(into, s.received.data() + s.taken, n);
    s.taken += n;
    if (s.taken == s.received.size()) {
      s.received.clear();
      s.taken = 0;
    }
  }
  return n;
}

// --- operations ---

// A read that could not be done at once: some bytes, or all.
template <class T, bool All>
class read_operation final : public stream_operation<T, read_operation<T, All>> {
 public:
  static constexpr const char* name = All ? "read_exactly" : "read_some";

  read_operation(stream_state& s, void* into, std::size_t size, std::size_t had) noexcept
      : stream_operation<T, read_operation>(name, s, s.kind.read), had_(had), wanted_(had + size) {
    this->buffer = into;
    this->length = size;
    if (s.await_writer) {
      // Until somebody has had it open for writing, reading would say that it has ended.
      this->op = io_op::wait_readable;
    }
  }

  void on_result(job_list& ready) noexcept {
    stream_state& s = this->state();
    if (this->op == io_op::wait_readable && this->result >= 0) {
      s.await_writer = false;
      this->op = s.kind.read;
      this->resubmit();
      return;
    }
    if constexpr (All) {
      if (this->result > 0) {
        const auto n = static_cast<std::size_t>(this->result);
        had_ += n;
        if (had_ < wanted_) {
          this->buffer = static_cast<char*>(this->buffer) + n;
          this->length -= n;
          this->resubmit();
          return;
        }
      }
    }
    this->end();
    if (this->result < 0) {
      this->fail_with(ready, this->result, named(s, name));
    } else if constexpr (!All) {
      this->complete_into(ready, static_cast<std::size_t>(this->result));
    } else if (had_ < wanted_) {
      this->fail_into(ready, std::make_exception_ptr(end_of_stream(ended_early(s, had_, wanted_))));
    } else {
      this->complete_into(ready);
    }
  }

 private:
  std::size_t had_;
  const std::size_t wanted_;
};

// A write that could not be done at once; owns the data if they came by value.
class write_operation final : public stream_operation<void, write_operation> {
 public:
  write_operation(stream_state& s, const void* from, std::size_t size) noexcept
      : stream_operation("write_all", s, s.kind.write) {
    aim(from, size);
  }
  write_operation(stream_state& s, std::string data, std::size_t written) noexcept
      : stream_operation("write_all", s, s.kind.write), owned_(std::move(data)) {
    aim(owned_.data() + written, owned_.size() - written);
  }

  void on_result(job_list& ready) noexcept {
    if (result >= 0 && static_cast<std::size_t>(result) < length) {
      aim(static_cast<const char*>(buffer) + result, length - static_cast<std::size_t>(result));
      resubmit();
      return;
    }
    end();
    if (result < 0) {
      fail_with(ready, result, named(state(), "write_all"));
    } else {
      complete_into(ready);
    }
  }

 private:
  void aim(const void* from, std::size_t size) noexcept {
    buffer = const_cast<void*>(from);  // requests of both directions share the field
    length = size;
  }

  std::string owned_;
};

// Writes what can be written at once. Returns how much, or a negated errno.
struct written {
  std::size_t bytes;
  int error;
};
written write_now(stream_state& s, const void* data, std::size_t size) noexcept {
  std::size_t done = 0;
  while (done < size) {
    const int n = try_write(s, static_cast<const char*>(data) + done, size - done);
    if (n < 0) {
      return {done, n == -EAGAIN ? 0 : n};
    }
    done += static_cast<std::size_t>(n);
  }
  return {done, 0};
}

// One transfer of what there is room for.
class write_some_operation final : public stream_operation<std::size_t, write_some_operation> {
 public:
  write_some_operation(stream_state& s, const void* from, std::size_t size) noexcept
      : stream_operation("write_some", s, s.kind.write) {
    buffer = const_cast<void*>(from);
    length = size;
  }

  void on_result(job_list& ready) noexcept {
    end();
    if (result < 0) {
      fail_with(ready, result, named(state(), "write_some"));
    } else {
      complete_into(ready, static_cast<std::size_t>(result));
    }
  }
};

const char* name_of_wait(io_op what) noexcept {
  return what == io_op::wait_readable ? "wait_readable" : "wait_writable";
}

class wait_operation final : public stream_operation<void, wait_operation> {
 public:
  wait_operation(stream_state& s, io_op what) noexcept
      : stream_operation(name_of_wait(what), s, what) {}

  void on_result(job_list& ready) noexcept {
    end();
    if (result < 0) {
      fail_with(ready, result, named(state(), name_of_wait(op)));
    } else {
      complete_into(ready);
    }
  }
};

}  // namespace

value_task<> wait_ready(stream_state& s, io_op what, std::stop_token stop) {
  if (is_refused(s, stop)) [[unlikely]] {
    return failed_task<void>(refusal(s, stop, name_of_wait(what)));
  }
  const io_direction d = direction_of(what);
  (void)s.take_ready(d);  // before the call: an event in between sets it again
  const int n = perform_now(s, what, nullptr, 0);
  if (n == 0) {
    s.mark_ready(d);
    return value_task<>();
  }
  if (n != -EAGAIN) {
    return failed_task<void>(io_failure({}, n, named(s, name_of_wait(what)), stop));
  }
  return wait_operation::start(frame_new<wait_operation>(s, what), std::move(stop));
}

value_task<> wait_writable(stream_state& s, std::stop_token stop) {
  return wait_ready(s, io_op::wait_writable, std::move(stop));
}

}  // namespace detail

// --- byte_stream ---

byte_stream::byte_stream(byte_stream&& other) noexcept
    : state_(std::exchange(other.state_, nullptr)) {}

byte_stream& byte_stream::operator=(byte_stream&& other) noexcept {
  if (this != &other) {
    close();
    state_ = std::exchange(other.state_, nullptr);
  }
  return *this;
}

byte_stream::~byte_stream() {
  close();
}

void byte_stream::close() noexcept {
  if (stream_state* s = std::exchange(state_, nullptr)) {
    s->close();
    s->release();
  }
}

namespace {

[[noreturn, gnu::cold, gnu::noinline]] void throw_no_stream() {
  throw object_disposed("stream");
}

}  // namespace

stream_state& byte_stream::state() const {
  if (state_ == nullptr) [[unlikely]] {
    throw_no_stream();
  }
  return *state_;
}

value_task<std::size_t> byte_stream::read_some(mutable_buffer into, std::stop_token stop) {
  using operation = detail::read_operation<std::size_t, false>;
  stream_state& s = state();
  if (detail::is_refused(s, stop)) [[unlikely]] {
    return failed_task<std::size_t>(detail::refusal(s, stop, operation::name));
  }
  if (into.size() == 0) {
    return value_task<std::size_t>(std::size_t{0});
  }
  if (const std::size_t n = detail::take_received(s, into.data(), into.size())) {
    return value_task<std::size_t>(n);
  }
  if (!s.await_writer) {
    const int n = detail::try_read(s, into.data(), into.size());
    if (n >= 0) [[likely]] {
      return value_task<std::size_t>(static_cast<std::size_t>(n));
    }
    if (n != -EAGAIN) {
      return failed_task<std::size_t>(
          detail::io_failure({}, n, detail::named(s, operation::name), stop));
    }
  }
  return operation::start(frame_new<operation>(s, into.data(), into.size(), std::size_t{0}),
                          std::move(stop));
}

value_task<> byte_stream::read_exactly(mutable_buffer into, std::stop_token stop) {
  using operation = detail::read_operation<void, true>;
  stream_state& s = state();
  if (detail::is_refused(s, stop)) [[unlikely]] {
    return failed_task<void>(detail::refusal(s, stop, operation::name));
  }
  auto* const data = static_cast<char*>(into.data());
  std::size_t had = detail::take_received(s, data, into.size());
  while (had < into.size() && !s.await_writer) {
    const int n = detail::try_read(s, data + had, into.size() - had);
    if (n == -EAGAIN) {
      break;
    }
    if (n < 0) {
      return failed_task<void>(detail::io_failure({}, n, detail::named(s, operation::name), stop));
    }
    if (n == 0) {
      return failed_task<void>(
          std::make_exception_ptr(end_of_stream(detail::ended_early(s, had, into.size()))));
    }
    had += static_cast<std::size_t>(n);
  }
  if (had == into.size()) {
    return value_task<>();
  }
  return operation::start(frame_new<operation>(s, data + had, into.size() - had, had),
                          std::move(stop));
}

namespace {

// Reads at most this much at a time when it looks for a delimiter.
constexpr std::size_t chunk = 4096;

// Grows `received` by what a read brings; gives the room back when the read fails.
class growth {
 public:
  explicit growth(std::string& text) : text_(text), before_(text.size()) {
    text_.resize(before_ + chunk);
  }
  growth(const growth&) = delete;
  growth& operator=(const growth&) = delete;
  ~growth() { text_.resize(before_ + got_); }

  [[nodiscard]] void* place() noexcept { return text_.data() + before_; }
  void got(std::size_t n) noexcept { got_ = n; }

 private:
  std::string& text_;
  const std::size_t before_;
  std::size_t got_ = 0;
};

std::string take_front(stream_state& s, std::size_t size) {
  std::string front = s.received.substr(s.taken, size);
  s.taken += size;
  if (s.taken == s.received.size()) {
    s.received.clear();
    s.taken = 0;
  }
  return front;
}

// The bytes of one read, past what is kept.
value_task<std::size_t> read_more(stream_state& s, void* into, std::stop_token stop) {
  using operation = detail::read_operation<std::size_t, false>;
  if (detail::is_refused(s, stop)) [[unlikely]] {
    return failed_task<std::size_t>(detail::refusal(s, stop, "read_until"));
  }
  const int n = s.await_writer ? -EAGAIN : detail::try_read(s, into, chunk);
  if (n >= 0) {
    return value_task<std::size_t>(static_cast<std::size_t>(n));
  }
  if (n != -EAGAIN) {
    return failed_task<std::size_t>(
        detail::io_failure({}, n, detail::named(s, "read_until"), stop));
  }
  return operation::start(frame_new<operation>(s, into, chunk, std::size_t{0}), std::move(stop));
}

value_task<std::string> search(detail::target_ref<stream_state> s, std::string delimiter,
                               std::size_t limit, std::stop_token stop) {
  std::size_t searched = 0;  // of what is kept: no delimiter begins before
  while (true) {
    const std::string_view kept = std::string_view(s->received).substr(s->taken);
    const std::size_t at = kept.find(delimiter, searched);
    if (at != std::string_view::npos && at + delimiter.size() <= limit) {
      co_return take_front(*s, at + delimiter.size());
    }
    if (kept.size() >= limit) {
      throw std::length_error(detail::named(*s, "read_until") + ": no delimiter within " +
                              std::to_string(limit) + " bytes");
    }
    searched = kept.size() < delimiter.size() ? 0 : kept.size() - delimiter.size() + 1;
    s->received.erase(0, std::exchange(s->taken, 0));
    growth room(s->received);
    auto reading = read_more(*s, room.place(), stop);
    const std::size_t n = co_await std::move(reading);
    room.got(n);
    if (n == 0) {
      break;
    }
  }
  co_return take_front(*s, s->received.size() - s->taken);
}

}  // namespace

value_task<std::string> byte_stream::read_until(std::string delimiter, std::size_t limit,
                                                std::stop_token stop) {
  if (delimiter.empty()) {
    throw std::invalid_argument("weft::byte_stream::read_until: the delimiter is empty");
  }
  stream_state& s = state();
  s.add_reference();
  return search(detail::target_ref<stream_state>(&s), std::move(delimiter), limit, std::move(stop));
}

value_task<std::size_t> byte_stream::write_some(const_buffer from, std::stop_token stop) {
  stream_state& s = state();
  if (detail::is_refused(s, stop)) [[unlikely]] {
    return failed_task<std::size_t>(detail::refusal(s, stop, "write_some"));
  }
  if (from.size() == 0) {
    return value_task<std::size_t>(std::size_t{0});
  }
  const int n = detail::try_write(s, from.data(), from.size());
  if (n >= 0) [[likely]] {
    return value_task<std::size_t>(static_cast<std::size_t>(n));
  }
  if (n != -EAGAIN) {
    return failed_task<std::size_t>(
        detail::io_failure({}, n, detail::named(s, "write_some"), stop));
  }
  using operation = detail::write_some_operation;
  return operation::start(frame_new<operation>(s, from.data(), from.size()), std::move(stop));
}

value_task<> byte_stream::write_all(const_buffer from, std::stop_token stop) {
  stream_state& s = state();
  if (detail::is_refused(s, stop)) [[unlikely]] {
    return failed_task<void>(detail::refusal(s, stop, "write_all"));
  }
  const auto [done, error] = detail::write_now(s, from.data(), from.size());
  if (error != 0) {
    return failed_task<void>(detail::io_failure({}, error, detail::named(s, "write_all"), stop));
  }
  if (done == from.size()) {
    return value_task<>();
  }
  using operation = detail::write_operation;
  return operation::start(
      frame_new<operation>(s,
                           static_cast<const void*>(static_cast<const char*>(from.data()) + done),
                           from.size() - done),
      std::move(stop));
}

value_task<> byte_stream::write_all(std::string data, std::stop_token stop) {
  stream_state& s = state();
  if (detail::is_refused(s, stop)) [[unlikely]] {
    return failed_task<void>(detail::refusal(s, stop, "write_all"));
  }
  const auto [done, error] = detail::write_now(s, data.data(), data.size());
  if (error != 0) {
    return failed_task<void>(detail::io_failure({}, error, detail::named(s, "write_all"), stop));
  }
  if (done == data.size()) {
    return value_task<>();
  }
  using operation = detail::write_operation;
  return operation::start(frame_new<operation>(s, std::move(data), done), std::move(stop));
}

void byte_stream::set_deadline(time_point when) {
  const auto ns = std::chrono::nanoseconds(when.time_since_epoch()).count();
  state().set_deadline(when == time_point::max() ? stream_state::never : ns);
}

void byte_stream::set_deadline(time_span given) {
  const std::chrono::nanoseconds from_now = given;
  if (from_now == infinite) {
    state().set_deadline(stream_state::never);
    return;
  }
  if (from_now < std::chrono::nanoseconds::zero()) {
    throw std::invalid_argument("weft::byte_stream::set_deadline: the time is negative");
  }
  const std::int64_t now = detail::monotonic_ns();
  state().set_deadline(from_now.count() > stream_state::never - now ? stream_state::never
                                                                    : now + from_now.count());
}

}  // namespace weft
