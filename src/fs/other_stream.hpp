#pragma once
/// What is opened by a path and is not a regular file.

#include <weft/io/open.hpp>
#include <weft/io/stream.hpp>

#include <string>

namespace weft::fs {

/// A pipe, terminal or the like, as a stream.
class other_stream : public byte_stream {
 public:
  other_stream() noexcept = default;
  other_stream(weft::detail::opened_file f, bool wait_for_writer)
      : other_stream(f.type() == weft::detail::file_type::pipe ? weft::detail::stream_kind::pipe
                                                               : weft::detail::stream_kind::other,
                     f.take()) {
    if (wait_for_writer) {
      weft::detail::await_writer(state());
    }
  }

 private:
  other_stream(weft::detail::stream_kind kind, int descriptor)
      : byte_stream(weft::detail::make_stream(descriptor, kind)) {}
};

/// **Throws** `std::system_error` when `f` is a directory.
void refuse_directory(const weft::detail::opened_file& f, const char* what,
                      const std::string& path);

}  // namespace weft::fs
