// Two runs of clang. The first stops behind the front end, at the level -O1 at least: only then are
// the ends of variables' lives marked. The second optimises as the user's flags say and prints the
// module whenever one of the coroutines has been split, which is where its frame is laid out; later
// passes lose the names. Nothing else tells: the debug information of an optimised frame has none.

#include "explain/compiler.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::explain {
namespace {

constexpr std::string_view version = "19";

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Flags that say what to produce, which is ours to say. **Returns** how many words it takes.
std::size_t words_of_output_flag(std::string_view flag) {
  if (flag == "-o" || flag == "-MF" || flag == "-MT" || flag == "-MQ") {
    return 2;
  }
  const bool output = flag == "-c" || flag == "-S" || flag == "-E" || flag == "-fsyntax-only" ||
                      flag.starts_with("-M");
  return output ? 1 : 0;
}

/// What clang takes to compile `file`: as C++ whatever its name ends with, a header for instance.
std::vector<std::string> as_source(const std::string& file) {
  return {"-x", "c++", file};
}

}  // namespace

void check_is_source(const std::string& file) {
  if (!std::filesystem::is_regular_file(file)) {
    throw std::runtime_error(fmt::format("{} is no file that can be read", file));
  }
  std::ifstream opened(file, std::ios::binary);
  std::array<char, 8> begin{};
  opened.read(begin.data(), begin.size());
  if (opened.bad() || (opened.gcount() == 0 && !opened.eof())) {
    throw std::runtime_error(fmt::format("{} is no file that can be read", file));
  }
  const std::string_view magic(begin.data(), static_cast<std::size_t>(opened.gcount()));
  for (const std::string_view binary : {"\x7f"
                                        "ELF",
                                        "!<arch>", "BC\xc0\xde"}) {
    if (magic.starts_with(binary)) {
      throw std::runtime_error(
          fmt::format("{} is compiled already: name the source file. What lies in a coroutine's "
                      "frame stands in "
                      "no object file, whichever compiler made it and with whatever debug "
                      "information; clang {} "
                      "is asked to compile the source again",
                      file, version));
    }
  }
}

scratch_folder::scratch_folder()
    : path_((std::filesystem::temp_directory_path() / "weft-explain-XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "no folder for temporary files");
  }
}
scratch_folder::~scratch_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

process_end run_process(std::vector<std::string> words, const scratch_folder& scratch) {
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  const std::string out = scratch.path("stdout");
  const std::string err = scratch.path("stderr");
  constexpr int how = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), how, 0600);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), how, 0600);
  ::pid_t id = 0;
  const int error = ::posix_spawnp(&id, argv[0], &actions, nullptr, argv.data(), ::environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    throw std::system_error(error, std::generic_category(), words.front());
  }
  int status = 0;
  while (::waitpid(id, &status, 0) < 0 && errno == EINTR) {
  }
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), read(out), read(err)};
}

compiler::compiler(std::string program, const std::vector<std::string>& flags,
                   const scratch_folder& scratch)
    : scratch_(scratch) {
  std::vector<std::string> candidates{"clang++-19", "clang++"};
  if (!program.empty()) {
    candidates = {std::move(program)};
  }
  std::string others;
  for (const std::string& candidate : candidates) {
    try {
      const process_end said = run_process({candidate, "-dumpversion"}, scratch);
      const std::string found = said.out.substr(0, said.out.find_first_of("\n"));
      if (said.status == 0 && found.starts_with(version) && found[version.size()] == '.') {
        program_ = candidate;
        break;
      }
      others += fmt::format(" ({} is version {})", candidate, found);
    } catch (const std::system_error& error) {
      others += fmt::format(" ({})", error.what());
    }
  }
  if (program_.empty()) {
    throw std::runtime_error(fmt::format(
        "no clang {} was found{}: install the package clang-{}, or name one with --compiler",
        version, others, version));
  }
  const bool has_standard =
      std::ranges::any_of(flags, [](const std::string& flag) { return flag.starts_with("-std="); });
  if (!has_standard) {
    flags_.emplace_back("-std=c++20");
  }
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (const std::size_t words = words_of_output_flag(flags[i]); words != 0) {
      i += words - 1;
    } else if (flags[i].starts_with("-O")) {
      optimisation_ = flags[i];
    } else {
      flags_.push_back(flags[i]);
    }
  }
}

process_end compiler::run(std::vector<std::string> words) const {
  words.insert(words.begin(), program_);
  return run_process(std::move(words), scratch_);
}

std::string compiler::front_end(const std::string& file) const {
  std::vector<std::string> words = flags_;
  const std::string output = scratch_.path("front.ll");
  const std::string level = optimisation_ == "-O0" ? "-O1" : optimisation_;
  words.insert(words.end(), {level, "-g", "-w", "-fno-discard-value-names", "-Xclang",
                             "-disable-llvm-passes", "-S", "-emit-llvm", "-o", output});
  std::ranges::copy(as_source(file), std::back_inserter(words));
  const process_end end = run(std::move(words));
  if (end.status != 0) {
    throw std::runtime_error(fmt::format("{} does not compile with {}{}\n{}", file, program_,
                                         fmt::format(" {}", fmt::join(flags_, " ")), end.err));
  }
  return read(output);
}

std::string compiler::split(const std::string& file,
                            const std::vector<std::string>& symbols) const {
  std::vector<std::string> words;
  if (optimisation_ == "-O0") {
    words = flags_;
    words.insert(words.end(), {"-O0", "-g", "-w"});
    std::ranges::copy(as_source(file), std::back_inserter(words));
  } else {
    words = {optimisation_, "-w", "-x", "ir", scratch_.path("front.ll")};
  }
  words.insert(words.end(), {"-fno-discard-value-names", "-S", "-o", "/dev/null", "-mllvm",
                             "-print-after=coro-split", "-mllvm", "-print-module-scope", "-mllvm",
                             fmt::format("-filter-print-funcs={}", fmt::join(symbols, ","))});
  process_end end = run(std::move(words));
  if (end.status != 0) {
    throw std::runtime_error(fmt::format("{} failed while it optimised\n{}", program_, end.err));
  }
  return std::move(end.err);
}

}  // namespace weft::explain
