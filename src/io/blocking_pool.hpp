#pragma once
/// Threads for system calls that the kernel offers only as blocking ones.

#include <weft/io/reactor.hpp>

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace weft::detail {

/// Bounded; starts a thread when there is work and none idle, and lets it go after a while without
/// work.
/// **Thread-safety**: all members.
class blocking_pool {
 public:
  using done_function = void (*)(void* context, io_request&, int result) noexcept;

  /// Enough to hide disk and resolver latency, few enough not to matter as threads.
  static constexpr unsigned default_threads = 16;

  blocking_pool(unsigned max_threads, done_function done, void* context) noexcept;
  blocking_pool(const blocking_pool&) = delete;
  blocking_pool& operator=(const blocking_pool&) = delete;
  ~blocking_pool() { stop(); }

  /// Waits for the calls that have begun and drops what is queued. Nothing may be submitted any
  /// more.
  void stop() noexcept;

  /// Runs the request's blocking call on one of the threads, then `done`. If it was cancelled
  /// already, or no thread can be had at all, `done` is called here.
  void submit(io_request& r) noexcept;

  /// Takes a request that has not begun out of the queue. False: it has begun or is not here.
  [[nodiscard]] bool withdraw(io_request& r) noexcept;

  [[nodiscard]] unsigned threads() const noexcept;

 private:
  void work() noexcept;
  bool start_thread() noexcept;  // pre: locked

  // Constant after construction.
  const unsigned max_threads_;
  const done_function done_;
  void* const context_;

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable gone_;
  io_request* head_ = nullptr;
  io_request* tail_ = nullptr;
  std::size_t queued_ = 0;
  unsigned threads_ = 0;
  unsigned idle_ = 0;
  bool stopping_ = false;
};

}  // namespace weft::detail
