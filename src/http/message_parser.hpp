#pragma once
/// `message_parser`: bytes to requests and responses, one message at a time; no I/O.

#include <weft/http/headers.hpp>
#include <weft/http/method.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::http::detail {

struct parser_limits {
  std::size_t max_header_bytes =
      64 * 1024;  ///< start line and header fields together; also the trailers
  std::size_t max_headers = 256;
  std::uint64_t max_body_bytes = 0;
};

/// What a parsed head says.
struct message_head {
  http::method method = method::get;
  std::string method_name;
  std::string target;
  int status = 0;
  int version_minor = 1;  ///< of HTTP/1.x
  bool keep_alive = false;
  bool chunked = false;
  bool expects_continue = false;
  bool has_body = false;  ///< as far as the head tells
  std::optional<std::uint64_t> content_length;
  http::headers headers;
};

/// Why a message was refused, and the status with which a server says so.
struct message_error {
  int status = 400;
  std::string text;
};

/// Strict by intent: whatever two HTTP implementations have been known to read in two ways is
/// refused (see `message_parser.cpp`). After an error the connection cannot be used any more.
class message_parser {
 public:
  enum class kind : std::uint8_t { request, response };
  enum class state : std::uint8_t { head, body, complete, failed };

  message_parser(kind what, const parser_limits& limits);
  ~message_parser();
  message_parser(const message_parser&) = delete;
  message_parser& operator=(const message_parser&) = delete;

  /// Ready for the next message; keeps its buffers.
  void reset();
  /// The response that comes answers HEAD (or CONNECT): it has no body, whatever its head says.
  void expect_no_body() noexcept { no_body_ = true; }

  /// Takes from the front of `data` what it can and returns how much that was. A head is taken only
  /// when it is complete: until then call again with the same bytes and more behind them; likewise
  /// trailers. Stops at the end of the head and at the end of the message; what follows belongs to
  /// the next one.
  std::size_t feed(std::string_view data);
  /// The other side closed. Completes a response without a length; any other unfinished message
  /// fails.
  void finish();

  [[nodiscard]] state current() const noexcept { return state_; }
  /// Nothing of a message has been seen (empty lines before it do not count).
  [[nodiscard]] bool idle() const noexcept { return state_ == state::head && scanned_ == 0; }
  /// Pre: the head is complete.
  [[nodiscard]] message_head& head() noexcept { return head_; }
  [[nodiscard]] std::string& body() noexcept { return body_; }
  /// Pre: failed.
  [[nodiscard]] const message_error& error() const noexcept { return error_; }

 private:
  struct engine;

  void fail(int status, std::string text);
  std::size_t feed_head(std::string_view data);
  std::size_t feed_body(std::string_view data);
  std::size_t scan_lines(std::string_view data);
  void begin_trailers() noexcept;
  bool check_start_line(std::string_view line);
  bool check_room(std::uint64_t more);
  bool check_head();
  bool check_lengths();

  const kind kind_;
  const parser_limits limits_;
  std::unique_ptr<engine> engine_;
  state state_ = state::head;
  bool no_body_ = false;
  bool in_trailers_ = false;
  std::size_t scanned_ = 0;     // of the head or trailers, without fault so far
  std::size_t line_start_ = 0;  // of the line that is being scanned
  std::size_t lines_ = 0;
  std::size_t framing_ = 0;  // bytes of the body that were not content
  message_head head_;
  std::string body_;
  message_error error_;
};

}  // namespace weft::http::detail
