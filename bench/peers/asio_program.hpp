#pragma once
/// What the programs with Boost.Asio share: a thread pool of the size that was asked for, its
/// coroutines.

#include "program.hpp"

#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace bench::asio {

using boost::asio::thread_pool;
/// With the pool's own executor, which Asio's documentation advises for speed: no type is erased.
template <class T = void>
using awaitable = boost::asio::awaitable<T, thread_pool::executor_type>;

inline std::unique_ptr<thread_pool> the_pool;
[[nodiscard]] inline thread_pool& pool() {
  return *the_pool;
}

inline int run(int argc, char** argv, std::initializer_list<row> rows) {
  int threads = 1;
  if (argc == 4 && parse(argv[3], threads)) {
    the_pool = std::make_unique<thread_pool>(static_cast<std::size_t>(threads));
  }
  const int status = bench::run(argc, argv, rows);
  the_pool.reset();
  return status;
}

}  // namespace bench::asio
