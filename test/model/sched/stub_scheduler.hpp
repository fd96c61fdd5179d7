#pragma once
/// A scheduler whose jobs threads of a model take in turn. Include it as `task_stubs.hpp`.

#include <weft/task/synchronization_context.hpp>

#include "model/task_stubs.hpp"

#include <cstdint>
#include <cstdlib>

namespace weft::detail {

template <std::uint32_t Most>
struct stub_scheduler : task_scheduler {
  void queue(work) override { std::abort(); }
  int maximum_concurrency() override { return 2; }
  void queue_job(job* item) override {
    // order: relaxed; a place of its own for each.
    const std::uint32_t at = posted.fetch_add(1, std::memory_order_relaxed);
    model::require(at < Most, "more jobs than there is work for");
    jobs[at] = item;
    said[at].stub_say(there);
  }
  /// One of `threads` threads: takes the jobs `at`, `at + threads` and so on.
  void stub_work(std::uint32_t at = 0, std::uint32_t threads = 1) {
    for (; at < Most && said[at].stub_hear() == there; at += threads) {
      declines ? jobs[at]->drop(jobs[at]) : run_job(jobs[at]);
    }
  }
  /// By the only one who still posts: these threads end.
  void stub_end(std::uint32_t threads = 1) {
    // order: relaxed; a read-modify-write sees the last one.
    const std::uint32_t first = posted.fetch_add(0, std::memory_order_relaxed);
    for (std::uint32_t at = first; at < Most && at < first + threads; ++at) {
      said[at].stub_say(over);
    }
  }
  static constexpr std::uint32_t there = 1;
  static constexpr std::uint32_t over = 2;
  atomic<std::uint32_t> posted{0};
  stub_word said[Most];
  job* jobs[Most] = {};
  bool declines = false;
};

}  // namespace weft::detail
