// T7: resize → base64 → PDF → encrypt. Each step needs the one before it, so there is nothing to
// overlap and nothing to wait for.

#include <weft/task.hpp>

#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"
#include "tour/report.hpp"
#include "tour/timeline.hpp"
#include "tour/work/document.hpp"
#include "tour/work/picture.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace weft::tour {
namespace {

// So many at least; then until the rounds agree, or so many at most.
constexpr std::size_t least_rounds = 75;
constexpr std::size_t most_rounds = 600;
constexpr double least_ratio = 0.9;
constexpr double most_ratio = 1.15;
constexpr std::size_t steps = 4;
constexpr std::array<const char*, steps> names{"resize", "base64", "PDF", "encrypt"};
constexpr std::size_t small_width = 160;

/// What the chain begins with, and what it ends with.
struct letter {
  std::string jpeg;
  secret key;
  std::string sent{};
};

std::string resize(const std::string& jpeg) {
  const marked work(names[0], 0);
  return to_jpeg(made_smaller(from_jpeg(jpeg), small_width));
}
std::string encode(const std::string& jpeg) {
  const marked work(names[1], 1);
  return to_base64(jpeg);
}
std::string print(const std::string& base64) {
  const marked work(names[2], 2);
  return to_pdf(base64);
}
std::string encrypt(const std::string& pdf, const secret& key) {
  const marked work(names[3], 3);
  return encrypted(pdf, key);
}

void synchronous(letter& l) {
  l.sent = encrypt(print(encode(resize(l.jpeg))), l.key);
}

// Each step a task that awaits the one before it: three hand-overs, none of which lets anything
// overlap.

task<std::string> resized(const letter& l, task<> begin) {
  co_await std::move(begin);
  co_return resize(l.jpeg);
}
task<std::string> encoded(task<std::string> small) {
  const std::string jpeg = co_await std::move(small);
  co_return encode(jpeg);
}
task<std::string> printed(task<std::string> text) {
  const std::string base64 = co_await std::move(text);
  co_return print(base64);
}
task<> sent(letter& l, task<std::string> page) {
  const std::string pdf = co_await std::move(page);
  l.sent = encrypt(pdf, l.key);
}

/// The whole chain stands before its first step begins, on the pool.
void awaited(letter& l) {
  task_completion_source<> begin;
  auto all = sent(l, printed(encoded(resized(l, begin.task()))));
  run([&] { begin.set_result(); }).wait();
  all.wait();
}

/// Each step through the queue of the pool, where any worker may take it.
task<> queued(letter& l) {
  auto small = run([&] { return resize(l.jpeg); });
  const std::string jpeg = co_await std::move(small);
  auto text = run([&] { return encode(jpeg); });
  const std::string base64 = co_await std::move(text);
  auto page = run([&] { return print(base64); });
  const std::string pdf = co_await std::move(page);
  auto last = run([&] { return encrypt(pdf, l.key); });
  l.sent = co_await std::move(last);
}

/// The steps of several runs, and what lay between them.
struct chain {
  std::array<std::vector<double>, steps> step_ms;
  std::array<std::vector<double>, steps - 1> hand_over_ms;
  std::vector<double> total_ms;
  panel last;

