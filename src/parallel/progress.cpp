#include <weft/parallel/progress.hpp>

#include <weft/sched/thread_pool.hpp>

namespace weft::detail {

void post_report(synchronization_context* context, work w) {
  if (context != nullptr) {
    context->post(std::move(w));
  } else {
    thread_pool::default_pool().post(std::move(w));
  }
}

}  // namespace weft::detail
