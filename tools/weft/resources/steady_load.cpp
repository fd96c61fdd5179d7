#include "resources/steady_load.hpp"

#include <weft/http.hpp>
#include <weft/time.hpp>

#include <utility>

#include <fmt/format.h>

namespace weft::tour {
namespace {

using clock = std::chrono::steady_clock;

task<std::vector<double>> ask_steadily(http::client& client, const steady_load& load,
                                       std::chrono::nanoseconds offset) {
  const std::string url = fmt::format("http://127.0.0.1:{}{}", load.port, load.path);
  auto opening = client.get_string(url);
  static_cast<void>(co_await std::move(opening));
  std::vector<double> times;
  auto due = clock::now() + offset;
  for (std::size_t i = 0; i < load.requests; ++i, due += load.interval) {
    if (const auto early = due - clock::now(); early > clock::duration::zero()) {
      co_await delay(early);
    }
    const auto begin = clock::now();
    auto asking = client.get_string(url);
    static_cast<void>(co_await std::move(asking));
    times.push_back(std::chrono::duration<double, std::milli>(clock::now() - begin).count());
  }
  co_return times;
}

}  // namespace

task<std::vector<double>> times_under(steady_load load) {
  http::client client;
  std::vector<task<std::vector<double>>> asked;
  for (std::size_t i = 0; i < load.connections; ++i) {
    const std::chrono::nanoseconds offset = load.interval;
    asked.push_back(ask_steadily(
        client, load,
        offset * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(load.connections)));
  }
  std::vector<double> all;
  const std::vector<std::vector<double>> each = co_await when_all(std::move(asked));
  for (const std::vector<double>& times : each) {
    all.insert(all.end(), times.begin(), times.end());
  }
  co_return all;
}

std::string load_path(const steady_load& load) {
  return fmt::format("/load/{}/{}/{}{}", load.port, load.connections, load.requests, load.path);
}

}  // namespace weft::tour
