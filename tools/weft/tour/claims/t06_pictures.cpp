// T6: four pictures, loaded, filtered and saved, in sequence and on all cores.

#include <weft/base/atomic.hpp>
#include <weft/fs.hpp>
#include <weft/parallel.hpp>
#include <weft/task.hpp>

#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"
#include "tour/timeline.hpp"
#include "tour/work/picture.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <stdlib.h>

namespace weft::tour {
namespace {

constexpr std::size_t count = 4;
constexpr std::size_t width = 960;
constexpr std::size_t height = 640;
constexpr int rounds = 5;

/// A folder with the pictures, for as long as this lives.
class album {
 public:
  album() : folder_((std::filesystem::temp_directory_path() / "weft-XXXXXX").string()) {
    if (::mkdtemp(folder_.data()) == nullptr) {
      throw std::runtime_error("no folder for the pictures");
    }
    for (std::size_t i = 0; i < count; ++i) {
      std::ofstream(from(i), std::ios::binary) << to_jpeg(drawn_landscape(i, width, height));
    }
  }
  album(const album&) = delete;
  album& operator=(const album&) = delete;
  ~album() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] std::string from(std::size_t i) const {
    return fmt::format("{}/{}.jpg", folder_, i);
  }
  [[nodiscard]] std::string to(std::size_t i) const { return fmt::format("{}/{}.png", folder_, i); }

 private:
  std::string folder_;
};

std::string content_of(const std::string& path) {
  std::ostringstream all;
  all << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(all).str();
}

/// Between loading and saving: what a processor does.
std::string filtered(const std::string& jpeg, std::size_t i) {
  const marked work("filter", i);
  return to_png(smoothed(from_jpeg(jpeg)));
}

void one_blocking(const album& of, std::size_t i) {
  const std::string png = filtered(content_of(of.from(i)), i);
  std::ofstream(of.to(i), std::ios::binary) << png;
}

void in_sequence(const album& of) {
  for (std::size_t i = 0; i < count; ++i) {
    one_blocking(of, i);
  }
}

/// Threads by hand: what this machine gives to as many, now.
void by_hand(const album& of) {
  detail::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < std::min(core_count(), count); ++t) {
    threads.emplace_back([&] {
      // order: relaxed; each picture is taken once, nothing else depends on it.
      for (std::size_t i = 0; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) {
        one_blocking(of, i);
      }
    });
  }
  for (std::thread& t : threads) {
    t.join();
  }
}

task<> one_awaited(const album& of, std::size_t i) {
  const std::string jpeg = co_await fs::read_all_text(of.from(i));
  std::string png = filtered(jpeg, i);
  co_await fs::write_all_text(of.to(i), std::move(png));
}

void in_parallel(const album& of) {
  std::array<std::size_t, count> numbers{};
  for (std::size_t i = 0; i < count; ++i) {
    numbers[i] = i;
  }
  block_on(parallel_for_each_async(numbers, [&](std::size_t i) { return one_awaited(of, i); }));
}

std::vector<std::string> saved(const album& of) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(content_of(of.to(i)));
    std::filesystem::remove(of.to(i));
  }
  return all;
}

struct way_of_all {
  const char* name;
  void (*work)(const album&);
  run_times times{};
  std::vector<std::string> result{};
};

}  // namespace

void measure_t6(environment& e, outcome& o) {
  e.doing("drawing the pictures");
  const album pictures;
  way_of_all plain{"one after another", &in_sequence};
  way_of_all hand{"threads by hand", &by_hand};
  way_of_all parallel{"parallel_for_each_async", &in_parallel};
  // In turns, so that what else this machine does meets them alike.
  for (int round = 0; round < rounds; ++round) {
    for (way_of_all* way : {&plain, &hand, &parallel}) {
      e.doing(way->name);
      panel drawn = panel_of(way->name, [&] { way->times.run([&] { way->work(pictures); }); });
      way->result = saved(pictures);
      if (round + 1 == rounds) {
        o.drawn(std::move(drawn));
      }
    }
  }

  const double speedup = plain.times.best() / parallel.times.best();
  const auto most = static_cast<double>(std::min(count, physical_core_count()));
  const double limit = least_speedup(most, plain.times.best(), hand.times.best());
  o.plain({plain.name, show_ms(plain.times.best()),
           fmt::format("{} pictures of {} × {}", count, width, height)});
  o.plain({hand.name, show_ms(hand.times.best()),
           fmt::format("{:.2f} ×: what the machine gives now",
                       plain.times.best() / hand.times.best())});
  o.with_weft({parallel.name, show_ms(parallel.times.best()),
               fmt::format("{:.2f} × on {}", speedup, counted(physical_core_count(), "core"))});
  for (const way_of_all* way : {&plain, &hand, &parallel}) {
    const std::string name = way == &plain  ? "sequential"
                             : way == &hand ? "threads_by_hand"
                                            : "parallel";
    o.measured(name + "_ms", way->times.best());
    o.measured(name + "_processor_ms", way->times.processor());
  }
  o.measured("cores", static_cast<double>(physical_core_count()));
  o.check(plain.result == hand.result && plain.result == parallel.result,
          "the ways saved different pictures");
  o.check(
      std::ranges::all_of(plain.result, [](const std::string& png) { return png.size() > 1000; }),
      "a saved picture is empty");
  o.check(speedup >= limit, fmt::format("it is {:.2f} times as fast", speedup));
}

}  // namespace weft::tour
