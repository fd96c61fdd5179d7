// inotify. The system tells of a move as two events with a number in common: "from" waits for its
// "to", which follows at once if it is in the same reading; alone, it is a deletion.
//
// A directory that appears below is watched from then on, and what is in it by that time reported
// as created: files that were made between its appearance and its watch would be missed otherwise.
// Those that come in between may be reported twice, once by the listing and once by the watch.

#include <weft/fs/watch.hpp>

#include <weft/base/error.hpp>
#include <weft/io/any_fd.hpp>
#include <weft/io/open.hpp>

#include "failure.hpp"

#include <array>
#include <deque>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/inotify.h>
#include <unistd.h>

namespace weft::fs {

namespace {

using weft::detail::call_blocking;

constexpr std::size_t buffer_bytes = 64 * 1024;  // many events by one call
constexpr std::uint32_t watched = IN_CREATE | IN_DELETE | IN_MODIFY | IN_ATTRIB | IN_MOVED_FROM |
                                  IN_MOVED_TO | IN_DELETE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;

}  // namespace

class file_system_watcher::state {
 public:
  state(std::filesystem::path directory, watch_options options)
      : directory_(std::move(directory)), options_(options) {
    const int fd = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0) {
      fail("file_system_watcher::open: no descriptor to watch", directory_);
    }
    events = any_fd::adopt(fd);
  }

  void begin() {
    root_ = add(directory_);
    if (root_ < 0) {
      fail("file_system_watcher::open: cannot watch", directory_);
    }
    if (options_.include_subdirectories) {
      add_below(directory_, false);
    }
  }

  // Reads what the system has told.
  void take(std::size_t size);
  [[nodiscard]] bool has_change() const noexcept { return !changes_.empty(); }
  [[nodiscard]] file_change pop() {
    file_change first = std::move(changes_.front());
    changes_.pop_front();
    return first;
  }
  [[nodiscard]] bool gone() const noexcept { return gone_; }

  any_fd events;
  alignas(inotify_event) std::array<char, buffer_bytes> buffer;

 private:
  int add(const std::filesystem::path& directory) {
    const int number = ::inotify_add_watch(events.descriptor(), directory.c_str(), watched);
    if (number >= 0) {
      directories_[number] = directory;
    }
    return number;
  }
  void add_below(const std::filesystem::path& directory, bool tell);
  void move_below(const std::filesystem::path& from, const std::filesystem::path& to);
  void take_one(const inotify_event& e);
  void tell(change_kind kind, const std::filesystem::path& path) {
    // Writing makes many of the same: one is enough.
    const bool again = kind == change_kind::changed && !changes_.empty() &&
                       changes_.back().kind() == kind && changes_.back().path() == path;
    if (!again) {
      changes_.emplace_back(kind, path);
    }
  }
  void end_move() {
    if (moved_from_) {
      tell(change_kind::deleted, moved_from_->second);
      moved_from_.reset();
    }
  }

  const std::filesystem::path directory_;
  const watch_options options_;
  int root_ = -1;
  bool gone_ = false;
  std::map<int, std::filesystem::path> directories_;
  std::deque<file_change> changes_;
  std::optional<std::pair<std::uint32_t, std::filesystem::path>> moved_from_;
};

