#include <weft/base/cpu_quota.hpp>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace {

using weft::detail::cgroup_cpu_limit;
using weft::detail::combine_cpus;

constexpr auto v2_mounts =
    "22 28 0:20 / /proc rw,relatime - proc proc rw\n"
    "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr auto v1_mounts =
    "31 30 0:27 / /sys/fs/cgroup/memory rw shared:10 - cgroup cgroup rw,memory\n"
    "32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:11 - cgroup cgroup rw,cpu,cpuacct\n";

// A directory tree that stands for the machine's; removed at the end.
class cgroup : public testing::Test {
 protected:
  cgroup() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weft-cgroup-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
  }
  ~cgroup() override { std::filesystem::remove_all(root_); }

  void plant(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }

  std::string root_;
};

TEST_F(cgroup, version_2_quota_is_quota_over_period) {
  plant("/sys/fs/cgroup/app/cpu.max", "150000 100000\n");
  EXPECT_EQ(cgroup_cpu_limit("0::/app\n", v2_mounts, root_), 1.5);
}

TEST_F(cgroup, max_limits_nothing) {
  plant("/sys/fs/cgroup/app/cpu.max", "max 100000\n");
  EXPECT_EQ(cgroup_cpu_limit("0::/app\n", v2_mounts, root_), std::nullopt);
}

TEST_F(cgroup, takes_the_smallest_quota_on_the_path) {
  plant("/sys/fs/cgroup/a/cpu.max", "50000 100000\n");
  plant("/sys/fs/cgroup/a/b/cpu.max", "400000 100000\n");
  plant("/sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n");
  EXPECT_EQ(cgroup_cpu_limit("0::/a/b/c\n", v2_mounts, root_), 0.5);
}

TEST_F(cgroup, sees_the_root_group_of_a_namespace) {
  plant("/sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_EQ(cgroup_cpu_limit("0::/\n", v2_mounts, root_), 2.0);
}

TEST_F(cgroup, finds_the_group_under_a_mount_that_shows_a_part) {
  plant("/cg/in/cpu.max", "300000 100000\n");
  const char* mounts = "30 24 0:26 /docker/x /cg rw - cgroup2 cgroup2 rw\n";
  EXPECT_EQ(cgroup_cpu_limit("0::/docker/x/in\n", mounts, root_), 3.0);
}

TEST_F(cgroup, version_1_reads_quota_and_period_of_the_cpu_controller) {
  plant("/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_quota_us", "250000\n");
  plant("/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_cpu_limit("3:memory:/other\n4:cpu,cpuacct:/app\n", v1_mounts, root_), 2.5);
}

TEST_F(cgroup, version_1_quota_of_minus_one_limits_nothing) {
  plant("/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_quota_us", "-1\n");
  plant("/sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_cpu_limit("4:cpu,cpuacct:/app\n", v1_mounts, root_), std::nullopt);
}

TEST_F(cgroup, what_makes_no_sense_limits_nothing) {
  for (const char* text : {"", "x", "100000", "0 100000", "100000 0", "-5 100000", "1e5 100000",
                           "99999999999999999999 100000", "100000 max"}) {
    plant("/sys/fs/cgroup/app/cpu.max", text);
    EXPECT_EQ(cgroup_cpu_limit("0::/app\n", v2_mounts, root_), std::nullopt) << text;
  }
  for (const char* groups : {"", "\n\n", "0::", "nonsense", "::::", "4:cpu"}) {
    EXPECT_EQ(cgroup_cpu_limit(groups, v2_mounts, root_), std::nullopt) << groups;
  }
  for (const char* mounts : {"", "x\n", "- cgroup2\n", "1 2 - cgroup2 a b\n", " - \n"}) {
    EXPECT_EQ(cgroup_cpu_limit("0::/app\n", mounts, root_), std::nullopt) << mounts;
  }
}

TEST_F(cgroup, missing_files_limit_nothing) {
  EXPECT_EQ(cgroup_cpu_limit("0::/gone\n4:cpu:/gone\n", v2_mounts, root_), std::nullopt);
}

TEST(combine_cpus, rounds_a_quota_up_and_is_never_zero) {
  EXPECT_EQ(combine_cpus(8, std::nullopt), 8u);
  EXPECT_EQ(combine_cpus(8, 1.5), 2u);
  EXPECT_EQ(combine_cpus(8, 0.1), 1u);
  EXPECT_EQ(combine_cpus(2, 16.0), 2u);
  EXPECT_EQ(combine_cpus(0, std::nullopt), 1u);
}

TEST(usable_cpus, is_between_one_and_the_online_processors) {
  const unsigned cpus = weft::detail::usable_cpus();
  EXPECT_GE(cpus, 1u);
  EXPECT_LE(cpus, static_cast<unsigned>(sysconf(_SC_NPROCESSORS_CONF)));
}

}  // namespace
