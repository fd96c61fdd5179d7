#include "tour/work/gzip.hpp"

#include <array>
#include <stdexcept>

#include <zlib.h>

namespace weft::tour {
namespace {

constexpr int gzip_window = 15 + 16;  // the largest one, with gzip's head and tail
constexpr int usual_memory = 8;

Bytef* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

std::string gzipped(std::string_view bytes) {
  z_stream z{};
  if (::deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, usual_memory,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("gzip: no memory");
  }
  std::string out(::deflateBound(&z, bytes.size()), '\0');
  z.next_in = bytes_of(bytes);
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = bytes_of(out);
  z.avail_out = static_cast<uInt>(out.size());
  const int end = ::deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  ::deflateEnd(&z);
  if (end != Z_STREAM_END) {
    throw std::runtime_error("gzip: it did not end");
  }
  return out;
}

std::string gunzipped(std::string_view bytes) {
  z_stream z{};
  if (::inflateInit2(&z, gzip_window) != Z_OK) {
    throw std::runtime_error("gunzip: no memory");
  }
  z.next_in = bytes_of(bytes);
  z.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::array<char, 16 * 1024> piece;
  int state = Z_OK;
  while (state == Z_OK) {
    z.next_out = reinterpret_cast<Bytef*>(piece.data());
    z.avail_out = static_cast<uInt>(piece.size());
    state = ::inflate(&z, Z_NO_FLUSH);
    out.append(piece.data(), piece.size() - z.avail_out);
  }
  ::inflateEnd(&z);
  if (state != Z_STREAM_END) {
    throw std::runtime_error("gunzip: this is no whole gzip file");
  }
  return out;
}

}  // namespace weft::tour
