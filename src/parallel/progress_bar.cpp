#include <weft/parallel/progress_bar.hpp>

#include <weft/time/timer_service.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <exception>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

namespace weft {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t redraw_ns = 50'000'000;  // faster than the eye needs
constexpr int usual_columns = 80;

int columns_of(int descriptor) noexcept {
  winsize size{};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                        : usual_columns;
}

/// Cuts at a character's border: continuation bytes of UTF-8 take no column.
std::string_view fitting(std::string_view text, std::size_t columns) noexcept {
  std::size_t seen = 0;
  for (std::size_t i = 0; i != text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U && seen++ == columns) {
      return text.substr(0, i);
    }
  }
  return text;
}

std::string clock_text(std::int64_t ns) {
  const std::int64_t seconds = ns / second_ns;
  const std::string rest = std::to_string(seconds % 60);
  return std::to_string(seconds / 60) + (rest.size() == 1 ? ":0" : ":") + rest;
}

}  // namespace

namespace detail {

std::string progress_line(std::string_view label, std::uint64_t done, std::uint64_t total,
                          std::int64_t elapsed_ns, int columns) {
  const std::uint64_t at = std::min(done, total);
  const double share = total == 0 ? 1.0 : static_cast<double>(at) / static_cast<double>(total);
  const auto width = static_cast<std::size_t>(std::max(columns, 1));
  const std::string percent = std::to_string(static_cast<int>(share * 100)) + " %";
  if (width <= percent.size()) {
    return percent.substr(0, width);
  }
  const std::string counts =
      ' ' + std::to_string(done) + '/' + std::to_string(total) + ' ' + clock_text(elapsed_ns);
  // What there is room for, the most telling first: percent, label, counts, bar.
  constexpr std::size_t least_bar = 8;
  std::size_t left = width - percent.size();
  const std::string_view name = fitting(label, left > 1 ? left - 1 : 0);
  const auto name_columns = static_cast<std::size_t>(std::ranges::count_if(
      name, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
  std::string line(name);
  if (!name.empty()) {
    line += ' ';
    left -= name_columns + 1;
  }
  const bool with_counts = left >= counts.size();
  left -= with_counts ? counts.size() : 0;
  if (left >= least_bar + 3) {
    constexpr std::size_t widest = 40;
    const std::size_t cells = std::min(left - 3, widest);
    const auto full = static_cast<std::size_t>(share * static_cast<double>(cells));
    line += '[' + std::string(full, '#') + std::string(cells - full, ' ') + "] ";
  }
  line += percent;
  return with_counts ? line + counts : line;
}

}  // namespace detail

progress_bar::progress_bar(std::string label, detail::any_integer total, int descriptor)
    : label_(std::move(label)),
      total_(total.as_count("the total of a progress_bar")),
      descriptor_(descriptor),
      terminal_(::isatty(descriptor) == 1),
      began_(detail::monotonic_ns()),
      shown_at_(terminal_ ? began_ - redraw_ns : began_) {}

progress_bar::~progress_bar() {
  show(true);
}

void progress_bar::advance(std::uint64_t n) noexcept {
  // order: relaxed; a count that publishes nothing, here and below.
  done_.fetch_add(n, std::memory_order_relaxed);
  show(false);
}

void progress_bar::report(std::uint64_t done) noexcept {
  // order: relaxed; as in advance.
  done_.store(done, std::memory_order_relaxed);
  show(false);
}

std::uint64_t progress_bar::done() const noexcept {
  // order: relaxed; as in advance.
  return done_.load(std::memory_order_relaxed);
}

void progress_bar::show(bool last) noexcept {
  const std::int64_t now = detail::monotonic_ns();
  // order: relaxed; a hint: whoever is early draws, the lock keeps lines whole.
  const std::int64_t since = now - shown_at_.load(std::memory_order_relaxed);
  if (!last && since < (terminal_ ? redraw_ns : second_ns)) {
    return;
  }
  if (last) {
    lock_.acquire();
  } else if (!lock_.try_acquire()) {
    return;  // somebody is drawing
  }
  try {
    const std::uint64_t at = done();
    const std::uint64_t tenth = total_ == 0
                                    ? 10
                                    : static_cast<std::uint64_t>(10 * static_cast<double>(at) /
                                                                 static_cast<double>(total_));
    // order: relaxed; as above.
    shown_at_.store(now, std::memory_order_relaxed);
    if (terminal_) {
      // The last column stays free: some terminals go to the next line when it is written.
      const int columns = columns_of(descriptor_) - 1;
      write("\r\033[K" + detail::progress_line(label_, at, total_, now - began_, columns) +
            (last ? "\n" : ""));
    } else if (last || tenth > tenth_) {
      tenth_ = tenth;
      write(detail::progress_line(label_, at, total_, now - began_, usual_columns) + '\n');
    }
  } catch (const std::exception&) {  // no memory for a line: it is left out
  }
  lock_.release();
}

void progress_bar::write(std::string_view text) const noexcept {
  while (!text.empty()) {
    const ssize_t n = ::write(descriptor_, text.data(), text.size());
    if (n < 0 && errno != EINTR) {
      return;  // nobody reads: work goes on
    }
    text.remove_prefix(n < 0 ? 0 : static_cast<std::size_t>(n));
  }
}

}  // namespace weft
