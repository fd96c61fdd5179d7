#include <weft/base/cpu_quota.hpp>

#include <charconv>
#include <cmath>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

namespace weft::detail {
namespace {

constexpr std::size_t longest_file = std::size_t{1} << 20;  // bytes; mountinfo can be long

std::optional<std::string> read_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return std::nullopt;
  }
  std::string text;
  char buffer[4096];
  ssize_t n = 0;
  while (text.size() < longest_file && (n = ::read(file, buffer, sizeof buffer)) > 0) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(file);
  if (n < 0) {
    return std::nullopt;
  }
  return text;
}

/// Cuts the part before `separator` off `text`; all of it when there is none.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
    text.remove_suffix(1);
  }
  return text;
}

std::optional<double> number(std::string_view text) {
  long long value = 0;
  text = trimmed(text);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value <= 0) {
    return std::nullopt;
  }
  return static_cast<double>(value);
}

bool has_item(std::string_view list, std::string_view item) {
  while (!list.empty()) {
    if (cut(list, ',') == item) {
      return true;
    }
  }
  return false;
}

struct mount {
  std::string_view root;  // the group that the mount point shows
  std::string_view point;
};

// The mount of the hierarchy: type cgroup2, or cgroup with the option cpu.
// A line: "36 35 98:0 /root /point options [optional fields] - type source super-options".
std::optional<mount> find_mount(std::string_view mounts, bool version2) {
  while (!mounts.empty()) {
    std::string_view line = cut(mounts, '\n');
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) {
      continue;
    }
    std::string_view tail = line.substr(dash + 3);
    const std::string_view type = cut(tail, ' ');
    cut(tail, ' ');
    if (version2 ? type != "cgroup2" : type != "cgroup" || !has_item(trimmed(tail), "cpu")) {
      continue;
    }
    for (int skipped = 0; skipped < 3; ++skipped) {
      cut(line, ' ');
    }
    const std::string_view root = cut(line, ' ');
    return mount{root, cut(line, ' ')};
  }
  return std::nullopt;
}

std::optional<double> limit_of_group(const std::string& directory, bool version2) {
  if (version2) {
    const std::optional<std::string> text = read_file(directory + "/cpu.max");
    if (!text) {
      return std::nullopt;
    }
    std::string_view rest = *text;
    const std::optional<double> quota = number(cut(rest, ' '));  // "max" is no number
    const std::optional<double> period = number(rest);
    return quota && period ? std::optional(*quota / *period) : std::nullopt;
  }
  const std::optional<std::string> quota_text = read_file(directory + "/cpu.cfs_quota_us");
  const std::optional<std::string> period_text = read_file(directory + "/cpu.cfs_period_us");
  if (!quota_text || !period_text) {
    return std::nullopt;
  }
  const std::optional<double> quota = number(*quota_text);  // -1: without limit
  const std::optional<double> period = number(*period_text);
  return quota && period ? std::optional(*quota / *period) : std::nullopt;
}

void keep_smaller(std::optional<double>& smallest, std::optional<double> limit) {
  if (limit && (!smallest || *limit < *smallest)) {
    smallest = limit;
  }
}

std::optional<double> smallest_on_path(const mount& at, std::string_view group, bool version2,
                                       const std::string& root) {
  // A mount that shows a sub-group (a container without a namespace of its own) hides the path to
  // it.
  if (at.root != "/" && group.starts_with(at.root) &&
      (group.size() == at.root.size() || group[at.root.size()] == '/')) {
    group.remove_prefix(at.root.size());
  }
  std::optional<double> smallest;
  const std::string point = root + std::string(at.point);
  while (true) {
    while (!group.empty() && group.back() == '/') {
      group.remove_suffix(1);
    }
    keep_smaller(smallest, limit_of_group(point + std::string(group), version2));
    if (group.empty()) {
      return smallest;
    }
    const std::size_t slash = group.rfind('/');
    group = group.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
}

}  // namespace

std::optional<double> cgroup_cpu_limit(std::string_view own_groups, std::string_view mounts,
                                       const std::string& root) {
  std::optional<double> smallest;
  while (!own_groups.empty()) {
    // "0::/path" (version 2) or "4:cpu,cpuacct:/path" (version 1).
    std::string_view line = cut(own_groups, '\n');
    const std::string_view hierarchy = cut(line, ':');
    const std::string_view controllers = cut(line, ':');
    const bool version2 = hierarchy == "0" && controllers.empty();
    if (!version2 && !has_item(controllers, "cpu")) {
      continue;
    }
    if (const std::optional<mount> at = find_mount(mounts, version2)) {
      keep_smaller(smallest, smallest_on_path(*at, line, version2, root));
    }
  }
  return smallest;
}

unsigned combine_cpus(unsigned affinity, std::optional<double> quota) noexcept {
  unsigned cpus = affinity == 0 ? 1 : affinity;
  if (quota && *quota < cpus) {
    cpus = static_cast<unsigned>(std::ceil(*quota));
  }
  return cpus == 0 ? 1 : cpus;
}

namespace {

unsigned affinity_count() noexcept {
  // A mask larger than the kernel's is cut by the call; one that is too small fails with EINVAL.
  for (int cpus = CPU_SETSIZE; cpus <= (1 << 20); cpus *= 2) {
    cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(cpus));
    if (set == nullptr) {
      break;
    }
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(cpus));
    CPU_ZERO_S(bytes, set);
    const int failed = ::sched_getaffinity(0, bytes, set);
    const int count = failed == 0 ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (failed == 0) {
      return static_cast<unsigned>(count);
    }
  }
  const long online = ::sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? static_cast<unsigned>(online) : 1;
}

}  // namespace

unsigned usable_cpus() noexcept {
  const unsigned affinity = affinity_count();
  try {
    const std::optional<std::string> groups = read_file("/proc/self/cgroup");
    const std::optional<std::string> mounts = read_file("/proc/self/mountinfo");
    if (groups && mounts) {
      return combine_cpus(affinity, cgroup_cpu_limit(*groups, *mounts));
    }
  } catch (...) {  // no memory for a path: as without a quota
  }
  return combine_cpus(affinity, std::nullopt);
}

}  // namespace weft::detail
