#include <weft/fs/file.hpp>

#include <weft/base/error.hpp>
#include <weft/io/open.hpp>
#include <weft/io/target.hpp>
#include <weft/time/delay.hpp>

#include "file_state.hpp"
#include "info_of.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace weft::fs {

namespace {

using weft::detail::failed_task;
using weft::detail::file_type;
using weft::detail::frame_new;
using weft::detail::io_failure;
using weft::detail::io_op;
using weft::detail::io_operation;
using weft::detail::job_list;
using weft::detail::opened_file;
using weft::detail::target_ref;

constexpr std::size_t largest_piece = std::size_t{1} << 30;  // results of the system are int

int to_flags(open_mode mode) {
  const bool reads = has(mode, open_mode::read);
  const bool writes = has(mode, open_mode::write) || has(mode, open_mode::append);
  if (!reads && !writes) {
    throw std::invalid_argument("weft::fs::file::open: the mode must read, write or append");
  }
  if (has(mode, open_mode::truncate) && !writes) {
    throw std::invalid_argument("weft::fs::file::open: truncating needs writing");
  }
  int flags = reads && writes ? O_RDWR : writes ? O_WRONLY : O_RDONLY;
  flags |= has(mode, open_mode::create) ? O_CREAT : 0;
  flags |= has(mode, open_mode::truncate) ? O_TRUNC : 0;
  flags |= has(mode, open_mode::append) ? O_APPEND : 0;
  flags |= has(mode, open_mode::exclusive) ? O_EXCL : 0;
  flags |= has(mode, open_mode::direct) ? O_DIRECT : 0;
  flags |= has(mode, open_mode::write_through) ? O_DSYNC : 0;
  return flags;
}

template <class Derived, class T>
class file_operation : public io_operation<T, Derived> {
 public:
  file_operation(const char* name, io_op what, file::state& s) noexcept
      : io_operation<T, Derived>(name, "file", what, s.owner()), held_(&s) {
    s.add_reference();
    this->target = &s;
    s.let_block();
  }

 protected:
  [[nodiscard]] std::string what(const char* action) const { return held_->describe(action); }

 private:
  target_ref<file::state> held_;
};

class read_operation final : public file_operation<read_operation, std::size_t> {
 public:
  read_operation(file::state& s, std::uint64_t at, mutable_buffer into) noexcept
      : file_operation("read_at", io_op::read_at, s) {
    buffer = into.data();
    length = std::min(into.size(), largest_piece);
    offset = at;
  }
  void on_result(job_list& ready) noexcept {
    end();
    if (result < 0) {
      fail_with(ready, result, what("read_at: cannot read"));
    } else {
      complete_into(ready, static_cast<std::size_t>(result));
    }
  }
};

class write_operation final : public file_operation<write_operation, std::size_t> {
 public:
  write_operation(file::state& s, std::uint64_t at, const_buffer from) noexcept
      : file_operation("write_at", io_op::write_at, s), whole_(from.size()) {
    aim(from.data(), from.size(), at);
  }
  write_operation(file::state& s, std::uint64_t at, std::string data) noexcept
      : file_operation("write_at", io_op::write_at, s),
        owned_(std::move(data)),
        whole_(owned_.size()) {
    aim(owned_.data(), owned_.size(), at);
  }
  void on_result(job_list& ready) noexcept {
    if (result > 0 && static_cast<std::size_t>(result) < left_) {
      const auto n = static_cast<std::size_t>(result);
      aim(static_cast<const char*>(buffer) + n, left_ - n, offset + n);
      resubmit();
      return;
    }
    end();
    if (result < 0 || (result == 0 && left_ != 0)) {
      fail_with(ready, result < 0 ? result : -EIO, what("write_at: cannot write"));
    } else {
      complete_into(ready, whole_);
    }
  }

 private:
  void aim(const void* from, std::size_t size, std::uint64_t at) noexcept {
    buffer = const_cast<void*>(from);  // requests of both directions share the field
    length = std::min(size, largest_piece);
    left_ = size;
    offset = at;
  }

