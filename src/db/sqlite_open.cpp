/// Options of SQLite, and the address that they may stand in.

#include <weft/db/sqlite.hpp>

#include "backends.hpp"
#include "sqlite_engine.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace weft::db {
namespace detail {
namespace {

constexpr std::string_view scheme = "sqlite:";
// Each is a thread with its stack, connection and cache.
constexpr unsigned most_readers = 256;
constexpr unsigned most_statements = 100'000;
constexpr std::uint64_t longest_timeout_ms = 24 * 60 * 60 * 1000;
constexpr int most_arguments = 100;  // of a function; SQLite's default is 127

[[noreturn]] void throw_bad(const std::string& url, const std::string& why) {
  throw error(error_kind::bad_url, "the address '" + url + "' " + why);
}

int digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string unescaped(const std::string& url, std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      throw_bad(url, "has a '%' that is not followed by two hexadecimal digits; write it as '%25'");
    }
    plain += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return plain;
}

std::uint64_t number(const std::string& url, std::string_view name, std::string_view text,
                     std::uint64_t most) {
  std::uint64_t result = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (failed != std::errc() || end != text.data() + text.size() || result > most) {
    throw_bad(url, "says " + std::string(name) + "=" + std::string(text) +
                       "; it must be a number from 0 to " + std::to_string(most));
  }
  return result;
}

std::chrono::milliseconds duration(const std::string& url, std::string_view text) {
  std::uint64_t scale = 1;
  if (text.ends_with("ms")) {
    text.remove_suffix(2);
  } else if (text.ends_with('s')) {
    text.remove_suffix(1);
    scale = 1000;
  }
  return std::chrono::milliseconds(number(url, "busy_timeout", text, longest_timeout_ms / scale) *
                                   scale);
}

template <class T>
struct choice {
  std::string_view word;
  T means;
};

template <class T, std::size_t N>
T choose(const std::string& url, std::string_view name, std::string_view text,
         const choice<T> (&choices)[N]) {
  std::string all;
  for (const choice<T>& c : choices) {
    if (c.word == text) {
      return c.means;
    }
    all += (all.empty() ? "" : ", ") + std::string(c.word);
  }
  throw_bad(url, "says " + std::string(name) + "=" + std::string(text) + "; it can be: " + all);
}

void apply(const std::string& url, std::string_view name, std::string_view text,
           sqlite_options& to) {
  if (name == "mode") {
    static constexpr choice<sqlite_mode> modes[] = {{"rwc", sqlite_mode::create},
                                                    {"rw", sqlite_mode::existing},
                                                    {"ro", sqlite_mode::read_only}};
    to.mode = choose(url, name, text, modes);
  } else if (name == "synchronous") {
    static constexpr choice<sqlite_synchronous> levels[] = {{"off", sqlite_synchronous::off},
                                                            {"normal", sqlite_synchronous::normal},
                                                            {"full", sqlite_synchronous::full}};
    to.synchronous = choose(url, name, text, levels);
  } else if (name == "journal") {
    static constexpr choice<bool> journals[] = {{"wal", true}, {"delete", false}};
    to.write_ahead_log = choose(url, name, text, journals);
  } else if (name == "readers") {
    to.readers = static_cast<unsigned>(number(url, name, text, most_readers));
  } else if (name == "statements") {
    to.cached_statements = static_cast<unsigned>(number(url, name, text, most_statements));
  } else if (name == "busy_timeout") {
    to.busy_timeout = duration(url, text);
  } else {
    throw_bad(url,
              "has an option '" + std::string(name) +
                  "'; there are: mode, readers, busy_timeout, statements, synchronous, journal");
  }
}

}  // namespace

sqlite_settings parse_sqlite_url(const std::string& url, sqlite_options options) {
  std::string_view rest = url;
  if (!rest.starts_with(scheme)) {
    throw_bad(url, "does not begin with 'sqlite:'");
  }
  rest.remove_prefix(scheme.size());
  const std::size_t question = rest.find('?');
  std::string_view path = rest.substr(0, question);
  std::string_view query =
      question == std::string_view::npos ? std::string_view() : rest.substr(question + 1);
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view option = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = option.find('=');
    if (equals == std::string_view::npos) {
      throw_bad(url, "has '" + std::string(option) + "' where name=value is expected");
    }
    apply(url, option.substr(0, equals), option.substr(equals + 1), options);
  }
  if (path.starts_with("//")) {  // sqlite:///srv/orders.db
    path.remove_prefix(2);
    if (!path.starts_with('/')) {
      throw_bad(url, "names a host; SQLite's databases are files: sqlite:orders.db");
    }
  }
  std::string file = unescaped(url, path);
  if (file.empty()) {
    throw_bad(url, "names no file; for a database in memory say sqlite::memory:");
  }
  if (file.find('\0') != std::string::npos) {
    throw_bad(url, "has a zero byte in its path");
  }
  options.readers = std::min(options.readers, most_readers);
  return {std::move(file), std::move(options)};
}

namespace {

task<database> open_with(std::string url, sqlite_options options, std::stop_token stop) {
  auto opening = open_engine(
      std::make_shared<sqlite_engine>(parse_sqlite_url(url, std::move(options))), std::move(stop));
  co_return co_await std::move(opening).configure_await(false);
}

}  // namespace

task<database> open_sqlite(std::string url, std::stop_token stop) {
  return open_with(std::move(url), sqlite_options(), std::move(stop));
}

}  // namespace detail

task<database> open(std::string url, sqlite_options options, std::stop_token stop) {
  return detail::open_with(std::move(url), std::move(options), std::move(stop));
}

sqlite_options::sqlite_options() = default;
sqlite_options::sqlite_options(const sqlite_options&) = default;
sqlite_options::sqlite_options(sqlite_options&&) noexcept = default;
sqlite_options& sqlite_options::operator=(const sqlite_options&) = default;
sqlite_options& sqlite_options::operator=(sqlite_options&&) noexcept = default;
sqlite_options::~sqlite_options() = default;

void sqlite_options::add(std::string name, std::size_t arity,
                         std::function<value(std::span<const value>)> call) {
  if (name.empty() || name.size() > 255 || arity > detail::most_arguments) {
    throw std::invalid_argument("weft: create_function: '" + name +
                                "' needs a name of 1 to 255 bytes and at most " +
                                std::to_string(detail::most_arguments) + " arguments");
  }
  functions_.push_back({std::move(name), static_cast<int>(arity), std::move(call)});
}

}  // namespace weft::db
