// P12 with weft.

#include <weft/fs.hpp>
#include <weft/parallel.hpp>
#include <weft/task.hpp>

#include "../weft_program.hpp"
#include "workload.hpp"

#include <memory>
#include <ranges>

namespace {

using namespace bench::files;

weft::task<long> read_some(const folder& in, long n, long lane, long all) {
  long sum = 0;
  for (long i = lane; i < n; i += all) {
    auto reading = weft::fs::read_all_bytes(in.file(i));
    const std::vector<std::byte> bytes = co_await std::move(reading);
    sum += number_in(reinterpret_cast<const char*>(bytes.data()));
  }
  co_return sum;
}

// What `lane(i)` gives, together, each begun on the pool.
template <class F>
weft::task<long> sum_of_lanes(int all, F lane) {
  std::vector<weft::task<long>> running;
  for (int i = 0; i < all; ++i) {
    auto begin = [&lane, i] { return lane(i); };
    running.push_back(weft::run(std::move(begin)));
  }
  long sum = 0;
  for (auto& one : running) {
    sum += co_await one;
  }
  co_return sum;
}

long read_small(const folder& in, long n, int threads) {
  const int all = threads * lanes;
  return weft::block_on(sum_of_lanes(all, [&](int i) { return read_some(in, n, i, all); }));
}

weft::task<long> write_some(const folder& in, long n, long lane, long all) {
  for (long i = lane; i < n; i += all) {
    const contents c = contents_of(i);
    std::vector<std::byte> bytes(block);
    std::memcpy(bytes.data(), c.data(), block);
    auto writing = weft::fs::write_all_bytes(in.file(i), std::move(bytes));
    co_await std::move(writing);
  }
  co_return 0;
}

void write_small(const folder& in, long n, int threads) {
  const int all = threads * lanes;
  weft::block_on(sum_of_lanes(all, [&](int i) { return write_some(in, n, i, all); }));
}

struct alignas(block) aligned {
  contents bytes;
};

weft::task<long> read_lane(weft::fs::file& file, long n, int lane, int all) {
  const auto into = std::make_unique<aligned>();
  positions at(lane);
  long sum = 0;
  for (long i = share(n, all, lane); i > 0; --i) {
    auto reading = file.read_at(static_cast<std::uint64_t>(at.next()) * block, into->bytes);
    const std::size_t got = co_await std::move(reading);
    if (got != block) {
      throw std::runtime_error("a read is short");
    }
    sum += number_in(into->bytes.data());
  }
  co_return sum;
}

long read_blocks(const std::string& path, long n, int all, weft::fs::open_mode mode) {
  weft::fs::file file = weft::fs::file::open(path, mode).result();
  return weft::block_on(sum_of_lanes(all, [&](int i) { return read_lane(file, n, i, all); }));
}

long read_random(const std::string& path, long n, int all, int) {
  return read_blocks(path, n, all, weft::fs::open_mode::read);
}

long read_direct(const std::string& path, long n, int all, int) {
  return read_blocks(path, n, all, weft::fs::open_mode::read | weft::fs::open_mode::direct);
}

void copy(const std::string& from, const std::string& to) {
  weft::fs::copy(from, to).result();
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_weft(argc, argv,
                         {{"P12/small", reads_small<read_small>},
                          {"P12/small_write", writes_small<write_small>},
                          {"P12/random", reads_at_random<read_random>},
                          {"P12/random_direct", reads_at_random<read_direct>},
                          {"P12/copy", copies<copy>}});
}
