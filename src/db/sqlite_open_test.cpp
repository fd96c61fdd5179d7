#include <weft/db.hpp>
#include <weft/task.hpp>
#include <weft/trace.hpp>

#include "sqlite_test_support.hpp"

#include <chrono>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace weft::db {
namespace {

using namespace std::chrono_literals;

class sqlite_open : public sqlite_files {
 protected:
  [[nodiscard]] std::string why(error_kind kind, const std::string& address) const {
    return failure(kind, [&] { return open(address); });
  }
};

TEST_F(sqlite_open, keeps_a_database_in_its_file) {
  {
    const auto d = open_file();
    block_on(d.execute("CREATE TABLE t (a); INSERT INTO t VALUES (42)"));
    block_on(d.close());
  }
  EXPECT_EQ(block_on(open_file().query_one<int>("SELECT a FROM t")), 42);
}

TEST_F(sqlite_open, takes_absolute_paths_with_slashes_and_escapes) {
  const auto d = block_on(open("sqlite://" + file("a%3Fb%25.db")));
  block_on(d.execute("CREATE TABLE t (a)"));
  EXPECT_TRUE(std::filesystem::exists(file("a?b%.db")));
}

TEST_F(sqlite_open, makes_a_database_in_memory_for_each_call) {
  const auto a = block_on(open("sqlite::memory:"));
  const auto b = block_on(open("sqlite::memory:"));
  block_on(a.execute("CREATE TABLE t (a)"));
  EXPECT_THROW(block_on(b.execute("INSERT INTO t VALUES (1)")), error);
}

TEST_F(sqlite_open, refuses_addresses_that_it_does_not_understand) {
  EXPECT_TRUE(has(why(error_kind::bad_url, "orders.db"), "must begin with 'sqlite:'"));
  EXPECT_TRUE(has(why(error_kind::bad_url, "mysql:orders"), "names no kind of database"));
  EXPECT_TRUE(has(why(error_kind::bad_url, "sqlite:"), "names no file"));
  EXPECT_TRUE(has(why(error_kind::bad_url, "sqlite://host/x"), "names a host"));
  EXPECT_TRUE(has(why(error_kind::bad_url, "sqlite:x?raeders=1"), "there are: mode, readers"));
  EXPECT_TRUE(has(why(error_kind::bad_url, "sqlite:x?readers"), "name=value"));
  EXPECT_TRUE(has(why(error_kind::bad_url, "sqlite:x?readers=-1"), "a number from 0 to"));
  EXPECT_TRUE(has(why(error_kind::bad_url, "sqlite:x?readers=1000000"), "a number from 0 to"));
  EXPECT_TRUE(has(why(error_kind::bad_url, "sqlite:x?mode=rx"), "rwc, rw, ro"));
  EXPECT_TRUE(has(why(error_kind::bad_url, "sqlite:x?busy_timeout=2h"), "a number"));
  EXPECT_TRUE(has(why(error_kind::bad_url, "sqlite:100%.db"), "'%25'"));
  EXPECT_TRUE(has(why(error_kind::bad_url, "sqlite:a%00b"), "zero byte"));
}

TEST_F(sqlite_open, says_which_file_cannot_be_opened) {
  const auto missing = why(error_kind::cannot_open, url("?mode=rw"));
  EXPECT_TRUE(has(missing, file()) && has(missing, "No such file")) << missing;
  EXPECT_TRUE(has(why(error_kind::cannot_open, url("?mode=ro")), "No such file"));
  EXPECT_TRUE(
      has(why(error_kind::cannot_open, "sqlite:" + file("no/such/folder.db")), "No such file"));
  EXPECT_FALSE(std::filesystem::exists(file()));
  const auto folder = why(error_kind::cannot_open, "sqlite:" + folder_.string());
  EXPECT_TRUE(has(folder, "cannot open '" + folder_.string())) << folder;
}

TEST_F(sqlite_open, refuses_what_is_no_database) {
  std::ofstream(file()) << std::string(4096, 'x');
  EXPECT_TRUE(has(why(error_kind::corrupt, url()), "file is not a database"));
}

TEST_F(sqlite_open, reports_damage_behind_the_header) {
  {
    const auto d = open_file("?journal=delete");
    block_on(d.execute("CREATE TABLE t (a TEXT)"));
    block_on(d.execute("INSERT INTO t VALUES (?)", std::string(100'000, 'x')));
    block_on(d.close());
  }
  {
    std::fstream damage(file(), std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(4096);
    damage << std::string(8192, '\xff');
  }
  const auto d = open_file("?journal=delete");
  EXPECT_TRUE(
      has(failure(error_kind::corrupt, [&] { return d.query<std::string>("SELECT a FROM t"); }),
          "malformed"));
}

TEST_F(sqlite_open, opens_for_reading_only) {
  block_on(open_file().execute("CREATE TABLE t (a)"));
  const auto d = open_file("?mode=ro");
  EXPECT_EQ(block_on(d.query_one<int>("SELECT count(*) FROM t")), 0);
  EXPECT_TRUE(
      has(failure(error_kind::read_only, [&] { return d.execute("INSERT INTO t VALUES (1)"); }),
          "readonly"));
}

TEST_F(sqlite_open, reports_a_full_database_and_goes_on) {
  const auto d = open_file();
  block_on(d.execute("CREATE TABLE t (a BLOB)"));
  block_on(d.execute("PRAGMA max_page_count = 10"));
  const blob large(1'000'000);
  EXPECT_TRUE(
      has(failure(error_kind::full, [&] { return d.execute("INSERT INTO t VALUES (?)", large); }),
          "full"));
  EXPECT_EQ(block_on(d.execute("INSERT INTO t VALUES (x'01')")), 1);
  EXPECT_EQ(block_on(d.query_one<int>("SELECT count(*) FROM t")), 1);
}

TEST_F(sqlite_open, reports_a_lock_that_somebody_else_keeps) {
  const auto other = open_file("?journal=delete");
  block_on(other.execute("CREATE TABLE t (a)"));
  const auto d = open_file("?journal=delete&busy_timeout=20ms");
  const auto hold = block_on(other.transaction([&](transaction&) -> task<std::string> {
    co_return co_await run([&] {
      return failure(error_kind::busy, [&] { return d.execute("INSERT INTO t VALUES (1)"); });
    });
  }));
  EXPECT_TRUE(has(hold, "database is locked")) << hold;
  EXPECT_EQ(block_on(d.execute("INSERT INTO t VALUES (1)")), 1);
}

TEST_F(sqlite_open, refuses_everything_after_close_but_does_what_was_asked) {
  const auto d = open_file();
  auto before = d.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  auto closed = d.close();
  EXPECT_THROW(block_on(d.execute("SELECT 1")), object_disposed);
  EXPECT_EQ(block_on(std::move(before)), 1);
  block_on(std::move(closed));
  block_on(d.close());
  EXPECT_FALSE(std::filesystem::exists(file() + "-wal"));
}

TEST_F(sqlite_open, honours_a_stop_request_before_it_begins) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(block_on(open(url(), stop.get_token())), operation_canceled);
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(sqlite_open, calls_functions_of_the_program) {
  sqlite_options options;
  options.create_function("twice", [](std::int64_t n) { return 2 * n; })
      .create_function("shout", [](const std::string& s) { return s + "!"; })
      .create_function("or_zero", [](std::optional<double> d) { return d.value_or(0); })
      .create_function("answer", [] { return 42; })
      .create_function("boom", [](value) -> value { throw std::runtime_error("it went off"); });
  const auto d = block_on(open(url("?readers=2"), options));
  const auto row = block_on(d.query_one<std::tuple<int, std::string, double, int>>(
      "SELECT twice(?), shout('hey'), or_zero(NULL), answer()", 21));
  EXPECT_EQ(row, std::make_tuple(42, std::string("hey!"), 0.0, 42));
  EXPECT_TRUE(has(failure(error_kind::statement, [&] { return d.query<int>("SELECT boom(1)"); }),
                  "boom(): it went off"));
  EXPECT_TRUE(has(failure(error_kind::statement, [&] { return d.query<int>("SELECT twice('x')"); }),
                  "is text, wanted is an integer"));
  EXPECT_TRUE(
      has(failure(error_kind::statement, [&] { return d.query<int>("SELECT twice(1, 2)"); }),
          "wrong number of arguments"));
  EXPECT_THROW(options.create_function("", [] { return 1; }), std::invalid_argument);
}

TEST_F(sqlite_open, never_works_on_the_callers_thread_nor_completes_on_its_own) {
  std::thread::id worked;
  sqlite_options options;
  options.create_function("note", [&] {
    worked = std::this_thread::get_id();
    return 1;
  });
  const auto d = block_on(open("sqlite::memory:", options));
  const auto resumed = block_on(run([&]() -> task<std::thread::id> {
    const auto here = std::this_thread::get_id();
    co_await d.query_one<int>("SELECT note()");
    EXPECT_NE(worked, here);
    co_return std::this_thread::get_id();
  }));
  EXPECT_NE(worked, resumed);
  EXPECT_NE(worked, std::this_thread::get_id());
}

TEST_F(sqlite_open, leaves_a_submission_and_a_completion_in_the_trace) {
  const auto d = block_on(open("sqlite::memory:"));
  trace::session session;
  auto t = d.query_one<int>("SELECT 1");
  const void* subject = &t.checked();
  block_on(std::move(t));
  int submitted = 0;
  int completed = 0;
  for (const auto& r : session.stop()) {
    if (r.subject == subject && r.label != nullptr && std::string(r.label) == "sqlite") {
      submitted += r.kind == trace::event::operation_submitted ? 1 : 0;
      completed += r.kind == trace::event::operation_completed ? 1 : 0;
    }
  }
  EXPECT_EQ(submitted, 1);
  EXPECT_EQ(completed, 1);
}

}  // namespace
}  // namespace weft::db
