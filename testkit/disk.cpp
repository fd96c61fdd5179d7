/// A file is what is on the disk, and the writes that are not: reading looks at both, `sync` moves
/// the second into the first, a crash decides for each of them.

#include <weft/testkit/disk.hpp>

#include <weft/base/error.hpp>
#include <weft/testkit/simulation.hpp>
#include <weft/time/delay.hpp>

#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace weft::testkit {
namespace detail {

struct disk_file {
  struct change {
    std::uint64_t offset;
    std::string bytes;
    bool truncates = false;
  };
  std::string durable;
  std::vector<change> changes;  // since the last sync, oldest first
  std::string current;          // durable with all changes

  static void apply(std::string& to, const change& c) {
    if (c.truncates) {
      to.resize(c.offset);
      return;
    }
    if (to.size() < c.offset + c.bytes.size()) {
      to.resize(c.offset + c.bytes.size());
    }
    to.replace(c.offset, c.bytes.size(), c.bytes);
  }
  void add(change c) {
    apply(current, c);
    changes.push_back(std::move(c));
  }
};

struct disk_state {
  explicit disk_state(disk_options o) noexcept : how(o) {}

  void crash() {
    is_crashed = true;
    for (auto& [name, file] : files) {
      for (disk_file::change& c : file->changes) {
        constexpr std::uint32_t lost = 0;
        constexpr std::uint32_t torn = 2;
        const std::uint32_t fate = choose(c.bytes.size() > 1 ? 3 : 2);
        if (fate == lost) {
          continue;
        }
        if (fate == torn) {
          c.bytes.resize(c.bytes.size() / 2);
        }
        disk_file::apply(file->durable, c);
      }
      // Files that are open go on with nothing: the new ones start from what is left.
      auto left = std::make_shared<disk_file>();
      left->durable = left->current = file->durable;
      file = std::move(left);
    }
  }

  const disk_options how;
  std::map<std::string, std::shared_ptr<disk_file>> files;
  bool is_crashed = false;
  std::uint64_t boots = 0;
};

namespace {

using disk_pointer = std::shared_ptr<disk_state>;
using file_pointer = std::shared_ptr<disk_file>;

/// A file as an operation holds it.
struct open_file {
  disk_pointer disk;
  file_pointer file;
  fs::open_mode mode;
  std::uint64_t boot;

  void check() const {
    if (disk->is_crashed || disk->boots != boot) {
      throw crashed();
    }
  }
  void check_mode(fs::open_mode wanted) const {
    if (!has(mode, wanted)) {
      throw std::system_error(std::make_error_code(std::errc::bad_file_descriptor),
                              "weft: testkit: the simulated file is not open for that");
    }
  }
  void may_crash() const {
    if (chance(disk->how.crashes)) {
      disk->crash();
      throw crashed();
    }
  }
};

[[noreturn]] void fail_with(std::errc code, const char* what) {
  throw std::system_error(std::make_error_code(code), std::string("weft: testkit: ") + what);
}

value_task<std::size_t> read_at(open_file f, std::uint64_t offset, mutable_buffer into,
                                std::stop_token stop) {
  throw_if_stopped(stop);
  f.check();
  f.check_mode(fs::open_mode::read);
  co_await delay(f.disk->how.latency);
  f.check();
  if (chance(f.disk->how.read_errors)) {
    fail_with(std::errc::io_error, "reading from the simulated disk");
  }
  const std::string& all = f.file->current;
  if (offset >= all.size()) {
    co_return std::size_t{0};
  }
  const std::size_t n = std::min<std::size_t>(into.size(), all.size() - offset);
  if (n != 0) {
    std::memcpy(into.data(), all.data() + offset, n);
  }
  co_return n;
}

value_task<std::size_t> write_at(open_file f, std::uint64_t offset, std::string data,
                                 std::stop_token stop) {
  constexpr std::uint64_t largest = std::uint64_t{1} << 32;  // it lies in memory
  throw_if_stopped(stop);
  f.check();
  f.check_mode(fs::open_mode::write);
  if (offset > largest || data.size() > largest) {
    fail_with(std::errc::file_too_large, "a file on the simulated disk");
  }
  co_await delay(f.disk->how.latency);
  f.check();
  const std::size_t size = data.size();
  const std::uint64_t at = has(f.mode, fs::open_mode::append) ? f.file->current.size() : offset;
  const bool fails = size != 0 && chance(f.disk->how.write_errors);
  if (fails) {
    data.resize(size / 2);
  }
  f.file->add({at, std::move(data)});
  f.may_crash();
  if (fails) {
    fail_with(std::errc::no_space_on_device, "writing to the simulated disk, half-way");
  }
  co_return size;
}

value_task<> sync_file(open_file f, std::stop_token stop) {
  throw_if_stopped(stop);
  f.check();
  // What is written from here on is not this sync's.
  const std::size_t count = f.file->changes.size();
  co_await delay(f.disk->how.latency);
  f.check();
  f.may_crash();
  auto& changes = f.file->changes;
  if (chance(f.disk->how.sync_errors)) {
    fail_with(std::errc::io_error, "syncing the simulated disk");
  }
  const std::size_t synced = std::min(count, changes.size());  // another sync may have been quicker
  for (std::size_t i = 0; i < synced; ++i) {
    disk_file::apply(f.file->durable, changes[i]);
  }
  changes.erase(changes.begin(), changes.begin() + static_cast<std::ptrdiff_t>(synced));
  co_return;
}

value_task<std::uint64_t> size_of(open_file f) {
  f.check();
  co_await delay(f.disk->how.latency);
  f.check();
  co_return f.file->current.size();
}

/// Any operation on names: it takes its time, and meets crashes.
task<> name_operation(disk_pointer d) {
  const std::uint64_t boot = d->boots;
  if (d->is_crashed) {
    throw crashed();
  }
  co_await delay(d->how.latency);
  if (d->is_crashed || d->boots != boot) {
    throw crashed();
  }
}

}  // namespace
}  // namespace detail

