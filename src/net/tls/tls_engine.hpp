#pragma once
/// `tls_engine`: the protocol without I/O, from bytes to bytes; `tls_core`: what contexts share.
/// tls_engine.cpp is the one file that names OpenSSL.

#include <weft/base/lock.hpp>
#include <weft/net/tls_context.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace weft::net::detail {

class tls_generation;   // certificates and keys as they were read once
struct tls_connection;  // the library's object and what belongs to it

/// Behind a `tls_context`. **Thread-safety**: all members.
class tls_core {
 public:
  enum class role : std::uint8_t { client, server };

  tls_core(role what, tls_settings settings);
  ~tls_core();
  void reload(std::optional<tls_settings> other);

  const role kind;

  [[nodiscard]] std::shared_ptr<tls_generation> current() const;

 private:
  mutable weft::detail::lock mutex_;
  tls_settings settings_;                       // guarded by mutex_
  std::shared_ptr<tls_generation> generation_;  // guarded by mutex_
};

/// One connection's protocol. Cipher text goes in by `room` and `received`, and comes out by
/// `take_output`, also after an exception: it may hold an alert for the peer.
/// **Throws** `tls_error`, the same again once it has.
/// **Thread-safety**: none, but that `room`'s bytes may be filled while other members are called.
class tls_engine {
 public:
  enum class outcome : std::uint8_t { done, wants_input, ended };
  struct progress {
    outcome what;
    std::size_t size;
  };

  /// `host` (clients): what the certificate must name. `session`: what sessions are kept under.
  tls_engine(const std::shared_ptr<tls_core>& core, std::string host, std::string session);
  tls_engine(const tls_engine&) = delete;
  tls_engine& operator=(const tls_engine&) = delete;
  ~tls_engine();

  [[nodiscard]] outcome handshake();
  /// Plain text into `into`; `ended`: the peer has said that no more comes.
  [[nodiscard]] progress decrypt(void* into, std::size_t size);
  /// Returns how much was taken.
  [[nodiscard]] std::size_t encrypt(const void* from, std::size_t size);
  void close_notify();

  [[nodiscard]] std::span<char> room();
  void received(std::size_t n) noexcept;
  void input_ended() noexcept;

  [[nodiscard]] bool has_output() const noexcept;
  /// Swaps what is to be sent with `into`, which is empty.
  void take_output(std::string& into) noexcept;

  [[nodiscard]] std::chrono::nanoseconds handshake_timeout() const noexcept;
  [[nodiscard]] const std::string& host() const noexcept;
  [[nodiscard]] tls_version version() const;
  [[nodiscard]] std::string cipher() const;
  [[nodiscard]] std::string application_protocol() const;
  [[nodiscard]] std::string server_name() const;
  [[nodiscard]] bool is_resumed() const;
  [[nodiscard]] std::string peer_certificate() const;
  [[nodiscard]] std::string peer_subject() const;

 private:
  std::unique_ptr<tls_connection> connection_;
};

}  // namespace weft::net::detail
