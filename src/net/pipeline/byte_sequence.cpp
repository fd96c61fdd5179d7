#include "pipeline_core.hpp"

#include <cstring>

namespace weft::net {

std::string_view byte_sequence::iterator::operator*() const noexcept {
  const std::size_t here = at_ == last_ ? rest_ : std::min(rest_, at_->end - begin_);
  return {at_->data() + begin_, here};
}

byte_sequence::iterator& byte_sequence::iterator::operator++() noexcept {
  rest_ -= (**this).size();
  // Segments before the last one never change again; one may be empty.
  while (rest_ != 0) {
    at_ = at_->next;
    begin_ = 0;
    if (at_ == last_ || at_->end != 0) {
      break;
    }
  }
  return *this;
}

byte_sequence::iterator byte_sequence::begin() const noexcept {
  iterator i;
  if (size_ != 0) {
    i.at_ = first_;
    i.begin_ = begin_;
    i.rest_ = size_;
    i.last_ = last_;
    while (i.at_ != last_ && i.begin_ == i.at_->end) {
      i.at_ = i.at_->next;
      i.begin_ = 0;
    }
  }
  return i;
}

byte_sequence::iterator byte_sequence::end() const noexcept {
  return {};
}

std::string_view byte_sequence::front() const noexcept {
  return size_ == 0 ? std::string_view() : *begin();
}

std::size_t byte_sequence::find(std::string_view what, std::size_t from) const noexcept {
  if (what.empty()) {
    return from <= size_ ? from : npos;
  }
  std::size_t position = 0;
  for (auto piece = begin(); piece != end(); position += (*piece).size(), ++piece) {
    const std::string_view text = *piece;
    std::size_t at = from > position ? from - position : 0;
    while (at < text.size() && (at = text.find(what.front(), at)) != npos) {
      // Compares what lies in this piece, then goes on in those behind it.
      std::size_t matched = 0;
      auto p = piece;
      std::size_t begins = at;
      for (; p != end() && matched < what.size(); ++p, begins = 0) {
        const std::string_view part = (*p).substr(begins, what.size() - matched);
        if (what.substr(matched, part.size()) != part) {
          break;
        }
        matched += part.size();
      }
      if (matched == what.size()) {
        return position + at;
      }
      ++at;
    }
  }
  return npos;
}

std::size_t byte_sequence::copy_to(mutable_buffer into, std::size_t from) const noexcept {
  auto* to = static_cast<char*>(into.data());
  std::size_t left = into.size();
  for (std::string_view piece : *this) {
    const std::size_t skipped = std::min(from, piece.size());
    from -= skipped;
    piece.remove_prefix(skipped);
    const std::size_t n = std::min(left, piece.size());
    if (n != 0) {
      std::memcpy(to, piece.data(), n);
      to += n;
      left -= n;
    }
  }
  return into.size() - left;
}

std::string byte_sequence::to_string(std::size_t from, std::size_t count) const {
  std::string text(std::min(count, size_ - std::min(from, size_)), '\0');
  static_cast<void>(copy_to(text, from));
  return text;
}

}  // namespace weft::net
