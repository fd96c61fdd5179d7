// T9: fetch from many services at once, then process in parallel, then reply. The reply is that of
// an HTTP server.

#include <weft/http.hpp>
#include <weft/json.hpp>
#include <weft/parallel.hpp>
#include <weft/task.hpp>

#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"

#include <cmath>

#include <fmt/format.h>

namespace weft::tour {
namespace {

constexpr std::size_t service_count = 8;

std::string path_of(std::size_t service) {
  return fmt::format("/measurements/{}", service);
}

/// Gini's mean difference: how far two measurements lie apart on average. Quadratic on purpose.
double mean_difference(const std::vector<double>& values) {
  double sum = 0;
  for (const double a : values) {
    for (const double b : values) {
      sum += std::abs(a - b);
    }
  }
  return sum / static_cast<double>(values.size() * values.size());
}

std::vector<double> parse(const std::string& text) {
  return json::parse<std::vector<double>>(text);
}

struct timings {
  double fetched_ms = 0;
  double processed_ms = 0;
};

std::string synchronous_report(std::uint16_t port, timings& t) {
  const stopwatch watch;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < service_count; ++i) {
    texts.push_back(blocking_get(port, path_of(i)));
  }
  t.fetched_ms = watch.ms();
  std::vector<double> results;
  for (const std::string& text : texts) {
    results.push_back(mean_difference(parse(text)));
  }
  t.processed_ms = watch.ms() - t.fetched_ms;
  return json::to_string(results);
}

task<std::string> async_report(const resources& outside, http::client& client, timings& t) {
  const stopwatch watch;
  std::vector<task<std::string>> fetching;
  for (std::size_t i = 0; i < service_count; ++i) {
    fetching.push_back(client.get_string(outside.url(path_of(i))));
  }
  const std::vector<std::string> texts = co_await when_all(std::move(fetching));
  t.fetched_ms = watch.ms();
  std::vector<double> results(service_count);
  auto processing = run([&] {
    parallel_for(std::size_t{0}, service_count,
                 [&](std::size_t i) { results[i] = mean_difference(parse(texts[i])); });
  });
  co_await std::move(processing);
  t.processed_ms = watch.ms() - t.fetched_ms;
  co_return json::to_string(results);
}

}  // namespace

void measure_t9(environment& e, outcome& o) {
  e.doing("starting the second process");
  const resources& outside = e.outside();
  http::client client;
  timings async;
  http::server server;
  server.get("/report", [&](http::request&) -> task<http::response> {
    auto made = async_report(outside, client, async);
    co_return http::ok(co_await std::move(made));
  });
  block_on(server.start());

  e.doing("one after another");
  timings plain;
  std::string expected;
  const double plain_ms =
      timed_ms([&] { expected = synchronous_report(outside.where().http_port, plain); });
  e.doing("at once");
  std::string reply = blocking_get(server.port(), "/report");
  const double async_ms = median_of_three(
      [&] { return timed_ms([&] { reply = blocking_get(server.port(), "/report"); }); });
  block_on(server.stop());

  o.plain({"one after another, on one thread", show_ms(plain_ms),
           fmt::format("{:.0f} ms fetching, {:.0f} ms processing", plain.fetched_ms,
                       plain.processed_ms)});
  o.with_weft({"all at once, on all cores", show_ms(async_ms),
               fmt::format("{:.0f} ms fetching, {:.0f} ms processing", async.fetched_ms,
                           async.processed_ms)});
  o.measured("synchronous_ms", plain_ms);
  o.measured("synchronous_fetch_ms", plain.fetched_ms);
  o.measured("synchronous_process_ms", plain.processed_ms);
  o.measured("together_ms", async_ms);
  o.measured("together_fetch_ms", async.fetched_ms);
  o.measured("together_process_ms", async.processed_ms);
  o.check(reply == expected, "the two ways replied differently");
  o.check(async.fetched_ms <= 125, fmt::format("fetching took {:.1f} ms", async.fetched_ms));
  o.check(async_ms <= plain_ms / 3, fmt::format("the reply took {:.1f} ms, {:.1f} times less",
                                                async_ms, plain_ms / async_ms));
}

}  // namespace weft::tour
