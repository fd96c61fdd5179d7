#include "tour/progress.hpp"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace weft::tour {
namespace {
constexpr const char* erase_line = "\r\033[K";
}

progress::progress(std::size_t steps) noexcept
    : shown_(::isatty(STDERR_FILENO) == 1), steps_(steps) {}

void progress::next(std::string_view name) {
  ++step_;
  name_ = name;
  doing("");
}

void progress::doing(std::string_view what) {
  if (shown_) {
    fmt::print(stderr, "{}[{}/{}] {} {:.70}", erase_line, step_, steps_, name_, what);
    std::fflush(stderr);
  }
}

void progress::clear() {
  if (shown_) {
    std::fputs(erase_line, stderr);
    std::fflush(stderr);
  }
}

}  // namespace weft::tour
