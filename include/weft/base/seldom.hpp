#pragma once
/// What much-called code calls seldom, without paying for the call where it is not made.

namespace weft::detail {

/// Calls `F(args...)`, which throws nothing, out of line. The call itself saves the registers that
/// the code around it uses (clang's `preserve_most`), so that this code needs neither to save
/// registers of its caller nor to write its own to the stack, for a call that hardly ever happens.
/// Not for what throws: an exception does not restore these registers.
#if defined(__clang__) && defined(__x86_64__)
// A name of its own: g++ has no such convention, and files of both compilers may be linked.
template <auto F, class... Args>
[[gnu::noinline, gnu::cold]] __attribute__((preserve_most)) auto seldom_preserving(
    Args... args) noexcept {
  return F(args...);
}
template <auto F, class... Args>
[[gnu::always_inline]] inline auto seldom(Args... args) noexcept {
  return seldom_preserving<F>(args...);
}
#else
template <auto F, class... Args>
[[gnu::noinline, gnu::cold]] auto seldom(Args... args) noexcept {
  return F(args...);
}
#endif

/// `p`, of which the compiler does not know what it is: what is computed from it is computed anew,
/// and not kept in a register from before.
template <class T>
[[nodiscard, gnu::always_inline]] inline T* afresh(T* p) noexcept {
  __asm__ volatile("" : "+r"(p));
  return p;
}

}  // namespace weft::detail
