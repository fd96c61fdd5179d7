#pragma once
/// Runs: one, one twice, and the search for a shorter one that fails alike.

#include <weft/base/function_ref.hpp>
#include <weft/testkit/report.hpp>

#include "world.hpp"

namespace weft::testkit::detail {

/// While one lives, threads may belong to simulations, and exceptions that nobody took on their
/// threads come to them.
class session {
 public:
  /// **Throws** `invalid_operation` in a simulation, and on a worker of a pool.
  session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session();
};

/// What an exploration runs again and again.
class runner {
 public:
  using body = weft::detail::function_ref<task<>(std::stop_token)>;
  runner(body run, const options& how) noexcept : body_(run), how_(how) {}

  [[nodiscard]] run_result once(chooser& decides, std::uint64_t seed, std::int64_t cancel_at);
  /// Runs what was recorded.
  [[nodiscard]] run_result again(const schedule& recorded);
  /// The run, and a second time when the options say so: what differs is a failure.
  [[nodiscard]] run_result checked(chooser& decides, std::uint64_t seed, std::int64_t cancel_at);
  /// The schedule with the fewest preemptions that fails as `found` did, as far as it is looked
  /// for.
  [[nodiscard]] schedule shrink(schedule found, failure how);

 private:
  [[nodiscard]] bool still_fails(schedule& candidate, failure how);
  [[nodiscard]] bool drop_in_pieces(schedule& best, failure how);
  [[nodiscard]] bool find_with(std::size_t preemptions, schedule& best, failure how);

  body body_;
  const options& how_;
  int shrink_runs_ = 0;
};

}  // namespace weft::testkit::detail
