#include <weft/io/reactor.hpp>

#include <weft/base/error.hpp>
#include <weft/sched/loop_place.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/task/thread_state.hpp>

#include "io_core.hpp"

#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

namespace weft::detail {

namespace {

std::unique_ptr<reactor> make_named(io_backend backend, int& error) {
  return backend == io_backend::uring ? make_uring_reactor(error) : make_epoll_reactor(error);
}

const char* name_of(io_backend backend) {
  return backend == io_backend::uring ? "io_uring" : "epoll";
}

io_backend from_environment() {
  const char* const value = std::getenv("WEFT_IO");
  if (value == nullptr || *value == '\0') {
    return io_backend::automatic;
  }
  if (std::string_view(value) == "uring") {
    return io_backend::uring;
  }
  if (std::string_view(value) == "epoll") {
    return io_backend::epoll;
  }
  throw std::system_error(
      EINVAL, std::generic_category(),
      "weft: WEFT_IO='" + std::string(value) + "': must be 'uring', 'epoll' or unset");
}

}  // namespace

std::unique_ptr<reactor> make_reactor(io_backend backend) {
  int error = 0;
  if (backend == io_backend::automatic) {
    backend = from_environment();
  }
  if (backend == io_backend::automatic) {
    if (auto made = make_uring_reactor(error)) {
      return made;
    }
    backend = io_backend::epoll;
  }
  if (auto made = make_named(backend, error)) {
    return made;
  }
  throw std::system_error(
      error, std::generic_category(),
      std::string("weft: the kernel refused ") + name_of(backend) +
          (backend == io_backend::uring ? " (unset WEFT_IO to fall back to epoll)" : ""));
}

std::shared_ptr<reactor> make_loop_reactor(io_backend backend) {
  return backend == io_backend::uring ? make_uring_loop() : make_epoll_loop();
}

reactor& reactor_here(reactor& otherwise) noexcept {
  loop_place* const loop = loop_of_this_thread;
  if (loop == nullptr || loop->context != this_thread().context) [[likely]] {
    return otherwise;
  }
  if (!loop->was_asked()) [[unlikely]] {
    std::shared_ptr<reactor> made;
    try {
      made = make_loop_reactor(otherwise.backend());
    } catch (const std::bad_alloc&) {  // the default one does it all
    }
    loop->attach(std::move(made));
  }
  auto* const own = static_cast<reactor*>(loop->driver());
  return own != nullptr && own->usable() ? *own : otherwise;
}

namespace {

// Constant-initialised: the runtime fills it before or during the first use.
constinit atomic<reactor_provider> provider_slot{nullptr};

}  // namespace

reactor_provider set_reactor_provider(reactor_provider provider) noexcept {
  // order: acq_rel; pairs with itself and with the load in default_reactor. Publishes what the
  // provider needs.
  return provider_slot.exchange(provider, std::memory_order_acq_rel);
}

reactor& default_reactor() {
  if (this_thread().simulated != nullptr) {
    throw_invalid_operation(
        "weft: real I/O inside a simulation, which it cannot repeat: use the test kit's network "
        "and disk, or move it out of the simulation");
  }
  if (in_forked_child()) {
    throw_invalid_operation(
        "weft: this process was forked from one that used weft's I/O; only exec is possible here");
  }
  // order: acquire; pairs with the exchange in set_reactor_provider.
  reactor_provider provider = provider_slot.load(std::memory_order_acquire);
  if (provider == nullptr) {
    static_cast<void>(runtime());  // starting the default instance sets it
    // order: acquire; as above.
    provider = provider_slot.load(std::memory_order_acquire);
  }
  if (provider == nullptr) {
    throw_invalid_operation("weft: the runtime of this program has no I/O");
  }
  return provider();
}

}  // namespace weft::detail
