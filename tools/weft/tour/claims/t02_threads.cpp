// T2: who waits in three requests at once, read from the trace rings.

#include <weft/sched.hpp>

#include "resources/page_trace.hpp"
#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"
#include "tour/report.hpp"

#include <algorithm>
#include <set>
#include <thread>

#include <fmt/format.h>

namespace weft::tour {
namespace {

constexpr std::size_t requests = 3;
constexpr std::size_t steps = 3;

using load_page = task<std::string> (*)(page_services&, std::size_t);

page_trace synchronous(page_services& s) {
  trace::session recording;
  std::vector<std::thread> threads;
  for (std::size_t id = 1; id <= requests; ++id) {
    threads.emplace_back([&s, id] { static_cast<void>(load_page_blocking(s, id)); });
  }
  for (std::thread& t : threads) {
    t.join();
  }
  return read_page_trace(recording.stop());
}

task<> all_requests(page_services& s, load_page load) {
  std::vector<task<std::string>> pages;
  for (std::size_t id = 1; id <= requests; ++id) {
    pages.push_back(load(s, id));
  }
  co_await when_all(pages);
}

page_trace on_one_thread(page_services& s, load_page load) {
  single_thread_context server;  // all there is for the three requests
  trace::session recording;
  server.run([&] { return all_requests(s, load); });
  return read_page_trace(recording.stop());
}

std::size_t threads_of(const page_trace& t) {
  std::set<std::uint32_t> all;
  for (const traced_step& s : t.steps) {
    all.insert(s.thread);
  }
  return all.size();
}

double blocked_ms(const page_trace& t) {
  double sum = 0;
  for (const traced_step& s : t.steps) {
    sum += s.blocked_ms;
  }
  return sum;
}

/// Each request's next step is kicked off while the others still wait for theirs.
bool is_interleaved(const page_trace& t) {
  for (std::size_t round = 0; round < steps; ++round) {
    std::set<std::size_t> seen;
    for (std::size_t i = 0; i < requests && round * requests + i < t.steps.size(); ++i) {
      seen.insert(t.steps[round * requests + i].request);
    }
    if (seen.size() != requests) {
      return false;
    }
  }
  return true;
}

std::string deed_of(const traced_step& s) {
  return s.blocked_ms > 1 || s.released_ms < 0
             ? fmt::format("blocked for {:.1f} ms", s.blocked_ms)
             : fmt::format("kicked off as {}, released in {:.2f} ms", s.kick_off, s.released_ms);
}

std::string resource_of(const traced_step& s) {
  const std::string_view label = s.resource;
  return std::string(label == "sqlite"                    ? "SQLite file"
                     : label == "http"                    ? "HTTP service"
                     : label == "file" || label == "pipe" ? "named pipe"
                                                          : label);
}

std::string table_of(const char* title, page_trace t) {
  std::ranges::sort(t.steps, {},
                    [](const traced_step& s) { return std::pair(s.request, s.kick_off); });
  table rows(
      {"request", "step", "thread", "what the thread did there", "external resource", "it ran"});
  for (const traced_step& s : t.steps) {
    rows.add({fmt::format("{}", s.request), name_of(s.which), fmt::format("{}", s.thread),
              deed_of(s), resource_of(s), fmt::format("{:.1f} ms", s.ran_ms)});
  }
  return fmt::format("     {}\n{}", title, rows.text(7));
}

std::string json_of(const page_trace& t) {
  std::string all = "[";
  for (const traced_step& s : t.steps) {
    all += fmt::format(
        "{}{{\"request\":{},\"step\":\"{}\",\"thread\":{},\"kick_off\":{},\"blocked_ms\":{:.3f},"
        "\"resource\":\"{}\",\"ran_ms\":{:.3f}}}",
        all.size() == 1 ? "" : ",", s.request, name_of(s.which), s.thread, s.kick_off, s.blocked_ms,
        s.resource, s.ran_ms);
  }
  return all + "]";
}

void check_all(outcome& o, const page_trace& plain, const page_trace& one_by_one,
               const page_trace& together) {
  for (const page_trace* t : {&plain, &one_by_one, &together}) {
    o.check(t->steps.size() == requests * steps,
            fmt::format("the trace has {} of the 9 steps", t->steps.size()));
  }
  o.check(threads_of(plain) == requests, fmt::format("synchronous: {} threads", threads_of(plain)));
  o.check(std::ranges::all_of(plain.steps,
                              [](const traced_step& s) { return s.blocked_ms > 0.9 * s.ran_ms; }),
          "synchronous: a thread was not blocked throughout");
  o.check(threads_of(one_by_one) == 1,
          fmt::format("one by one: {} threads", threads_of(one_by_one)));
  o.check(is_interleaved(one_by_one), "one by one: the kick-offs are not interleaved");
  o.check(threads_of(together) == 1, fmt::format("together: {} threads", threads_of(together)));
  o.check(
      together.before_first_answer == requests * steps,
      fmt::format("together: {} kick-offs before the first answer", together.before_first_answer));
}

}  // namespace

void measure_t2(environment& e, outcome& o) {
  e.doing("starting the second process");
  page_services services = block_on(open_services(e.outside()));
  block_on(all_requests(services, &load_page_together));  // connections are open
  e.doing("synchronous");
  const page_trace plain = synchronous(services);
  e.doing("awaited one by one");
  const page_trace one_by_one = on_one_thread(services, &load_page_one_by_one);
  e.doing("started together");
  const page_trace together = on_one_thread(services, &load_page_together);

  o.plain({"synchronous", "",
           fmt::format("{}, blocked for {:.0f} ms in all", counted(threads_of(plain), "thread"),
                       blocked_ms(plain))});
  o.with_weft({"awaited one by one", "",
               fmt::format("{}, blocked for {:.0f} ms", counted(threads_of(one_by_one), "thread"),
                           blocked_ms(one_by_one))});
  o.with_weft({"started together", "",
               fmt::format("{}, {} kick-offs, then answers",
                           counted(threads_of(together), "thread"), together.before_first_answer)});
  o.show(table_of("synchronous: a thread each", plain));
  o.show(table_of("awaited one by one, all requests on one thread", one_by_one));
  o.show(table_of("started together, all requests on one thread", together));
  o.measured("synchronous_threads", static_cast<double>(threads_of(plain)));
  o.measured("one_by_one_threads", static_cast<double>(threads_of(one_by_one)));
  o.measured("together_threads", static_cast<double>(threads_of(together)));
  o.measured("together_kick_offs_before_first_answer",
             static_cast<double>(together.before_first_answer));
  o.measured_json("synchronous", json_of(plain));
  o.measured_json("one_by_one", json_of(one_by_one));
  o.measured_json("together", json_of(together));
  for (const page_trace* t : {&plain, &one_by_one, &together}) {
    o.check(
        std::ranges::none_of(t->steps, [](const traced_step& s) { return s.resource[0] == '\0'; }),
        "the trace does not name the resource of each step");
  }
  check_all(o, plain, one_by_one, together);
}

}  // namespace weft::tour
