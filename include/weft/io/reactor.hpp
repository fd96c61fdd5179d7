#pragma once
/// The reactor: kernel operations as requests, waited for by whichever thread the scheduler parks
/// in it. Internal to weft: net, fs and os are built on it. Protocol and reasons: src/io/README.md.

#include <weft/base/atomic.hpp>
#include <weft/base/job.hpp>
#include <weft/sched/idle_driver.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace weft::detail {

class io_target;
class reactor;

enum class io_backend : std::uint8_t { automatic, uring, epoll };

/// What a request asks of the kernel. `buffer`, `length` and `offset` are read as noted.
enum class io_op : std::uint8_t {
  receive,          ///< recv(buffer, length)
  send,             ///< send(buffer, length), never SIGPIPE
  receive_message,  ///< recvmsg(buffer: msghdr*)
  send_message,     ///< sendmsg(buffer: msghdr*)
  accept,           ///< accept; result: a non-blocking, close-on-exec descriptor
  wait_readable,    ///< until data, end, or error; result: 0
  wait_writable,    ///< until space or error; result: 0
  read_stream,      ///< read(buffer, length) of a pipe, terminal …
  write_stream,     ///< write(buffer, length), never SIGPIPE
  send_zero_copy,   ///< send(buffer, length) all of it; done when the kernel needs `buffer` no more
  read_at,          ///< pread(buffer, length, offset)
  write_at,         ///< pwrite(buffer, length, offset)
  read_vector_at,   ///< preadv(buffer: iovec*, length: how many, offset)
  write_vector_at,  ///< pwritev, likewise
  sync,             ///< fsync; length 1: fdatasync
  open,             ///< open(buffer: path, length: flags, offset: mode); result: descriptor
  call,             ///< invoke(request) on a blocking thread; result: what it returns
};

/// Why a request was cancelled; the first reason wins.
enum class io_cancel : std::uint8_t { none, stop, closed, deadline, abandoned };

/// One operation. Embedded in whoever wants it done; belongs to the reactor from `submit` until
/// `done` is called.
struct io_request {
  using done_function = void (*)(io_request&, job_list& ready) noexcept;
  using call_function = int (*)(io_request&) noexcept;

  io_request(io_op what, done_function on_done) noexcept : op(what), done(on_done) {}
  io_request(const io_request&) = delete;
  io_request& operator=(const io_request&) = delete;

  // Constant from submit to done.
  io_op op;
  done_function
      done;  ///< Called once, by the waiting thread, without locks; may destroy the request.
  io_target* target = nullptr;     ///< Null for open and call.
  call_function invoke = nullptr;  ///< For call.
  void* buffer = nullptr;          ///< Must live until done.
  std::size_t length = 0;
  std::uint64_t offset = 0;

  // Written by the reactor.
  int result = 0;  ///< At done: ≥ 0, or a negated errno.
  atomic<io_cancel> reason{io_cancel::none};

  // The reactor's own: links and state, guarded by the locks of target and backend.
  reactor* owner = nullptr;    // whose waiting thread calls `done`
  io_request* next = nullptr;  // of the target's list
  io_request* previous = nullptr;
  io_request* queue_next = nullptr;  // of backlog, finished list, blocking queue
  std::uint8_t outstanding = 0;      // answers that the kernel still owes
  bool linked = false;               // stands in its target's list
  bool queued = false;               // stands in a backlog or in the blocking queue
  bool cancel_sent = false;
  bool by_hand = false;  // the ring would not wait for it: it polls, or a thread does it
  bool lent = false;     // it has been answered, and the kernel still has `buffer`
  bool cut = false;      // the connection was reset, for the kernel to let go of `buffer`

  // Of a loop's reactor, and touched by its thread only: the list of what it owns.
  io_request* owned_next = nullptr;
  io_request* owned_previous = nullptr;
  bool owned = false;
  bool moving = false;  // to the default reactor, when the ring has answered
  // Guarded by the lock of the inbox of a loop's reactor.
  io_request* inbox_next = nullptr;
  bool in_inbox = false;
};

/// Threads of a reactor's own that sleep until something is submitted: they end nobody's wait.
struct resting_threads {
  int count = 0;
  std::uint64_t changes = 0;  ///< While it stands still, they are the same threads.
  [[nodiscard]] bool operator==(const resting_threads&) const noexcept = default;
};

/// The kernel's side of asynchronous operations.
/// **Thread-safety**: `submit` and `cancel` by any thread; `wait` by one thread at a time.
class reactor : public idle_driver {
 public:
  /// Starts `request`. Never calls `done` before it returns; the waiting thread does, also for
  /// failures.
  /// **Pre**: `target` set for the operations on descriptors, and kept alive by the request's owner
  /// until done.
  virtual void submit(io_request& request) noexcept = 0;

  /// Asks that `request` end soon; it ends with -ECANCELED or with its real result.
  /// **Pre**: the request and its target live; it may be done, or not submitted yet (then `submit`
  /// ends it at once).
  virtual void cancel(io_request& request, io_cancel reason) noexcept = 0;

  /// The backend in use: `uring` or `epoll`.
  [[nodiscard]] virtual io_backend backend() const noexcept = 0;

  /// Takes over a request from the reactor of a loop: like `submit`, but it stands in its target's
  /// list already, and `owner` is this one.
  virtual void take_over(io_request& request) noexcept = 0;

  /// A loop's: false when the kernel has refused what it needs; submit elsewhere.
  [[nodiscard]] virtual bool usable() const noexcept { return true; }

  /// **Thread-safety**: any thread.
  [[nodiscard]] virtual resting_threads resting() const noexcept { return {}; }

  /// Whether it has `send_zero_copy`.
  [[nodiscard]] virtual bool lends() const noexcept { return false; }

 protected:
  friend class io_core;
  friend class io_target;
  // Cancels a request that stands in its target's list. Pre: the target's lock is held.
  virtual void cancel_linked(io_request& request) noexcept = 0;
  // The last reference to the target has gone: close its descriptor and free it.
  virtual void retire(io_target* target) noexcept = 0;
};

/// Makes a reactor. `automatic`: what the environment variable `WEFT_IO` says, else io_uring where
/// the kernel grants it, else epoll. **Throws** `std::system_error` when a backend that was asked
/// for by name cannot be had, or none can.
[[nodiscard]] std::unique_ptr<reactor> make_reactor(io_backend backend = io_backend::automatic);

/// The reactor of a single loop, which moves to the default reactor what is pending when the loop
/// ends or blocks. `submit` and `wait` by the loop's thread only. Null when the kernel refuses.
[[nodiscard]] std::shared_ptr<reactor> make_loop_reactor(io_backend backend);

/// Where to submit what is asked for on this thread: the reactor of the loop that it runs, made on
/// first use, else `otherwise`.
[[nodiscard]] reactor& reactor_here(reactor& otherwise) noexcept;

/// The reactor of the default instance; starts it on first use.
/// **Throws** `invalid_operation` when nothing provides one, or in a forked child.
[[nodiscard]] reactor& default_reactor();

/// Says where `default_reactor` comes from; the runtime fills it. Returns what was set before.
using reactor_provider = reactor& (*)();
reactor_provider set_reactor_provider(reactor_provider provider) noexcept;

}  // namespace weft::detail
