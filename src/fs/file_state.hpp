#pragma once
/// The state behind a `file`.

#include <weft/base/atomic.hpp>
#include <weft/fs/file.hpp>
#include <weft/io/open.hpp>
#include <weft/io/target.hpp>

#include <string>

namespace weft::fs {

class file::state final : public weft::detail::io_target {
 public:
  state(weft::detail::reactor& r, weft::detail::opened_file f, std::string path, bool direct);

  /// "weft::fs::file::" operation 'path'.
  [[nodiscard]] std::string describe(const char* operation) const;

  /// It was opened non-blocking, for the case of a pipe; a ring would then refuse what the disk has
  /// to be asked for.
  void let_block() noexcept;

  /// Reads go past the page cache: a try that is not to block would wait for the disk all the same,
  /// since RWF_NOWAIT only keeps a direct read from waiting for locks.
  [[nodiscard]] bool direct() const noexcept { return direct_; }

 private:
  const std::string path_;
  const bool direct_;
  weft::detail::atomic<bool> nonblocking_{true};
};

/// Reads what is in the page cache; -EAGAIN when a real read has to be made.
[[nodiscard]] int read_cached(int fd, std::uint64_t offset, void* into, std::size_t size) noexcept;

/// Makes a `file` of what has been opened otherwise.
struct file_access {
  [[nodiscard]] static file adopt(weft::detail::opened_file f, std::string path,
                                  bool direct = false);
  [[nodiscard]] static int descriptor(const file& f) { return f.checked().fd(); }
};

}  // namespace weft::fs
