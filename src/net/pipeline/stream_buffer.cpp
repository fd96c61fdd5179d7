#include <weft/net/detail/stream_buffer.hpp>

#include <weft/base/error.hpp>
#include <weft/io/stream.hpp>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace weft::net::detail {

std::size_t stream_buffer::take(mutable_buffer into) noexcept {
  const std::size_t n = std::min(into.size(), end_ - taken_);
  if (n != 0) {
    std::memcpy(into.data(), bytes_.data() + taken_, n);
    drop(n);
  }
  return n;
}

std::string stream_buffer::take_text(std::size_t count) {
  std::string text = bytes_.substr(taken_, count);
  drop(count);
  return text;
}

void stream_buffer::drop(std::size_t count) noexcept {
  taken_ += count;
  if (taken_ == end_) {
    taken_ = end_ = 0;
  }
}

std::size_t stream_buffer::put(const_buffer from) {
  const std::size_t n = std::min(from.size(), size_ - std::min(size_, end_ - taken_));
  if (n != 0) {
    if (bytes_.size() < size_) {
      bytes_.resize(size_);
    }
    if (end_ + n > bytes_.size()) {
      static_cast<void>(room());
    }
    std::memcpy(bytes_.data() + end_, from.data(), n);
    end_ += n;
  }
  return n;
}

mutable_buffer stream_buffer::room() {
  if (taken_ != 0) {
    std::memmove(bytes_.data(), bytes_.data() + taken_, end_ - taken_);
    end_ -= std::exchange(taken_, 0);
  }
  if (bytes_.size() < size_) {
    bytes_.resize(size_);
  } else if (end_ == bytes_.size()) {
    bytes_.resize(2 * bytes_.size());
  }
  return {bytes_.data() + end_, bytes_.size() - end_};
}

delimiter_search::delimiter_search(std::string delimiter, std::size_t limit)
    : delimiter_(std::move(delimiter)), limit_(limit) {
  if (delimiter_.empty()) {
    throw std::invalid_argument("weft::net::buffered_stream: the delimiter is empty");
  }
}

std::size_t delimiter_search::in(std::string_view text) {
  const std::size_t at = text.find(delimiter_, searched_);
  if (at != std::string_view::npos && at + delimiter_.size() <= limit_) {
    return at + delimiter_.size();
  }
  if (text.size() >= limit_) {
    throw std::length_error("weft::net::buffered_stream: no delimiter within " +
                            std::to_string(limit_) + " bytes");
  }
  searched_ = text.size() < delimiter_.size() ? 0 : text.size() - delimiter_.size() + 1;
  return 0;
}

void throw_ended_early(std::size_t had, std::size_t wanted) {
  throw end_of_stream("weft::net::buffered_stream: the stream ended after " + std::to_string(had) +
                      " of " + std::to_string(wanted) + " bytes");
}

void throw_write_cut_short() {
  throw invalid_operation(
      "weft::net::buffered_stream: an earlier write was cut short, and this stream cannot say how "
      "much of it was sent; close it");
}

void throw_no_stream() {
  throw object_disposed("weft::net::buffered_stream: it has no stream");
}

}  // namespace weft::net::detail
