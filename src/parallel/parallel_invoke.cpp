#include <weft/parallel/parallel_invoke.hpp>

namespace weft::detail {
namespace {

class invocations : public loop_core {
 public:
  invocations(const function_ref<void()>* functions, std::uint64_t count,
              const parallel_options& options, loop_site& site)
      : loop_core(&run, count, 0, options, site), functions_(functions) {
    go_on_after_errors();
  }

 private:
  static void run(loop_core& core, loop_participant& p) {
    auto& self = static_cast<invocations&>(core);
    while (core.next(p)) {
      for (; p.first < p.last; ++p.first) {
        if (core.signalled()) {
          core.attend(p);
          if (p.first == p.last) {
            break;
          }
        }
        try {
          self.functions_[p.first]();
        } catch (...) {  // the others run all the same
          core.fail(std::current_exception());
        }
      }
    }
  }

  const function_ref<void()>* functions_;
};

}  // namespace

void invoke_all(const function_ref<void()>* functions, std::uint64_t count,
                const parallel_options& options, loop_site& site) {
  parallel_options one_by_one = options;
  one_by_one.partitioner = partitioner::chunked(1);
  invocations(functions, count, one_by_one, site).execute();
}

}  // namespace weft::detail
