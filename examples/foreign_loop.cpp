// A loop that is not weft's, such as a window toolkit's: coroutines start and go on in it, while
// what they wait for and compute happens elsewhere.

#include <weft/fs.hpp>
#include <weft/task.hpp>

#include <condition_variable>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace {

// Stands for the toolkit: g_idle_add, PostMessage, QMetaObject::invokeMethod …
class toolkit_loop {
 public:
  void invoke_later(std::function<void()> f) {
    const std::lock_guard locked(mutex_);
    events_.push_back(std::move(f));
    changed_.notify_one();
  }
  void quit() {
    invoke_later([this] { running_ = false; });
  }
  void run() {
    while (running_) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !events_.empty(); });
      std::function<void()> next = std::move(events_.front());
      events_.pop_front();
      lock.unlock();
      next();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> events_;
  bool running_ = true;
};

// All that weft needs of it.
class toolkit_context final : public weft::synchronization_context {
 public:
  explicit toolkit_context(toolkit_loop& loop) : loop_(loop) {}
  void post(work w) override {
    auto shared = std::make_shared<work>(std::move(w));  // std::function wants a copy
    loop_.invoke_later([shared] { (*shared)(); });
  }

 private:
  toolkit_loop& loop_;
};

std::size_t count_words(const std::string& text) {
  std::size_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool letter = c != ' ' && c != '\n';
    words += letter && !inside ? 1 : 0;
    inside = letter;
  }
  return words;
}

weft::task<> on_click(toolkit_loop& loop, std::filesystem::path path, bool& right) {
  const auto ui = std::this_thread::get_id();
  std::puts("reading …");
  std::string text = co_await weft::fs::read_all_text(path);
  right = std::this_thread::get_id() == ui;  // back in the loop
  auto counting = weft::run([&text] { return count_words(text); });
  const std::size_t words = co_await std::move(counting);  // on a worker meanwhile
  right = right && std::this_thread::get_id() == ui && words == 3;
  std::printf("%zu words\n", words);
  loop.quit();
}

}  // namespace

int main() {
  const auto path = std::filesystem::temp_directory_path() / "weft_example_foreign_loop";
  weft::fs::write_all_text(path, "one two three\n").wait();
  toolkit_loop loop;
  toolkit_context context(loop);
  const weft::synchronization_context::scope in_loop(context);
  bool right = false;
  auto click = on_click(loop, path, right);
  loop.run();
  click.wait();
  std::filesystem::remove(path);
  return right ? 0 : 1;
}
