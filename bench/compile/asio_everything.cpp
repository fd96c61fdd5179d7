// P16: what a file costs that waits for one timer of Boost.Asio's.

#include <chrono>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

int main() {
  boost::asio::io_context context;
  boost::asio::steady_timer timer(context, std::chrono::milliseconds(1));
  timer.async_wait([](boost::system::error_code) {});
  context.run();
  return 0;
}