void file_system_watcher::state::add_below(const std::filesystem::path& directory, bool tell_too) {
  std::error_code error;
  for (auto at = std::filesystem::directory_iterator(
           directory, std::filesystem::directory_options::skip_permission_denied, error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    if (tell_too) {
      tell(change_kind::created, at->path());
    }
    std::error_code not_known;
    if (at->is_directory(not_known) && !at->is_symlink(not_known)) {
      if (add(at->path()) < 0 && errno == ENOSPC) {
        fail("file_system_watcher: no watch is left (fs.inotify.max_user_watches) for", at->path());
      }
      add_below(at->path(), tell_too);
    }
  }
}

// The watches go along with a directory that is renamed; their paths here must follow.
void file_system_watcher::state::move_below(const std::filesystem::path& from,
                                            const std::filesystem::path& to) {
  const std::string before = from.native() + '/';
  for (auto& [number, path] : directories_) {
    if (path == from) {
      path = to;
    } else if (path.native().compare(0, before.size(), before) == 0) {
      path = to / path.native().substr(before.size());
    }
  }
}

void file_system_watcher::state::take(std::size_t size) {
  for (std::size_t at = 0; at < size;) {
    const auto* const e = reinterpret_cast<const inotify_event*>(buffer.data() + at);
    at += sizeof *e + e->len;
    take_one(*e);
  }
  end_move();
}

void file_system_watcher::state::take_one(const inotify_event& e) {
  if ((e.mask & IN_MOVED_TO) == 0 || !moved_from_ || moved_from_->first != e.cookie) {
    end_move();
  }
  if ((e.mask & IN_Q_OVERFLOW) != 0) {
    changes_.emplace_back(change_kind::overflow, directory_);
    return;
  }
  const auto known = directories_.find(e.wd);
  if (known == directories_.end()) {
    return;  // of a watch that was removed meanwhile
  }
  if ((e.mask & IN_IGNORED) != 0) {
    gone_ = gone_ || e.wd == root_;
    directories_.erase(known);
    return;
  }
  if (e.len == 0) {
    return;  // of the directory itself: the one above tells of it
  }
  const std::filesystem::path path = known->second / e.name;
  const bool deep = options_.include_subdirectories && (e.mask & IN_ISDIR) != 0;
  if ((e.mask & IN_MOVED_FROM) != 0) {
    moved_from_.emplace(e.cookie, path);
  } else if ((e.mask & IN_MOVED_TO) != 0 && moved_from_) {
    changes_.emplace_back(change_kind::renamed, path, moved_from_->second);
    if (deep) {
      move_below(moved_from_->second, path);
    }
    moved_from_.reset();
  } else if ((e.mask & (IN_CREATE | IN_MOVED_TO)) != 0) {
    tell(change_kind::created, path);
    if (deep && add(path) >= 0) {
      add_below(path, true);
    }
  } else if ((e.mask & IN_DELETE) != 0) {
    tell(change_kind::deleted, path);
  } else if ((e.mask & (IN_MODIFY | IN_ATTRIB)) != 0) {
    tell(change_kind::changed, path);
  }
}

file_system_watcher::file_system_watcher() noexcept = default;
file_system_watcher::file_system_watcher(std::shared_ptr<state> s) noexcept
    : state_(std::move(s)) {}
file_system_watcher::file_system_watcher(file_system_watcher&&) noexcept = default;
file_system_watcher& file_system_watcher::operator=(file_system_watcher&&) noexcept = default;
file_system_watcher::~file_system_watcher() = default;

value_task<file_system_watcher> file_system_watcher::open(std::filesystem::path directory,
                                                          watch_options options,
                                                          std::stop_token stop) {
  auto work = [directory = std::move(directory), options] {
    auto made = std::make_shared<state>(directory, options);
    made->begin();
    return made;
  };
  auto opening = call_blocking(std::move(work), std::move(stop));
  std::shared_ptr<state> opened = co_await std::move(opening);
  co_return file_system_watcher(std::move(opened));
}

value_task<file_change> file_system_watcher::next(std::stop_token stop) {
  const std::shared_ptr<state> s = state_;
  if (s == nullptr) {
    throw object_disposed("file_system_watcher");
  }
  throw_if_stopped(stop);
  while (!s->has_change()) {
    if (s->gone()) {
      throw object_disposed("file_system_watcher: its directory was removed");
    }
    auto reading = s->events.read_some(s->buffer, stop);
    const std::size_t n = co_await std::move(reading);
    s->take(n);
  }
  co_return s->pop();
}

async_generator<file_change> watch(std::filesystem::path directory, watch_options options,
                                   std::stop_token stop) {
  auto opening = file_system_watcher::open(std::move(directory), options, stop);
  file_system_watcher watcher = co_await std::move(opening);
  for (;;) {
    auto waiting = watcher.next(stop);
    file_change change = co_await std::move(waiting);
    co_yield std::move(change);
  }
}

}  // namespace weft::fs
