// T4: a thousand requests at once, through weft's HTTP client and server, against synchronous
// servers.

#include <weft/http.hpp>
#include <weft/sched.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace weft::tour {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t concurrent = 1'000;
constexpr std::size_t batches = 8;              // of requests, each begun by a worker of its own
constexpr std::size_t requests_to_sync = 20;    // for each thread of the synchronous server
constexpr std::size_t most_concurrent = 8'000;  // descriptors are limited to 20,000

task<> ask(http::client& client, std::string url, std::size_t times) {
  for (std::size_t i = 0; i < times; ++i) {
    auto asking = client.get_string(url);
    static_cast<void>(co_await std::move(asking));
  }
}

/// `count` requests at the same time, each of them `times` in a row.
task<> ask_together(http::client& client, std::string url, std::size_t count, std::size_t times) {
  std::vector<task<>> starts;
  for (std::size_t b = 0; b < batches; ++b) {
    const std::size_t here = count * (b + 1) / batches - count * b / batches;
    auto start = [&client, url, here, times]() -> task<> {
      std::vector<task<>> asked;
      for (std::size_t i = 0; i < here; ++i) {
        asked.push_back(ask(client, url, times));
      }
      co_await when_all(asked);
    };
    starts.push_back(run(start));
  }
  co_await when_all(starts);
}

std::string url_of(std::uint16_t port) {
  return fmt::format("http://127.0.0.1:{}/wait/1", port);
}

/// The most threads that a thread per request makes of the second process.
std::size_t threads_per_request(const resources& outside, double& ms) {
  http::client client;
  const std::size_t before = thread_count(outside.process());
  std::size_t most = 0;
  const stopwatch watch;
  task<> asked = ask_together(client, url_of(outside.where().threads_port), concurrent, 1);
  while (!asked.is_completed()) {
    most = std::max(most, thread_count(outside.process()) - before);
    block_on(delay(2ms));
  }
  asked.result();
  ms = watch.ms();
  return most;
}

/// Answers a second of the synchronous server with as many threads as cores, all of them always
/// busy.
double synchronous_rate(const resources& outside, std::size_t threads) {
  http::client client;
  const double ms = timed_ms([&] {
    block_on(ask_together(client, url_of(outside.where().small_pool_port), 2 * threads,
                          requests_to_sync / 2));
  });
  return static_cast<double>(threads * requests_to_sync) / ms * 1e3;
}

}  // namespace

void measure_t4(environment& e, outcome& o) {
  e.doing("starting the second process");
  const resources& outside = e.outside();
  const std::size_t cores = core_count();
  http::client client;
  const std::string url = outside.url("/wait/1");
  e.doing("1,000 requests at once, the first time");
  const double cold = timed_ms([&] { block_on(ask_together(client, url, concurrent, 1)); });
  e.doing("1,000 requests at once");
  const double awaited = median_of_three(
      [&] { return timed_ms([&] { block_on(ask_together(client, url, concurrent, 1)); }); });
  const auto clients = std::min(most_concurrent, std::max(concurrent, 600 * cores));
  const double rate = static_cast<double>(clients * 5) /
                      timed_ms([&] { block_on(ask_together(client, url, clients, 5)); }) * 1e3;
  const auto workers = static_cast<std::size_t>(thread_pool::default_pool().stats().max_running);
  const auto server_workers =
      static_cast<std::size_t>(std::stoul(blocking_get(outside.where().http_port, "/workers")));
  e.doing("a synchronous server, a thread for each request");
  double per_request_ms = 0;
  const std::size_t threads = threads_per_request(outside, per_request_ms);
  e.doing("a synchronous server with as many threads as cores");
  const double plain_rate = synchronous_rate(outside, cores);
  const double ratio = rate / plain_rate;

  o.plain({"1,000 at once, a thread each", show_ms(per_request_ms), counted(threads, "thread")});
  o.plain({fmt::format("server of {}", counted(cores, "thread")), "",
           fmt::format("{:.0f} requests a second", plain_rate)});
  o.with_weft({fmt::format("server of {}", counted(server_workers, "worker")), "",
               fmt::format("{:.0f} requests a second: {:.0f} ×", rate, ratio)});
  o.with_weft({"1,000 at once, first time", show_ms(cold), "with 1,000 connections to open"});
  o.with_weft({"1,000 at once, again", show_ms(awaited),
               fmt::format("{}, server {}", counted(workers, "worker"), server_workers)});
  o.measured("thread_per_request_ms", per_request_ms);
  o.measured("thread_per_request_threads", static_cast<double>(threads));
  o.measured("synchronous_per_s", plain_rate);
  o.measured("async_per_s", rate);
  o.measured("ratio", ratio);
  o.measured("first_ms", cold);
  o.measured("awaited_ms", awaited);
  o.measured("client_workers", static_cast<double>(workers));
  o.measured("server_workers", static_cast<double>(server_workers));
  o.check(awaited <= 250, fmt::format("1,000 requests took {:.1f} ms", awaited));
  o.check(std::max(workers, server_workers) <= cores,
          fmt::format("{} workers here and {} in the server", workers, server_workers));
  o.check(ratio >= 50, fmt::format("the throughput is {:.1f} times the synchronous one", ratio));
  o.check(threads >= concurrent / 2,
          fmt::format("a thread per request made only {} threads", threads));
}

}  // namespace weft::tour
