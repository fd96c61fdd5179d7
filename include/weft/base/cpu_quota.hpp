#pragma once
/// How many processors this process may use.

#include <optional>
#include <string>
#include <string_view>

namespace weft::detail {

/// The processors that the scheduler may use at once: the smaller of the affinity mask and the
/// cgroup quota, rounded up; at least 1. Read anew at each call (a few files; microseconds).
[[nodiscard]] unsigned usable_cpus() noexcept;

/// The cgroup quota in processors (0.5: half of one), the smallest on the path from the group of
/// the process to the root; none when nothing limits it. Versions 1 and 2.
///
/// `own_groups` and `mounts` are the texts of /proc/self/cgroup and /proc/self/mountinfo;
/// `root` is put before each path that is read (for tests; empty in earnest). What cannot be read
/// or makes no sense limits nothing.
[[nodiscard]] std::optional<double> cgroup_cpu_limit(std::string_view own_groups,
                                                     std::string_view mounts,
                                                     const std::string& root = {});

/// The processors for an affinity count and a quota, as `usable_cpus` combines them.
[[nodiscard]] unsigned combine_cpus(unsigned affinity, std::optional<double> quota) noexcept;

}  // namespace weft::detail
