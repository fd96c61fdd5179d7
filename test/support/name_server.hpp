#pragma once
/// For tests: a name server on loopback, over UDP and TCP, that can misbehave.

#include <array>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weft::net::testing {

/// What it does with a name. Names without an entry do not exist.
struct name_behaviour {
  std::vector<std::string> v4 = {};
  std::vector<std::string> v6 = {};
  std::vector<std::pair<std::string, int>> aliases = {};  // CNAME chain: target and seconds to live
  int lives = 60;
  int code = 0;          // of the answer: 2 SERVFAIL, 3 NXDOMAIN
  bool cut = false;      // over UDP: truncated
  bool garbage = false;  // the question again, and bytes without sense
  int ignored = 0;       // questions that get no answer at first; below 0: all
};

class name_server {
 public:
  explicit name_server(std::map<std::string, name_behaviour> names) : names_(std::move(names)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // A port that is free for both.
    for (int attempt = 0; attempt < 100; ++attempt) {
      udp_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      tcp_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      at.sin_port = 0;
      socklen_t size = sizeof at;
      ::bind(udp_, reinterpret_cast<sockaddr*>(&at), size);
      ::getsockname(udp_, reinterpret_cast<sockaddr*>(&at), &size);
      if (::bind(tcp_, reinterpret_cast<sockaddr*>(&at), size) == 0 && ::listen(tcp_, 16) == 0) {
        break;
      }
      ::close(udp_);
      ::close(tcp_);
    }
    port_ = ntohs(at.sin_port);
    end_ = ::eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread([this] { serve(); });
  }
  name_server(const name_server&) = delete;
  name_server& operator=(const name_server&) = delete;
  ~name_server() {
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(end_, &one, sizeof one), 8);
    thread_.join();
    for (const int fd : {udp_, tcp_, end_}) {
      ::close(fd);
    }
  }

  [[nodiscard]] std::string where() const { return "127.0.0.1:" + std::to_string(port_); }
  void set(const std::string& name, name_behaviour what) {
    const std::lock_guard held(mutex_);
    names_[name] = std::move(what);
  }
  /// Questions for an IPv4 address of it so far.
  [[nodiscard]] int asked(const std::string& name) {
    const std::lock_guard held(mutex_);
    return asked_[name];
  }
  [[nodiscard]] int asked_over_tcp() {
    const std::lock_guard held(mutex_);
    return over_tcp_;
  }
  void wait_until_asked(const std::string& name, int times) {
    std::unique_lock held(mutex_);
    changed_.wait(held, [&] { return asked_[name] >= times; });
  }

 private:
  using bytes = std::vector<std::uint8_t>;

  void serve() {
    while (true) {
      std::array<pollfd, 3> all{{{udp_, POLLIN, 0}, {tcp_, POLLIN, 0}, {end_, POLLIN, 0}}};
      ::poll(all.data(), all.size(), -1);
      if (all[2].revents != 0) {
        return;
      }
      if (all[0].revents != 0) {
        answer_datagram();
      }
      if (all[1].revents != 0) {
        answer_connection();
      }
    }
  }

  void answer_datagram() {
    bytes question(1500);
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const auto n = ::recvfrom(udp_, question.data(), question.size(), 0,
                              reinterpret_cast<sockaddr*>(&from), &size);
    if (n < 12) {
      return;
    }
    question.resize(static_cast<std::size_t>(n));
    const bytes answer = answer_to(question, true);
    if (!answer.empty()) {
      ::sendto(udp_, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  }

  void answer_connection() {
    const int fd = ::accept4(tcp_, nullptr, nullptr, SOCK_CLOEXEC);
    const timeval limit{20, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::array<std::uint8_t, 2> length{};
    while (::recv(fd, length.data(), 2, MSG_WAITALL) == 2) {
      bytes question(static_cast<std::size_t>(length[0] << 8 | length[1]));
      if (::recv(fd, question.data(), question.size(), MSG_WAITALL) < 12) {
        break;
      }
      {
        const std::lock_guard held(mutex_);
        ++over_tcp_;
      }
      bytes answer = answer_to(question, false);
      bytes framed{static_cast<std::uint8_t>(answer.size() >> 8),
                   static_cast<std::uint8_t>(answer.size())};
      framed.insert(framed.end(), answer.begin(), answer.end());
      if (::send(fd, framed.data(), framed.size(), MSG_NOSIGNAL) < 0) {
        break;
      }
    }
    ::close(fd);
  }

  static void put16(bytes& to, unsigned value) {
    to.push_back(static_cast<std::uint8_t>(value >> 8));
    to.push_back(static_cast<std::uint8_t>(value));
  }
  static void put_name(bytes& to, std::string_view name) {
    while (!name.empty()) {
      const std::size_t dot = name.find('.');
      const std::string_view label = name.substr(0, dot);
      to.push_back(static_cast<std::uint8_t>(label.size()));
      to.insert(to.end(), label.begin(), label.end());
      name = dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
    }
    to.push_back(0);
  }
  static void put_record(bytes& to, std::string_view name, unsigned type, int lives,
                         const bytes& data) {
    put_name(to, name);
    put16(to, type);
    put16(to, 1);
    put16(to, static_cast<unsigned>(lives) >> 16);
    put16(to, static_cast<unsigned>(lives));
    put16(to, static_cast<unsigned>(data.size()));
    to.insert(to.end(), data.begin(), data.end());
  }

  bytes answer_to(const bytes& question, bool datagram) {
    std::string name;
    std::size_t at = 12;
    while (at < question.size() && question[at] != 0) {
      name += (name.empty() ? "" : ".") +
              std::string(question.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                          question.begin() + static_cast<std::ptrdiff_t>(at) + 1 + question[at]);
      at += 1U + question[at];
    }
    const unsigned type = static_cast<unsigned>(question[at + 1] << 8 | question[at + 2]);
    const std::lock_guard held(mutex_);
    if (type == 1) {
      ++asked_[name];
      changed_.notify_all();
    }
    name_behaviour unknown;
    unknown.code = 3;
    const auto found = names_.find(name);
    name_behaviour& what = found != names_.end() ? found->second : unknown;
    if (what.ignored != 0) {
      what.ignored -= what.ignored > 0 && type == 1 ? 1 : 0;
      return {};
    }
    bytes answer(question.begin(), question.begin() + 2);
    if (what.garbage) {
      answer.insert(answer.end(), {0x84, 0, 0, 1, 0, 9, 0, 0, 0, 0});
      answer.insert(answer.end(), question.begin() + 12, question.end());
      answer.insert(answer.end(), {0xc0, 0xff, 0xc0, 3, 7});
      return answer;
    }
    return finish(std::move(answer), name, type, what, datagram);
  }

  static bytes finish(bytes answer, const std::string& name, unsigned type,
                      const name_behaviour& what, bool datagram) {
    const bool cut = what.cut && datagram;
    bytes records;
    unsigned count = 0;
    std::string owner = name;
    for (const auto& [target, lives] : what.aliases) {
      bytes data;
      put_name(data, target);
      put_record(records, owner, 5, lives, data);
      owner = target;
      ++count;
    }
    for (const std::string& text : type == 28 ? what.v6 : what.v4) {
      bytes data(type == 28 ? 16 : 4);
      ::inet_pton(type == 28 ? AF_INET6 : AF_INET, text.c_str(), data.data());
      put_record(records, owner, type, what.lives, data);
      ++count;
    }
    if (cut || what.code != 0) {
      records.clear();
      count = 0;
    }
    put16(answer, 0x8180U | (cut ? 0x0200U : 0U) | static_cast<unsigned>(what.code));
    put16(answer, 1);
    put16(answer, count);
    put16(answer, 0);
    put16(answer, 0);
    put_name(answer, name);
    put16(answer, type);
    put16(answer, 1);
    answer.insert(answer.end(), records.begin(), records.end());
    return answer;
  }

  int udp_ = -1;
  int tcp_ = -1;
  int end_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, name_behaviour> names_;  // guarded by mutex_
  std::map<std::string, int> asked_;             // guarded by mutex_
  int over_tcp_ = 0;                             // guarded by mutex_
  std::thread thread_;
};

}  // namespace weft::net::testing
