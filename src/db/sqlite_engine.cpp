#include "sqlite_engine.hpp"

#include <weft/base/error.hpp>

#include <algorithm>
#include <csignal>
#include <new>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <pthread.h>

namespace weft::db::detail {
namespace {

/// Only a first guess, which saves readers from preparing what they may not run: SQLite has the
/// last word.
bool looks_like_reading(std::string_view sql) noexcept {
  const std::size_t start = sql.find_first_not_of(" \t\r\n(");
  if (start == std::string_view::npos) {
    return false;
  }
  for (const std::string_view word : {"SELECT", "WITH", "VALUES", "EXPLAIN", "--", "/*"}) {
    bool same = sql.size() - start >= word.size();
    for (std::size_t i = 0; same && i < word.size(); ++i) {
      const char c = sql[start + i];
      same = (c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c) == word[i];
    }
    if (same) {
      return true;
    }
  }
  return false;
}

error transaction_over(const std::string& why, std::string_view sql = {}) {
  return {error_kind::transaction, "sqlite: " + why, sql};
}

}  // namespace

sqlite_engine::sqlite_engine(sqlite_settings settings)
    : settings_(std::make_shared<const sqlite_settings>(std::move(settings))),
      writer_{role::writer, 1},
      readers_{role::reader, settings_->in_memory() ? 0 : settings_->options.readers} {}

sqlite_engine::~sqlite_engine() = default;

void sqlite_engine::submit(request& r) noexcept {
  refusal refused = refusal::none;
  {
    const std::lock_guard lock(mutex_);
    if (r.what == request_kind::close) {
      refusing_ = closing_ = true;
      if (writer_.threads + readers_.threads != 0) {
        push(r, closing_requests_, nullptr);  // for the last thread
        writer_.ready.notify_all();
        readers_.ready.notify_all();
        return;
      }
    } else {
      refused = enqueue(r, lane_for(r));
      if (refused == refusal::none) {
        return;
      }
    }
    r.where = request::phase::delivered;
  }
  if (r.what == request_kind::close) {
    r.succeed(0);
  } else {
    refuse(r, refused);
  }
}

sqlite_engine::lane& sqlite_engine::lane_for(const request& r) noexcept {
  const bool reads = r.what == request_kind::statement && r.transaction == 0 &&
                     readers_.most != 0 && looks_like_reading(r.sql);
  return reads ? readers_ : writer_;
}

sqlite_engine::refusal sqlite_engine::enqueue(request& r, lane& l) {
  if (r.is_canceled()) {
    return refusal::canceled;
  }
  if (r.transaction != 0) {
    if (r.transaction != transaction_) {
      return refusal::ended;
    }
    push(r, in_transaction_, nullptr);
    l.ready.notify_one();
    return refusal::none;
  }
  if (refusing_) {
    return refusal::disposed;
  }
  if (l.length >= l.idle && l.threads < l.most && !start_thread(l) && l.threads == 0) {
    return refusal::no_thread;
  }
  push(r, l.waiting, &l);
  ++l.length;
  l.ready.notify_one();
  return refusal::none;
}

void sqlite_engine::push(request& r, queue& to, lane* counted) noexcept {
  r.where = request::phase::queued;
  r.runner = counted;
  to.push_back(r);
}

bool sqlite_engine::start_thread(lane& l) noexcept {
  // Signals belong to the program's own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = true;
  try {
    std::thread([self = std::static_pointer_cast<sqlite_engine>(shared_from_this()), &l] {
      pthread_setname_np(pthread_self(),
                         l.what == role::writer ? "weft-sqlite-w" : "weft-sqlite-r");
      self->serve(l);
    }).detach();
    ++l.threads;
  } catch (const std::system_error&) {
    started = false;
  } catch (const std::bad_alloc&) {
    started = false;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

void sqlite_engine::refuse(request& r, refusal why) noexcept {
  switch (why) {
    case refusal::canceled:
      return r.fail_canceled();
    case refusal::disposed:
      return r.fail(std::make_exception_ptr(object_disposed("database")));
    case refusal::ended:
      return r.fail(std::make_exception_ptr(transaction_over("the transaction has ended", r.sql)));
    default:
      return r.fail(std::make_exception_ptr(
          error(error_kind::other, "sqlite: no thread can be started for the database", r.sql)));
  }
}

void sqlite_engine::cancel(request& r) noexcept {
  {
    const std::lock_guard lock(mutex_);
    r.note_canceled();
    if (r.where == request::phase::running && r.runner != nullptr) {
      static_cast<sqlite_connection*>(r.runner)->interrupt();
    }
    if (r.where != request::phase::queued) {
      return;
    }
    r.unlink();
    if (auto* l = static_cast<lane*>(std::exchange(r.runner, nullptr))) {
      --l->length;
    }
    r.where = request::phase::delivered;
    if (closing_) {  // it may have been what a thread still waited for
      writer_.ready.notify_all();
      readers_.ready.notify_all();
    }
  }
  r.fail_canceled();
}

void sqlite_engine::release() noexcept {
  const std::lock_guard lock(mutex_);
  closing_ = true;
  writer_.ready.notify_all();
  readers_.ready.notify_all();
}

void sqlite_engine::serve(lane& l) noexcept {
  std::unique_ptr<sqlite_connection> connection;
  guard lock(mutex_);
  while (request* r = next(l, lock)) {
    r->where = request::phase::running;
    r->runner = connection.get();
    lock.unlock();
    carry_out(*r, l, connection);
    lock.lock();
  }
  lock.unlock();
  connection.reset();  // before anybody is told that it is closed
  leave(l);
}

request* sqlite_engine::next(lane& l, guard& lock) {
  while (true) {
    if (l.what == role::writer && transaction_ != 0) {
      if (request* r = in_transaction_.pop_front()) {
        return r;
      }
      wait_behind_transaction(l, lock);
      continue;
    }
    if (request* r = l.waiting.pop_front()) {
      --l.length;
      return r;
    }
    if (closing_ && may_leave(l)) {
      return nullptr;
    }
    ++l.idle;
    l.ready.wait(lock);
    --l.idle;
  }
}

/// Readers may still find something for the writer.
bool sqlite_engine::may_leave(const lane& l) const noexcept {
  return l.what == role::reader || readers_.threads == 0;
}

/// Waits for the open transaction's next statement. Those who wait behind it do so for the busy
/// time-out, as they would behind another process's: a body that awaits the database instead of its
/// transaction gets an error, not a hang.
void sqlite_engine::wait_behind_transaction(lane& l, guard& lock) {
  if (l.waiting.empty()) {
    l.ready.wait(lock);
    return;
  }
  request& first = l.waiting.front();
  const auto limit = settings_->options.busy_timeout;
  const auto end = std::max(first.since, began_) + limit;
  if (std::chrono::steady_clock::now() < end) {
    l.ready.wait_until(lock, end);
    return;
  }
  first.unlink();
  --l.length;
  first.where = request::phase::delivered;
  lock.unlock();
  first.fail(std::make_exception_ptr(
      error(error_kind::busy,
            "sqlite: a transaction of this program has kept the database for " +
                std::to_string(limit.count()) +
                " ms; inside its body ask the transaction, not the database",
            first.sql)));
  lock.lock();
}

void sqlite_engine::leave(lane& l) noexcept {
  queue closed;
  {
    const std::lock_guard lock(mutex_);
    --l.threads;
    if (writer_.threads + readers_.threads == 0) {
      closed.splice_back(closing_requests_);
      for (request& r : closed) {
        r.where = request::phase::delivered;
      }
    }
    writer_.ready.notify_all();
  }
  while (request* r = closed.pop_front()) {
    r->succeed(0);
  }
}

void sqlite_engine::carry_out(request& r, lane& l,
                              std::unique_ptr<sqlite_connection>& connection) noexcept {
  std::exception_ptr failed;
  std::int64_t count = 0;
  bool for_writer = false;
  try {
    if (connection == nullptr) {
      connection = std::make_unique<sqlite_connection>(settings_, l.what, r);
      const std::lock_guard lock(mutex_);
      r.runner = connection.get();
    }
    if (l.what == role::reader) {
      const auto read = connection->run(r);
      for_writer = !read.has_value();
      count = read.value_or(0);
    } else {
      count = perform(r, *connection);
    }
  } catch (...) {
    failed = std::current_exception();
  }
  if (for_writer) {
    hand_to_writer(r);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    r.runner = nullptr;
    r.where = request::phase::delivered;
  }
  if (failed != nullptr) {
    r.fail(std::move(failed));
  } else {
    r.succeed(count);
  }
}

void sqlite_engine::hand_to_writer(request& r) noexcept {
  refusal refused;
  {
    const std::lock_guard lock(mutex_);
    r.runner = nullptr;
    const bool former =
        std::exchange(refusing_, false);  // it was there before the database was closed
    refused = enqueue(r, writer_);
    refusing_ = former;
    if (refused == refusal::none) {
      return;
    }
    r.where = request::phase::delivered;
  }
  refuse(r, refused);
}

std::int64_t sqlite_engine::perform(request& r, sqlite_connection& connection) {
  switch (r.what) {
    case request_kind::begin:
      return begin(r, connection);
    case request_kind::commit:
    case request_kind::rollback:
      end(r, connection);
      return 0;
    case request_kind::statement:
      return write(r, connection);
    default:
      return 0;  // open: the connection is there
  }
}

std::int64_t sqlite_engine::begin(request& r, sqlite_connection& connection) {
  connection.begin(r);
  broken_.clear();
  const std::lock_guard lock(mutex_);
  transaction_ = ++last_transaction_;
  began_ = std::chrono::steady_clock::now();
  return static_cast<std::int64_t>(transaction_);
}

void sqlite_engine::end(request& r, sqlite_connection& connection) {
  struct ended {
    sqlite_engine* self;
    ~ended() { self->end_transaction(); }
  } at_end{this};
  if (r.what == request_kind::rollback) {
    connection.rollback();
  } else if (!broken_.empty()) {
    throw transaction_over(broken_);
  } else {
    connection.commit(r);
  }
}

/// Whatever the body has left unawaited comes too late.
void sqlite_engine::end_transaction() noexcept {
  queue late;
  {
    const std::lock_guard lock(mutex_);
    transaction_ = 0;
    late.splice_back(in_transaction_);
    for (request& r : late) {
      r.where = request::phase::delivered;
    }
  }
  while (request* r = late.pop_front()) {
    refuse(*r, refusal::ended);
  }
}

std::int64_t sqlite_engine::write(request& r, sqlite_connection& connection) {
  if (r.transaction != 0 && !broken_.empty()) {
    throw transaction_over(broken_, r.sql);
  }
  std::int64_t changed = 0;
  std::exception_ptr failed;
  try {
    changed = *connection.run(r);
  } catch (const std::exception& e) {
    failed = std::current_exception();
    if (r.transaction != 0 && !connection.in_transaction()) {
      broken_ = std::string("the transaction was rolled back when this failed: ") + e.what();
    }
  }
  if (r.transaction == 0 && connection.in_transaction()) {
    connection.rollback();
    if (failed == nullptr) {
      throw error(error_kind::transaction,
                  "sqlite: BEGIN by hand would hold the database for everybody; use transaction()",
                  r.sql);
    }
  }
  if (failed != nullptr) {
    std::rethrow_exception(failed);
  }
  if (r.transaction != 0 && !connection.in_transaction()) {
    broken_ = "the transaction was ended by one of its own statements";
    throw transaction_over(broken_, r.sql);
  }
  return changed;
}

}  // namespace weft::db::detail
