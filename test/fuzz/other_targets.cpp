#include <weft/base/cpu_quota.hpp>
#include <weft/db/error.hpp>
#include <weft/net/address.hpp>
#include <weft/task.hpp>
#include <weft/testkit.hpp>

#include "db/sqlite_connection.hpp"
#include "fuzz/targets.hpp"

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>

namespace fuzz {

void net_address(std::string_view bytes) {
  const std::optional<weft::net::address> parsed = weft::net::address::parse(bytes);
  if (parsed) {
    const std::string written = parsed->to_string();
    require(weft::net::address::parse(written) == parsed, "written and read again it is another");
  }
  const weft::net::endpoint there{std::string(bytes), 80};
  require(there.address() == parsed, "an endpoint reads its host differently");
  require(!there.to_string().empty(), "an endpoint is always something");
}

void sqlite_url(std::string_view bytes) {
  try {
    const weft::db::detail::sqlite_settings settings =
        weft::db::detail::parse_sqlite_url(std::string(bytes), weft::db::sqlite_options());
    require(!settings.path.empty(), "a database without a file");
    require(settings.path.find('\0') == std::string::npos, "a file's name with a zero byte");
  } catch (const weft::db::error& e) {
    require(e.what()[0] != 0, "an error says nothing");
  }
}

void cpu_quota(std::string_view bytes) {
  const std::size_t middle = bytes.find('\0');
  const std::string_view groups = bytes.substr(0, middle);
  const std::string_view mounts =
      middle == std::string_view::npos ? std::string_view() : bytes.substr(middle + 1);
  // Below a folder that is not there: what is parsed, not what the files say.
  const std::optional<double> limit =
      weft::detail::cgroup_cpu_limit(groups, mounts, "/nonexistent/fuzz/");
  require(!limit.has_value(), "a limit from files that do not exist");
}

void testkit_schedule(std::string_view bytes) {
  namespace testkit = weft::testkit;
  auto body = []() -> weft::task<> {
    static_cast<void>(testkit::choose(3));
    auto other = weft::run([]() -> weft::task<> { co_await weft::yield(); });
    co_await weft::yield();
    co_await other;
  };
  const std::string line = "fuzz:" + std::string(bytes.substr(0, bytes.find('\0')));
  ::setenv("WEFT_TESTKIT_REPLAY", line.c_str(), 1);
  try {
    const testkit::report found = testkit::explore(body, {.name = "fuzz", .schedules = 1});
    require(found.passed() && found.schedules == 1, "a sound body fails");
  } catch (const std::invalid_argument& e) {
    require(e.what()[0] != 0, "an error says nothing");
  }
  ::unsetenv("WEFT_TESTKIT_REPLAY");
  try {
    const testkit::report first = testkit::replay(body, bytes);
    require(first.passed(), "a sound body fails");
    const testkit::report again = testkit::replay(body, first.schedule);
    require(again.schedule == first.schedule, "read again it is another schedule");
  } catch (const std::invalid_argument& e) {
    require(e.what()[0] != 0, "an error says nothing");
  }
}

}  // namespace fuzz
