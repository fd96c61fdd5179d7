#pragma once
/// Two tasks that threads of a model end, for whoever waits for both or the first of them. Include
/// it as `task_stubs.hpp`.

#include "model/task_stubs.hpp"

#include <cstddef>

namespace weft::detail {

struct stub_two_tasks {
  stub_two_tasks() {
    for (auto*& core : cores) {
      core = frame_new<plain_core<int>>();
      core->add_handle();  // that of who ends it
    }
  }
  void end(int i) {
    results[i].set(1);
    cores[i]->complete(7);
    cores[i]->release_handle();
  }
  void let_go() {
    for (plain_core<int>* core : cores) {
      core->release_handle();
    }
  }
  void look(std::size_t i) {
    model::require(cores[i]->is_completed(), "resumed by one that has not ended");
    model::require(results[i].get() == 1, "its result is not seen");
  }

  stub_memory memory;
  plain_core<int>* cores[2] = {};
  model::plain<int> results[2];
};

}  // namespace weft::detail
