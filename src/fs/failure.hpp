#pragma once
/// How the functions on paths fail.

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

namespace weft::fs {

[[noreturn]] inline void fail(const std::error_code& error, const std::string& what,
                              const std::filesystem::path& path) {
  throw std::system_error(error, "weft::fs::" + what + " '" + path.string() + "'");
}

[[noreturn]] inline void fail(const std::string& what, const std::filesystem::path& path) {
  fail(std::error_code(errno, std::generic_category()), what, path);
}

}  // namespace weft::fs
