#include <weft/fs/entries.hpp>

#include <weft/base/error.hpp>
#include <weft/fs/file.hpp>
#include <weft/io/open.hpp>

#include "file_state.hpp"
#include "other_stream.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>

namespace weft::fs {

namespace {

using std::filesystem::directory_entry;
using weft::detail::call_blocking;
using weft::detail::file_type;
using weft::detail::opened_file;

constexpr std::size_t piece_bytes = 64 * 1024;
constexpr std::size_t entries_ahead = 256;  // by one trip to a blocking thread

// Bytes one after another, whatever they come from.
class byte_source {
 public:
  byte_source(opened_file f, const std::string& path) {
    if (f.type() == file_type::regular) {
      file_ = file_access::adopt(std::move(f), path);
    } else {
      const bool wait = f.type() == file_type::pipe;
      stream_ = other_stream(std::move(f), wait);
    }
  }
  [[nodiscard]] value_task<std::size_t> read(mutable_buffer into, std::stop_token stop) {
    return file_.is_open() ? file_.read_at(position_, into, std::move(stop))
                           : stream_.read_some(into, std::move(stop));
  }
  void advance(std::size_t n) noexcept { position_ += n; }

 private:
  file file_;
  other_stream stream_;
  std::uint64_t position_ = 0;
};

// Takes up to the end of the next line off `rest`. False: no end in it.
bool take_line(std::string_view& rest, std::string& line, bool& after_return) {
  const auto end =
      std::find_if(rest.begin(), rest.end(), [](char c) { return c == '\n' || c == '\r'; });
  const auto length = static_cast<std::size_t>(end - rest.begin());
  line.append(rest.substr(0, length));
  if (length == rest.size()) {
    rest = {};
    return false;
  }
  after_return = *end == '\r';
  rest.remove_prefix(length + 1);
  return true;
}

// A walk through directories, by calls that block.
class walk {
 public:
  walk(std::filesystem::path directory, entries_options options)
      : directory_(std::move(directory)), options_(options) {}

  // The next entries; none at the end.
  std::vector<directory_entry> read_ahead() {
    std::vector<directory_entry> found;
    if (!std::exchange(begun_, true)) {
      open();
    }
    if (options_.recursive) {
      take(deep_, found);
    } else {
      take(flat_, found);
    }
    return found;
  }

 private:
  void open() {
    using options = std::filesystem::directory_options;
    const auto how = options_.skip_inaccessible ? options::skip_permission_denied : options::none;
    if (options_.recursive) {
      deep_ = std::filesystem::recursive_directory_iterator(directory_, how);
    } else {
      flat_ = std::filesystem::directory_iterator(directory_, how);
    }
  }
  template <class Iterator>
  static void take(Iterator& at, std::vector<directory_entry>& found) {
    for (; at != Iterator() && found.size() < entries_ahead; ++at) {
      found.push_back(*at);
    }
  }

  std::filesystem::path directory_;
  entries_options options_;
  std::filesystem::directory_iterator flat_;
  std::filesystem::recursive_directory_iterator deep_;
  bool begun_ = false;
};

}  // namespace

async_generator<std::string> read_lines(std::filesystem::path path, std::stop_token stop) {
  constexpr const char* what = "weft::fs::read_lines";
  auto opening = weft::detail::open_file(path.native(), O_RDONLY, what, stop);
  opened_file f = co_await std::move(opening);
  refuse_directory(f, what, path.native());
  byte_source from(std::move(f), path.native());
  std::string piece(piece_bytes, '\0');
  std::string line;
  bool after_return = false;
  for (;;) {
    auto reading = from.read(mutable_buffer(piece.data(), piece.size()), stop);
    const std::size_t n = co_await std::move(reading);
    if (n == 0) {
      break;
    }
    from.advance(n);
    std::string_view rest(piece.data(), n);
    if (std::exchange(after_return, false) && rest.front() == '\n') {
      rest.remove_prefix(1);
    }
    while (take_line(rest, line, after_return)) {
      if (after_return && !rest.empty()) {
        after_return = false;
        rest.remove_prefix(rest.front() == '\n' ? 1 : 0);
      }
      co_yield std::move(line);
      line.clear();
    }
  }
  if (!line.empty()) {
    co_yield std::move(line);
  }
}

async_generator<directory_entry> entries(std::filesystem::path directory, entries_options options,
                                         std::stop_token stop) {
  // Shared: a call that cannot be cancelled any more outlives a generator that is destroyed.
  auto state = std::make_shared<walk>(std::move(directory), options);
  for (;;) {
    auto look = [state] { return state->read_ahead(); };
    auto looking = call_blocking(std::move(look), stop);
    std::vector<directory_entry> found = co_await std::move(looking);
    if (found.empty()) {
      co_return;
    }
    for (directory_entry& entry : found) {
      co_yield std::move(entry);
    }
  }
}

}  // namespace weft::fs
