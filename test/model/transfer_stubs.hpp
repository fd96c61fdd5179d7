#pragma once
/// How jobs run and transfer where the compiler has no symmetric transfer, for models of what is
/// built on coroutines. Include it behind `task_stubs.hpp`.

#include <weft/task/suspension.hpp>

#if !WEFT_SYMMETRIC_TRANSFER
namespace weft::detail {

void run_job(job* item) noexcept {
  item->run(item);
}
void transfer_to(job* item) noexcept {
  if (item != nullptr) {
    item->run(item);
  }
}

}  // namespace weft::detail
#endif
