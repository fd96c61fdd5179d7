#include <weft/os/pipe.hpp>

#include <weft/base/error.hpp>
#include <weft/io/open.hpp>
#include <weft/io/stream.hpp>
#include <weft/time/delay.hpp>

#include "pipe_access.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weft::os {

namespace {

using weft::detail::file_type;
using weft::detail::make_stream;
using weft::detail::opened_file;
using weft::detail::stream_kind;

void check_is_pipe(const opened_file& f, const std::string& path, const char* what) {
  if (f.type() != file_type::pipe) {
    throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                            std::string(what) + ": '" + path + "' is no named pipe");
  }
}

}  // namespace

pipe pipe::create() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) {
    throw std::system_error(errno, std::generic_category(), "weft::os::pipe::create");
  }
  opened_file second;
  try {
    second = opened_file(fds[1]);
  } catch (...) {
    ::close(fds[0]);
    throw;
  }
  pipe_reader reader(make_stream(fds[0], stream_kind::pipe));
  return pipe(std::move(reader), pipe_writer(make_stream(second.take(), stream_kind::pipe)));
}

void pipe::create_named(const std::filesystem::path& path) {
  if (::mkfifo(path.c_str(), 0600) != 0) {
    throw std::system_error(errno, std::generic_category(),
                            "weft::os::pipe::create_named: cannot make '" + path.string() + "'");
  }
}

pipe_reader pipe_access::reader(int descriptor) {
  return pipe_reader(make_stream(descriptor, stream_kind::pipe));
}

pipe_writer pipe_access::writer(int descriptor) {
  return pipe_writer(make_stream(descriptor, stream_kind::pipe));
}

value_task<pipe_reader> pipe_reader::open(std::filesystem::path path, std::stop_token stop) {
  constexpr const char* what = "weft::os::pipe_reader::open";
  auto opening = weft::detail::open_file(path.native(), O_RDONLY, what, stop);
  opened_file f = co_await std::move(opening);
  check_is_pipe(f, path.native(), what);
  pipe_reader reader(make_stream(f.take(), stream_kind::pipe));
  weft::detail::await_writer(reader.state());
  co_return reader;
}

value_task<pipe_writer> pipe_writer::open(std::filesystem::path path, std::stop_token stop) {
  using namespace std::chrono_literals;
  constexpr const char* what = "weft::os::pipe_writer::open";
  // The kernel has no way to wait for a reader but a blocking open; so it is asked now and then.
  for (auto pause = 1ms;; pause = std::min(pause * 2, std::chrono::milliseconds(50ms))) {
    try {
      auto opening = weft::detail::open_file(path.native(), O_WRONLY, what, stop);
      opened_file f = co_await std::move(opening);
      check_is_pipe(f, path.native(), what);
      co_return pipe_writer(make_stream(f.take(), stream_kind::pipe));
    } catch (const std::system_error& e) {
      if (e.code() != std::errc::no_such_device_or_address) {
        throw;
      }
    }
    auto waiting = delay(pause, stop);
    co_await std::move(waiting);
  }
}

}  // namespace weft::os
