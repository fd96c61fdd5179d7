// P12 with bare system calls on one thread: the limit.

#include "workload.hpp"

#include <memory>

namespace {

using namespace bench::files;

long read_small(const folder& in, long n, int) {
  return written_in(in, n);
}

void write_small(const folder& in, long n, int) {
  make_small(in, n);
}

long read_blocks(const std::string& path, long n, int all, int flags) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (fd < 0) {
    fail(path);
  }
  struct alignas(block) aligned {
    contents bytes;
  };
  const auto into = std::make_unique<aligned>();
  long sum = 0;
  for (int lane = 0; lane < all; ++lane) {
    positions at(lane);
    for (long i = share(n, all, lane); i > 0; --i) {
      const auto offset = at.next() * static_cast<long>(block);
      if (::pread(fd, into->bytes.data(), block, offset) != static_cast<ssize_t>(block)) {
        fail(path);
      }
      sum += number_in(into->bytes.data());
    }
  }
  ::close(fd);
  return sum;
}

long read_random(const std::string& path, long n, int all, int) {
  return read_blocks(path, n, all, 0);
}

long read_direct(const std::string& path, long n, int all, int) {
  return read_blocks(path, n, all, O_DIRECT);
}

void copy(const std::string& from, const std::string& to) {
  const int source = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
  const int target = ::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (source < 0 || target < 0) {
    fail(from);
  }
  std::string piece(1 << 18, '\0');
  while (const auto n = ::read(source, piece.data(), piece.size())) {
    if (n < 0 || ::write(target, piece.data(), static_cast<std::size_t>(n)) != n) {
      fail(to);
    }
  }
  ::close(source);
  ::close(target);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv,
                    {{"P12/small", reads_small<read_small>},
                     {"P12/small_write", writes_small<write_small>},
                     {"P12/random", reads_at_random<read_random>},
                     {"P12/random_direct", reads_at_random<read_direct>},
                     {"P12/copy", copies<copy>}});
}