  std::string owned_;
  const std::size_t whole_;
  std::size_t left_ = 0;
};

std::vector<iovec> parts_of(const std::vector<mutable_buffer>& buffers) {
  std::vector<iovec> parts;
  parts.reserve(buffers.size());
  for (const mutable_buffer& b : buffers) {
    if (b.size() != 0) {
      parts.push_back({b.data(), b.size()});
    }
  }
  return parts;
}

std::vector<iovec> parts_of(const std::vector<const_buffer>& buffers) {
  std::vector<iovec> parts;
  parts.reserve(buffers.size());
  for (const const_buffer& b : buffers) {
    if (b.size() != 0) {
      parts.push_back({const_cast<void*>(b.data()), b.size()});
    }
  }
  return parts;
}

class read_vector_operation final : public file_operation<read_vector_operation, std::size_t> {
 public:
  read_vector_operation(file::state& s, std::uint64_t at, std::vector<iovec> into) noexcept
      : file_operation("read_at", io_op::read_vector_at, s), parts_(std::move(into)) {
    buffer = parts_.data();
    length = std::min(parts_.size(), std::size_t{IOV_MAX});
    offset = at;
  }
  void on_result(job_list& ready) noexcept {
    end();
    if (result < 0) {
      fail_with(ready, result, what("read_at: cannot read"));
    } else {
      complete_into(ready, static_cast<std::size_t>(result));
    }
  }

 private:
  std::vector<iovec> parts_;
};

class write_vector_operation final : public file_operation<write_vector_operation, std::size_t> {
 public:
  write_vector_operation(file::state& s, std::uint64_t at, std::vector<iovec> from) noexcept
      : file_operation("write_at", io_op::write_vector_at, s), parts_(std::move(from)) {
    offset = at;
    aim();
  }
  void on_result(job_list& ready) noexcept {
    if (result > 0) {
      advance(static_cast<std::size_t>(result));
      if (first_ < parts_.size()) {
        aim();
        resubmit();
        return;
      }
    }
    end();
    if (result <= 0) {
      fail_with(ready, result < 0 ? result : -EIO, what("write_at: cannot write"));
    } else {
      complete_into(ready, written_);
    }
  }

 private:
  void aim() noexcept {
    buffer = parts_.data() + first_;
    length = std::min(parts_.size() - first_, std::size_t{IOV_MAX});
  }
  void advance(std::size_t n) noexcept {
    written_ += n;
    offset += n;
    while (n != 0 && n >= parts_[first_].iov_len) {
      n -= parts_[first_].iov_len;
      ++first_;
    }
    if (n != 0) {
      parts_[first_].iov_base = static_cast<char*>(parts_[first_].iov_base) + n;
      parts_[first_].iov_len -= n;
    }
  }

  std::vector<iovec> parts_;
  std::size_t first_ = 0;
  std::size_t written_ = 0;
};

class sync_operation final : public file_operation<sync_operation, void> {
 public:
  sync_operation(file::state& s, bool data_only) noexcept : file_operation("sync", io_op::sync, s) {
    length = data_only ? 1 : 0;
  }
  void on_result(job_list& ready) noexcept {
    end();
    if (result < 0) {
      fail_with(ready, result, what("sync: cannot write back"));
    } else {
      complete_into(ready);
    }
  }
};

// On a file system that is memory a read waits for nothing, and does not know how to say so.
bool lies_in_memory(int fd) noexcept {
  struct statfs s{};
  return ::fstatfs(fd, &s) == 0 && (s.f_type == TMPFS_MAGIC || s.f_type == RAMFS_MAGIC);
}

// Below 0: it would have to wait, or there is an error that the real read will say.
ssize_t read_without_waiting(int fd, const iovec* parts, int count, std::uint64_t offset) noexcept {
  const auto at = static_cast<off_t>(offset);
  const auto n = ::preadv2(fd, parts, count, at, RWF_NOWAIT);
  return n < 0 && errno == EOPNOTSUPP && lies_in_memory(fd) ? ::preadv(fd, parts, count, at) : n;
}

// False with errno.
bool set_lock(const file::state& s, short type) noexcept {
  struct flock whole{};
  whole.l_type = type;
  whole.l_whence = SEEK_SET;
  return ::fcntl(s.fd(), F_OFD_SETLK, &whole) == 0;
}

}  // namespace

file::state::state(weft::detail::reactor& r, opened_file f, std::string path, bool direct)
    : io_target(r, f.fd()), path_(std::move(path)), direct_(direct) {
  (void)f.take();
}

std::string file::state::describe(const char* operation) const {
  return std::string("weft::fs::file::") + operation + " '" + path_ + "'";
}

