#pragma once
/// clang as a process: the file as the front end leaves it, and the coroutines once they are split.

#include <string>
#include <vector>

namespace weft::explain {

/// A folder that goes with its owner.
class scratch_folder {
 public:
  scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  ~scratch_folder();
  [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// What a program has written, and how it ended.
struct process_end {
  int status = -1;  ///< Exit code; negative: ended by that signal.
  std::string out;
  std::string err;
};
/// Runs `words`, the first of which is looked for in PATH. **Throws** `std::system_error` when it
/// cannot be started.
[[nodiscard]] process_end run_process(std::vector<std::string> words,
                                      const scratch_folder& scratch);

/// **Throws** `std::runtime_error` when `file` cannot be read or has been compiled already.
void check_is_source(const std::string& file);

/// A clang of the version that this tool can read.
class compiler {
 public:
  /// `program` empty: the first that is found. **Throws** `std::runtime_error` when there is none,
  /// or it is another version.
  compiler(std::string program, const std::vector<std::string>& flags,
           const scratch_folder& scratch);

  /// LLVM IR with debug information, before any optimisation. **Throws** `std::runtime_error` with
  /// the compiler's messages.
  [[nodiscard]] std::string front_end(const std::string& file) const;
  /// The module after each of `symbols` has been split into its parts, as the compiler prints it;
  /// to be called after `front_end`.
  [[nodiscard]] std::string split(const std::string& file,
                                  const std::vector<std::string>& symbols) const;
  [[nodiscard]] const std::string& optimisation() const noexcept { return optimisation_; }

 private:
  [[nodiscard]] process_end run(std::vector<std::string> words) const;

  const scratch_folder& scratch_;
  std::string program_;
  std::vector<std::string> flags_;
  std::string optimisation_ = "-O2";
};

}  // namespace weft::explain
