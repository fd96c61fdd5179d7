#include <weft/db.hpp>
#include <weft/json/describe.hpp>
#include <weft/task.hpp>

#include "sqlite_test_support.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace shop {
struct user {
  std::int64_t id = 0;
  std::string name;
  std::optional<double> score;
};
WEFT_JSON(user, id, name, score)
enum class level : std::uint8_t { low = 1, high = 2 };
}  // namespace shop

namespace weft::db {
namespace {

class sqlite_query : public testing::Test {
 protected:
  sqlite_query() {
    block_on(d.execute(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, score REAL);"
        "CREATE TABLE items (user INTEGER NOT NULL REFERENCES users(id), n INTEGER CHECK (n > "
        "0))"));
    block_on(d.execute("INSERT INTO users VALUES (1, 'ada', 1.5), (2, 'bob', NULL)"));
  }
  template <class T, class... Args>
  T one(std::string sql, Args&&... args) {
    return block_on(d.query_one<T>(std::move(sql), std::forward<Args>(args)...));
  }
  database d = block_on(open("sqlite::memory:"));
};

TEST_F(sqlite_query, gives_a_value_of_one_column) {
  EXPECT_EQ(one<std::string>("SELECT name FROM users WHERE id = ?", 1), "ada");
  EXPECT_EQ(one<std::int64_t>("SELECT count(*) FROM users"), 2);
  EXPECT_EQ(one<int>("SELECT 7"), 7);
  EXPECT_DOUBLE_EQ(one<double>("SELECT 0.25"), 0.25);
  EXPECT_DOUBLE_EQ(one<double>("SELECT 3"), 3.0);
  EXPECT_TRUE(one<bool>("SELECT 1"));
  EXPECT_EQ(one<shop::level>("SELECT 2"), shop::level::high);
}

TEST_F(sqlite_query, gives_null_as_an_empty_optional) {
  EXPECT_EQ(one<std::optional<double>>("SELECT score FROM users WHERE id = 2"), std::nullopt);
  EXPECT_EQ(one<std::optional<double>>("SELECT score FROM users WHERE id = 1"), 1.5);
}

TEST_F(sqlite_query, gives_tuples_by_position) {
  const auto [id, name, score] = one<std::tuple<int, std::string, std::optional<double>>>(
      "SELECT id, name, score FROM users WHERE id = 1");
  EXPECT_EQ(id, 1);
  EXPECT_EQ(name, "ada");
  EXPECT_EQ(score, 1.5);
}

TEST_F(sqlite_query, gives_structs_by_name_whatever_the_order) {
  const auto all =
      block_on(d.query<shop::user>("SELECT score, Name, 'x' AS more, id FROM users ORDER BY id"));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].id, 1);
  EXPECT_EQ(all[0].name, "ada");
  EXPECT_EQ(all[1].name, "bob");
  EXPECT_FALSE(all[1].score.has_value());
}

TEST_F(sqlite_query, gives_values_of_any_kind) {
  const auto [i, r, t, b, n] =
      one<std::tuple<value, value, value, value, value>>("SELECT 1, 0.5, 'x', x'00ff', NULL");
  EXPECT_EQ(i, value(1));
  EXPECT_EQ(r, value(0.5));
  EXPECT_EQ(t, value("x"));
  EXPECT_EQ(b, value(blob{std::byte{0}, std::byte{0xff}}));
  EXPECT_TRUE(n.is_null());
}

TEST_F(sqlite_query, tells_no_row_apart_from_one) {
  EXPECT_THROW(one<int>("SELECT id FROM users WHERE id = 9"), row_not_found);
  EXPECT_EQ(block_on(d.query_optional<int>("SELECT id FROM users WHERE id = 9")), std::nullopt);
  EXPECT_EQ(block_on(d.query_optional<int>("SELECT id FROM users WHERE id = 2")), 2);
  EXPECT_TRUE(block_on(d.query<int>("SELECT id FROM users WHERE id = 9")).empty());
}

TEST_F(sqlite_query, gives_the_number_of_rows_changed) {
  EXPECT_EQ(block_on(d.execute("UPDATE users SET score = 2")), 2);
  EXPECT_EQ(block_on(d.execute("UPDATE users SET score = 2 WHERE id = 9")), 0);
  EXPECT_EQ(block_on(d.execute("CREATE TABLE t (a)")), 0);
  EXPECT_EQ(block_on(d.execute("SELECT * FROM users")), 0);
  EXPECT_EQ(
      block_on(d.execute("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2), (3); -- end\n")), 3);
  EXPECT_EQ(block_on(d.execute("DELETE FROM t")), 3);
}

TEST_F(sqlite_query, binds_arguments_and_pastes_nothing) {
  const std::string evil = "x'); DROP TABLE users; --";
  block_on(d.execute("INSERT INTO users (name) VALUES (?)", evil));
  EXPECT_EQ(one<int>("SELECT count(*) FROM users WHERE name = ?", evil), 1);
}

