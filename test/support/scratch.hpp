#pragma once
/// For tests: a directory of one's own that is gone afterwards.

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace weft::detail::testing {

class scratch {
 public:
  scratch() {
    std::string name = ::testing::TempDir() + "weft_XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace weft::detail::testing
