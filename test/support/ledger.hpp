#pragma once
/// A ledger of exceptions: each that is thrown has a number, and must come out once.

#include <weft/task.hpp>

#include <chrono>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weft::testing {

struct numbered : std::exception {
  explicit numbered(std::size_t n) noexcept : number(n) {}
  [[nodiscard]] const char* what() const noexcept override { return "numbered"; }
  std::size_t number;
};

/// What was thrown, and how often each came out; handlers reach it, so there is one at a time.
class ledger {
 public:
  ledger()
      : unobserved_(on_unobserved_exception(&note_unobserved)),
        unhandled_(on_unhandled_exception([](std::exception_ptr e) { took(e); })) {
    const std::lock_guard guard(mutex);
    counts.clear();
  }
  ledger(const ledger&) = delete;
  ledger& operator=(const ledger&) = delete;
  ~ledger() {
    on_unobserved_exception(unobserved_);
    on_unhandled_exception(unhandled_);
  }

  /// The number of one that is going to be thrown.
  static std::size_t next() {
    const std::lock_guard guard(mutex);
    counts.emplace_back();
    return counts.size() - 1;
  }
  /// Somebody has it.
  static void took(const std::exception_ptr& e) { note(e, &tally::taken); }
  /// The same for what is being handled.
  static void took_this() { took(std::current_exception()); }

  [[nodiscard]] static bool is_complete() {
    const std::lock_guard guard(mutex);
    for (const tally& t : counts) {
      if (t.taken + t.reported == 0) {
        return false;
      }
    }
    return true;
  }
  static void expect_all(const std::string& path) {
    // What was let go while it ran is reported by the thread that ends it.
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!is_complete() && std::chrono::steady_clock::now() < end) {
      std::this_thread::yield();
    }
    const std::lock_guard guard(mutex);
    EXPECT_FALSE(counts.empty()) << path;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const tally& t = counts[i];
      EXPECT_TRUE((t.taken > 0 && t.reported == 0) || (t.taken == 0 && t.reported == 1))
          << path << ": number " << i << " of " << counts.size() << " was taken " << t.taken
          << " times and reported " << t.reported << " times";
    }
  }

 private:
  struct tally {
    int taken = 0;
    int reported = 0;
  };

  static void note(const std::exception_ptr& e, int tally::* how) {
    try {
      std::rethrow_exception(e);
    } catch (const numbered& n) {
      const std::lock_guard guard(mutex);
      ++(counts.at(n.number).*how);
    } catch (const aggregate_exception& all) {
      for (const std::exception_ptr& one : all.exceptions()) {
        note(one, how);
      }
    } catch (const channel_closed& closed) {
      try {
        std::rethrow_if_nested(closed);
        ADD_FAILURE() << "nothing is nested";
      } catch (...) {
        note(std::current_exception(), how);
      }
    } catch (const std::exception& other) {
      ADD_FAILURE() << other.what();
    }
  }
  static void note_unobserved(unobserved_exception& report) {
    report.set_observed();
    note(report.exception(), &tally::reported);
  }

  static inline std::mutex mutex;
  static inline std::vector<tally> counts;  // guarded by mutex
  unobserved_exception_handler unobserved_;
  unhandled_exception_handler unhandled_;
};

template <class F>
void takes(F&& f) {
  try {
    std::forward<F>(f)();
    ADD_FAILURE() << "nothing was thrown";
  } catch (...) {
    ledger::took_this();
  }
}
inline void take_all(const detail::task_handle& t) {
  for (const std::exception_ptr& e : t.exceptions()) {
    ledger::took(e);
  }
}

}  // namespace weft::testing
