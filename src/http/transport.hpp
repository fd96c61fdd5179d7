#pragma once
/// The few things that http asks of a connection, in one place.

#include <weft/net.hpp>

#include <cstddef>
#include <span>
#include <stop_token>
#include <string_view>
#include <utility>

namespace weft::http::detail {

/// Bytes that came: 0 at the end. `into` must live until then.
[[nodiscard]] inline value_task<std::size_t> read_some(net::tcp_stream& from, std::span<char> into,
                                                       std::stop_token stop) {
  return from.read_some(std::as_writable_bytes(into), std::move(stop));
}

/// `text` must live until it is written.
[[nodiscard]] inline value_task<void> write_all(net::tcp_stream& to, std::string_view text,
                                                std::stop_token stop) {
  return to.write_all(std::as_bytes(std::span(text.data(), text.size())), std::move(stop));
}

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
