#include "tour/claims/t17_kinds.hpp"

#include <weft/db.hpp>
#include <weft/fs.hpp>
#include <weft/http.hpp>
#include <weft/json.hpp>
#include <weft/net/dns.hpp>
#include <weft/os.hpp>

#include "resources/late_answers.hpp"
#include "tour/work/bcrypt.hpp"
#include "tour/work/document.hpp"
#include "tour/work/gzip.hpp"
#include "tour/work/markdown.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weft::tour {
namespace {

// Sizes that take some milliseconds each.
constexpr std::size_t numbers_to_parse = 60'000;
constexpr int bcrypt_cost = 6;
constexpr std::size_t bytes_to_encrypt = 64 << 10;
constexpr int messages_to_encrypt = 100;
constexpr std::size_t lines_to_pack = 12'000;
constexpr std::size_t paragraphs = 4'000;
constexpr std::size_t numbers_to_sort = 60'000;
constexpr int picture_side = 160;
constexpr int most_steps = 300;

std::vector<double> random_numbers(std::size_t count) {
  std::minstd_rand random(17);
  std::vector<double> numbers(count);
  std::ranges::generate(numbers, [&] { return static_cast<double>(random() % 1'000'000) / 8; });
  return numbers;
}

/// Points of the plane that stay near: z → z² + c.
std::size_t mandelbrot() {
  std::size_t inside = 0;
  for (int y = 0; y < picture_side; ++y) {
    for (int x = 0; x < picture_side; ++x) {
      const double re = 3.0 * x / picture_side - 2.0;
      const double im = 2.4 * y / picture_side - 1.2;
      double a = 0;
      double b = 0;
      int steps = 0;
      while (steps < most_steps && a * a + b * b <= 4) {
        const double next = a * a - b * b + re;
        b = 2 * a * b + im;
        a = next;
        ++steps;
      }
      inside += steps == most_steps ? 1U : 0U;
    }
  }
  return inside;
}

kind_of_work computing(std::string name, std::function<std::size_t(std::size_t)> f) {
  // An async function that awaits nothing: all that async can do for it.
  auto awaited = [f](std::size_t i) -> task<std::size_t> {
    return [](const std::function<std::size_t(std::size_t)>& g,
              std::size_t n) -> task<std::size_t> { co_return g(n); }(f, i);
  };
  return {std::move(name), "processor", false, std::move(f), std::move(awaited)};
}

void add_computing(std::vector<kind_of_work>& all) {
  all.push_back(computing("parse JSON",
                          [text = json::to_string(random_numbers(numbers_to_parse))](std::size_t) {
                            return json::parse<std::vector<double>>(text).size();
                          }));
  all.push_back(computing("bcrypt", [](std::size_t) {
    return bcrypt("correct horse", bcrypt_cost, "abcdefghijklmnopqrstuu").size();
  }));
  all.push_back(computing("AES", [bytes = std::string(bytes_to_encrypt, 'x')](std::size_t) {
    std::size_t size = 0;
    for (int i = 0; i < messages_to_encrypt; ++i) {
      size += encrypted(bytes, secret{}).size();
    }
    return size;
  }));
  std::string log;
  for (std::size_t i = 0; i < lines_to_pack; ++i) {
    log += fmt::format("request {} took {} us\n", i, i * 7919 % 1000);
  }
  all.push_back(
      computing("gzip", [log = std::move(log)](std::size_t) { return gzipped(log).size(); }));
  std::string page;
  for (std::size_t i = 0; i < paragraphs; ++i) {
    page += fmt::format("## Part {}\n\nSome *text* with a [link](/{}) and `code`.\n\n", i, i);
  }
  all.push_back(computing("HTML of Markdown", [page = std::move(page)](std::size_t) {
    return markdown_to_html(page).size();
  }));
  all.push_back(computing("Mandelbrot", [](std::size_t) { return mandelbrot(); }));
  all.push_back(computing("sort", [numbers = random_numbers(numbers_to_sort)](std::size_t) {
    std::vector<double> mine = numbers;
    std::ranges::sort(mine);
    return static_cast<std::size_t>(mine.front()) + mine.size();
  }));
}

/// What the coroutines below share.
struct outside_state {
  const resources* where = nullptr;
  db::database users;
  http::client http;
  net::dns_resolver names;

