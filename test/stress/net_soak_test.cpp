// Everything that a network does, for ten minutes with WEFT_LONG (WEFT_SOAK_MINUTES: for so many),
// for a few rounds else.

#include <weft/base/error.hpp>
#include <weft/net.hpp>
#include <weft/task.hpp>
#include <weft/time/delay.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace weft::net {
namespace {

using namespace std::chrono_literals;

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

task<> fill(tcp_stream& from, pipeline_writer& to, std::stop_token stop) {
  try {
    auto copying = copy_to(from, to, stop);
    co_await std::move(copying);
    to.complete();
  } catch (...) {
    to.complete(std::current_exception());
  }
}

task<> answer_lines(tcp_stream& peer, pipeline_reader& from) {
  while (true) {
    auto reading = from.read_until("\n");
    const std::string line = co_await std::move(reading);
    if (line.empty()) {
      break;
    }
    auto writing = peer.write_all(std::string(std::stoul(line), 'x'));
    co_await std::move(writing);
  }
}

// Answers each line, a number, with so many bytes. What it reads comes through a pipeline, so that
// back-pressure is in the way, too.
task<> answer(tcp_stream peer) {
  pipeline in({.pause_writer_threshold = 64, .resume_writer_threshold = 32});
  std::stop_source over;
  auto filling = fill(peer, in.writer, over.get_token());
  try {
    auto answering = answer_lines(peer, in.reader);
    co_await std::move(answering);
  } catch (const std::exception&) {  // of this connection only
  }
  over.request_stop();
  in.reader.complete();
  co_await std::move(filling);
}

task<> serve(tcp_listener& listener, std::stop_token stop) {
  std::vector<task<>> all;
  try {
    while (true) {
      auto accepting = listener.accept(stop);
      all.push_back(answer(co_await std::move(accepting)));
      std::erase_if(all, [](task<>& t) { return t.is_completed(); });
    }
  } catch (const operation_canceled&) {
  }
  for (auto& one : all) {
    co_await one;
  }
}

struct tally {
  long answered = 0;
  long canceled = 0;
  long timed_out = 0;
  long left = 0;
};

// How one visitor behaves; drawn before it starts, since visitors run on several threads.
struct behaviour {
  explicit behaviour(std::minstd_rand& random)
      : questions(static_cast<int>(random() % 10 + 1)),
        size(random() % 20'000 + 1),
        cancel_us(random() % 4 == 0 ? static_cast<int>(random() % 3000) : -1),
        deadline_us(random() % 4 == 0 ? static_cast<int>(random() % 3000) : -1),
        leaves(random() % 4 == 0) {}
  int questions;
  std::size_t size;
  int cancel_us;
  int deadline_us;
  bool leaves;
};

task<> converse(endpoint where, behaviour b, std::stop_token stop) {
  auto connecting = tcp_stream::connect(std::move(where), stop);
  buffered_stream<tcp_stream> s(co_await std::move(connecting), 1024);
  if (b.deadline_us >= 0) {
    s.stream().set_deadline(std::chrono::microseconds(b.deadline_us));
  }
  std::string got(b.size, ' ');
  for (int i = 0; i < b.questions; ++i) {
    auto writing = s.write_all(std::to_string(b.size) + "\n", stop);
    co_await std::move(writing);
    auto flushing = s.flush(stop);
    co_await std::move(flushing);
    if (b.leaves && i == b.questions / 2) {
      co_return;  // with bytes unread: a reset for the server
    }
    std::ranges::fill(got, ' ');
    auto reading = s.read_exactly(got, stop);
    co_await std::move(reading);
    if (got.find_first_not_of('x') != std::string::npos) {
      throw std::logic_error("an answer is wrong");
    }
  }
}

// What may go wrong does so as it was asked for; anything else comes out.
void visit_all(endpoint where, std::minstd_rand& random, tally& counts) {
  constexpr int visitors = 10;
  std::vector<task<>> visiting;
  std::vector<std::unique_ptr<cancellation_source>> sources;
  std::vector<behaviour> all;
  for (int i = 0; i < visitors; ++i) {
    const behaviour& b = all.emplace_back(random);
    sources.push_back(std::make_unique<cancellation_source>());
    if (b.cancel_us >= 0) {
      sources.back()->cancel_after(std::chrono::microseconds(b.cancel_us));
    }
    visiting.push_back(converse(where, b, sources.back()->token()));
  }
  for (std::size_t i = 0; i < visiting.size(); ++i) {
    try {
      visiting[i].result();
      ++(all[i].leaves ? counts.left : counts.answered);
    } catch (const operation_canceled&) {
      EXPECT_GE(all[i].cancel_us, 0);
      ++counts.canceled;
    } catch (const timeout_error&) {
      EXPECT_GE(all[i].deadline_us, 0);
      ++counts.timed_out;
    }
  }
}

void exchange_datagrams(udp_socket& one, udp_socket& two) {
  std::array<char, 64> buffer{};
  std::stop_source source;
  auto given_up = two.receive_from(buffer, source.get_token());
  source.request_stop();
  EXPECT_THROW(static_cast<void>(std::move(given_up).result()), operation_canceled);
  one.send_to("ping", two.local_endpoint()).result();
  EXPECT_EQ(two.receive_from(buffer).result().size(), 4u);
}

std::chrono::minutes soak_time() {
  const char* const said = std::getenv("WEFT_SOAK_MINUTES");
  return std::chrono::minutes(said != nullptr ? std::max(std::atoi(said), 1) : 10);
}

TEST(network, soaked_neither_grows_nor_gives_a_wrong_answer) {
  const bool for_long = std::getenv("WEFT_LONG") != nullptr;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::minstd_rand random(seed);
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  std::stop_source over;
  auto server = serve(listener, over.get_token());
  auto one = udp_socket::bind({"127.0.0.1", 0});
  auto two = udp_socket::bind({"127.0.0.1", 0});
  tally counts;
  const auto some = [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      visit_all(listener.local_endpoint(), random, counts);
      exchange_datagrams(one, two);
    }
  };
  some(10);  // until pools and caches have their size
  const auto descriptors = open_descriptors();
  if (for_long) {
    const auto end = std::chrono::steady_clock::now() + soak_time();
    some(1000);
    const double before = resident_mib();
    while (std::chrono::steady_clock::now() < end) {
      some(100);
    }
    EXPECT_LE(resident_mib(), before + 16);
  } else {
    some(20);
  }
  EXPECT_GT(counts.answered, 0);
  over.request_stop();
  server.result();
  EXPECT_LE(open_descriptors(), descriptors);
  if (for_long) {
    std::printf("%ld answered, %ld canceled, %ld timed out, %ld left early\n", counts.answered,
                counts.canceled, counts.timed_out, counts.left);
  }
}

}  // namespace
}  // namespace weft::net
