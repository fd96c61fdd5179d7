// The rings of trace under the model checker: who reads a ring while its thread overwrites it gets
// whole events, each in its place, or none.

#include "model/mutants.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <source_location>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_trace
#include "base/assert.cpp"
#include "base/lock.cpp"
#include "trace/trace.cpp"

namespace weft::trace {
constinit weft::detail::atomic<bool> counter_is_trusted{false};
namespace {
std::int64_t now = 0;  // the number of the event that is written
}
std::int64_t monotonic_ns() noexcept {
  return now;
}
void choose_clock() noexcept {}
clock_sample sample_clocks() noexcept {
  return {};
}
std::int64_t to_ns(std::int64_t ticks, const clock_sample&, const clock_sample&) noexcept {
  return ticks;
}
}  // namespace weft::trace

namespace {

using namespace weft::trace;  // NOLINT

/// A full ring, whose thread writes on.
struct shared {
  shared() {
    put(1);
    put(2);
  }
  /// The event with this number, in each of its words.
  void put(std::uint64_t number) {
    now = static_cast<std::int64_t>(number);
    write(own, static_cast<event>(number), std::bit_cast<const void*>(number),
          std::bit_cast<std::source_location>(number), std::bit_cast<const char*>(number), number);
  }
  void look() {
    std::vector<record> all;
    collect(own, 0, all);
    for (const record& r : all) {
      const std::uint64_t number = r.sequence + 1;
      model::require(static_cast<std::uint64_t>(r.time_ns) == number &&
                         std::bit_cast<std::uint64_t>(r.subject) == number &&
                         std::bit_cast<std::uint64_t>(r.place) == number &&
                         std::bit_cast<std::uint64_t>(r.label) == number && r.aux == number &&
                         static_cast<std::uint64_t>(r.kind) == number,
                     "an event is made of two");
    }
    most = std::max(most, all.size());
  }
  ring own;
  std::size_t most = 0;
};

/// **Returns** what was found while the next events were written.
template <int More>
model::result read_beside(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   for (std::uint64_t i = 3; i < 3 + More; ++i) {
                                     s.put(i);
                                   }
                                 },
                                 [](shared& s) { s.look(); }},
                                [](shared& s) {
                                  s.look();
                                  model::require(s.most == 2, "whole events are missing");
                                });
}

TEST(trace_model, needs_each_order) {
  model::expect_all_killed("trace", {"trace::write", "trace::collect"},
                           {{"beside one", &read_beside<1>, {.preemptions = 2, .stale_reads = 1}},
                            {"beside two", &read_beside<2>, {.preemptions = 1, .stale_reads = 2}}});
}

}  // namespace
