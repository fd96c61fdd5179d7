// P6 with delay and with the timers of system_time.

#include <weft/task.hpp>
#include <weft/time.hpp>

#include "../weft_program.hpp"
#include "workload.hpp"

#include <vector>

namespace {

using namespace bench::timers;
using weft::task;

task<long> one_delay(long i) {
  co_await weft::delay(delay_of(i));
  co_return 1;
}
task<long> delays_inside(long n) {
  std::vector<task<long>> tasks;
  tasks.reserve(static_cast<std::size_t>(n));
  for (long i = 0; i < n; ++i) {
    tasks.push_back(one_delay(i));
  }
  long done = 0;
  for (task<long>& t : tasks) {
    done += co_await std::move(t);
  }
  co_return done;
}
long delays(long n) {
  return weft::run([n] { return delays_inside(n); }).result();
}

long insert_cancel(long n) {
  return weft::run([n] {
           for (long i = 0; i < n; ++i) {
             const auto timer = weft::system_time().create_timer([] {}, far_away, weft::infinite);
           }
           return n;
         })
      .result();
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_weft(
      argc, argv, {{"P6/delays", measured<delays>}, {"P6/insertcancel", measured<insert_cancel>}});
}