TEST_F(sqlite_query, takes_every_kind_of_argument) {
  std::optional<std::string> none;
  const char* text = "literal";
  const auto all = one<std::tuple<value, value, value, value, value, value, value, value>>(
      "SELECT ?, ?, ?, ?, ?, ?, ?, ?", nullptr, std::nullopt, none, true, shop::level::high, 2.5,
      text, std::string_view("view"));
  EXPECT_EQ(all, std::make_tuple(value(), value(), value(), value(1), value(2), value(2.5),
                                 value("literal"), value("view")));
}

TEST_F(sqlite_query, keeps_unicode_zero_bytes_and_empty_values) {
  const std::string text = std::string("žluťoučký 🐎") + '\0' + "after";
  EXPECT_EQ(one<std::string>("SELECT ?", text), text);
  EXPECT_EQ(one<std::string>("SELECT ?", ""), "");
  EXPECT_EQ(one<blob>("SELECT ?", blob()), blob());
}

TEST_F(sqlite_query, keeps_blobs_and_texts_of_ten_megabytes) {
  constexpr std::size_t size = 10'000'000;
  std::string text(size, 'x');
  text.back() = 'y';
  blob bytes(size, std::byte{0xa5});
  block_on(d.execute("CREATE TABLE big (t TEXT, b BLOB)"));
  block_on(d.execute("INSERT INTO big VALUES (?, ?)", text, bytes));
  EXPECT_TRUE(
      (one<std::tuple<std::string, blob>>("SELECT t, b FROM big") == std::make_tuple(text, bytes)));
}

TEST_F(sqlite_query, keeps_integers_of_64_bits_and_refuses_larger_ones) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(one<std::int64_t>("SELECT ?", least), least);
  EXPECT_THROW(
      static_cast<void>(d.query_one<int>("SELECT ?", std::numeric_limits<std::uint64_t>::max())),
      std::out_of_range);
}

TEST_F(sqlite_query, refuses_what_does_not_fit_the_type) {
  const auto why = [&](auto&& start) { return failure(error_kind::column, start); };
  EXPECT_TRUE(
      has(why([&] { return d.query_one<std::int8_t>("SELECT 300 AS big"); }), "('big') holds 300"));
  EXPECT_TRUE(has(why([&] { return d.query_one<unsigned>("SELECT -1"); }),
                  "does not fit into an unsigned"));
  EXPECT_TRUE(has(why([&] { return d.query_one<bool>("SELECT 2"); }), "a bool"));
  EXPECT_TRUE(has(why([&] { return d.query_one<int>("SELECT 'x' AS a"); }),
                  "column 1 ('a') is text, wanted is an integer"));
  EXPECT_TRUE(has(why([&] { return d.query_one<int>("SELECT 1.5"); }), "is a real number"));
  EXPECT_TRUE(has(why([&] { return d.query_one<std::string>("SELECT 1"); }),
                  "is an integer, wanted is text"));
  EXPECT_TRUE(has(why([&] { return d.query_one<blob>("SELECT 'x'"); }), "wanted is a blob"));
  EXPECT_TRUE(has(why([&] { return d.query_one<int>("SELECT NULL"); }), "std::optional"));
}

TEST_F(sqlite_query, says_which_column_is_missing) {
  const auto missing = failure(
      error_kind::column, [&] { return d.query_one<shop::user>("SELECT id, name FROM users"); });
  EXPECT_TRUE(has(missing, "no column 'score'; it has: id, name")) << missing;
  const auto few = failure(error_kind::column,
                           [&] { return d.query_one<std::tuple<int, int, int>>("SELECT 1, 2"); });
  EXPECT_TRUE(has(few, "has 2 columns, wanted are 3")) << few;
  const auto twice = failure(error_kind::column, [&] {
    return d.query_one<shop::user>("SELECT id, name, score, 1 AS id FROM users");
  });
  EXPECT_TRUE(has(twice, "several columns 'id'")) << twice;
}

TEST_F(sqlite_query, says_what_is_wrong_with_a_statement) {
  const auto syntax = failure(error_kind::statement, [&] { return d.execute("SELEC 1"); });
  EXPECT_TRUE(has(syntax, "syntax error") && has(syntax, "in: SELEC 1")) << syntax;
  EXPECT_TRUE(
      has(failure(error_kind::statement, [&] { return d.query<int>("SELECT a FROM usres"); }),
          "no such table: usres"));
  EXPECT_TRUE(has(failure(error_kind::statement, [&] { return d.execute(" -- nothing"); }),
                  "no statement"));
  EXPECT_TRUE(
      has(failure(error_kind::statement, [&] { return d.query<int>("SELECT 1; SELECT 2"); }),
          "a query is one statement"));
}

TEST_F(sqlite_query, says_how_many_arguments_are_wanted) {
  EXPECT_TRUE(has(failure(error_kind::arguments, [&] { return d.execute("SELECT ?, ?", 1); }),
                  "has 2 parameters, given are 1"));
  EXPECT_TRUE(has(failure(error_kind::arguments, [&] { return d.execute("SELECT 1", 1); }),
                  "has 0 parameters"));
  EXPECT_TRUE(
      has(failure(error_kind::arguments, [&] { return d.execute("SELECT 1; SELECT 2", 1); }),
          "several statements"));
  EXPECT_TRUE(has(
      failure(error_kind::arguments, [&] { return d.execute("SELECT ?", std::nan("")); }), "NaN"));
}

