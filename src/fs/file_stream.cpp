// One buffer for both directions, as in FileStream: it holds either what was read ahead, or what is
// still to be written at `start_`. Writes are positional, so that a flush that was cancelled is
// simply done again. (In a file opened to append, the system chooses the place: there a flush that
// failed half-way may write its first part twice.)

#include <weft/fs/file_stream.hpp>

#include <weft/base/atomic.hpp>
#include <weft/base/error.hpp>
#include <weft/task/task.hpp>

#include "file_state.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <unistd.h>

namespace weft::fs {

class file_stream::state {
 public:
  state(file over, std::size_t size) : under(std::move(over)), capacity(std::max(size, min_size)) {}
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() { write_now(); }

  // Of the buffer: read ahead, or to be written.
  [[nodiscard]] std::size_t left() const noexcept { return writing ? 0 : buffer.size() - taken; }
  [[nodiscard]] std::uint64_t position() const noexcept {
    return start + (writing ? buffer.size() : taken);
  }
  void drop() noexcept {
    start = position();
    buffer.clear();
    taken = 0;
    writing = false;
  }
  [[nodiscard]] std::size_t take(void* into, std::size_t size) noexcept {
    const std::size_t n = std::min(size, left());
    if (n != 0) {
      std::memcpy(into, buffer.data() + taken, n);
      taken += n;
    }
    return n;
  }
  void write_now() noexcept;

  static constexpr std::size_t min_size = 16;

  file under;
  const std::size_t capacity;
  std::string buffer;
  std::size_t taken = 0;    // reading: given out of it
  std::uint64_t start = 0;  // where the buffer begins in the file
  bool writing = false;
  weft::detail::atomic<bool> busy{false};
};

void file_stream::state::write_now() noexcept {
  if (!writing || buffer.empty() || !under.is_open()) {
    return;
  }
  const int fd = file_access::descriptor(under);
  for (std::size_t done = 0; done < buffer.size();) {
    const auto n =
        ::pwrite(fd, buffer.data() + done, buffer.size() - done, static_cast<off_t>(start + done));
    if (n <= 0 && !(n < 0 && errno == EINTR)) {
      return;
    }
    done += n > 0 ? static_cast<std::size_t>(n) : 0;
  }
}

namespace {

using state = file_stream::state;
using shared_state = std::shared_ptr<state>;

// Nothing is pending: what the buffer can give is given at once.
bool idle(const state& s, const std::stop_token& stop) noexcept {
  // order: acquire; pairs with the release in turn.
  return !s.busy.load(std::memory_order_acquire) && !stop.stop_requested();
}

// One operation at a time, from here to its end.
class turn {
 public:
  explicit turn(state& s) : state_(s) {
    // order: acquire; pairs with the release below: the last operation's work is seen.
    if (s.busy.exchange(true, std::memory_order_acquire)) {
      weft::detail::throw_invalid_operation(
          "weft::fs::file_stream: another operation on this stream is pending; await it first");
    }
  }
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;
  ~turn() {
    // order: release; pairs with the acquire of the next one.
    state_.busy.store(false, std::memory_order_release);
  }

