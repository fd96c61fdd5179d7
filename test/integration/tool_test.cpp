#include "integration/tool.hpp"

#include <weft/base/atomic.hpp>
#include <weft/json.hpp>

#include "support/scratch.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::test {

tool::tool(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), WEFT_TOOL_PATH);
  std::vector<char*> argv;
  for (std::string& argument : arguments) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  int out[2];
  err_ = ::memfd_create("stderr", MFD_CLOEXEC);
  if (err_ < 0 || ::pipe2(out, O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe for the tool");
  }
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err_, STDERR_FILENO);
  const int error = ::posix_spawn(&process_, argv[0], &actions, nullptr, argv.data(), ::environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  out_ = out[0];
  if (error != 0) {
    process_ = -1;
    throw std::runtime_error("the tool does not start: " + arguments.front());
  }
}

tool::~tool() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    static_cast<void>(wait());
  }
  ::close(out_);
  ::close(err_);
}

std::string tool::read_until(const std::string& text) {
  char buffer[4096];
  while (text.empty() || read_.find(text) == std::string::npos) {
    const ssize_t n = ::read(out_, buffer, sizeof buffer);
    if (n <= 0 && !(n < 0 && errno == EINTR)) {
      break;
    }
    read_.append(buffer, n > 0 ? static_cast<std::size_t>(n) : 0);
  }
  return read_;
}

void tool::send_signal(int number) const {
  ::kill(process_, number);
}

tool_result tool::wait() {
  tool_result result;
  result.out = read_until("");
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  char buffer[4096];
  ::lseek(err_, 0, SEEK_SET);
  for (ssize_t n = 0; (n = ::read(err_, buffer, sizeof buffer)) > 0;) {
    result.err.append(buffer, static_cast<std::size_t>(n));
  }
  return result;
}

std::vector<std::string> tool_result::lines() const {
  std::vector<std::string> all;
  std::istringstream text(out);
  for (std::string line; std::getline(text, line);) {
    all.push_back(line);
  }
  return all;
}

namespace {

// clang-format off
struct row { std::string id; std::string claim; std::string limit; bool ok = false; };
// clang-format on
WEFT_JSON(row, id, claim, limit, ok)

/// The claims without a limit on what a sanitizer changes: frames come from malloc then, and memory
/// is shadowed.
#if WEFT_ASAN || WEFT_TSAN
constexpr const char* quick = "T2,T10";
#else
constexpr const char* quick = "T2,T11,T13";
#endif

TEST(tour, prints_one_json_object_a_line_for_each_claim_asked_for) {
  const tool_result r = run_tool({"tour", "--only", quick, "--json"});
  EXPECT_EQ(r.exit_code, 0) << r.out << r.err;
  std::string ids;
  for (const std::string& line : r.lines()) {
    const row claim = json::parse<row>(line);
    EXPECT_TRUE(claim.ok) << line;
    EXPECT_FALSE(claim.claim.empty());
    EXPECT_FALSE(claim.limit.empty());
    EXPECT_NE(line.find("\"measured\":{\""), std::string::npos) << line;
    ids += (ids.empty() ? "" : ",") + claim.id;
  }
  EXPECT_EQ(ids, quick);
}

TEST(tour, prints_a_block_that_fits_a_page_and_the_verdict) {
  const tool_result r = run_tool({"tour", "--only", "T10"});
  EXPECT_EQ(r.exit_code, 0) << r.out << r.err;
  EXPECT_NE(r.out.find("T10  result() on a UI loop"), std::string::npos) << r.out;
  EXPECT_NE(r.out.find("     holds: deadlock_error within 100 ms"), std::string::npos) << r.out;
  EXPECT_EQ(r.out.find('\033'), std::string::npos) << "colours into a pipe";
  EXPECT_EQ(r.err, "") << "a progress line into a file";
  for (const std::string& line : r.lines()) {
    std::size_t columns = 0;
    for (const char c : line) {
      columns += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1U : 0U;
    }
    EXPECT_LE(columns, 100U) << line;
  }
}

// Whether the claim holds is not asked: it measures time.
TEST(tour, draws_a_picture_of_a_claim_into_the_folder) {
  const detail::testing::scratch folder;
  const tool_result r = run_tool({"tour", "--only", "T8", "--plot", folder / "new"});
  if (r.err.find("no claim 'T8'") != std::string::npos) {
    return;  // built without its library
  }
  EXPECT_LE(r.exit_code, 1) << r.err;
  std::ifstream file(folder / "new" / "T8.svg");
  const std::string svg{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(svg.starts_with("<svg ")) << svg.substr(0, 100);
  EXPECT_NE(svg.find("a call each"), std::string::npos);
}

TEST(tour, an_unknown_claim_is_an_error_that_lists_the_known_ones) {
  const tool_result r = run_tool({"tour", "--only", "T10,T99"});
  EXPECT_EQ(r.exit_code, 2);
  EXPECT_EQ(r.out, "");
  EXPECT_NE(r.err.find("'T99'"), std::string::npos) << r.err;
  EXPECT_NE(r.err.find("T3, "), std::string::npos) << r.err;
}

TEST(command_line, without_a_command_is_an_error_that_names_help) {
  const tool_result r = run_tool({});
  EXPECT_EQ(r.exit_code, 2);
  EXPECT_NE(r.err.find("--help"), std::string::npos) << r.err;
}

TEST(command_line, an_unknown_option_is_an_error) {
  const tool_result r = run_tool({"tour", "--nonsense"});
  EXPECT_EQ(r.exit_code, 2);
  EXPECT_NE(r.err.find("--nonsense"), std::string::npos) << r.err;
}

TEST(command_line, help_and_version_succeed) {
  EXPECT_EQ(run_tool({"--help"}).exit_code, 0);
  EXPECT_EQ(run_tool({"tour", "--help"}).exit_code, 0);
  const tool_result version = run_tool({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_FALSE(version.out.empty());
}

}  // namespace
}  // namespace weft::test
