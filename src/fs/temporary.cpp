#include <weft/fs/temporary.hpp>

#include <weft/base/error.hpp>
#include <weft/fs/path.hpp>
#include <weft/io/open.hpp>

#include "failure.hpp"
#include "file_state.hpp"

#include <cstdlib>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

namespace weft::fs {

namespace {

using weft::detail::call_blocking;
using weft::detail::opened_file;

std::string pattern_in(const std::filesystem::path& directory) {
  return ((directory.empty() ? std::filesystem::temp_directory_path() : directory) / "weft-XXXXXX")
      .string();
}

struct made {
  std::string path;
  opened_file f;
};

}  // namespace

temporary_file::temporary_file(temporary_file&& other) noexcept
    : path_(std::exchange(other.path_, {})), file_(std::move(other.file_)) {}

temporary_file& temporary_file::operator=(temporary_file&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
    file_ = std::move(other.file_);
  }
  return *this;
}

temporary_file::~temporary_file() {
  remove();
}

void temporary_file::remove() noexcept {
  if (!path_.empty()) {
    ::unlink(path_.c_str());
    path_.clear();
  }
}

value_task<temporary_file> temporary_file::create(std::filesystem::path directory,
                                                  std::stop_token stop) {
  auto work = [directory = std::move(directory)] {
    std::string path = pattern_in(directory);
    const int fd = ::mkostemp(path.data(), O_CLOEXEC);
    if (fd < 0) {
      fail("temporary_file::create: cannot make", path);
    }
    return made{path, opened_file(fd)};
  };
  auto making = call_blocking(std::move(work), std::move(stop));
  made m = co_await std::move(making);
  co_return temporary_file(m.path, file_access::adopt(std::move(m.f), m.path));
}

value_task<> temporary_file::keep_as(std::filesystem::path path, std::stop_token stop) {
  if (path_.empty()) {
    throw object_disposed("temporary_file");
  }
  auto renaming = rename(path_, std::move(path), std::move(stop));
  co_await std::move(renaming);
  path_.clear();
}

temporary_directory& temporary_directory::operator=(temporary_directory&& other) noexcept {
  if (this != &other) {
    const temporary_directory gone(std::exchange(path_, std::exchange(other.path_, {})));
  }
  return *this;
}

temporary_directory::~temporary_directory() {
  if (!path_.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
}

value_task<temporary_directory> temporary_directory::create(std::filesystem::path parent,
                                                            std::stop_token stop) {
  auto work = [parent = std::move(parent)] {
    std::string path = pattern_in(parent);
    if (::mkdtemp(path.data()) == nullptr) {
      fail("temporary_directory::create: cannot make", path);
    }
    return path;
  };
  auto making = call_blocking(std::move(work), std::move(stop));
  std::string path = co_await std::move(making);
  co_return temporary_directory(std::filesystem::path(std::move(path)));
}

value_task<> temporary_directory::remove(std::stop_token stop) {
  if (path_.empty()) {
    co_return;
  }
  auto removing = remove_all(path_, std::move(stop));
  co_await std::move(removing);
  path_.clear();
}

}  // namespace weft::fs