  void add(panel p, outcome& o) {
    o.check(p.stretches.size() == steps, fmt::format("{}: the trace has {} of the {} steps",
                                                     p.title, p.stretches.size(), steps));
    if (p.stretches.size() == steps) {
      for (std::size_t i = 0; i < steps; ++i) {
        step_ms[i].push_back(p.stretches[i].ms());
        if (i > 0) {
          hand_over_ms[i - 1].push_back(p.stretches[i].from_ms - p.stretches[i - 1].to_ms);
        }
      }
      total_ms.push_back(p.stretches.back().to_ms - p.stretches.front().from_ms);
      last = std::move(p);
    }
  }
  [[nodiscard]] double hand_over(std::size_t i) const { return median(hand_over_ms[i]); }
  [[nodiscard]] double hand_overs() const {
    double sum = 0;
    for (std::size_t i = 0; i + 1 < steps; ++i) {
      sum += hand_over(i);
    }
    return sum;
  }
};

std::string table_of(const chain& c, const char* between) {
  table rows({"step", "thread", "resource", "time"});
  for (std::size_t i = 0; i < steps; ++i) {
    rows.add({names[i], fmt::format("{}", c.last.stretches[i].thread), "internal: processor",
              show_ms(median(c.step_ms[i]))});
    if (i + 1 < steps) {
      rows.add({fmt::format("  {}", between),
                fmt::format("{} → {}", c.last.stretches[i].thread, c.last.stretches[i + 1].thread),
                "internal: none", show_ms(c.hand_over(i))});
    }
  }
  rows.add({"total", "", "", show_ms(median(c.total_ms))});
  return fmt::format("     {}\n{}", c.last.title, rows.text(7));
}

std::string json_of(const chain& c) {
  std::string all = "[";
  for (std::size_t i = 0; i < steps; ++i) {
    all += fmt::format("{}{{\"step\":\"{}\",\"thread\":{},\"ms\":{:.6f}", i == 0 ? "" : ",",
                       names[i], c.last.stretches[i].thread, median(c.step_ms[i]));
    all += i + 1 < steps ? fmt::format(",\"hand_over_ms\":{:.6f}}}", c.hand_over(i)) : "}";
  }
  return all + "]";
}

void say(outcome& o, const chain& plain, const chain& in_queue, const chain& tasks) {
  o.plain({"four calls", show_ms(median(plain.total_ms)), "one thread, nothing between the steps"});
  o.with_weft(
      {"four times run(…), awaited", show_ms(median(in_queue.total_ms)),
       fmt::format("{} for three ways through the pool's queue", show_ms(in_queue.hand_overs()))});
  o.with_weft({"four tasks, each awaiting the last", show_ms(median(tasks.total_ms)),
               fmt::format("{} for the three hand-overs", show_ms(tasks.hand_overs()))});
  o.show(table_of(plain, "call"));
  o.show(table_of(tasks, "hand-over"));
  const std::pair<const char*, const chain*> ways[] = {
      {"synchronous", &plain}, {"tasks", &tasks}, {"queue", &in_queue}};
  for (const auto& [name, way] : ways) {
    o.measured(fmt::format("{}_ms", name), median(way->total_ms));
    o.measured(fmt::format("{}_hand_overs_ms", name), way->hand_overs());
    o.measured_json(name, json_of(*way));
    o.drawn(way->last);
  }
}

}  // namespace

void measure_t7(environment& e, outcome& o) {
  e.doing("drawing the picture");
  letter called{to_jpeg(drawn_landscape(7, 400, 300)), {}};
  letter handed = called;
  letter posted = called;
  chain plain;
  chain tasks;
  chain in_queue;
  paired_ratio beside_calls;
  e.doing("calls and hand-overs");
  for (std::size_t round = 0;
       round <= least_rounds ||
       (round <= most_rounds && !beside_calls.decided(least_ratio, most_ratio));
       ++round) {
    // All of them on a worker: this thread may have a processor of another speed.
    panel calls = panel_of("four calls", [&] { run([&] { synchronous(called); }).wait(); });
    panel awaits = panel_of("four tasks", [&] { awaited(handed); });
    panel posts = panel_of("four tasks through the queue",
                           [&] { run([&] { return queued(posted); }).wait(); });
    if (round > 0) {  // the first one warms up
      plain.add(std::move(calls), o);
      tasks.add(std::move(awaits), o);
      in_queue.add(std::move(posts), o);
      if (!o.ok()) {
        break;
      }
      beside_calls.add(tasks.total_ms.back(), plain.total_ms.back());
    }
  }
  if (!o.ok()) {
    return;
  }
  say(o, plain, in_queue, tasks);
  for (const letter* l : {&called, &handed, &posted}) {
    o.check(decrypted(l->sent, l->key).starts_with("%PDF"), "what was encrypted is no PDF");
    o.check(l->sent.size() == called.sent.size(), "the ways sent different letters");
  }
  for (std::size_t i = 0; i + 1 < steps; ++i) {
    o.check(tasks.hand_over(i) <= 1e-3,
            fmt::format("the hand-over to {} took {}", names[i + 1], show_ms(tasks.hand_over(i))));
  }
  const double ratio = beside_calls.median();
  o.measured("tasks_beside_calls", ratio);
  o.check(ratio >= least_ratio && ratio <= most_ratio,
          fmt::format("with hand-overs it took {:.2f} times as long", ratio));
}

}  // namespace weft::tour
