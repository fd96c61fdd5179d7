#pragma once
/// `resources`: the external resources that the tour and the demo service use, real and in a second
/// process.

#include <weft/db.hpp>

#include "resources/address_book.hpp"

#include <string>
#include <string_view>

namespace weft::tour {

/// A second process with an HTTP service, named pipes that are filled late, and synchronous servers
/// to compare with.
/// **Lifetime**: the process and its folder end with this object, or with this process.
class resources {
 public:
  /// **Throws** `std::runtime_error` when the process does not come up.
  resources();
  resources(const resources&) = delete;
  resources& operator=(const resources&) = delete;
  ~resources();

  [[nodiscard]] const address_book& where() const noexcept { return book_; }
  [[nodiscard]] int process() const noexcept { return process_; }
  /// Of the service: `url("/feed/7")`.
  [[nodiscard]] std::string url(std::string_view path) const;
  /// The named pipe with the picture of one of the users from 1.
  [[nodiscard]] std::string picture(std::size_t user) const;
  /// A SQLite file with a table `users(id, name)`, whose names are kept in a slow store: the SQL
  /// function `stored(id)` asks the service for one, and blocks the database's thread until it
  /// answers.
  [[nodiscard]] task<db::database> open_database() const;

 private:
  int process_ = -1;
  int keep_alive_ = -1;  // its end tells the process to end
  address_book book_;
};

/// A blocking connection to a loopback port, which the caller closes. **Throws**
/// `std::system_error`.
[[nodiscard]] int blocking_connect(std::uint16_t port);
/// GET of a loopback service with blocking sockets. **Returns** the body. **Throws**
/// `std::runtime_error` if the status is not 200; `std::system_error`.
[[nodiscard]] std::string blocking_get(std::uint16_t port, std::string_view path);
/// Reads a file or pipe to its end with blocking calls. **Throws** `std::system_error`.
[[nodiscard]] std::string blocking_read(const std::string& path);

}  // namespace weft::tour
