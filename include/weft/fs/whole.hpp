#pragma once
/// Whole files at once.

#include <weft/io/buffer.hpp>
#include <weft/task/task.hpp>

#include <cstddef>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace weft::fs {

// All of these: **Throws** `operation_canceled`; `std::system_error` with operation and path in its
// message, for a directory too.
// **Completes on** the calling thread when everything is in the system's caches, else a worker of
// the default pool. No thread of the pool blocks.

/// Everything in a file, as it is. Named pipes and other streams are read to their end: of a pipe,
/// from the time that somebody opens it for writing until nobody has it open any more. Files of
/// /proc are read whole.
[[nodiscard]] task<std::string> read_all_text(std::filesystem::path path,
                                              std::stop_token stop = {});
[[nodiscard]] task<std::vector<std::byte>> read_all_bytes(std::filesystem::path path,
                                                          std::stop_token stop = {});

/// Makes the file or replaces its content. Not atomic: who reads meanwhile may see a part.
[[nodiscard]] task<> write_all_text(std::filesystem::path path, std::string text,
                                    std::stop_token stop = {});
[[nodiscard]] task<> write_all_bytes(std::filesystem::path path, std::vector<std::byte> bytes,
                                     std::stop_token stop = {});
/// The same, but whoever reads, and whatever fails (also the power), sees either all of the old
/// content or all of the new one: written beside it, synchronised, and renamed onto it. The new
/// file keeps the permissions of the old one; a link is replaced, not followed.
/// **Cost**: waits for the disk twice.
[[nodiscard]] task<> replace_all_text(std::filesystem::path path, std::string text,
                                      std::stop_token stop = {});
[[nodiscard]] task<> replace_all_bytes(std::filesystem::path path, std::vector<std::byte> bytes,
                                       std::stop_token stop = {});
/// Makes the file or adds to its end.
[[nodiscard]] task<> append_all_text(std::filesystem::path path, std::string text,
                                     std::stop_token stop = {});

[[nodiscard]] task<> append_all_bytes(std::filesystem::path path, std::vector<std::byte> bytes,
                                      std::stop_token stop = {});

/// All lines, as `read_lines` gives them.
[[nodiscard]] task<std::vector<std::string>> read_all_lines(std::filesystem::path path,
                                                            std::stop_token stop = {});
/// Each with `\n` at its end.
[[nodiscard]] task<> write_all_lines(std::filesystem::path path, std::vector<std::string> lines,
                                     std::stop_token stop = {});

}  // namespace weft::fs