  outside_state(const resources& r, db::database d)
      : where(&r),
        users(std::move(d)),
        names(net::dns_options()
                  .server(fmt::format("127.0.0.1:{}", r.where().name_port))
                  .cache_size(0)) {}
};
using shared_state = std::shared_ptr<outside_state>;

task<std::size_t> ask_database(shared_state s, std::size_t i) {
  auto asking = s->users.query_one<std::string>("SELECT stored(id) FROM users WHERE id = ?",
                                                static_cast<std::int64_t>(i + 1));
  const std::string user = co_await std::move(asking);
  co_return user.size();
}
task<std::size_t> read_file(shared_state s, std::size_t i) {
  auto reading = fs::read_all_text(s->where->picture(i + 1));
  const std::string text = co_await std::move(reading);
  co_return text.size();
}
std::string path_of(std::size_t i) {
  return fmt::format("/wait/{}", i);
}
task<std::size_t> fetch(shared_state s, std::size_t i) {
  auto fetching = s->http.get_string(s->where->url(path_of(i)));
  const std::string text = co_await std::move(fetching);
  co_return text.size();
}
std::string name_of(std::size_t i) {
  return fmt::format("host{}.example", i);
}
task<std::size_t> resolve(shared_state s, std::size_t i) {
  auto asking = s->names.resolve(name_of(i));
  const std::vector<net::address> found = co_await std::move(asking);
  co_return found.size();
}
task<std::size_t> ask_device(shared_state s, std::size_t i) {
  auto opening = os::serial_port::open(s->where->where().devices.at(i), {.baud = 115200});
  os::serial_port port = co_await std::move(opening);
  auto writing = port.write_all(std::string("measure\n"));
  co_await std::move(writing);
  auto reading = port.read_until("\n");
  const std::string answer = co_await std::move(reading);
  co_return answer.size();
}

std::size_t blocking_ask_device(const std::string& path) {
  const int port = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (port < 0 || ::write(port, "measure\n", 8) != 8) {
    throw std::system_error(errno, std::system_category(), path);
  }
  std::size_t got = 0;
  for (char c = 0; c != '\n' && ::read(port, &c, 1) == 1; ++got) {
  }
  ::close(port);
  return got;
}

void add_waiting(std::vector<kind_of_work>& all, const shared_state& s) {
  // The database has no other interface than an awaitable one; its thread blocks all the same.
  all.push_back({"SQL query", "database", true,
                 [s](std::size_t i) { return ask_database(s, i).result(); },
                 [s](std::size_t i) { return ask_database(s, i); }});
  all.push_back({"file, filled late", "its writer", true,
                 [s](std::size_t i) { return blocking_read(s->where->picture(i + 1)).size(); },
                 [s](std::size_t i) { return read_file(s, i); }});
  all.push_back(
      {"HTTP request", "service", true,
       [s](std::size_t i) { return blocking_get(s->where->where().http_port, path_of(i)).size(); },
       [s](std::size_t i) { return fetch(s, i); }});
  all.push_back({"DNS lookup", "name server", true,
                 [s](std::size_t i) {
                   return blocking_ask(s->where->where().name_port, name_of(i)) > 0 ? 1UL : 0UL;
                 },
                 [s](std::size_t i) { return resolve(s, i); }});
  all.push_back(
      {"serial port", "device", true,
       [s](std::size_t i) { return blocking_ask_device(s->where->where().devices.at(i)); },
       [s](std::size_t i) { return ask_device(s, i); }});
}

}  // namespace

std::size_t blocking_ask(std::uint16_t port, const std::string& name) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(port);
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const std::string question = name_question(name);
  std::array<char, 512> answer{};
  ssize_t got = -1;
  if (::sendto(socket, question.data(), question.size(), 0, reinterpret_cast<sockaddr*>(&to),
               sizeof to) >= 0) {
    got = ::recv(socket, answer.data(), answer.size(), 0);
  }
  const int error = errno;
  ::close(socket);
  if (got < 0) {
    throw std::system_error(error, std::system_category(), "asking the name server");
  }
  return static_cast<std::size_t>(got);
}

task<std::vector<kind_of_work>> kinds_of_work(const resources& outside) {
  auto opening = outside.open_database();
  db::database users = co_await std::move(opening);
  std::vector<kind_of_work> all;
  add_computing(all);
  add_waiting(all, std::make_shared<outside_state>(outside, std::move(users)));
  co_return all;
}

}  // namespace weft::tour
