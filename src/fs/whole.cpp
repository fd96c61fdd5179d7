#include <weft/fs/whole.hpp>

#include <weft/base/error.hpp>
#include <weft/fs/file.hpp>
#include <weft/io/open.hpp>
#include <weft/io/stream.hpp>

#include "file_state.hpp"
#include "other_stream.hpp"

#include <algorithm>
#include <system_error>

#include <fcntl.h>

namespace weft::fs {

namespace {

using weft::detail::file_type;
using weft::detail::opened_file;

constexpr std::size_t first_piece = 4096;       // of what has no size
constexpr std::size_t largest_piece = 1 << 20;  // by which it grows at most

// The room for the next piece of something whose size is not known.
std::size_t next_piece(std::size_t had) {
  return had == 0 ? first_piece : std::min(had, largest_piece);
}

template <class Bytes>
task<Bytes> read_stream(other_stream s, std::stop_token stop) {
  Bytes all;
  while (true) {
    const std::size_t had = all.size();
    all.resize(had + next_piece(had));
    auto reading = s.read_some(mutable_buffer(all.data() + had, all.size() - had), stop);
    const std::size_t n = co_await std::move(reading);
    all.resize(had + n);
    if (n == 0) {
      co_return all;
    }
  }
}

// One more byte than the size is asked for: if it comes, the file has grown and is read on. Files
// without a size (of /proc) are read until they end.
template <class Bytes>
task<Bytes> read_file(file f, Bytes all, std::size_t size, std::stop_token stop) {
  std::size_t had = 0;
  while (true) {
    all.resize(size != 0 && had <= size ? size + 1 : had + next_piece(had));
    auto reading = f.read_at(had, mutable_buffer(all.data() + had, all.size() - had), stop);
    const std::size_t n = co_await std::move(reading);
    had += n;
    if (n == 0 || had == size) {
      all.resize(had);
      co_return all;
    }
  }
}

template <class Bytes>
task<Bytes> read_all(std::filesystem::path path, const char* what, std::stop_token stop) {
  auto opening = weft::detail::open_file(path.native(), O_RDONLY, what, stop);
  opened_file f = co_await std::move(opening);
  refuse_directory(f, what, path.native());
  if (f.type() != file_type::regular) {
    const bool wait = f.type() == file_type::pipe;
    other_stream stream(std::move(f), wait);
    auto reading = read_stream<Bytes>(std::move(stream), std::move(stop));
    co_return co_await std::move(reading);
  }
  const auto size = static_cast<std::size_t>(f.size());
  Bytes all;
  if (size != 0) {
    // The usual case: one read of the page cache has it all.
    all.resize(size + 1);
    if (read_cached(f.fd(), 0, all.data(), all.size()) == static_cast<std::int64_t>(size)) {
      all.resize(size);
      co_return all;
    }
  }
  file opened = file_access::adopt(std::move(f), path.native());
  auto reading = read_file<Bytes>(std::move(opened), std::move(all), size, std::move(stop));
  co_return co_await std::move(reading);
}

template <class Bytes>
task<> write_all(std::filesystem::path path, Bytes data, int flags, const char* what,
                 std::stop_token stop) {
  auto opening = weft::detail::open_file(path.native(), O_WRONLY | O_CREAT | flags, what, stop);
  opened_file f = co_await std::move(opening);
  if (f.type() == file_type::regular) {
    file opened = file_access::adopt(std::move(f), path.native());
    auto writing = opened.write_at(0, const_buffer(data.data(), data.size()), stop);
    co_await std::move(writing);
  } else {
    other_stream stream(std::move(f), false);
    auto writing = stream.write_all(const_buffer(data.data(), data.size()), stop);
    co_await std::move(writing);
  }
}

}  // namespace

void refuse_directory(const opened_file& f, const char* what, const std::string& path) {
  if (f.type() == file_type::directory) {
    throw std::system_error(EISDIR, std::generic_category(),
                            std::string(what) + ": cannot read '" + path + "'");
  }
}

task<std::string> read_all_text(std::filesystem::path path, std::stop_token stop) {
  return read_all<std::string>(std::move(path), "weft::fs::read_all_text", std::move(stop));
}

task<std::vector<std::byte>> read_all_bytes(std::filesystem::path path, std::stop_token stop) {
  return read_all<std::vector<std::byte>>(std::move(path), "weft::fs::read_all_bytes",
                                          std::move(stop));
}

task<> write_all_text(std::filesystem::path path, std::string text, std::stop_token stop) {
  return write_all(std::move(path), std::move(text), O_TRUNC, "weft::fs::write_all_text",
                   std::move(stop));
}

task<> write_all_bytes(std::filesystem::path path, std::vector<std::byte> bytes,
                       std::stop_token stop) {
  return write_all(std::move(path), std::move(bytes), O_TRUNC, "weft::fs::write_all_bytes",
                   std::move(stop));
}

task<> append_all_text(std::filesystem::path path, std::string text, std::stop_token stop) {
  return write_all(std::move(path), std::move(text), O_APPEND, "weft::fs::append_all_text",
                   std::move(stop));
}

}  // namespace weft::fs