// ---- simulated_file

simulated_file::~simulated_file() = default;

namespace {
[[noreturn]] void fail_closed() {
  throw object_disposed("the simulated file");
}
}  // namespace

value_task<std::size_t> simulated_file::read_at(std::uint64_t offset, mutable_buffer into,
                                                std::stop_token stop) {
  if (file_ == nullptr) {
    fail_closed();
  }
  return detail::read_at({disk_, file_, mode_, boot_}, offset, into, std::move(stop));
}
value_task<std::size_t> simulated_file::write_at(std::uint64_t offset, const_buffer from,
                                                 std::stop_token stop) {
  return write_at(offset, std::string(static_cast<const char*>(from.data()), from.size()),
                  std::move(stop));
}
value_task<std::size_t> simulated_file::write_at(std::uint64_t offset, std::string data,
                                                 std::stop_token stop) {
  if (file_ == nullptr) {
    fail_closed();
  }
  return detail::write_at({disk_, file_, mode_, boot_}, offset, std::move(data), std::move(stop));
}
value_task<std::uint64_t> simulated_file::size() const {
  if (file_ == nullptr) {
    fail_closed();
  }
  return detail::size_of({disk_, file_, mode_, boot_});
}
value_task<> simulated_file::sync(std::stop_token stop) {
  if (file_ == nullptr) {
    fail_closed();
  }
  return detail::sync_file({disk_, file_, mode_, boot_}, std::move(stop));
}
value_task<> simulated_file::close() {
  file_ = nullptr;
  return {};
}

// ---- disk

disk::disk(disk_options how) {
  if (!in_simulation()) {
    throw invalid_operation("weft: testkit: a simulated disk outside a simulation");
  }
  state_ = std::make_shared<detail::disk_state>(how);
}

value_task<simulated_file> disk::open(std::filesystem::path path, fs::open_mode mode,
                                      std::stop_token stop) {
  using fs::open_mode;
  if (!has(mode, open_mode::read) && !has(mode, open_mode::write)) {
    throw std::invalid_argument("weft: testkit: a file is opened to read, to write, or for both");
  }
  const auto state = state_;
  throw_if_stopped(stop);
  auto begun = detail::name_operation(state);
  co_await std::move(begun);
  const std::string name = path.lexically_normal().string();
  const auto known = state->files.find(name);
  const bool exists = known != state->files.end();
  if (exists && has(mode, open_mode::create) && has(mode, open_mode::exclusive)) {
    throw std::system_error(std::make_error_code(std::errc::file_exists),
                            "weft: testkit: open " + name);
  }
  if (!exists && !has(mode, open_mode::create)) {
    throw std::system_error(std::make_error_code(std::errc::no_such_file_or_directory),
                            "weft: testkit: open " + name);
  }
  simulated_file opened;
  opened.disk_ = state;
  opened.file_ =
      exists ? known->second
             : state->files.emplace(name, std::make_shared<detail::disk_file>()).first->second;
  opened.mode_ = mode;
  opened.boot_ = state->boots;
  if (has(mode, open_mode::truncate)) {
    opened.file_->add({0, {}, true});
  }
  co_return opened;
}

value_task<bool> disk::exists(std::filesystem::path path) {
  const auto state = state_;
  auto begun = detail::name_operation(state);
  co_await std::move(begun);
  co_return state->files.contains(path.lexically_normal().string());
}

value_task<bool> disk::remove(std::filesystem::path path) {
  const auto state = state_;
  auto begun = detail::name_operation(state);
  co_await std::move(begun);
  co_return state->files.erase(path.lexically_normal().string()) != 0;
}

value_task<> disk::rename(std::filesystem::path from, std::filesystem::path to) {
  const auto state = state_;
  auto begun = detail::name_operation(state);
  co_await std::move(begun);
  const auto known = state->files.find(from.lexically_normal().string());
  if (known == state->files.end()) {
    throw std::system_error(std::make_error_code(std::errc::no_such_file_or_directory),
                            "weft: testkit: rename " + from.string());
  }
  auto file = known->second;
  state->files.erase(known);
  state->files[to.lexically_normal().string()] = std::move(file);
}

void disk::crash() {
  if (!state_->is_crashed) {
    state_->crash();
  }
}

void disk::restart() {
  state_->is_crashed = false;
  ++state_->boots;
}

bool disk::is_crashed() const noexcept {
  return state_->is_crashed;
}

std::string disk::contents(const std::filesystem::path& path) const {
  const auto known = state_->files.find(path.lexically_normal().string());
  return known == state_->files.end() ? std::string() : known->second->current;
}

}  // namespace weft::testkit
