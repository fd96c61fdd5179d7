#include <weft/db.hpp>
#include <weft/task.hpp>

#include "sqlite_test_support.hpp"

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

namespace weft::db {
namespace {

/// Opened once; waits for it block.
class gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

const std::string endless =
    "WITH RECURSIVE c(x) AS (SELECT started() UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c";

class sqlite_cancel : public sqlite_files {
 protected:
  [[nodiscard]] database open_with_gates(const std::string& address) {
    sqlite_options options;
    options.create_function("started", [this] {
      started.open();
      return 1;
    });
    options.create_function("blocked", [this] {
      started.open();
      release.wait();
      return 1;
    });
    return block_on(open(address, options));
  }
  gate started;
  gate release;
  std::stop_source stop;
};

TEST_F(sqlite_cancel, ends_a_statement_that_runs) {
  const auto d = open_with_gates(url());
  auto t = d.with(stop.get_token()).query_one<int>(endless);
  started.wait();
  stop.request_stop();
  EXPECT_THROW(block_on(t), operation_canceled);
  EXPECT_TRUE(t.is_canceled());
  EXPECT_EQ(block_on(d.query_one<int>("SELECT 1")), 1);
}

TEST_F(sqlite_cancel, never_begins_a_statement_that_waits) {
  const auto d = open_with_gates("sqlite::memory:");
  block_on(d.execute("CREATE TABLE t (a)"));
  auto first = d.query_one<int>("SELECT blocked()");
  started.wait();
  auto second = d.with(stop.get_token()).execute("INSERT INTO t VALUES (1)");
  stop.request_stop();
  EXPECT_THROW(block_on(second), operation_canceled);  // although the first still blocks the thread
  release.open();
  EXPECT_EQ(block_on(std::move(first)), 1);
  EXPECT_EQ(block_on(d.query_one<int>("SELECT count(*) FROM t")), 0);
}

TEST_F(sqlite_cancel, is_refused_at_once_when_requested_before) {
  const auto d = open_with_gates(url());
  stop.request_stop();
  EXPECT_THROW(block_on(d.with(stop.get_token()).execute("CREATE TABLE t (a)")),
               operation_canceled);
  EXPECT_THROW(block_on(d.execute("INSERT INTO t VALUES (1)")), error);
}

TEST_F(sqlite_cancel, ends_a_wait_for_a_lock) {
  const auto other = open_file();
  block_on(other.execute("CREATE TABLE t (a)"));
  const auto d = open_with_gates(url("?busy_timeout=1000s"));
  const auto canceled = [&](transaction&) -> task<bool> {
    auto t = d.with(stop.get_token())
                 .execute("PRAGMA user_version; SELECT started(); INSERT INTO t VALUES (1)");
    started.wait();
    stop.request_stop();
    try {
      co_await t;
    } catch (const operation_canceled&) {
      co_return true;
    }
    co_return false;
  };
  EXPECT_TRUE(block_on(other.transaction(canceled)));
}

TEST_F(sqlite_cancel, has_no_effect_on_what_has_completed) {
  const auto d = open_with_gates(url());
  auto t = d.with(stop.get_token()).query_one<int>("SELECT 1");
  EXPECT_EQ(block_on(t), 1);
  stop.request_stop();
  EXPECT_EQ(t.result(), 1);
}

TEST_F(sqlite_cancel, races_with_completion_without_harm) {
  const auto d = open_with_gates(url());
  int done = 0;
  int canceled = 0;
  for (int i = 0; i < 500; ++i) {
    std::stop_source one;
    auto t = d.with(one.get_token()).query_one<int>("SELECT count(*) FROM sqlite_schema");
    if (i % 3 == 0) {
      block_on(run([&] { one.request_stop(); }));
    } else {
      one.request_stop();
    }
    try {
      block_on(t);
      ++done;
    } catch (const operation_canceled&) {
      ++canceled;
    }
  }
  EXPECT_EQ(done + canceled, 500);
  EXPECT_EQ(block_on(d.query_one<int>("SELECT 1")), 1);
}

TEST_F(sqlite_cancel, takes_back_a_transaction_that_waits_for_its_turn) {
  const auto d = open_with_gates(url());
  block_on(d.execute("CREATE TABLE t (a)"));
  auto work = [&](transaction& tx) -> task<> {
    auto waiting = d.with(stop.get_token()).transaction([](transaction& inner) -> task<> {
      co_await inner.execute("INSERT INTO t VALUES (1)");
    });
    stop.request_stop();
    bool canceled = false;
    try {
      co_await waiting;
    } catch (const operation_canceled&) {
      canceled = true;
    }
    EXPECT_TRUE(canceled);
    co_await tx.execute("INSERT INTO t VALUES (2)");
  };
  block_on(d.transaction(work));
  EXPECT_EQ(block_on(d.query<int>("SELECT a FROM t")), std::vector<int>{2});
}

}  // namespace
}  // namespace weft::db
