// P4 with yield, channels and resume_on.

#include <weft/channel.hpp>
#include <weft/sched.hpp>
#include <weft/task.hpp>

#include "../weft_program.hpp"
#include "workload.hpp"

#include <string_view>

namespace {

using namespace bench::hand_over;
using weft::task;
using channel = weft::channel<long>;

task<long> yields(long n) {
  long done = 0;
  for (; done < n; ++done) {
    co_await weft::yield();
  }
  co_return done;
}
long yield(long n) {
  return weft::run([n] { return yields(n); }).result();
}

task<long> ping(weft::channel_writer<long> out, weft::channel_reader<long> in, long n) {
  long done = 0;
  for (; done < n; ++done) {
    co_await out.write(done);
    static_cast<void>(co_await in.read());
  }
  co_return done;
}
task<long> pong(weft::channel_writer<long> out, weft::channel_reader<long> in, long n) {
  for (long i = 0; i < n; ++i) {
    const long item = co_await in.read();
    co_await out.write(item);
  }
  co_return n;
}
long pingpong(long n) {
  auto there = channel::unbounded({.single_reader = true, .single_writer = true});
  auto back = channel::unbounded({.single_reader = true, .single_writer = true});
  auto answering = weft::run([&] { return pong(back.writer(), there.reader(), n); });
  auto asking = weft::run([&] { return ping(there.writer(), back.reader(), n); });
  answering.wait();
  return asking.result();
}

task<long> hops(weft::thread_pool& one, weft::thread_pool& other, long n) {
  long done = 0;
  for (; done < n; ++done) {
    co_await weft::resume_on(done % 2 == 0 ? other : one);
  }
  co_return done;
}
long wake(long n) {
  static weft::thread_pool one({.min_threads = 1, .name = "one"});
  static weft::thread_pool other({.min_threads = 1, .name = "other"});
  return one.run([n] { return hops(one, other, n); }).result();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "P4/yield") {
    static char one[] = "1";
    argv[3] = one;
  }
  return bench::run_weft(argc, argv,
                         {{"P4/yield", measured<yield>},
                          {"P4/pingpong", measured<pingpong>},
                          {"P4/wake", measured<wake>}});
}