TEST_F(sqlite_query, shortens_long_statements_in_errors) {
  const std::string sql = "SELECT '" + std::string(100'000, 'x') + "' FROM nowhere";
  EXPECT_LT(failure(error_kind::statement, [&] { return d.query<int>(sql); }).size(), 500u);
}

TEST_F(sqlite_query, tells_constraints_apart) {
  const auto which = [&](const std::string& sql) {
    try {
      block_on(d.execute(sql));
    } catch (const constraint_violation& e) {
      EXPECT_EQ(e.kind(), error_kind::constraint);
      EXPECT_NE(e.code(), 0);
      return e.which();
    }
    ADD_FAILURE() << sql << " was accepted";
    return constraint::other;
  };
  EXPECT_EQ(which("INSERT INTO users (name) VALUES ('ada')"), constraint::unique);
  EXPECT_EQ(which("INSERT INTO users VALUES (1, 'eve', 0)"), constraint::primary_key);
  EXPECT_EQ(which("INSERT INTO users (name) VALUES (NULL)"), constraint::not_null);
  EXPECT_EQ(which("INSERT INTO items VALUES (99, 1)"), constraint::foreign_key);
  EXPECT_EQ(which("INSERT INTO items VALUES (1, 0)"), constraint::check);
}

TEST_F(sqlite_query, gives_rows_of_returning) {
  EXPECT_EQ(one<int>("INSERT INTO users (name) VALUES ('eve') RETURNING id"), 3);
  EXPECT_EQ(block_on(d.query<int>("UPDATE users SET score = 0 RETURNING id")).size(), 3u);
}

TEST_F(sqlite_query, undoes_what_returning_changed_when_its_row_does_not_fit) {
  EXPECT_THROW(one<int>("INSERT INTO users (name) VALUES ('eve') RETURNING name"), error);
  EXPECT_EQ(one<int>("SELECT count(*) FROM users"), 2);
}

TEST_F(sqlite_query, refuses_begin_by_hand) {
  EXPECT_TRUE(has(failure(error_kind::transaction, [&] { return d.execute("BEGIN"); }),
                  "use transaction()"));
  EXPECT_EQ(block_on(d.execute("UPDATE users SET score = 1")), 2);
}

TEST_F(sqlite_query, runs_scripts_that_are_one_transaction_by_themselves) {
  block_on(d.execute("BEGIN; CREATE TABLE a (x); CREATE TABLE b (x); COMMIT"));
  EXPECT_TRUE(has(
      failure(error_kind::statement,
              [&] { return d.execute("BEGIN; CREATE TABLE c (x); CREATE TABLE a (x); COMMIT"); }),
      "table a already exists"));
  EXPECT_EQ(one<int>("SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'b', 'c')"), 2);
}

TEST_F(sqlite_query, works_with_more_statements_than_it_keeps) {
  const auto small = block_on(open("sqlite::memory:?statements=2"));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(block_on(small.query_one<int>("SELECT ? + " + std::to_string(i), round)),
                round + i);
    }
  }
  const auto none = block_on(open("sqlite::memory:?statements=0"));
  EXPECT_EQ(block_on(none.query_one<int>("SELECT 1")), 1);
}

TEST_F(sqlite_query, sees_a_changed_schema_through_kept_statements) {
  const std::string all = "SELECT * FROM users WHERE id = 1";
  EXPECT_EQ((std::get<0>(one<std::tuple<int, std::string>>(all))), 1);
  block_on(d.execute("ALTER TABLE users ADD COLUMN age INTEGER DEFAULT 7"));
  EXPECT_EQ((std::get<3>(one<std::tuple<int, std::string, double, int>>(all))), 7);
}

TEST_F(sqlite_query, starts_at_the_call_and_stands_in_when_all) {
  auto a = d.query_one<std::string>("SELECT name FROM users WHERE id = ?", 1);
  auto b = d.query_one<std::string>("SELECT name FROM users WHERE id = ?", 2);
  block_on(when_all(a, b));
  EXPECT_EQ(a.result() + b.result(), "adabob");
}

TEST_F(sqlite_query, does_what_was_asked_although_nobody_waits) {
  d.execute("UPDATE users SET score = 5").detach();
  EXPECT_EQ(one<double>("SELECT score FROM users WHERE id = 2"), 5);
}

TEST_F(sqlite_query, goes_on_when_the_last_handle_has_gone) {
  auto result = d.query_one<int>("SELECT count(*) FROM users");
  d = database();
  EXPECT_EQ(block_on(std::move(result)), 2);
}

TEST(sqlite_handle, is_empty_when_default_constructed) {
  const database none;
  EXPECT_FALSE(none.valid());
  EXPECT_THROW(static_cast<void>(none.execute("SELECT 1")), invalid_operation);
}

}  // namespace
}  // namespace weft::db
