#pragma once
/// What a case says it has seen: lines of words. Its twin is oracle/recorder.cs; both spell values
/// the same way.

#include <weft/base/error.hpp>
#include <weft/task/task.hpp>
#include <weft/task/value_task.hpp>

#include <concepts>
#include <exception>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::conformance {

/// The error that cases throw.
class test_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How values are spelled on both sides.
[[nodiscard]] std::string to_word(const std::exception_ptr& error);
[[nodiscard]] std::string to_word(task_status status);
[[nodiscard]] inline std::string to_word(bool value) {
  return value ? "true" : "false";
}
[[nodiscard]] inline std::string to_word(char value) {
  return std::string(1, value);
}
[[nodiscard]] inline std::string to_word(std::string_view text) {
  return std::string(text);
}
[[nodiscard]] inline std::string to_word(const char* text) {
  return text;
}
[[nodiscard]] inline std::string to_word(const std::string& text) {
  return text;
}
[[nodiscard]] inline std::string to_word(std::nullptr_t) {
  return "null";
}
template <std::integral T>
[[nodiscard]] std::string to_word(T value) {
  return std::to_string(value);
}
template <class T>
[[nodiscard]] std::string to_word(const std::optional<T>& value) {
  return value ? to_word(*value) : "null";
}
template <std::ranges::input_range R>
  requires(!std::convertible_to<R, std::string_view>)
[[nodiscard]] std::string to_word(const R& range) {
  std::string text = "[";
  for (const auto& element : range) {
    if (text.size() > 1) {
      text += ", ";
    }
    text += to_word(element);
  }
  return text + "]";
}

class recorder {
 public:
  template <class... Words>
  void line(const Words&... words) {
    add({to_word(words)...});
  }
  /// The lines so far, then none.
  [[nodiscard]] std::vector<std::string> take();

  /// "label: ok" or "label: <error>".
  template <class F>
  void throws(const std::string& label, F&& f) {
    try {
      static_cast<void>(std::forward<F>(f)());
    } catch (...) {
      return line(label + ":", std::current_exception());
    }
    line(label + ":", "ok");
  }
  /// "label: <value>" or "label: <error>".
  template <class F>
  void gives(const std::string& label, F&& f) {
    std::string word;
    try {
      word = to_word(std::forward<F>(f)());
    } catch (...) {
      return line(label + ":", std::current_exception());
    }
    line(label + ":", word);
  }
  /// Awaits it: "label: <value>", "label: ok" for void, or "label: <error>".
  template <class T>
  [[nodiscard]] task<> awaits(std::string label, task<T>& t) {
    return awaits_core(std::move(label), t);
  }
  template <class T>
  [[nodiscard]] task<> awaits(std::string label, task<T>&& t) {
    return awaits_owned(std::move(label), std::move(t));
  }
  template <class T>
  [[nodiscard]] task<> awaits(std::string label, value_task<T>&& t) {
    return awaits_owned(std::move(label), std::move(t).as_task());
  }

  /// The status and which of the predicates hold.
  void state(const std::string& label, const detail::task_handle& t);
  /// The errors of a task, in order; none unless it is faulted.
  void errors(const std::string& label, const detail::task_handle& t) {
    line(label + ":", t.exceptions());
  }

 private:
  void add(std::initializer_list<std::string> words);

  template <class T>
  task<> awaits_core(std::string label, task<T>& t) {
    std::exception_ptr error;
    std::string word = "ok";
    try {
      if constexpr (std::is_void_v<T>) {
        co_await t.configure_await(false);
      } else {
        word = to_word(co_await t.configure_await(false));
      }
    } catch (...) {
      error = std::current_exception();
    }
    if (error != nullptr) {
      word = to_word(error);
    }
    line(label + ":", word);
  }
  template <class T>
  task<> awaits_owned(std::string label, task<T> t) {
    task<> end = awaits_core(std::move(label), t);
    co_await std::move(end);
  }

  std::mutex mutex_;
  std::vector<std::string> lines_;  // guarded by mutex_
};

/// Adds a case to the program; see WEFT_CASE.
bool add_case(const char* area, const char* name, void (*body)(recorder&), const char* file,
              int line);
bool add_case(const char* area, const char* name, task<> (*body)(recorder&), const char* file,
              int line);

}  // namespace weft::conformance

/// A case, followed by its body. The body of the second is a coroutine that the main thread starts
/// and waits for.
#define WEFT_CASE(area, name) WEFT_CASE_OF(area, name, void)
#define WEFT_ASYNC_CASE(area, name) WEFT_CASE_OF(area, name, ::weft::task<>)
#define WEFT_CASE_OF(area, name, result)                                               \
  static result area##_##name(::weft::conformance::recorder& r);                       \
  [[maybe_unused]] static const bool area##_##name##_added =                           \
      ::weft::conformance::add_case(#area, #name, &area##_##name, __FILE__, __LINE__); \
  static result area##_##name([[maybe_unused]] ::weft::conformance::recorder& r)
