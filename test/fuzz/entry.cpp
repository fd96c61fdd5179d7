// libFuzzer's entry; WEFT_FUZZ_TARGET is the function's name.

#include "fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::WEFT_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
