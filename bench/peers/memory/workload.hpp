#pragma once
/// P14: memory. The parameter is how many there are of a thing; `bytes` is how much more memory is
/// resident with them than without, divided by their number.
///
/// - task: an async function without variables of its own that waits for something that does not
/// happen;
/// - timer: a timer that is not due;
/// - connection: an accepted TCP connection on one loop, which somebody reads from, and on which
/// nothing comes; the other end is a bare socket of this process, so each takes two descriptors;
/// - idle: the whole process with its threads, when a task has run (the parameter has no part in
/// it).

#include "../program.hpp"

#include <fstream>

#include <unistd.h>

namespace bench::memory {

[[nodiscard]] inline double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  long all = 0;
  long resident = 0;
  statm >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// `make(n)` gives an object that holds n things, by handles of `handle` bytes.
template <class Make>
outcome measured(long n, std::size_t handle, Make&& make, long first = 1000) {
  const auto few = make(first);  // what is allocated once is there
  const double before = resident_bytes();
  double with = 0;
  const double us = timed([&] {
    const auto held = make(n);
    with = resident_bytes();
  });
  return outcome(us).with("bytes",
                          (with - before) / static_cast<double>(n) - static_cast<double>(handle));
}

}  // namespace bench::memory
