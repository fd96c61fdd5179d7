// libspng.

#include "tour/work/picture.hpp"

#include <cstdlib>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>
#include <spng.h>

namespace weft::tour {
namespace {

constexpr int bits = 8;
constexpr int compression = 3;  // of 9: photographs gain little beyond it

void check(int result) {
  if (result != 0) {
    throw std::runtime_error(fmt::format("PNG: {}", ::spng_strerror(result)));
  }
}

}  // namespace

std::string to_png(const picture& p) {
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> writer(::spng_ctx_new(SPNG_CTX_ENCODER),
                                                              &::spng_ctx_free);
  check(::spng_set_option(writer.get(), SPNG_ENCODE_TO_BUFFER, 1));
  check(::spng_set_option(writer.get(), SPNG_IMG_COMPRESSION_LEVEL, compression));
  spng_ihdr head{};
  head.width = static_cast<std::uint32_t>(p.width);
  head.height = static_cast<std::uint32_t>(p.height);
  head.bit_depth = bits;
  head.color_type = SPNG_COLOR_TYPE_TRUECOLOR;
  check(::spng_set_ihdr(writer.get(), &head));
  check(::spng_encode_image(writer.get(), p.bytes.data(), p.bytes.size(), SPNG_FMT_PNG,
                            SPNG_ENCODE_FINALIZE));
  std::size_t size = 0;
  int error = 0;
  const std::unique_ptr<void, void (*)(void*)> bytes(
      ::spng_get_png_buffer(writer.get(), &size, &error), &std::free);
  check(error);
  return std::string(static_cast<const char*>(bytes.get()), size);
}

}  // namespace weft::tour
