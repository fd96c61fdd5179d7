// MD4C.

#include "tour/work/markdown.hpp"

#include <stdexcept>

#include <md4c-html.h>

namespace weft::tour {

std::string markdown_to_html(std::string_view text) {
  std::string html;
  const auto append = [](const MD_CHAR* piece, MD_SIZE size, void* to) {
    static_cast<std::string*>(to)->append(piece, size);
  };
  if (::md_html(text.data(), static_cast<MD_SIZE>(text.size()), append, &html, MD_DIALECT_GITHUB,
                0) != 0) {
    throw std::runtime_error("Markdown: it cannot be rendered");
  }
  return html;
}

}  // namespace weft::tour
