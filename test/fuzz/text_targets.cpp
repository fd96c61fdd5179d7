#include <weft/fs/entries.hpp>
#include <weft/fs/file.hpp>
#include <weft/fs/file_stream.hpp>
#include <weft/fs/whole.hpp>
#include <weft/net/buffered_stream.hpp>
#include <weft/net/pipeline.hpp>

#include "fuzz/targets.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

namespace fuzz {
namespace {

/// What stands before a text: how it is to be cut up.
std::size_t take_number(std::string_view& bytes, std::size_t below) {
  const std::size_t number = bytes.empty() ? 0 : static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(bytes.empty() ? 0 : 1);
  return number % below;
}

constexpr const char* too_long = "(too long)";  // longer than any limit here

/// What `read_until` gives, one after the other, until it gives nothing or throws.
std::vector<std::string> cut(std::string_view text, std::string_view delimiter, std::size_t limit) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t at = text.find(delimiter);
    const bool found = at != std::string_view::npos && at + delimiter.size() <= limit;
    if (!found && text.size() >= limit) {
      parts.emplace_back(too_long);
      break;
    }
    const std::size_t size = found ? at + delimiter.size() : text.size();
    parts.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return parts;
}
template <class Reader>
std::vector<std::string> cut_by(Reader& reader, const std::string& delimiter, std::size_t limit) {
  std::vector<std::string> parts;
  try {
    for (;;) {
      std::string part = reader.read_until(delimiter, limit).result();
      if (part.empty()) {
        return parts;
      }
      parts.push_back(std::move(part));
    }
  } catch (const std::length_error&) {
    parts.emplace_back(too_long);
  }
  return parts;
}

/// Bytes that come in pieces of that size.
class memory_stream {
 public:
  memory_stream(std::string_view text, std::size_t step) : rest_(text), step_(step) {}
  weft::value_task<std::size_t> read_some(weft::mutable_buffer into, std::stop_token) {
    const std::size_t n = std::min({into.size(), step_, rest_.size()});
    rest_.copy(static_cast<char*>(into.data()), n);
    rest_.remove_prefix(n);
    return weft::value_task<std::size_t>(n);
  }
  void close() noexcept {}

 private:
  std::string_view rest_;
  std::size_t step_;
};

/// Ended by `\n`, `\r\n` or, if `by_return`, `\r` alone; the last one needs no end.
std::vector<std::string> lines_of(std::string_view text, bool by_return) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(by_return ? "\r\n" : "\n"), text.size());
    std::string_view line = text.substr(0, end);
    const bool is_pair = text.substr(end, 2) == "\r\n";
    line.remove_suffix(!by_return && end < text.size() && line.ends_with('\r') ? 1 : 0);
    lines.emplace_back(line);
    text.remove_prefix(std::min(end + (is_pair ? 2 : 1), text.size()));
  }
  return lines;
}

/// A file in memory, whose last bytes change. What is before them fills almost the whole first
/// piece that a reader of lines reads, so that its border comes somewhere in them.
class changing_file {
 public:
  changing_file() : descriptor_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    require(::ftruncate(descriptor_, piece) == 0, "no file in memory");
  }
  /// So many of the bytes lie before the border.
  void end_with(std::string_view bytes, std::size_t before) {
    std::string end(window - before, '-');
    end += bytes;
    const auto size = static_cast<ssize_t>(end.size());
    require(::pwrite(descriptor_, end.data(), end.size(), piece - window) == size &&
                ::ftruncate(descriptor_, piece - window + size) == 0,
            "the file in memory is not written");
    begin_ = piece - before;
  }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }
  /// Where the bytes begin.
  [[nodiscard]] std::size_t begin() const noexcept { return begin_; }
  static constexpr std::size_t window = 32;

 private:
  static constexpr std::size_t piece = 64 * 1024;
  int descriptor_;
  std::size_t begin_ = 0;
};

}  // namespace

void net_delimiters(std::string_view bytes) {
  const std::size_t step = 1 + take_number(bytes, 13);
  const std::size_t limit = 1 + take_number(bytes, 64);
  const std::size_t wanted = 1 + take_number(bytes, 4);
  const std::size_t size = std::min(wanted, bytes.size());
  const std::string delimiter(bytes.substr(0, size));
  const std::string_view text = bytes.substr(size);
  if (delimiter.empty()) {
    return;
  }
  const std::vector<std::string> expected = cut(text, delimiter, limit);

  auto [reader, writer] = weft::net::pipeline(
      {.pause_writer_threshold = 0, .resume_writer_threshold = 0, .minimum_segment_size = step});
  std::size_t searched = 0;  // as a reader does that looks at all that there is
  for (std::size_t at = 0; at < text.size(); at += step) {
    static_cast<void>(writer.write(text.substr(at, step)).result());
    const auto got = reader.try_read();
    require(got && got->buffer.size() == std::min(at + step, text.size()), "bytes are missing");
    const std::string_view come = text.substr(0, got->buffer.size());
    require(got->buffer.find(delimiter, searched) == come.find(delimiter, searched),
            "found elsewhere when it lies in pieces");
    require(got->buffer.to_string(searched) == come.substr(searched), "the pieces differ");
    searched = come.size() < delimiter.size() ? 0 : come.size() - delimiter.size() + 1;
    reader.advance_to(0, come.size());
  }
  writer.complete();
  require(cut_by(reader, delimiter, limit) == expected, "a pipeline cuts elsewhere");

  weft::net::buffered_stream<memory_stream> stream(memory_stream(text, step), 1 + limit / 2);
  require(cut_by(stream, delimiter, limit) == expected, "a stream cuts elsewhere");
}

void fs_lines(std::string_view bytes) {
  static changing_file file;
  const std::size_t before = take_number(bytes, changing_file::window + 1);
  const std::size_t buffer = 1 + take_number(bytes, 40);
  file.end_with(bytes, before);

  std::vector<std::string> lines = weft::fs::read_all_lines(file.path()).result();
  require(!lines.empty() && lines.front().size() >= file.begin(), "the file begins elsewhere");
  lines.front().erase(0, file.begin());
  std::vector<std::string> expected = lines_of(bytes, true);
  expected.resize(std::max<std::size_t>(expected.size(), 1));  // what is before them is a line
  require(lines == expected, "a file's lines end elsewhere");

  weft::fs::file_stream stream(weft::fs::file::open(file.path()).result(), buffer);
  stream.seek(file.begin()).result();
  for (const std::string& line : lines_of(bytes, false)) {
    const std::optional<std::string> read = stream.read_line().result();
    require(read == line, "a stream's lines end elsewhere");
  }
  require(!stream.read_line().result().has_value(), "a stream has more lines");
}

}  // namespace fuzz
