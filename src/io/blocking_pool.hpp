#pragma once
/// Threads for system calls that the kernel offers only as blocking ones. README.md here, "Blocking
/// pool", has the protocol of sleep and wake.

#include <weft/base/futex.hpp>
#include <weft/base/lock.hpp>
#include <weft/io/reactor.hpp>
#include <weft/io/target.hpp>

#include <cstddef>
#include <cstdint>

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
  /// **Cost**: no system call while a thread is on its way.
  void submit(io_request& r) noexcept;

  /// Takes a request that has not begun out of the queue. False: it has begun or is not here.
  [[nodiscard]] bool withdraw(io_request& r) noexcept;

  [[nodiscard]] unsigned threads() const noexcept;
  /// Those that sleep until something is submitted.
  [[nodiscard]] resting_threads resting() const noexcept;

 protected:
  /// False: there is none to be had. For tests, which have it fail when they like.
  [[nodiscard]] virtual bool start_thread() noexcept;

 private:
  /// A thread that sleeps, on its own stack.
  struct sleeper {
    static constexpr std::uint32_t asleep = 0;
    static constexpr std::uint32_t called = 1;
    atomic<std::uint32_t> word{asleep};  // written under the lock
    sleeper* next = nullptr;
  };
  /// Who is to look at the queue; to be told without the lock.
  struct call {
    const atomic<std::uint32_t>* sleeping = nullptr;
    bool starts = false;  // a new thread
  };

  void work() noexcept;
  [[nodiscard]] io_request* next() noexcept;    // pre: locked, and again when it returns
  [[nodiscard]] bool sleep() noexcept;          // likewise; false: not called for a while
  [[nodiscard]] call call_somebody() noexcept;  // pre: locked
  void make(call what) noexcept;
  [[nodiscard]] io_request* give_up_start(call& instead) noexcept;

  // Constant after construction.
  const unsigned max_threads_;
  const done_function done_;
  void* const context_;

  // Guarded by lock_.
  mutable lock lock_{io_rank::pool};
  io_request* head_ = nullptr;
  io_request* tail_ = nullptr;
  sleeper* idle_ = nullptr;  // who fell asleep last comes first: what it needs is still in a cache
  std::uint64_t rests_ = 0;  // counts how often one of them has come or gone
  unsigned threads_ = 0;     // also those that are being started
  bool coming_ = false;      // somebody has been called and has not looked at the queue yet
  bool stopping_ = false;

  // Changes when a thread has ended.
  atomic<std::uint32_t> ended_{0};
};

}  // namespace weft::detail
