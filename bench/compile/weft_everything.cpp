// P16: what a file costs that has all of weft's headers.

#include <weft/channel.hpp>
#include <weft/db.hpp>
#include <weft/fs.hpp>
#include <weft/http.hpp>
#include <weft/json.hpp>
#include <weft/net.hpp>
#include <weft/os.hpp>
#include <weft/parallel.hpp>
#include <weft/query.hpp>
#include <weft/sched.hpp>
#include <weft/sync.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

weft::task<int> twice(weft::task<int> number) {
  co_return 2 * co_await number;
}

int main() {
  return weft::block_on(twice(weft::run([] { return 0; })));
}
