#include <weft/os/process.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>
#include <weft/time/delay.hpp>

#include "support/driven_reactor.hpp"
#include "support/faults.hpp"
#include "support/in_child.hpp"
#include "support/scratch.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::os {
namespace {

using namespace std::chrono_literals;
using weft::detail::testing::interrupted_often;
using weft::detail::testing::is_refused_in_child;
using weft::detail::testing::on_backend;
using weft::detail::testing::scratch;
using weft::detail::testing::spin;
using weft::detail::testing::with_few_descriptors;

process_start_info shell(std::string script) {
  return process_start_info("/bin/sh", {"-c", std::move(script)});
}
exit_status status_of(process_start_info info) {
  process p = process::start(std::move(info)).result();
  return p.wait_for_exit().result();
}
std::string content(const std::filesystem::path& path) {
  std::ifstream in(path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}
bool has_children() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}
std::pair<std::error_code, std::string> error_of_start(process_start_info info) {
  try {
    process::start(std::move(info)).wait();
  } catch (const std::system_error& e) {
    return {e.code(), e.what()};
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

// A signal, while it lives.
class ignored {
 public:
  explicit ignored(int number) : number_(number) {
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(number, &ignore, &before_);
  }
  ignored(const ignored&) = delete;
  ignored& operator=(const ignored&) = delete;
  ~ignored() { ::sigaction(number_, &before_, nullptr); }

 private:
  const int number_;
  struct sigaction before_{};
};

class processes : public on_backend {
 protected:
  scratch dir;
};

TEST_P(processes, end_with_a_code_or_by_a_signal) {
  EXPECT_TRUE(status_of(shell("exit 0")).success());
  const exit_status three = status_of(shell("exit 3"));
  EXPECT_EQ(three.code(), 3);
  EXPECT_FALSE(three.signal());
  EXPECT_EQ(three.to_string(), "exit code 3");
  const exit_status killed = status_of(shell("kill -KILL $$"));
  EXPECT_EQ(killed.code(), 137);
  EXPECT_EQ(killed.signal(), posix_signal::sigkill);
  EXPECT_EQ(killed.to_string(), "ended by SIGKILL");
  EXPECT_FALSE(has_children());
}

TEST_P(processes, get_their_arguments_as_they_are) {
  const auto out =
      process::output({"printf", {"%s|", "a b", "", "$HOME", "\"'\\", "\xc3\xa4\n"}}).result();
  EXPECT_EQ(out.standard_output(), "a b||$HOME|\"'\\|\xc3\xa4\n|");
}

TEST_P(processes, get_an_environment_and_a_directory) {
  ::setenv("WEFT_TEST_KEPT", "kept", 1);
  ::setenv("WEFT_TEST_REMOVED", "here", 1);
  auto info = shell("pwd; echo $WEFT_TEST_KEPT,${WEFT_TEST_REMOVED-gone},$WEFT_TEST_SET");
  info.working_directory = std::filesystem::canonical(dir.path());
  info.environment = {{"WEFT_TEST_REMOVED", std::nullopt}, {"WEFT_TEST_SET", "a=b c"}};
  EXPECT_EQ(process::output(info).result().standard_output(),
            info.working_directory.string() + "\nkept,gone,a=b c\n");
  process_start_info bare("/usr/bin/env");
  bare.inherit_environment = false;
  bare.environment = {{"ONE", "1"}, {"TWO", ""}};
  EXPECT_EQ(process::output(bare).result().standard_output(), "ONE=1\nTWO=\n");
}

TEST_P(processes, write_and_read_files) {
  std::ofstream(dir / "in") << "given\n";
  auto info = shell("cat; echo error >&2");
  info.standard_input = redirect::file(dir / "in");
  info.standard_output = redirect::file(dir / "out");
  info.standard_error = redirect::append(dir / "err");
  EXPECT_TRUE(status_of(info).success());
  EXPECT_TRUE(status_of(info).success());
  EXPECT_EQ(content(dir / "out"), "given\n");
  EXPECT_EQ(content(dir / "err"), "error\nerror\n");
  info.standard_input = redirect::null();
  info.standard_error = redirect::standard_output();
  EXPECT_TRUE(status_of(info).success());
  EXPECT_EQ(content(dir / "out"), "error\n");
}

TEST_P(processes, talk_over_pipes) {
  process_start_info info("cat");
  info.standard_input = redirect::piped();
  info.standard_output = redirect::piped();
  process p = process::start(info).result();
  for (int i = 0; i < 10; ++i) {
    p.standard_input().write_all("line " + std::to_string(i) + "\n").result();
    EXPECT_EQ(p.standard_output().read_until("\n").result(), "line " + std::to_string(i) + "\n");
  }
  EXPECT_FALSE(p.has_exited());
  p.standard_input().close();
  EXPECT_EQ(p.standard_output().read_until("\n").result(), "");
  EXPECT_TRUE(p.wait_for_exit().result().success());
  EXPECT_TRUE(p.has_exited());
  EXPECT_THROW(static_cast<void>(p.standard_error()), invalid_operation);
}

TEST_P(processes, have_no_descriptor_that_they_were_not_given) {
  const int leaked = ::dup(0);  // not close-on-exec
  const std::string listed = process::output(shell("ls /proc/$$/fd; :")).result().standard_output();
  ::close(leaked);
  EXPECT_EQ(listed, "0\n1\n2\n");
}

TEST_P(processes, have_no_signal_blocked_and_die_of_broken_pipes) {
  const std::string status = process::output(shell("grep -E '^Sig(Blk|Ign)' /proc/self/status"))
                                 .result()
                                 .standard_output();
  EXPECT_NE(status.find("SigBlk:\t0000000000000000"), std::string::npos) << status;
  const ignored broken_pipes(SIGPIPE);
  const exit_status broken = status_of(shell("kill -PIPE $$"));
  EXPECT_EQ(broken.signal(), posix_signal::sigpipe);
}

TEST_P(processes, collect_both_outputs_without_deadlock) {
  // More than the pipes hold, in every direction.
  const std::string input(1 << 20, 'x');
  const auto out =
      process::output(shell("cat; head -c 1000000 /dev/zero >&2; exit 5"), input).result();
  EXPECT_TRUE(out.standard_output() == input);
  EXPECT_EQ(out.standard_error().size(), 1000000u);
  EXPECT_EQ(out.status().code(), 5);
}

TEST_P(processes, that_die_before_they_have_read_their_input_are_no_error) {
  const auto out = process::output(shell("exec true"), std::string(1 << 20, 'x')).result();
  EXPECT_TRUE(out.status().success());
  process_start_info info = shell("read line; kill -KILL $$");
  info.standard_input = redirect::piped();
  process p = process::start(info).result();
  p.standard_input().write_all("go\n").result();
  EXPECT_EQ(p.wait_for_exit().result().signal(), posix_signal::sigkill);
  EXPECT_THROW(p.standard_input().write_all("more").result(), std::system_error);
}

TEST_P(processes, say_what_was_wrong_with_the_start) {
  using enum std::errc;
  const auto [missing, text] = error_of_start({"weft-no-such-program"});
  EXPECT_EQ(missing, no_such_file_or_directory);
  EXPECT_NE(text.find("'weft-no-such-program' (looked for in PATH)"), std::string::npos) << text;
  std::ofstream(dir / "data") << "data";
  EXPECT_EQ(error_of_start({(dir / "data").string()}).first, permission_denied);
  EXPECT_EQ(error_of_start({dir.path().string()}).first, permission_denied);
  ::chmod((dir / "data").c_str(), 0755);
  EXPECT_EQ(error_of_start({(dir / "data").string()}).first, executable_format_error);

  auto nowhere = shell("true");
  nowhere.working_directory = dir / "missing";
  const auto [no_directory, where] = error_of_start(nowhere);
  EXPECT_EQ(no_directory, no_such_file_or_directory);
  EXPECT_NE(where.find("working directory"), std::string::npos) << where;
  nowhere.working_directory = dir / "data";
  EXPECT_EQ(error_of_start(nowhere).first, not_a_directory);

  auto unreadable = shell("true");
  unreadable.standard_input = redirect::file(dir / "missing");
  const auto [no_file, which] = error_of_start(unreadable);
  EXPECT_EQ(no_file, no_such_file_or_directory);
  EXPECT_NE(which.find("standard input"), std::string::npos) << which;
  EXPECT_FALSE(has_children());
}

TEST_P(processes, refuse_what_cannot_be_said) {
  EXPECT_THROW(process::start({std::string("a\0b", 3)}).wait(), std::invalid_argument);
  EXPECT_THROW(process::start({"true", {std::string("a\0b", 3)}}).wait(), std::invalid_argument);
  process_start_info info("true");
  info.environment = {{"", "x"}};
  EXPECT_THROW(process::start(info).wait(), std::invalid_argument);
  info.environment = {{"a=b", "x"}};
  EXPECT_THROW(process::start(info).wait(), std::invalid_argument);
  info.environment.clear();
  info.standard_output = redirect::standard_output();
  EXPECT_THROW(process::start(info).wait(), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(process().id()), invalid_operation);
  EXPECT_THROW(process().wait_for_exit().result(), invalid_operation);
}

TEST_P(processes, are_killed_and_terminated) {
  process p = process::start(shell("exec sleep 1000")).result();
  EXPECT_TRUE(p.terminate());
  EXPECT_EQ(p.wait_for_exit().result().signal(), posix_signal::sigterm);
  EXPECT_FALSE(p.kill());
  EXPECT_FALSE(p.terminate());
}

TEST_P(processes, of_a_group_are_killed_together) {
  auto info = shell("sleep 1000 & echo started; wait");
  info.new_process_group = true;
  info.standard_output = redirect::piped();
  process p = process::start(info).result();
  EXPECT_EQ(p.standard_output().read_until("\n").result(), "started\n");
  EXPECT_TRUE(p.kill());
  // The end of the output comes when nobody holds it any more: the grandchild has gone too.
  EXPECT_EQ(p.standard_output().read_until("\n").result(), "");
  EXPECT_EQ(p.wait_for_exit().result().signal(), posix_signal::sigkill);
}

TEST_P(processes, may_be_waited_for_by_many_and_the_wait_given_up) {
  process_start_info info("cat");
  info.standard_input = redirect::piped();
  process p = process::start(info).result();
  std::stop_source source;
  auto given_up = p.wait_for_exit(source.get_token());
  auto first = p.wait_for_exit();
  auto second = p.wait_for_exit();
  {
    auto dropped = p.wait_for_exit();
  }
  source.request_stop();
  EXPECT_THROW(std::move(given_up).result(), operation_canceled);
  EXPECT_FALSE(p.has_exited());
  p.standard_input().close();
  EXPECT_TRUE(std::move(first).result().success());
  EXPECT_TRUE(std::move(second).result().success());
  EXPECT_TRUE(p.wait_for_exit().result().success());
}

TEST_P(processes, whose_handle_goes_are_collected_all_the_same) {
  process_start_info info("cat");
  info.standard_input = redirect::piped();
  {
    process p = process::start(info).result();
    auto dropped = p.wait_for_exit();
  }  // its input ends, and so does it
  while (has_children()) {
    std::this_thread::yield();
  }
}

TEST_P(processes, that_somebody_else_collects_have_no_known_end) {
  const ignored children(SIGCHLD);
  for (int i = 0; i < 5; ++i) {  // some end before their start has completed
    process p = process::start({"true"}).result();
    try {
      p.wait_for_exit().result();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const std::system_error& e) {
      EXPECT_EQ(e.code(), std::errc::no_child_process);
    }
    EXPECT_FALSE(p.kill());
  }
}

TEST_P(processes, that_take_too_long_are_killed_with_their_group) {
  auto info = shell("sleep 1000 | cat");
  info.new_process_group = true;
  auto limited = [info](std::stop_token stop) { return process::output(info, {}, stop); };
  EXPECT_THROW(with_timeout(std::move(limited), 5ms).wait(), timeout_error);
  while (has_children()) {
    std::this_thread::yield();
  }
}

TEST_P(processes, cancelled_at_any_point_leave_nothing) {
  const std::string input(300'000, 'x');
  int ended = 0;
  for (unsigned i = 0; i < 40; ++i) {
    std::stop_source source;
    auto running = process::output({"cat"}, input, source.get_token());
    spin(std::size_t{1} << (i / 2));
    source.request_stop();
    try {
      EXPECT_TRUE(running.result().standard_output() == input);
      ++ended;
    } catch (const operation_canceled&) {
      EXPECT_TRUE(running.is_canceled());
    }
    EXPECT_FALSE(has_children());
  }
  EXPECT_LT(ended, 40);
}

TEST_P(processes, fail_clearly_without_descriptors_and_go_on_later) {
  auto info = shell("exit 7");
  info.standard_input = info.standard_output = info.standard_error = redirect::piped();
  int failed = 0;
  for (int left = 0; left <= 12; ++left) {
    const with_few_descriptors few(left);
    try {
      process p = process::start(info).result();
      EXPECT_EQ(p.wait_for_exit().result().code(), 7);
    } catch (const std::system_error& e) {
      EXPECT_EQ(e.code(), std::errc::too_many_files_open) << e.what();
      ++failed;
    }
    EXPECT_FALSE(has_children());
  }
  EXPECT_GE(failed, 7);
  EXPECT_LT(failed, 13);
  EXPECT_EQ(status_of(shell("exit 7")).code(), 7);
}

TEST_P(processes, do_not_mind_interruptions) {
  const interrupted_often signals;
  const std::string input(2'000'000, 'x');
  EXPECT_TRUE(process::output({"cat"}, input).result().standard_output() == input);
}

TEST_P(processes, of_a_parent_are_not_its_forked_childs) {
  process_start_info info("cat");
  info.standard_input = redirect::piped();
  process p = process::start(info).result();
  auto waiting = p.wait_for_exit();
  EXPECT_TRUE(is_refused_in_child([] { process::start({"true"}).wait(); }));
  p.standard_input().close();
  EXPECT_TRUE(std::move(waiting).result().success());
}

WEFT_FOR_BOTH_BACKENDS(processes);

}  // namespace
}  // namespace weft::os
