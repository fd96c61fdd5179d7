#include <weft/task/runtime_slot.hpp>

#include <weft/base/atomic.hpp>

namespace weft::detail {
namespace {
constinit atomic<const runtime_table*> slot{nullptr};
}  // namespace

const runtime_table& runtime() noexcept {
  // order: acquire; pairs with release in exchange_runtime. The instance behind the table is set
  // up.
  const runtime_table* table = slot.load(std::memory_order_acquire);
  if (table == nullptr) [[unlikely]] {
    table = start_runtime();
  }
  return *table;
}

const runtime_table* exchange_runtime(const runtime_table* table) noexcept {
  // order: acq_rel; release publishes the instance, acquire for the former one.
  return slot.exchange(table, std::memory_order_acq_rel);
}

}  // namespace weft::detail
