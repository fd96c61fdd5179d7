#pragma once
/// `operation<T>`: the pooled state behind a `value_task<T>` that did not complete at once. Drivers
/// derive from it.

#include <weft/base/frame_allocator.hpp>
#include <weft/task/suspension.hpp>

#include <cstddef>

namespace weft::detail {

[[noreturn]] void throw_value_task_consumed();
[[noreturn]] void throw_value_task_consumed(const std::source_location& place);

/// What stands before the core of everything that is no coroutine.
struct external_head {
  const core_ops* ops_;
};

/// A literal as a template argument.
template <std::size_t N>
struct literal {
  char text[N];
  consteval literal(const char (&t)[N]) noexcept {  // NOLINT(google-explicit-constructor)
    for (std::size_t i = 0; i < N; ++i) {
      text[i] = t[i];
    }
  }
};

/// A core completed by ordinary code. `Derived` (CRTP) is made with `frame_new<Derived>` and freed
/// when the last handle has gone and it has completed. It may define `void abandon() noexcept`: the
/// value_task was dropped before completion: ask for cancellation; complete as usual then.
/// **Lifetime**: the one who makes it hands `core()` to a `value_task` or `task` (one handle), and
/// completes it exactly once with `complete`, `fail` or their `_into` twins, after which it must
/// not be touched.
template <class T, class Derived>
class operation : public external_head, public core_of<T> {
 public:
  /// `name`: a literal for people ("read"); the same for all of a type.
  explicit operation(const char* name, task_core::kind k = task_core::kind::external) noexcept
      : external_head{&ops_for(name)}, core_of<T>(k) {
    static_assert(sizeof(external_head) == sizeof(void*));
  }
  /// For types whose objects have several names: what `ops_named` gives.
  explicit operation(const core_ops& ops) noexcept
      : external_head{&ops}, core_of<T>(task_core::kind::external) {}

  template <literal Name>
  [[nodiscard]] static const core_ops& ops_named() noexcept {
    static constexpr core_ops ops{&destroy_core, &abandon_core, Name.text, edge_function()};
    return ops;
  }

  [[nodiscard]] core_of<T>* core() noexcept { return this; }

  /// Completes it from ordinary code: the awaiter resumes inline where the thread allows it.
  template <class... Args>
  void complete(Args&&... args) {
    this->emplace(std::forward<Args>(args)...);
    this->finish(outcome::value);
  }
  void fail(std::exception_ptr error) noexcept {
    const outcome how = outcome_of(error);
    this->emplace_error(std::move(error));
    this->finish(how);
  }
  /// Completes it from a driver: the awaiter's job is appended to `ready`.
  template <class... Args>
  void complete_into(job_list& ready, Args&&... args) {
    this->emplace(std::forward<Args>(args)...);
    this->finish_into(outcome::value, ready);
  }
  void fail_into(job_list& ready, std::exception_ptr error) noexcept {
    const outcome how = outcome_of(error);
    this->emplace_error(std::move(error));
    this->finish_into(how, ready);
  }

 private:
  static void destroy_core(task_core* core) noexcept { frame_delete(of(core)); }
  static void abandon_core(task_core* core) noexcept {
    if constexpr (requires(Derived& d) { d.abandon(); }) {
      of(core)->abandon();
    }
  }
  [[nodiscard]] static Derived* of(task_core* core) noexcept {
    return static_cast<Derived*>(static_cast<core_of<T>*>(core));
  }
  [[nodiscard]] static const core_ops& ops_for(const char* name) noexcept {
    static const core_ops ops{&destroy_core, &abandon_core, name, edge_function()};
    return ops;
  }
  [[nodiscard]] static constexpr auto edge_function() noexcept
      -> std::uintptr_t (*)(task_core*) noexcept {
    if constexpr (requires(Derived& d) { d.edge(); }) {
      return [](task_core* core) noexcept { return of(core)->edge(); };
    } else {
      return nullptr;
    }
  }
};

/// A core with nothing of its own: completed from the start, or by `task_completion_source`.
template <class T>
class plain_core final : public operation<T, plain_core<T>> {
 public:
  plain_core() noexcept : operation<T, plain_core<T>>("task") {}
};

}  // namespace weft::detail
