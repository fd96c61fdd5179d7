#pragma once
/// The API of T14 and its background job without weft.

#include <weft/base/atomic.hpp>

#include "tour/measure.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

namespace weft::tour {

/// What both answer to `api_path`.
inline constexpr std::string_view api_path = "/users/7";
inline constexpr std::string_view api_body = R"({"id":7,"name":"user 7"})";

/// The job in the background: bodies of some ten milliseconds, counted. **Thread-safety**: all
/// members.
class background_job {
 public:
  /// One body.
  void compute();
  [[nodiscard]] std::size_t bodies() const noexcept {
    // order: relaxed; a count that is shown, nothing depends on it.
    return bodies_.load(std::memory_order_relaxed);
  }
  /// Waits until `threads` of them compute. **Returns** false if they do not for five seconds.
  [[nodiscard]] bool wait_for(std::size_t threads) const;

 private:
  detail::atomic<std::size_t> bodies_{0};
  mutable std::mutex lock_;
  mutable std::condition_variable began_;
  thread_set threads_;  // changed under lock_
};

/// A listening socket on loopback. **Throws** `std::system_error`.
class plain_listener {
 public:
  plain_listener();
  plain_listener(const plain_listener&) = delete;
  plain_listener& operator=(const plain_listener&) = delete;
  ~plain_listener();

  [[nodiscard]] int get() const noexcept { return socket_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

/// A thread for each connection, blocked in its calls, beside `computing` threads that compute:
/// what this machine gives, now. Ends with its connections.
class threads_beside {
 public:
  threads_beside(background_job& job, std::size_t computing);
  threads_beside(const threads_beside&) = delete;
  threads_beside& operator=(const threads_beside&) = delete;
  ~threads_beside();

  [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }

 private:
  void accept();

  plain_listener listener_;
  detail::atomic<bool> over_{false};
  std::vector<std::thread> computing_;
  std::vector<std::thread> serving_;  // `accepting_`'s until it has ended
  std::thread accepting_;
};

/// As many threads as compute, which do both: they answer what has come between two bodies.
class threads_for_both {
 public:
  threads_for_both(background_job& job, std::size_t threads);
  threads_for_both(const threads_for_both&) = delete;
  threads_for_both& operator=(const threads_for_both&) = delete;
  ~threads_for_both();

  [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }

 private:
  void work(background_job& job);

  plain_listener listener_;
  detail::atomic<bool> over_{false};
  std::vector<std::thread> threads_;
};

}  // namespace weft::tour
