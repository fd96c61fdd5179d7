// P1 with std::async: a thread a fork, so only the product of matrices, whose forks are few, and
// only on as many threads as the system likes: it cannot be told.

#include "workload.hpp"

#include <future>
#include <thread>

namespace {

using namespace bench::fork_join;

void product(part a, part b, part c, int size) {
  if (size <= small_matrix) {
    multiply_small(a, b, c, size);
    return;
  }
  const int half = size / 2;
  for (int step = 0; step < 2; ++step) {
    const auto quarter = [&](int row, int column) {
      product(a.quarter(row, step, half), b.quarter(step, column, half),
              c.quarter(row, column, half), half);
    };
    const auto first = std::async(std::launch::async, quarter, 0, 0);
    const auto second = std::async(std::launch::async, quarter, 0, 1);
    const auto third = std::async(std::launch::async, quarter, 1, 0);
    quarter(1, 1);
  }
}

struct with_async {
  static void matmul(matrices& m) { product(m.whole(m.a), m.whole(m.b), m.whole(m.c), m.size); }
};

bench::outcome matmul(bench::request asked) {
  if (static_cast<unsigned>(asked.threads) < std::thread::hardware_concurrency()) {
    std::exit(bench::not_supported);
  }
  return rows<with_async>::matmul(asked);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, {{"P1/matmul", matmul}});
}
