#include <weft/parallel/detail/blocks.hpp>

namespace weft::detail {
namespace {

parallel_options one_at_a_time(parallel_options options) {
  options.partitioner = partitioner::chunked(1);
  return options;
}

class block_loop : public loop_core {
 public:
  block_loop(std::size_t n, const parallel_options& options, loop_site& site,
             function_ref<void(std::size_t)> block)
      : loop_core(&run, n, 0, options, site), block_(block) {}

 private:
  static void run(loop_core& core, loop_participant& p) {
    const auto& self = static_cast<block_loop&>(core);
    while (core.next(p)) {
      self.block_(static_cast<std::size_t>(p.first));
      p.first = p.last;
    }
  }

  const function_ref<void(std::size_t)> block_;
};

class range_loop : public loop_core {
 public:
  range_loop(std::uint64_t n, const parallel_options& options, loop_site& site,
             function_ref<void(std::uint64_t, std::uint64_t)> range)
      : loop_core(&run, n, 0, options, site), range_(range) {}

 private:
  static void run(loop_core& core, loop_participant& p) {
    const auto& self = static_cast<range_loop&>(core);
    while (core.next(p)) {
      const std::uint64_t block = range_block(p);
      while (p.first < p.last) {
        const std::uint64_t end = p.last - p.first > block ? p.first + block : p.last;
        self.range_(p.first, end);
        p.first = end;
        if (core.signalled()) [[unlikely]] {
          core.attend(p);
        }
      }
    }
  }

  const function_ref<void(std::uint64_t, std::uint64_t)> range_;
};

}  // namespace

void run_blocks(std::size_t n, const parallel_options& options, loop_site& site,
                function_ref<void(std::size_t)> block) {
  if (n != 0) {
    static_cast<void>(block_loop(n, one_at_a_time(options), site, block).execute());
  }
}

void run_ranges(std::uint64_t n, const parallel_options& options, loop_site& site,
                function_ref<void(std::uint64_t, std::uint64_t)> range) {
  if (n != 0) {
    static_cast<void>(range_loop(n, options, site, range).execute());
  }
}

}  // namespace weft::detail
