#include <weft/db.hpp>
#include <weft/task.hpp>

#include "sqlite_test_support.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace weft::db {
namespace {

class sqlite_transaction : public sqlite_files {
 protected:
  sqlite_transaction() { block_on(d.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b)")); }
  [[nodiscard]] int count() const { return block_on(d.query_one<int>("SELECT count(*) FROM t")); }
  database d = open_file("?synchronous=off");  // no test cuts the power
};

TEST_F(sqlite_transaction, commits_at_the_end_and_passes_the_result_through) {
  auto work = [](transaction& tx) -> task<std::string> {
    co_await tx.execute("INSERT INTO t VALUES (1, 'x')");
    co_await tx.execute("INSERT INTO t VALUES (2, 'y')");
    co_return co_await tx.query_one<std::string>("SELECT b FROM t WHERE a = ?", 2);
  };
  EXPECT_EQ(block_on(d.transaction(work)), "y");
  EXPECT_EQ(count(), 2);
}

TEST_F(sqlite_transaction, gives_nothing_for_a_body_without_a_result) {
  block_on(d.transaction(
      [](transaction& tx) -> task<> { co_await tx.execute("INSERT INTO t VALUES (1, 0)"); }));
  EXPECT_EQ(count(), 1);
}

TEST_F(sqlite_transaction, rolls_back_when_the_body_throws) {
  const auto work = [](transaction& tx) -> task<> {
    co_await tx.execute("INSERT INTO t VALUES (1, 0)");
    throw std::runtime_error("no");
  };
  EXPECT_THROW(block_on(d.transaction(work)), std::runtime_error);
  EXPECT_EQ(count(), 0);
}

TEST_F(sqlite_transaction, rolls_back_when_it_is_canceled) {
  std::stop_source stop;
  const auto work = [&](transaction& tx) -> task<> {
    co_await tx.execute("INSERT INTO t VALUES (1, 0)");
    stop.request_stop();
    co_await tx.execute("INSERT INTO t VALUES (2, 0)");
  };
  auto t = d.with(stop.get_token()).transaction(work);
  EXPECT_THROW(block_on(t), operation_canceled);
  EXPECT_TRUE(t.is_canceled());
  EXPECT_EQ(count(), 0);
}

TEST_F(sqlite_transaction, survives_a_statement_that_fails_and_is_caught) {
  const auto work = [](transaction& tx) -> task<bool> {
    bool caught = false;
    co_await tx.execute("INSERT INTO t VALUES (1, 0)");
    try {
      co_await tx.execute("INSERT INTO t VALUES (1, 0)");
    } catch (const constraint_violation&) {
      caught = true;
    }
    co_await tx.execute("INSERT INTO t VALUES (2, 0)");
    co_return caught;
  };
  EXPECT_TRUE(block_on(d.transaction(work)));
  EXPECT_EQ(count(), 2);
}

TEST_F(sqlite_transaction, is_seen_by_others_only_after_the_commit) {
  const auto work = [&](transaction& tx) -> task<int> {
    co_await tx.execute("INSERT INTO t VALUES (1, 0)");
    co_return co_await d.query_one<int>(
        "SELECT count(*) FROM t");  // another connection reads what was before
  };
  EXPECT_EQ(block_on(d.transaction(work)), 0);
  EXPECT_EQ(count(), 1);
}

TEST_F(sqlite_transaction, makes_those_that_conflict_wait_for_each_other) {
  block_on(d.execute("INSERT INTO t VALUES (1, 0)"));
  constexpr int tasks = 50;
  std::vector<task<>> all;
  for (int i = 0; i < tasks; ++i) {
    all.push_back(d.transaction([](transaction& tx) -> task<> {
      const auto b = co_await tx.query_one<int>("SELECT b FROM t WHERE a = 1");
      co_await yield();
      co_await tx.execute("UPDATE t SET b = ? WHERE a = 1", b + 1);
    }));
  }
  block_on(when_all(all));
  EXPECT_EQ(block_on(d.query_one<int>("SELECT b FROM t WHERE a = 1")), tasks);
}

TEST_F(sqlite_transaction, waits_for_another_connection_pool_on_the_same_file) {
  block_on(d.execute("INSERT INTO t VALUES (1, 0)"));
  const auto other = open_file("?synchronous=off");
  constexpr int rounds = 40;
  const auto add = [](const database& to) -> task<> {
    for (int i = 0; i < rounds; ++i) {
      co_await to.transaction([](transaction& tx) -> task<> {
        const auto b = co_await tx.query_one<int>("SELECT b FROM t WHERE a = 1");
        co_await tx.execute("UPDATE t SET b = ? WHERE a = 1", b + 1);
      });
    }
  };
  auto a = add(d);
  auto b = add(other);
  block_on(when_all(a, b));
  EXPECT_EQ(block_on(d.query_one<int>("SELECT b FROM t")), 2 * rounds);
}

TEST_F(sqlite_transaction, fails_statements_that_come_after_its_end) {
  std::optional<transaction> kept;
  block_on(d.transaction([&](transaction& tx) -> task<> {
    kept = tx;
    co_return;
  }));
  EXPECT_TRUE(has(failure(error_kind::transaction,
                          [&] { return kept->execute("INSERT INTO t VALUES (1, 0)"); }),
                  "the transaction has ended"));
}

TEST_F(sqlite_transaction, reports_that_the_database_rolled_it_back) {
  block_on(d.execute("PRAGMA max_page_count = 10"));
  std::string second;
  const auto work = [&](transaction& tx) -> task<> {
    co_await tx.execute("INSERT INTO t VALUES (1, 0)");
    try {
      co_await tx.execute("INSERT OR ROLLBACK INTO t VALUES (1, 0)");
    } catch (const constraint_violation&) {
    }
    try {
      co_await tx.execute("INSERT INTO t VALUES (3, 0)");
    } catch (const error& e) {
      second = e.what();
    }
  };
  EXPECT_TRUE(has(failure(error_kind::transaction, [&] { return d.transaction(work); }),
                  "was rolled back when this failed"));
  EXPECT_TRUE(has(second, "was rolled back when this failed")) << second;
  EXPECT_EQ(count(), 0);
}

TEST_F(sqlite_transaction, reports_a_commit_by_hand) {
  const auto work = [](transaction& tx) -> task<> { co_await tx.execute("COMMIT"); };
  EXPECT_TRUE(has(failure(error_kind::transaction, [&] { return d.transaction(work); }),
                  "one of its own statements"));
  block_on(d.execute("INSERT INTO t VALUES (1, 0)"));
  EXPECT_EQ(count(), 1);
}

TEST_F(sqlite_transaction, gives_an_error_instead_of_a_hang_when_the_body_asks_the_database) {
  const auto small = open_file("?busy_timeout=30ms");
  const auto work = [&](transaction& tx) -> task<> {
    co_await tx.execute("INSERT INTO t VALUES (1, 0)");
    co_await small.execute("INSERT INTO t VALUES (2, 0)");
  };
  EXPECT_TRUE(has(failure(error_kind::busy, [&] { return small.transaction(work); }),
                  "ask the transaction"));
  EXPECT_EQ(count(), 0);
}

TEST_F(sqlite_transaction, inserts_ten_thousand_rows_and_reads_them_back) {
  const auto work = [](transaction& tx) -> task<> {
    for (int i = 0; i < 10'000; ++i) {
      co_await tx.execute("INSERT INTO t VALUES (?, ?)", i, "row " + std::to_string(i));
    }
  };
  block_on(d.transaction(work));
  const auto rows =
      block_on(d.query<std::tuple<int, std::string>>("SELECT a, b FROM t ORDER BY a"));
  ASSERT_EQ(rows.size(), 10'000u);
  EXPECT_EQ(rows.back(), std::make_tuple(9'999, std::string("row 9999")));
}

TEST_F(sqlite_transaction, lets_many_read_while_one_writes) {
  constexpr int rows = 200;
  // Both rows of a pair are written by one transaction: every reader sees an even number of rows.
  const auto write = [&]() -> task<> {
    for (int i = 0; i < rows; i += 2) {
      co_await d.transaction([i](transaction& tx) -> task<> {
        co_await tx.execute("INSERT INTO t VALUES (?, 0)", i);
        co_await tx.execute("INSERT INTO t VALUES (?, 0)", i + 1);
      });
    }
  };
  const auto read = [&]() -> task<int> {
    int odd = 0;
    for (int seen = 0; seen < rows;) {
      seen = co_await d.query_one<int>("SELECT count(*) FROM t");
      odd += seen % 2;
    }
    co_return odd;
  };
  std::vector<task<int>> readers;
  auto writer = write();
  for (int i = 0; i < 6; ++i) {
    readers.push_back(read());
  }
  block_on(std::move(writer));
  for (auto& r : readers) {
    EXPECT_EQ(block_on(std::move(r)), 0);
  }
}

TEST_F(sqlite_transaction, keeps_the_database_open_until_it_ends) {
  auto work = [](transaction& tx) -> task<int> {
    co_await yield();
    co_return static_cast<int>(co_await tx.execute("INSERT INTO t VALUES (1, 0)"));
  };
  auto t = d.transaction(work);
  d = database();
  EXPECT_EQ(block_on(std::move(t)), 1);
  EXPECT_EQ(block_on(open_file().query_one<int>("SELECT count(*) FROM t")), 1);
}

}  // namespace
}  // namespace weft::db
