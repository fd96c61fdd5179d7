#pragma once
/// A folder of its own for each test, and shorthand.

#include <weft/db.hpp>
#include <weft/task/run.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace weft::db {

class sqlite_files : public testing::Test {
 protected:
  sqlite_files() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weft_db_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      throw std::runtime_error("no temporary folder at " + pattern);
    }
    folder_ = pattern;
  }
  ~sqlite_files() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] std::string file(const std::string& name = "test.db") const {
    return (folder_ / name).string();
  }
  [[nodiscard]] std::string url(const std::string& options = "") const {
    return "sqlite:" + file() + options;
  }
  [[nodiscard]] database open_file(const std::string& options = "") const {
    return block_on(open(url(options)));
  }

  std::filesystem::path folder_;
};

/// The message of the `db::error` of that kind which `f` throws; else a text that says what
/// happened instead.
template <class F>
std::string failure(error_kind kind, F&& f) {
  try {
    static_cast<void>(block_on(f()));
  } catch (const error& e) {
    return e.kind() == kind ? e.what() : std::string("another kind: ") + e.what();
  } catch (const std::exception& e) {
    return std::string("no db::error: ") + e.what();
  }
  return "nothing was thrown";
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace weft::db
