// What http reaches of TLS by weak references.

#include <weft/net/detail/secure_stream.hpp>
#include <weft/net/tls.hpp>

#include "tls_engine.hpp"

#include <system_error>
#include <utility>

namespace weft::net {

/// Makes the stream that http wants of its parts.
struct tls_opener {
  static value_task<tls_stream> open(byte_stream over, std::shared_ptr<detail::tls_core> core,
                                     std::string host, std::string session, std::stop_token stop) {
    return tls_stream::opened(std::move(over), std::move(core), std::move(host), std::move(session),
                              std::move(stop));
  }
};

namespace detail {
namespace {

class secured final : public secure_stream {
 public:
  explicit secured(tls_stream stream) noexcept : stream_(std::move(stream)) {}

  value_task<std::size_t> read_some(mutable_buffer into, std::stop_token stop) override {
    return read(stream_.read_some(into, std::move(stop)));
  }
  value_task<> write_all(const_buffer from, std::stop_token stop) override {
    return stream_.write_all(from, std::move(stop));
  }
  value_task<> shutdown_write(std::stop_token stop) override {
    return stream_.shutdown_write(std::move(stop));
  }
  void set_deadline(time_point when) override { stream_.set_deadline(when); }
  void close() noexcept override { stream_.close(); }

 private:
  static value_task<std::size_t> read(value_task<std::size_t> reading) {
    std::string cut;
    try {
      const std::size_t n = co_await std::move(reading);
      co_return n;
    } catch (const tls_error& e) {
      if (e.kind() != tls_failure::truncated) {
        throw;
      }
      cut = e.what();
    }
    throw std::system_error(std::make_error_code(std::errc::connection_reset), cut);
  }

  tls_stream stream_;
};

}  // namespace

value_task<std::unique_ptr<secure_stream>> open_secure(byte_stream over,
                                                       std::shared_ptr<tls_core> core,
                                                       std::string host, std::string session,
                                                       std::stop_token stop) {
  auto opening = tls_opener::open(std::move(over), std::move(core), std::move(host),
                                  std::move(session), std::move(stop));
  tls_stream opened = co_await std::move(opening);
  co_return std::make_unique<secured>(std::move(opened));
}

std::shared_ptr<tls_core> default_tls_client() {
  return tls_context::client(tls_options().alpn({"http/1.1"})).core();
}

}  // namespace detail
}  // namespace weft::net
