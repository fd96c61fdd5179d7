// libharu.

#include "tour/work/document.hpp"

#include <memory>
#include <stdexcept>
#include <type_traits>

#include <fmt/format.h>
#include <hpdf.h>

namespace weft::tour {
namespace {

constexpr float margin = 40;              // points
constexpr HPDF_UINT pool_size = 1 << 16;  // bytes a piece

struct closer {
  void operator()(HPDF_Doc made) const { ::HPDF_Free(made); }
};
using pdf = std::unique_ptr<std::remove_pointer_t<HPDF_Doc>, closer>;

/// The library remembers the first error and does nothing after it.
void check(const pdf& made) {
  if (const HPDF_STATUS error = ::HPDF_GetError(made.get()); error != HPDF_OK) {
    throw std::runtime_error(fmt::format("PDF: error {:#x}", error));
  }
}

}  // namespace

std::string to_pdf(std::string_view base64) {
  const std::string jpeg = from_base64(base64);
  // With a pool, since what is no JPEG leaves an object behind that only a pool gives back.
  const pdf made(::HPDF_NewEx(nullptr, nullptr, nullptr, pool_size, nullptr));
  if (made == nullptr) {
    throw std::runtime_error("PDF: no memory");
  }
  ::HPDF_SetCompressionMode(made.get(), HPDF_COMP_ALL);
  const HPDF_Page page = ::HPDF_AddPage(made.get());
  const HPDF_Image image =
      ::HPDF_LoadJpegImageFromMem(made.get(), reinterpret_cast<const HPDF_BYTE*>(jpeg.data()),
                                  static_cast<HPDF_UINT>(jpeg.size()));
  check(made);
  const auto width = static_cast<float>(::HPDF_Image_GetWidth(image));
  const auto height = static_cast<float>(::HPDF_Image_GetHeight(image));
  const float shown = ::HPDF_Page_GetWidth(page) - 2 * margin;
  const float top = ::HPDF_Page_GetHeight(page) - margin;
  const float high = shown * height / width;
  ::HPDF_Page_DrawImage(page, image, margin, top - high, shown, high);
  ::HPDF_Page_BeginText(page);
  ::HPDF_Page_SetFontAndSize(page, ::HPDF_GetFont(made.get(), "Helvetica", nullptr), 12);
  ::HPDF_Page_TextOut(page, margin, top - high - margin, "resize, base64, PDF, AES");
  ::HPDF_Page_EndText(page);
  ::HPDF_SaveToStream(made.get());
  check(made);
  HPDF_UINT32 size = ::HPDF_GetStreamSize(made.get());
  std::string bytes(size, '\0');
  ::HPDF_ReadFromStream(made.get(), reinterpret_cast<HPDF_BYTE*>(bytes.data()), &size);
  bytes.resize(size);
  return bytes;
}

}  // namespace weft::tour
