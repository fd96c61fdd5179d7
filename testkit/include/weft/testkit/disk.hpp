#pragma once
/// `disk`: files inside a simulation, with errors, writes that get half-way, and crashes that lose
/// what was not synced.

#include <weft/fs/file.hpp>
#include <weft/io/buffer.hpp>
#include <weft/task/value_task.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace weft::testkit {

/// What `fs::file` and `simulated_file` have in common.
template <class F>
concept positional_file = requires(F& f, std::uint64_t offset, mutable_buffer into,
                                   const_buffer from, std::string text, std::stop_token stop) {
  { f.read_at(offset, into, stop) } -> std::same_as<value_task<std::size_t>>;
  { f.write_at(offset, from, stop) } -> std::same_as<value_task<std::size_t>>;
  { f.write_at(offset, text, stop) } -> std::same_as<value_task<std::size_t>>;
  { f.size() } -> std::same_as<value_task<std::uint64_t>>;
  { f.sync(stop) } -> std::same_as<value_task<>>;
  { f.close() } -> std::same_as<value_task<>>;
  { f.is_open() } -> std::convertible_to<bool>;
};

/// Of the random strategies, one operation in so many; the others try both. 0: none. Each is a
/// preemption of the schedule, so shrinking keeps those that matter.
struct disk_options {
  std::chrono::nanoseconds latency = std::chrono::microseconds(100);
  /// Reads that fail with `io_error`.
  std::uint32_t read_errors = 0;
  /// Writes that get half-way, and then fail with `no_space_on_device`.
  std::uint32_t write_errors = 0;
  /// Syncs that fail with `io_error`: what was not on the disk then may never get there.
  std::uint32_t sync_errors = 0;
  /// Writes and syncs at which the machine crashes: they throw `crashed`, as everything does until
  /// `disk::restart`.
  std::uint32_t crashes = 0;
};

/// The simulated machine has lost its power: an operation on a disk met it. No error to be handled,
/// but the end of the program under test; its test catches it and begins again on the same disk.
class crashed : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override {
    return "weft: testkit: the simulated machine has crashed";
  }
};

namespace detail {
struct disk_state;
struct disk_file;
}  // namespace detail

/// An open simulated file; as `fs::file` says.
class simulated_file {
 public:
  simulated_file() noexcept = default;
  simulated_file(simulated_file&&) noexcept = default;
  simulated_file& operator=(simulated_file&&) noexcept = default;
  ~simulated_file();

  [[nodiscard]] value_task<std::size_t> read_at(std::uint64_t offset, mutable_buffer into,
                                                std::stop_token stop = {});
  [[nodiscard]] value_task<std::size_t> write_at(std::uint64_t offset, const_buffer from,
                                                 std::stop_token stop = {});
  [[nodiscard]] value_task<std::size_t> write_at(std::uint64_t offset, std::string data,
                                                 std::stop_token stop = {});
  [[nodiscard]] value_task<std::uint64_t> size() const;
  [[nodiscard]] value_task<> sync(std::stop_token stop = {});
  [[nodiscard]] value_task<> close();
  [[nodiscard]] bool is_open() const noexcept { return file_ != nullptr; }

 private:
  friend class disk;
  std::shared_ptr<detail::disk_state> disk_;
  std::shared_ptr<detail::disk_file> file_;
  fs::open_mode mode_{};
  std::uint64_t boot_ = 0;  // of the disk when it was opened
};

/// A disk of its own. Make it in the body.
///
/// Names are on the disk as soon as they are made, renamed or removed; contents are once `sync` has
/// completed. At a crash each write since then is lost, or kept, or kept by half: whatever the
/// schedule says, lost first.
/// **Throws**, all members: `invalid_operation` outside simulations.
class disk {
 public:
  explicit disk(disk_options how = {});

  /// As `fs::file::open`.
  [[nodiscard]] value_task<simulated_file> open(std::filesystem::path path,
                                                fs::open_mode mode = fs::open_mode::read,
                                                std::stop_token stop = {});
  [[nodiscard]] value_task<bool> exists(std::filesystem::path path);
  [[nodiscard]] value_task<bool> remove(std::filesystem::path path);
  [[nodiscard]] value_task<> rename(std::filesystem::path from, std::filesystem::path to);

  /// The power fails now: operations in progress and later ones throw `crashed`.
  void crash();
  /// The machine is back, with what had got to the disk; files have to be opened anew.
  void restart();
  [[nodiscard]] bool is_crashed() const noexcept;

  /// What a file holds, as a program would read it now, without time passing. Empty when there is
  /// none.
  [[nodiscard]] std::string contents(const std::filesystem::path& path) const;

 private:
  std::shared_ptr<detail::disk_state> state_;
};

}  // namespace weft::testkit
