// P12 with std::ifstream and std::ofstream, a share of the work on each thread.

#include "workload.hpp"

#include <fstream>
#include <thread>

namespace {

using namespace bench::files;

// The sum of what `f(thread)` gives on each.
template <class F>
long on_threads(int threads, F f) {
  std::vector<long> sums(static_cast<std::size_t>(threads));
  {
    std::vector<std::jthread> all;
    for (int t = 0; t < threads; ++t) {
      all.emplace_back([&, t] { sums[static_cast<std::size_t>(t)] = f(t); });
    }
  }
  long sum = 0;
  for (const long s : sums) {
    sum += s;
  }
  return sum;
}

long read_small(const folder& in, long n, int threads) {
  return on_threads(threads, [&](int t) {
    long sum = 0;
    contents c{};
    for (long i = t; i < n; i += threads) {
      std::ifstream file(in.file(i), std::ios::binary);
      file.read(c.data(), block);
      sum += number_in(c.data());
    }
    return sum;
  });
}

void write_small(const folder& in, long n, int threads) {
  on_threads(threads, [&](int t) {
    for (long i = t; i < n; i += threads) {
      const contents c = contents_of(i);
      std::ofstream(in.file(i), std::ios::binary).write(c.data(), block);
    }
    return 0L;
  });
}

// One lane a thread: a stream has one position.
long read_random(const std::string& path, long n, int all, int) {
  return on_threads(all, [&](int t) {
    std::ifstream file(path, std::ios::binary);
    contents c{};
    positions at(t);
    long sum = 0;
    for (long i = share(n, all, t); i > 0; --i) {
      file.seekg(at.next() * static_cast<long>(block));
      file.read(c.data(), block);
      sum += number_in(c.data());
    }
    return sum;
  });
}

void copy(const std::string& from, const std::string& to) {
  std::ifstream source(from, std::ios::binary);
  std::ofstream(to, std::ios::binary) << source.rdbuf();
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv,
                    {{"P12/small", reads_small<read_small>},
                     {"P12/small_write", writes_small<write_small>},
                     {"P12/random", reads_at_random<read_random, 1>},
                     {"P12/copy", copies<copy>}});
}
