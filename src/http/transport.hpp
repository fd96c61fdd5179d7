#pragma once
/// `transport`: what http asks of a connection, in one place; `receive_buffer`.

#include <weft/net.hpp>
#include <weft/net/detail/secure_stream.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>
#include <string_view>
#include <utility>

namespace weft::http::detail {

/// A connection, in the clear or over TLS. Move-only; its end cuts it, without TLS's farewell.
class transport {
 public:
  transport() noexcept = default;
  explicit transport(net::tcp_stream plain) noexcept : plain_(std::move(plain)) {}
  explicit transport(std::unique_ptr<net::detail::secure_stream> secure) noexcept
      : secure_(std::move(secure)) {}

  /// Bytes that came: 0 at the end. `into` must live until then.
  [[nodiscard]] value_task<std::size_t> read_some(std::span<char> into, std::stop_token stop) {
    return secure_ == nullptr ? plain_.read_some(into, std::move(stop))
                              : secure_->read_some(into, std::move(stop));
  }
  /// `text` must live until it is written.
  [[nodiscard]] value_task<> write_all(std::string_view text, std::stop_token stop) {
    const const_buffer from(text.data(), text.size());
    return secure_ == nullptr ? plain_.write_all(from, std::move(stop))
                              : secure_->write_all(from, std::move(stop));
  }
  [[nodiscard]] value_task<> shutdown_write(std::stop_token stop) {
    if (secure_ != nullptr) {
      return secure_->shutdown_write(std::move(stop));
    }
    plain_.shutdown_write();
    return value_task<>();
  }
  void set_deadline(time_point when) {
    secure_ == nullptr ? plain_.set_deadline(when) : secure_->set_deadline(when);
  }
  void set_deadline(std::chrono::nanoseconds from_now) {
    set_deadline(from_now == infinite ? time_point::max()
                                      : std::chrono::steady_clock::now() + from_now);
  }
  void close() noexcept {
    if (secure_ != nullptr) {
      secure_->close();
    }
    plain_.close();
  }

 private:
  net::tcp_stream plain_;  // not connected where there is a secure one
  std::unique_ptr<net::detail::secure_stream> secure_;
};

/// Bytes received and not yet used: one block that is used again and again.
class receive_buffer {
 public:
  [[nodiscard]] std::string_view unread() const noexcept {
    return {data_.data() + begin_, end_ - begin_};
  }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
  void consume(std::size_t n) noexcept {
    begin_ += n;
    if (begin_ == end_) {
      begin_ = end_ = 0;
    }
  }
  /// Room for more behind what is unread; grows when less than a quarter is left.
  [[nodiscard]] std::span<char> room() {
    if (begin_ != 0) {
      data_.erase(0, begin_);
      data_.resize(data_.capacity());
      end_ -= begin_;
      begin_ = 0;
    }
    if (data_.size() - end_ < data_.size() / 4 || data_.empty()) {
      data_.resize(data_.empty() ? initial_size : data_.size() * 2);
    }
    return {data_.data() + end_, data_.size() - end_};
  }
  void received(std::size_t n) noexcept { end_ += n; }

 private:
  static constexpr std::size_t initial_size =
      4096;  // bytes; most requests fit, an idle connection keeps no more
  std::string data_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace weft::http::detail
