#pragma once
/// Opening paths, and running blocking calls, as operations. Internal to weft.

#include <weft/io/operation.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

namespace weft::detail {

enum class file_type : std::uint8_t { regular, directory, pipe, other };

/// A descriptor that has been opened and not been handed on yet. Move-only; its end closes it.
class opened_file {
 public:
  opened_file() noexcept = default;
  explicit opened_file(int fd);
  /// Takes over what need not be looked at: its type and size stay unknown.
  [[nodiscard]] static opened_file unexamined(int fd) noexcept {
    opened_file f;
    f.fd_ = fd;
    return f;
  }
  opened_file(opened_file&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), size_(other.size_), type_(other.type_) {}
  opened_file& operator=(opened_file&& other) noexcept {
    std::swap(fd_, other.fd_);
    size_ = other.size_;
    type_ = other.type_;
    return *this;
  }
  ~opened_file();

  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] int take() noexcept { return std::exchange(fd_, -1); }
  [[nodiscard]] file_type type() const noexcept { return type_; }
  /// When it was opened; 0 for what has no size, and for files of /proc.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  int fd_ = -1;
  std::uint64_t size_ = 0;
  file_type type_ = file_type::other;
};

/// Opens without blocking this thread: at once when the path is cached and only read, else through
/// the reactor. The descriptor is close-on-exec and non-blocking, so that a named pipe does not
/// wait for its other end. `flags` as of open(2). **Throws** `std::system_error` with `what` and
/// the path in its message.
/// **Lifetime**: the path is copied when it has to be kept; `what` is a literal.
[[nodiscard]] value_task<opened_file> open_file(const std::string& path, int flags,
                                                const char* what, std::stop_token stop);

/// A call of `f` on a blocking thread. **Cancellation**: until it has begun.
template <class F>
class blocking_operation final
    : public io_operation<std::invoke_result_t<F&>, blocking_operation<F>> {
 public:
  using result_type = std::invoke_result_t<F&>;

  blocking_operation(reactor& r, F f)
      : io_operation<result_type, blocking_operation>("blocking call", "file", io_op::call, r),
        function_(std::move(f)) {
    this->invoke = [](io_request& q) noexcept {
      static_cast<blocking_operation&>(q).call();
      return 0;
    };
  }

  void on_result(job_list& ready) noexcept {
    this->end();
    if (this->result < 0) {
      this->fail_with(ready, this->result, "weft: no thread for a blocking call");
    } else if (error_ != nullptr) {
      this->fail_into(ready, std::move(error_));
    } else if constexpr (std::is_void_v<result_type>) {
      this->complete_into(ready);
    } else {
      this->complete_into(ready, std::move(*value_));
    }
  }

 private:
  void call() noexcept {
    try {
      if constexpr (std::is_void_v<result_type>) {
        function_();
      } else {
        value_.emplace(function_());
      }
    } catch (...) {
      error_ = std::current_exception();
    }
  }

  using stored = std::conditional_t<std::is_void_v<result_type>, char, result_type>;
  F function_;
  std::optional<stored> value_;
  std::exception_ptr error_;
};

template <class F>
[[nodiscard]] value_task<std::invoke_result_t<F&>> call_blocking(F f, std::stop_token stop) {
  using made = blocking_operation<F>;
  return made::start(frame_new<made>(default_reactor(), std::move(f)), std::move(stop));
}

}  // namespace weft::detail
