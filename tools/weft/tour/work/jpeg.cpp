// libjpeg-turbo.

#include "tour/work/picture.hpp"

#include <memory>
#include <stdexcept>

#include <fmt/format.h>
#include <turbojpeg.h>

namespace weft::tour {
namespace {

constexpr int quality = 90;

struct closer {
  void operator()(void* handle) const { ::tjDestroy(handle); }
  void operator()(unsigned char* bytes) const { ::tjFree(bytes); }
};
using handle = std::unique_ptr<void, closer>;

void check(int result, const handle& of) {
  if (result != 0) {
    throw std::runtime_error(fmt::format("JPEG: {}", ::tjGetErrorStr2(of.get())));
  }
}

}  // namespace

picture from_jpeg(std::string_view bytes) {
  const handle reader(::tjInitDecompress());
  const auto* const data = reinterpret_cast<const unsigned char*>(bytes.data());
  int width = 0;
  int height = 0;
  int sampling = 0;
  int colours = 0;
  check(
      ::tjDecompressHeader3(reader.get(), data, bytes.size(), &width, &height, &sampling, &colours),
      reader);
  picture p{static_cast<std::size_t>(width), static_cast<std::size_t>(height), {}};
  p.bytes.resize(p.width * p.height * 3);
  check(::tjDecompress2(reader.get(), data, bytes.size(), p.bytes.data(), width, 0, height,
                        TJPF_RGB, 0),
        reader);
  return p;
}

std::string to_jpeg(const picture& p) {
  const handle writer(::tjInitCompress());
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  const int result =
      ::tjCompress2(writer.get(), p.bytes.data(), static_cast<int>(p.width), 0,
                    static_cast<int>(p.height), TJPF_RGB, &bytes, &size, TJSAMP_420, quality, 0);
  const std::unique_ptr<unsigned char, closer> kept(bytes);
  check(result, writer);
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

}  // namespace weft::tour
