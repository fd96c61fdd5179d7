// T1: one page from a database, a file and a web service.

#include "resources/page.hpp"
#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"

#include <fmt/format.h>

namespace weft::tour {
namespace {

constexpr std::size_t user = 1;
constexpr double three_delays_ms = 600;

}  // namespace

void measure_t1(environment& e, outcome& o) {
  e.doing("starting the second process");
  page_services services = block_on(open_services(e.outside()));
  const std::string page = block_on(load_page_together(services, user));  // connections are open
  std::size_t wrong = 0;
  const auto check_page = [&](const std::string& got) { wrong += got == page ? 0U : 1U; };

  e.doing("synchronous");
  const double blocking = median_of_three(
      [&] { return timed_ms([&] { check_page(load_page_blocking(services, user)); }); });
  e.doing("awaited one by one");
  const double one_by_one = median_of_three([&] {
    return timed_ms([&] { check_page(block_on(load_page_one_by_one(services, user))); });
  });
  e.doing("started together");
  const double together = median_of_three(
      [&] { return timed_ms([&] { check_page(block_on(load_page_together(services, user))); }); });

  o.plain({"synchronous", show_ms(blocking), "a thread is blocked"});
  o.with_weft({"awaited one by one", show_ms(one_by_one), "no thread is blocked"});
  o.with_weft({"started together", show_ms(together), "no thread is blocked"});
  o.show(fmt::format("     the page: {}", page));
  o.measured("synchronous_ms", blocking);
  o.measured("one_by_one_ms", one_by_one);
  o.measured("together_ms", together);
  o.check(wrong == 0, "the three ways gave different pages");
  o.check(blocking >= three_delays_ms, fmt::format("synchronous took only {:.1f} ms", blocking));
  o.check(one_by_one >= three_delays_ms, fmt::format("one by one took only {:.1f} ms", one_by_one));
  o.check(together <= 215, fmt::format("together took {:.1f} ms", together));
}

}  // namespace weft::tour
