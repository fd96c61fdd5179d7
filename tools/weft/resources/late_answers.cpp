#include "resources/late_answers.hpp"

#include <weft/time.hpp>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace weft::tour {
namespace {

constexpr std::size_t head_size = 12;
constexpr char type_a = 1;

/// The question again, and behind it the address if one was asked for; empty for what is no
/// question.
std::string answer_to(std::string_view question) {
  std::size_t end = head_size;
  while (end < question.size() && question[end] != 0) {
    end += 1 + static_cast<unsigned char>(question[end]);
  }
  end += 5;  // the end of the name, type and class
  if (end > question.size()) {
    return {};
  }
  std::string answer(question.substr(0, end));
  const bool address = answer[end - 3] == type_a;
  answer.replace(2, head_size - 2,
                 std::string("\x81\x80\0\1\0", 5) + (address ? '\1' : '\0') + std::string(4, '\0'));
  if (address) {
    // The name of the question; A; IN; not to be kept; 4 bytes.
    answer += std::string("\xC0\x0C\0\1\0\1\0\0\0\0\0\4\x7F\0\0\1", 16);
  }
  return answer;
}

task<> answer_later(std::shared_ptr<net::udp_socket> socket, std::string answer, net::endpoint to,
                    std::chrono::milliseconds wait) {
  co_await delay(wait);
  auto sending = socket->send_to(std::move(answer), std::move(to));
  co_await std::move(sending);
}

void answer_lines(int master, std::chrono::milliseconds delay) {
  for (char c = 0; ::read(master, &c, 1) == 1;) {
    if (c == '\n') {
      std::this_thread::sleep_for(delay);
      constexpr std::string_view answer = "done\n";
      if (::write(master, answer.data(), answer.size()) < 0) {
        return;
      }
    }
  }
}

}  // namespace

task<> serve_names(net::udp_socket socket, std::chrono::milliseconds delay) {
  const auto shared = std::make_shared<net::udp_socket>(std::move(socket));
  std::array<char, 512> buffer{};
  for (;;) {
    auto receiving = shared->receive_from(buffer);
    const net::datagram got = co_await std::move(receiving);
    std::string answer = answer_to({buffer.data(), got.size()});
    if (!answer.empty()) {
      answer_later(shared, std::move(answer), got.from(), delay).detach([](std::exception_ptr) {});
    }
  }
}

std::string name_question(const std::string& name) {
  std::string question("\x57\x46\1\0\0\1\0\0\0\0\0\0", head_size);
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t dot = std::min(name.find('.', at), name.size());
    question += static_cast<char>(dot - at);
    question.append(name, at, dot - at);
    at = dot + 1;
  }
  return question + std::string("\0\0\1\0\1", 5);
}

std::string start_device(std::chrono::milliseconds delay) {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) {
    throw std::system_error(errno, std::system_category(), "no pseudo terminal for a device");
  }
  std::array<char, 64> name{};
  ::ptsname_r(master, name.data(), name.size());
  // Held open, so that the device does not see its port closed between two users; raw, so that
  // nothing is echoed.
  const int port = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios raw{};
  ::tcgetattr(port, &raw);
  ::cfmakeraw(&raw);
  ::tcsetattr(port, TCSANOW, &raw);
  std::thread(answer_lines, master, delay).detach();
  return name.data();
}

}  // namespace weft::tour
