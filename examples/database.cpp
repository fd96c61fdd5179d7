// Rows and transactions, on a database in memory.
// needs: sqlite

#include <weft/db.hpp>
#include <weft/task.hpp>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>

namespace {

struct account {
  std::int64_t id = 0;
  std::string owner;
  double balance = 0;
  std::optional<std::string> note;
};
WEFT_JSON(account, id, owner, balance, note)

weft::task<> transfer(weft::db::database& db, int from, int to, double amount) {
  co_await db.transaction([&](weft::db::transaction& tx) -> weft::task<> {
    co_await tx.execute("UPDATE account SET balance = balance - ? WHERE id = ?", amount, from);
    const double left =
        co_await tx.query_one<double>("SELECT balance FROM account WHERE id = ?", from);
    if (left < 0) {
      throw std::runtime_error("not enough on account " + std::to_string(from));  // rolls back
    }
    co_await tx.execute("UPDATE account SET balance = balance + ? WHERE id = ?", amount, to);
  });
}

weft::task<int> example() {
  auto db = co_await weft::db::open("sqlite::memory:");
  co_await db.execute(
      "CREATE TABLE account (id INTEGER PRIMARY KEY, owner TEXT, balance REAL, note TEXT)");
  co_await db.execute("INSERT INTO account VALUES (1, ?, 100, NULL), (2, ?, 0, 'new')", "Ada",
                      "Bob");

  co_await transfer(db, 1, 2, 30);
  bool refused = false;
  try {
    co_await transfer(db, 1, 2, 1000);
  } catch (const std::runtime_error& e) {
    std::printf("refused: %s\n", e.what());
    refused = true;
  }

  // Both are under way before they are awaited.
  auto accounts = db.query<account>("SELECT * FROM account ORDER BY id");
  auto total = db.query_one<double>("SELECT sum(balance) FROM account");
  co_await weft::when_all(accounts, total);
  for (const account& a : accounts.result()) {
    std::printf("%s has %.2f (%s)\n", a.owner.c_str(), a.balance,
                a.note.value_or("no note").c_str());
  }
  co_return refused&& total.result() == 100 && accounts.result()[1].balance == 30 ? 0 : 1;
}

}  // namespace

int main() {
  return weft::block_on(example());
}