 private:
  state& state_;
};

value_task<> flush_buffer(shared_state s, std::stop_token stop) {
  if (s->writing && !s->buffer.empty()) {
    auto writing = s->under.write_at(s->start, const_buffer(s->buffer.data(), s->buffer.size()),
                                     std::move(stop));
    co_await std::move(writing);
    s->drop();
  }
}

// Reads ahead. Pre: nothing is left. Afterwards nothing left means the end.
value_task<> fill_buffer(shared_state s, std::stop_token stop) {
  if (s->writing) {
    auto flushing = flush_buffer(s, stop);
    co_await std::move(flushing);
  }
  s->drop();
  std::string room = std::move(s->buffer);
  room.resize(s->capacity);
  auto reading =
      s->under.read_at(s->start, mutable_buffer(room.data(), room.size()), std::move(stop));
  const std::size_t n = co_await std::move(reading);
  room.resize(n);
  s->buffer = std::move(room);
}

value_task<std::size_t> read_some_of(shared_state s, mutable_buffer into, std::stop_token stop) {
  const turn mine(*s);
  if (into.size() >= s->capacity) {  // straight to where it is wanted
    auto flushing = flush_buffer(s, stop);
    co_await std::move(flushing);
    s->drop();
    auto reading = s->under.read_at(s->start, into, std::move(stop));
    const std::size_t n = co_await std::move(reading);
    s->start += n;
    co_return n;
  }
  auto filling = fill_buffer(s, std::move(stop));
  co_await std::move(filling);
  co_return s->take(into.data(), into.size());
}

value_task<> read_exactly_of(shared_state s, mutable_buffer into, std::stop_token stop) {
  const turn mine(*s);
  auto* const data = static_cast<char*>(into.data());
  std::size_t had = s->take(data, into.size());
  while (had < into.size()) {
    auto filling = fill_buffer(s, stop);
    co_await std::move(filling);
    const std::size_t n = s->take(data + had, into.size() - had);
    if (n == 0) {
      throw end_of_stream("weft::fs::file_stream::read_exactly: the file ended after " +
                          std::to_string(had) + " of " + std::to_string(into.size()) + " bytes");
    }
    had += n;
  }
}

std::string without_return(std::string line) {
  if (!line.empty() && line.back() == '\r') {
    line.pop_back();
  }
  return line;
}

value_task<std::optional<std::string>> read_line_of(shared_state s, std::size_t limit,
                                                    std::stop_token stop) {
  const turn mine(*s);
  const std::uint64_t begin = s->position();
  std::string line;
  try {
    for (;;) {
      const char* const from = s->buffer.data() + s->taken;
      const std::size_t left = s->left();
      const auto* const end =
          left == 0 ? nullptr : static_cast<const char*>(std::memchr(from, '\n', left));
      const std::size_t n = end == nullptr ? left : static_cast<std::size_t>(end - from);
      if (line.size() + n > limit) {
        throw std::length_error("weft::fs::file_stream::read_line: no end within " +
                                std::to_string(limit) + " bytes");
      }
      line.append(from, n);
      s->taken += n + (end == nullptr ? 0 : 1);
      if (end != nullptr) {
        co_return without_return(std::move(line));
      }
      auto filling = fill_buffer(s, stop);
      co_await std::move(filling);
      if (s->left() == 0) {
        break;
      }
    }
  } catch (...) {
    // The line is not lost: it is read again.
    s->drop();
    s->start = begin;
    throw;
  }
  if (line.empty()) {
    co_return std::nullopt;
  }
  co_return line;
}

value_task<std::string> read_to_end_of(shared_state s, std::stop_token stop) {
  const turn mine(*s);
  const std::uint64_t begin = s->position();
  std::string all;
  try {
    do {
      all.append(s->buffer.data() + s->taken, s->left());
      s->taken += s->left();
      auto filling = fill_buffer(s, stop);
      co_await std::move(filling);
    } while (s->left() != 0);
  } catch (...) {
    s->drop();
    s->start = begin;
    throw;
  }
  co_return all;
}

// Into the buffer; true: all of it.
bool buffered(state& s, const void* data, std::size_t size) {
  if (!s.writing) {
    s.drop();
    s.writing = true;
  }
  if (s.buffer.size() + size > s.capacity) {
    return false;
  }
  s.buffer.append(static_cast<const char*>(data), size);
  return true;
}

value_task<> write_all_of(shared_state s, const_buffer from, std::stop_token stop) {
  const turn mine(*s);
  auto flushing = flush_buffer(s, stop);
  co_await std::move(flushing);
  if (!buffered(*s, from.data(), from.size())) {
    auto writing = s->under.write_at(s->start, from, std::move(stop));
    co_await std::move(writing);
    s->start += from.size();
  }
}

value_task<> write_owned_of(shared_state s, std::string data, std::stop_token stop) {
  auto writing = write_all_of(std::move(s), const_buffer(data.data(), data.size()), stop);
  co_await std::move(writing);
}

value_task<> flush_of(shared_state s, std::stop_token stop, bool to_disk) {
  const turn mine(*s);
  auto flushing = flush_buffer(s, stop);
  co_await std::move(flushing);
  if (to_disk) {
    auto syncing = s->under.sync(std::move(stop));
    co_await std::move(syncing);
  }
}

value_task<> seek_of(shared_state s, std::uint64_t position, std::stop_token stop) {
  const turn mine(*s);
  auto flushing = flush_buffer(s, std::move(stop));
  co_await std::move(flushing);
  s->drop();
  s->start = position;
}

value_task<> set_length_of(shared_state s, std::uint64_t length, std::stop_token stop) {
  const turn mine(*s);
  auto flushing = flush_buffer(s, stop);
  co_await std::move(flushing);
  s->drop();  // what was read ahead may be cut off
  auto setting = s->under.set_length(length, std::move(stop));
  co_await std::move(setting);
}

}  // namespace

file_stream::file_stream() noexcept = default;
file_stream::file_stream(file over, std::size_t buffer_size)
    : state_(std::make_shared<state>(std::move(over), buffer_size)) {}
file_stream::file_stream(file_stream&&) noexcept = default;
file_stream& file_stream::operator=(file_stream&&) noexcept = default;
file_stream::~file_stream() = default;

task<file_stream> file_stream::open(std::filesystem::path path, open_mode mode,
                                    std::stop_token stop) {
  auto opening = file::open(std::move(path), mode, std::move(stop));
  file f = co_await std::move(opening);
  co_return file_stream(std::move(f));
}

shared_state file_stream::begin() const {
  if (state_ == nullptr) {
    throw object_disposed("file_stream");
  }
  return state_;
}

value_task<std::size_t> file_stream::read_some(mutable_buffer into, std::stop_token stop) {
  shared_state s = begin();
  if (into.size() == 0) {
    return value_task<std::size_t>(std::size_t{0});
  }
  if (idle(*s, stop)) {
    if (const std::size_t n = s->take(into.data(), into.size())) {
      return value_task<std::size_t>(n);
    }
  }
  return read_some_of(std::move(s), into, std::move(stop));
}

value_task<> file_stream::read_exactly(mutable_buffer into, std::stop_token stop) {
  return read_exactly_of(begin(), into, std::move(stop));
}

value_task<std::optional<std::string>> file_stream::read_line(std::stop_token stop,
                                                              std::size_t limit) {
  return read_line_of(begin(), limit, std::move(stop));
}

value_task<std::string> file_stream::read_to_end(std::stop_token stop) {
  return read_to_end_of(begin(), std::move(stop));
}

value_task<> file_stream::write_all(const_buffer from, std::stop_token stop) {
  shared_state s = begin();
  if (idle(*s, stop) && buffered(*s, from.data(), from.size())) {
    return value_task<>();
  }
  return write_all_of(std::move(s), from, std::move(stop));
}

value_task<> file_stream::write_all(std::string data, std::stop_token stop) {
  shared_state s = begin();
  if (idle(*s, stop) && buffered(*s, data.data(), data.size())) {
    return value_task<>();
  }
  return write_owned_of(std::move(s), std::move(data), std::move(stop));
}

value_task<> file_stream::flush(std::stop_token stop) {
  return flush_of(begin(), std::move(stop), false);
}

value_task<> file_stream::sync(std::stop_token stop) {
  return flush_of(begin(), std::move(stop), true);
}

std::uint64_t file_stream::position() const {
  return begin()->position();
}

value_task<> file_stream::seek(std::uint64_t position, std::stop_token stop) {
  return seek_of(begin(), position, std::move(stop));
}

value_task<std::uint64_t> file_stream::size() const {
  const shared_state s = begin();
  const std::uint64_t here = s->writing && !s->buffer.empty() ? s->position() : 0;
  auto asking = s->under.size();
  const std::uint64_t there = co_await std::move(asking);
  co_return std::max(here, there);
}

value_task<> file_stream::set_length(std::uint64_t length, std::stop_token stop) {
  return set_length_of(begin(), length, std::move(stop));
}

value_task<> file_stream::close(std::stop_token stop) {
  if (const shared_state s = state_) {
    auto flushing = flush_of(s, std::move(stop), false);
    co_await std::move(flushing);
    s->writing = false;
    if (state_ == s) {
      state_.reset();
    }
  }
}

}  // namespace weft::fs
