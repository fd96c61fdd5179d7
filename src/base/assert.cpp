#include <weft/base/assert.hpp>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include <unistd.h>

namespace weft::detail {
namespace {

// A report on the stack: a failed check must not allocate, it may come out of an allocator.
class report {
 public:
  [[gnu::format(printf, 2, 3)]] void add(const char* format, ...) noexcept {
    va_list arguments;
    va_start(arguments, format);
    const int written = std::vsnprintf(text_ + used_, sizeof text_ - used_, format, arguments);
    va_end(arguments);
    if (written > 0) {
      used_ += static_cast<std::size_t>(written);
      used_ = used_ < sizeof text_ ? used_ : sizeof text_ - 1;
    }
  }

  void print() const noexcept {
    std::size_t done = 0;
    while (done < used_) {
      const ssize_t n = ::write(STDERR_FILENO, text_ + done, used_ - done);
      if (n <= 0) {
        return;
      }
      done += static_cast<std::size_t>(n);
    }
  }

 private:
  char text_[2048];
  std::size_t used_ = 0;
};

void add_value(report& out, const check_value& value) noexcept {
  switch (value.type) {
    case check_value::kind::boolean:
      out.add("%s", value.boolean ? "true" : "false");
      break;
    case check_value::kind::sign:
      out.add("%lld", value.sign);
      break;
    case check_value::kind::natural:
      out.add("%llu", value.natural);
      break;
    case check_value::kind::real:
      out.add("%g", value.real);
      break;
    case check_value::kind::pointer:
      out.add("%p", value.pointer);
      break;
    case check_value::kind::text:
      out.add("\"%s\"", value.text == nullptr ? "(null)" : value.text);
      break;
    case check_value::kind::place:
      out.add("%s:%u (%s)", value.place.file_name(), static_cast<unsigned>(value.place.line()),
              value.place.function_name());
      break;
  }
}

}  // namespace

void check_failed_with(const char* expression, const char* file, unsigned line, const char* message,
                       const check_value* values, unsigned count) noexcept {
  report out;
  out.add("weft: %s\n  check: %s\n  at: %s:%u\n", message, expression, file, line);
  for (unsigned i = 0; i < count; ++i) {
    out.add(i == 0 ? "  values: " : ", ");
    add_value(out, values[i]);
  }
  out.add("\n");
  out.print();
  std::abort();
}

}  // namespace weft::detail