void file::state::let_block() noexcept {
  // order: relaxed; done twice it does no harm.
  if (nonblocking_.load(std::memory_order_relaxed)) {
    const int flags = ::fcntl(fd(), F_GETFL);
    ::fcntl(fd(), F_SETFL, flags & ~O_NONBLOCK);
    // order: relaxed; as above.
    nonblocking_.store(false, std::memory_order_relaxed);
  }
}

int read_cached(int fd, std::uint64_t offset, void* into, std::size_t size) noexcept {
  const iovec part{into, std::min(size, largest_piece)};
  const auto n = read_without_waiting(fd, &part, 1, offset);
  return n >= 0 ? static_cast<int>(n) : -EAGAIN;  // whatever it is: the real read will say
}

file file_access::adopt(opened_file f, std::string path, bool direct) {
  return file(
      new file::state(weft::detail::default_reactor(), std::move(f), std::move(path), direct));
}

file& file::operator=(file&& other) noexcept {
  if (this != &other) {
    reset();
    state_ = std::exchange(other.state_, nullptr);
  }
  return *this;
}

file::~file() {
  reset();
}

void file::reset() noexcept {
  if (state* s = std::exchange(state_, nullptr)) {
    s->release();  // what is pending holds a reference, and goes on
  }
}

file::state& file::checked() const {
  if (state_ == nullptr) {
    throw object_disposed("file");
  }
  return *state_;
}

value_task<file> file::open(std::filesystem::path path, open_mode mode, std::stop_token stop) {
  return open_checked(std::move(path), to_flags(mode), std::move(stop));
}

value_task<file> file::open_checked(std::filesystem::path path, int flags, std::stop_token stop) {
  const std::string& name = path.native();
  auto opening = weft::detail::open_file(name, flags, "weft::fs::file::open", std::move(stop));
  opened_file f = co_await std::move(opening);
  if (f.type() == file_type::directory) {
    throw std::system_error(EISDIR, std::generic_category(),
                            "weft::fs::file::open: cannot open '" + name + "'");
  }
  if (f.type() == file_type::pipe) {
    throw std::system_error(
        ESPIPE, std::generic_category(),
        "weft::fs::file::open: '" + name + "' is a pipe, see weft::os::pipe_reader");
  }
  co_return file_access::adopt(std::move(f), name, (flags & O_DIRECT) != 0);
}

value_task<std::size_t> file::read_at(std::uint64_t offset, mutable_buffer into,
                                      std::stop_token stop) {
  state& s = checked();
  if (stop.stop_requested()) {
    return failed_task<std::size_t>(
        io_failure(weft::detail::io_cancel::stop, -ECANCELED, {}, stop));
  }
  if (into.size() == 0) {
    return value_task<std::size_t>(std::size_t{0});
  }
  const int n = s.direct() ? -EAGAIN : read_cached(s.fd(), offset, into.data(), into.size());
  if (n >= 0) {
    return value_task<std::size_t>(static_cast<std::size_t>(n));
  }
  return read_operation::start(frame_new<read_operation>(s, offset, into), std::move(stop));
}

value_task<std::size_t> file::write_at(std::uint64_t offset, const_buffer from,
                                       std::stop_token stop) {
  if (from.size() == 0) {
    return value_task<std::size_t>(std::size_t{0});
  }
  return write_operation::start(frame_new<write_operation>(checked(), offset, from),
                                std::move(stop));
}

value_task<std::size_t> file::write_at(std::uint64_t offset, std::string data,
                                       std::stop_token stop) {
  if (data.empty()) {
    return value_task<std::size_t>(std::size_t{0});
  }
  return write_operation::start(frame_new<write_operation>(checked(), offset, std::move(data)),
                                std::move(stop));
}

value_task<std::size_t> file::read_at(std::uint64_t offset, std::vector<mutable_buffer> into,
                                      std::stop_token stop) {
  state& s = checked();
  if (stop.stop_requested()) {
    return failed_task<std::size_t>(
        io_failure(weft::detail::io_cancel::stop, -ECANCELED, {}, stop));
  }
  std::vector<iovec> parts = parts_of(into);
  if (parts.empty()) {
    return value_task<std::size_t>(std::size_t{0});
  }
  if (!s.direct()) {
    const auto count = static_cast<int>(std::min(parts.size(), std::size_t{IOV_MAX}));
    const auto n = read_without_waiting(s.fd(), parts.data(), count, offset);
    if (n >= 0) {
      return value_task<std::size_t>(static_cast<std::size_t>(n));
    }
  }
  return read_vector_operation::start(frame_new<read_vector_operation>(s, offset, std::move(parts)),
                                      std::move(stop));
}

