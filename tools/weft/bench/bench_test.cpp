// `weft bench` with made-up peers: shell scripts that print figures.

#include "bench/bench_command.hpp"
#include "bench/bench_report.hpp"
#include "bench/plot.hpp"
#include "bench/program.hpp"
#include "bench/runner.hpp"
#include "bench/statistics.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <tuple>

#include <gtest/gtest.h>
#include <unistd.h>

namespace weft::bench {
namespace {

namespace files = std::filesystem;
using end = run_outcome::end;
using namespace std::chrono_literals;

/// A folder of its own that goes with it.
class temporary_folder {
 public:
  temporary_folder() {
    std::string name = (files::temp_directory_path() / "weft_bench_test.XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder() { files::remove_all(path_); }

  [[nodiscard]] files::path operator/(std::string_view name) const { return path_ / name; }
  [[nodiscard]] const files::path& path() const { return path_; }
  /// A program that runs `body` in a shell.
  [[nodiscard]] std::string program(std::string_view name, std::string_view body) const {
    const files::path at = path_ / name;
    files::create_directories(at.parent_path());
    std::ofstream(at) << "#!/bin/sh\n" << body << "\n";
    files::permissions(at, files::perms::owner_all);
    return at.string();
  }

 private:
  files::path path_;
};

std::string content(const files::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

const row sample_row{.id = "P1",
                     .name = "fib",
                     .workload = "fork_join",
                     .full = "39",
                     .reduced = "10",
                     .goal = 1.6,
                     .peers = {"serial", "tbb", "go"}};

TEST(read_figures, takes_names_with_figures_and_passes_over_the_rest) {
  const figures f =
      read_figures("warming up\nduration: 1500.5 us\n  memory: 12 KiB\r\nversion: tbb 1\nx: y\n");
  EXPECT_EQ(f["duration"], 1500.5);
  EXPECT_EQ(f["memory"], 12);
  EXPECT_EQ(f.version, "tbb 1");
  EXPECT_FALSE(f.has("x"));
  EXPECT_FALSE(f.has("warming up"));
}

TEST(run_program, hands_over_row_parameter_and_threads) {
  const temporary_folder folder;
  const auto program = folder.program("peer", "[ \"$*\" = 'fib 39 2' ] && echo 'duration: 7 us'");
  const run_outcome o = run_program(program, "fib", "39", 2, 60s);
  ASSERT_EQ(o.how, end::measured) << o.why;
  EXPECT_EQ(o.measured["duration"], 7);
}

TEST(run_program, takes_memory_from_the_system_when_the_program_is_silent) {
  const temporary_folder folder;
  const auto program = folder.program("peer", "echo 'duration: 7 us'");
  EXPECT_GT(run_program(program, "fib", "39", 2, 60s).measured["memory"], 0);
}

TEST(run_program, tells_an_unknown_row_from_a_failure) {
  const temporary_folder folder;
  EXPECT_EQ(run_program(folder.program("a", "exit 3"), "x", "1", 1, 60s).how, end::not_supported);
  const run_outcome broken =
      run_program(folder.program("b", "echo wrong result >&2; exit 1"), "x", "1", 1, 60s);
  EXPECT_EQ(broken.how, end::failed);
  EXPECT_EQ(broken.why, "ended with status 1: wrong result");
  const run_outcome silent = run_program(folder.program("c", "exit 0"), "x", "1", 1, 60s);
  EXPECT_EQ(silent.why, "printed no 'duration: N us'");
  EXPECT_EQ(run_program((folder / "none").string(), "x", "1", 1, 60s).how, end::failed);
}

TEST(run_program, stops_what_takes_too_long_with_its_children) {
  const temporary_folder folder;
  const auto program = folder.program("peer", "sleep 1000 & wait");
  const run_outcome o = run_program(program, "x", "1", 1, 0s);
  EXPECT_EQ(o.why, "took too long and was stopped");
}

TEST(quantile, lies_between_its_neighbours) {
  EXPECT_EQ(quantile({3, 1, 2}, 0.5), 2);
  EXPECT_EQ(quantile({4, 1, 2, 3}, 0.5), 2.5);
  EXPECT_EQ(quantile({5}, 0.25), 5);
  EXPECT_EQ(spread_of({1, 2, 3, 4, 5}).iqr, 2);
}

TEST(meets, forgives_half_of_the_interquartile_range) {
  EXPECT_TRUE(meets({.median = 1.5, .min = 1, .max = 2, .iqr = 0.2}, 1.6));
  EXPECT_FALSE(meets({.median = 1.49, .min = 1, .max = 2, .iqr = 0.2}, 1.6));
}

samples sample(std::vector<double> weft, std::map<std::string, std::vector<double>> peers) {
  return {.of = &sample_row,
          .shown_name = "fib",
          .parameter = "10",
          .threads = 2,
          .measured = unit::milliseconds,
          .goal = 1.6,
          .weft = std::move(weft),
          .peers = std::move(peers),
          .mallocs = {}};
}

TEST(judge, compares_round_by_round_with_the_best_peer) {
  const verdict v = judge(sample({1, 2, 4}, {{"tbb", {2, 4, 4}}, {"go", {9, 9, 9}}}));
  EXPECT_EQ(v.best, "tbb");
  EXPECT_EQ(v.ratio.median, 2);  // 2, 2, 1
  EXPECT_EQ(v.ratio.min, 1);
  EXPECT_TRUE(v.met);
}

TEST(judge, takes_the_limit_for_a_peer_only_where_the_row_says_so) {
  const samples s = sample({1}, {{"serial", {1}}, {"tbb", {3}}});
  EXPECT_EQ(judge(s).best, "tbb");
  row counting = sample_row;
  counting.limit_counts = true;
  samples counted = s;
  counted.of = &counting;
  EXPECT_EQ(judge(counted).best, "serial ÷ 2");
  EXPECT_EQ(judge(counted).ratio.median, 0.5);
}

TEST(judge, holds_weft_to_a_figure_of_its_own_where_the_row_has_one) {
  row strict = sample_row;
  strict.at_most = 2;
  samples s = sample({1, 1}, {{"tbb", {9, 9}}});
  s.of = &strict;
  EXPECT_TRUE(judge(s).met);
  s.weft = {3, 3};
  EXPECT_FALSE(judge(s).met);
}

TEST(judge, divides_the_figure_of_a_peer_with_a_handicap) {
  row uneven = sample_row;
  uneven.handicaps = {{"go", 4}};
  samples s = sample({1}, {{"tbb", {3}}, {"go", {8}}});
  s.of = &uneven;
  EXPECT_EQ(judge(s).best, "go ÷ 4");
  EXPECT_EQ(judge(s).ratio.median, 2);
}

TEST(judge, reads_no_goal_on_a_peer_that_the_goal_is_not_about) {
  row narrow = sample_row;
  narrow.goal_peers = {"tbb"};
  samples s = sample({1, 1}, {{"tbb", {2, 2}}, {"go", {0.5, 0.5}}});
  s.of = &narrow;
  EXPECT_EQ(judge(s).best, "tbb");
  EXPECT_TRUE(judge(s).met);
  EXPECT_EQ(judge(s).faster, "go");
  EXPECT_EQ(judge(s).faster_ratio, 0.5);
  s.peers["go"] = {3, 3};
  EXPECT_TRUE(judge(s).faster.empty());
}

TEST(judge, says_nothing_without_a_peer) {
  const verdict v = judge(sample({1}, {{"serial", {1}}}));
  EXPECT_TRUE(v.best.empty());
  EXPECT_FALSE(v.met);
}

TEST(runner, alternates_and_drops_what_is_not_supported) {
  const temporary_folder folder;
  const std::string log = (folder / "log").string();
  const auto peer = [&](std::string_view name, std::string_view what) {
    return folder.program(name, "echo " + files::path(name).filename().string() + " >> " + log +
                                    "\n" + std::string(what));
  };
  static_cast<void>(peer("fork_join/weft", "echo duration: 1000 us"));
  static_cast<void>(peer("fork_join/serial", "exit 3"));
  static_cast<void>(peer("tbb", "echo duration: 3000 us"));  // one program for all workloads
  runner r({.programs = folder.path(),
            .outside = {{"mine", peer("mine", "echo duration: 2000 us")}},
            .rounds = 2,
            .threads = {1, 2}},
           [](std::string_view) {});
  const std::vector<samples> rows = r.measure(sample_row);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(content(log), "weft\nserial\ntbb\nmine\nweft\ntbb\nmine\n");
  EXPECT_EQ(rows[0].threads, 2);
  EXPECT_EQ(rows[0].weft, (std::vector<double>{1, 1}));
  EXPECT_EQ(rows[0].peers.at("mine"), (std::vector<double>{2, 2}));
  EXPECT_FALSE(rows[0].peers.contains("serial"));
  EXPECT_TRUE(r.failures().empty());
  ASSERT_EQ(r.missing().size(), 1U);
  EXPECT_EQ(r.missing().at("go"), std::set<std::string>{"P1"});
}

TEST(runner, reports_a_failure_and_goes_on_with_the_others) {
  const temporary_folder folder;
  static_cast<void>(folder.program("fork_join/weft", "echo duration: 1000 us"));
  static_cast<void>(folder.program("fork_join/tbb", "echo no >&2; exit 1"));
  static_cast<void>(folder.program("fork_join/go", "echo duration: 5000 us"));
  runner r({.programs = folder.path(), .outside = {}, .rounds = 2, .threads = {1}},
           [](std::string_view) {});
  const std::vector<samples> rows = r.measure(sample_row);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].peers.at("go").size(), 2U);
  ASSERT_EQ(r.failures().size(), 1U);
  EXPECT_EQ(r.failures()[0].peer, "tbb");
  EXPECT_EQ(r.failures()[0].why, "ended with status 1: no");
}

TEST(runner, measures_memory_and_each_thread_count_where_the_row_asks) {
  const temporary_folder folder;
  static_cast<void>(
      folder.program("fork_join/weft", "echo duration: 1000 us; echo memory: 100 KiB"));
  static_cast<void>(
      folder.program("fork_join/tbb", "echo duration: 2000 us; echo memory: 120 KiB"));
  row asks = sample_row;
  asks.memory = asks.each_thread_count = asks.limit_counts = true;
  runner r({.programs = folder.path(), .outside = {}, .rounds = 1, .threads = {1, 2}},
           [](std::string_view) {});
  const std::vector<judged> rows = judge_all(r.measure(asks));
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[1].measured.shown_name, "fib memory");
  EXPECT_EQ(rows[1].measured.threads, 1);
  EXPECT_EQ(rows[3].measured.threads, 2);
  EXPECT_EQ(rows[1].said.best, "tbb");
  EXPECT_DOUBLE_EQ(rows[1].said.ratio.median, 1.2);
}

TEST(figure_of, divides_by_the_operations) {
  const figures f = read_figures("duration: 50 us\nbytes: 96\n");
  EXPECT_EQ(figure_of(unit::nanoseconds_each, f, 1000), 50);
  EXPECT_EQ(figure_of(unit::milliseconds, f, 1000), 0.05);
  EXPECT_EQ(figure_of(unit::bytes, f, 1000), 96);
  EXPECT_THROW(static_cast<void>(figure_of(unit::lines, f, 1)), std::runtime_error);
}

TEST(common_goals, take_the_geometric_mean_round_by_round) {
  row shared = sample_row;
  shared.mean_goal = 2;
  const auto with_ratios = [&](const std::vector<double>& ratios) {
    samples s = sample(std::vector<double>(ratios.size(), 1), {{"tbb", ratios}});
    s.of = &shared;
    return s;
  };
  const auto goals = common_goals(
      judge_all({with_ratios({1, 4}), with_ratios({4, 9}), sample({1, 1}, {{"tbb", {9, 9}}})}));
  ASSERT_EQ(goals.size(), 1U);
  EXPECT_EQ(goals[0].rows, 2U);
  EXPECT_DOUBLE_EQ(goals[0].mean.min, 2);
  EXPECT_DOUBLE_EQ(goals[0].mean.max, 6);
  EXPECT_TRUE(goals[0].met);
  EXPECT_TRUE(common_goals(judge_all({sample({1}, {{"tbb", {2}}})})).empty());
}

TEST(json_line, has_the_documented_form) {
  const std::vector<judged> rows = judge_all({sample({1, 2}, {{"tbb", {4, 6}}})});
  EXPECT_EQ(
      json_line(rows[0]),
      R"({"id":"P1","row":"fib","params":"10","threads":2,"unit":"ms","weft":1.5,"peers":{"tbb":5},)"
      R"("ratio_best":3.5,"min":3,"max":4,"goal":1.6,"met":true})");
}

TEST(json_line, is_null_where_nothing_is_compared) {
  samples s = sample({1}, {});
  s.goal = 0;
  EXPECT_EQ(json_line(judge_all({s})[0]),
            R"({"id":"P1","row":"fib","params":"10","threads":2,"unit":"ms","weft":1,"peers":{},)"
            R"("ratio_best":null,"min":null,"max":null,"goal":null,"met":null})");
}

TEST(all_rows, differ_and_have_titles_and_packages) {
  std::set<std::tuple<std::string_view, std::string_view, std::string_view>> seen;
  for (const row& r : all_rows()) {
    EXPECT_TRUE(seen.emplace(r.id, r.name, r.full).second) << r.name;
    EXPECT_FALSE(title_of(r.id).empty()) << r.id;
    for (const std::string_view peer : r.peers) {
      EXPECT_FALSE(package_of(peer).empty()) << peer;
    }
  }
}

TEST(write_plots, draws_a_file_an_id_with_every_peer) {
  const temporary_folder folder;
  const auto rows = judge_all({sample({1, 2}, {{"<tbb>", {4, 6}}, {"go", {0.5, 0.6}}})});
  write_plots((folder / "plots").string(), rows, surroundings::here());
  const std::string svg = content(folder / "plots/P1.svg");
  EXPECT_NE(svg.find("&lt;tbb&gt;"), std::string::npos);
  EXPECT_NE(svg.find(">go<"), std::string::npos);
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
}

TEST(run_bench, refuses_what_it_does_not_know) {
  const auto status = [](auto set) {
    bench_options options;
    set(options);
    return run_bench(options);
  };
  EXPECT_EQ(status([](bench_options& o) { o.only = {"P99"}; }), 2);
  EXPECT_EQ(status([](bench_options& o) { o.peers = {"nameless"}; }), 2);
  EXPECT_EQ(status([](bench_options& o) { o.peers = {"x=/does/not/exist"}; }), 2);
  EXPECT_EQ(status([](bench_options& o) { o.threads = {0}; }), 2);
}

}  // namespace
}  // namespace weft::bench
