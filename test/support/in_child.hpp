#pragma once
/// For tests: something that happens in a child of this process.

#include <weft/base/error.hpp>

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::detail::testing {

/// Forks, and calls `f` in the child, which ends with what it gives. **Returns** that; a signal's
/// number above 100 when one has ended it.
template <class F>
[[nodiscard]] int in_child(F f) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(f());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

/// Whether `f` is refused with `invalid_operation` in a child of this process.
template <class F>
[[nodiscard]] bool is_refused_in_child(F f) {
  return in_child([&f] {
           try {
             f();
           } catch (const invalid_operation&) {
             return 0;
           } catch (...) {
             return 2;
           }
           return 1;
         }) == 0;
}

}  // namespace weft::detail::testing