value_task<std::size_t> file::write_at(std::uint64_t offset, std::vector<const_buffer> from,
                                       std::stop_token stop) {
  state& s = checked();
  std::vector<iovec> parts = parts_of(from);
  if (parts.empty()) {
    return value_task<std::size_t>(std::size_t{0});
  }
  return write_vector_operation::start(
      frame_new<write_vector_operation>(s, offset, std::move(parts)), std::move(stop));
}

value_task<file_info> file::info() const {
  state& s = checked();
  file_info found;
  if (!info_of(s.fd(), "", AT_EMPTY_PATH, found)) {
    return failed_task<file_info>(io_failure({}, -errno, s.describe("info: cannot look at"), {}));
  }
  return value_task<file_info>(found);
}

std::uint32_t file::direct_alignment() const {
  // STATX_DIOALIGN is younger than the C library: the two numbers stand behind what it knows.
  constexpr unsigned wanted = 0x2000;
  struct statx s{};
  if (::statx(checked().fd(), "", AT_EMPTY_PATH, wanted, &s) != 0 || (s.stx_mask & wanted) == 0) {
    return 0;
  }
  std::uint32_t memory_and_offset[2];
  std::memcpy(memory_and_offset, reinterpret_cast<const char*>(&s) + 0x98,
              sizeof memory_and_offset);
  return std::max(memory_and_offset[0], memory_and_offset[1]);
}

value_task<> file::set_length(std::uint64_t length, std::stop_token stop) {
  state& s = checked();
  s.add_reference();
  auto work = [held = target_ref<state>(&s), length] {
    while (::ftruncate(held->fd(), static_cast<off_t>(length)) != 0) {
      if (errno != EINTR) {
        throw std::system_error(errno, std::generic_category(),
                                held->describe("set_length: cannot change"));
      }
    }
  };
  return weft::detail::call_blocking(std::move(work), std::move(stop));
}

value_task<file_lock> file::lock(lock_mode mode, std::stop_token stop) {
  using namespace std::chrono_literals;
  state& s = checked();
  s.add_reference();
  target_ref<state> held(&s);
  const short type = mode == lock_mode::shared ? F_RDLCK : F_WRLCK;
  for (auto pause = 1ms;; pause = std::min(pause * 2, std::chrono::milliseconds(50ms))) {
    throw_if_stopped(stop);
    if (set_lock(*held, type)) {
      held->add_reference();
      co_return file_lock(held.get());
    }
    if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), held->describe("lock: cannot lock"));
    }
    auto waiting = delay(pause, stop);
    co_await std::move(waiting);
  }
}

file_lock file::try_lock(lock_mode mode) {
  state& s = checked();
  if (set_lock(s, mode == lock_mode::shared ? F_RDLCK : F_WRLCK)) {
    s.add_reference();
    return file_lock(&s);
  }
  if (errno != EAGAIN && errno != EACCES) {
    throw std::system_error(errno, std::generic_category(), s.describe("try_lock: cannot lock"));
  }
  return file_lock();
}

void file_lock::unlock() noexcept {
  if (auto* const s = static_cast<file::state*>(std::exchange(state_, nullptr))) {
    (void)set_lock(*s, F_UNLCK);
    s->release();
  }
}

file_lock& file_lock::operator=(file_lock&& other) noexcept {
  if (this != &other) {
    unlock();
    state_ = std::exchange(other.state_, nullptr);
  }
  return *this;
}

value_task<std::uint64_t> file::size() const {
  state& s = checked();
  struct stat now{};
  if (::fstat(s.fd(), &now) != 0) {
    return failed_task<std::uint64_t>(
        io_failure({}, -errno, s.describe("size: cannot look at"), {}));
  }
  return value_task<std::uint64_t>(static_cast<std::uint64_t>(now.st_size));
}

value_task<> file::sync(std::stop_token stop) {
  return sync_operation::start(frame_new<sync_operation>(checked(), false), std::move(stop));
}

value_task<> file::sync_data(std::stop_token stop) {
  return sync_operation::start(frame_new<sync_operation>(checked(), true), std::move(stop));
}

value_task<> file::close() {
  reset();
  return value_task<>();
}

}  // namespace weft::fs
