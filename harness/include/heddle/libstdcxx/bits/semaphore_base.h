// Found before libstdc++'s header of this name, in instrumented units alone (heddle_instrument).
//
// The semaphores of libstdc++ 11 and 12 can sleep for ever although there is a place (its bug
// 104928): they wait for a value other than the one they saw before they tried, and a try fails as
// well when another task was quicker. Programs are not to blame for that, so here a task waits only
// where there is no place, as in later versions.
#pragma once
#pragma GCC system_header

#include <bits/atomic_base.h>
#include <bits/chrono.h>
#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE <= 12 && defined(__cpp_lib_atomic_wait)
#include <bits/atomic_timed_wait.h>

// clang-format off
namespace std {
_GLIBCXX_BEGIN_NAMESPACE_VERSION
// clang-format on

template <typename Predicate>
void __heddle_wait_for_place(const __detail::__platform_wait_t* places,
                             Predicate try_acquire) noexcept {
  for (;;) {
    const __detail::__platform_wait_t seen = __atomic_load_n(places, __ATOMIC_ACQUIRE);
    if (seen <= 0) {
      __detail::__platform_wait(places, seen);
    } else if (try_acquire()) {
      return;
    }
  }
}

template <typename Predicate, typename Clock, typename Duration>
bool __heddle_wait_for_place_until(const __detail::__platform_wait_t* places, Predicate try_acquire,
                                   const chrono::time_point<Clock, Duration>& deadline) noexcept {
  for (;;) {
    const __detail::__platform_wait_t seen = __atomic_load_n(places, __ATOMIC_ACQUIRE);
    if (seen <= 0) {
      if (Clock::now() >= deadline) return false;
      __detail::__platform_wait_until(places, seen, deadline);
    } else if (try_acquire()) {
      return true;
    }
  }
}

template <typename Predicate, typename Rep, typename Period>
bool __heddle_wait_for_place_for(const __detail::__platform_wait_t* places, Predicate try_acquire,
                                 const chrono::duration<Rep, Period>& time) noexcept {
  const auto length = chrono::ceil<chrono::steady_clock::duration>(time);
  return __heddle_wait_for_place_until(places, try_acquire, chrono::steady_clock::now() + length);
}

_GLIBCXX_END_NAMESPACE_VERSION
}  // namespace std

#define __atomic_wait_address_bare __heddle_wait_for_place
#define __atomic_wait_address_until_bare __heddle_wait_for_place_until
#define __atomic_wait_address_for_bare __heddle_wait_for_place_for
#endif

#include_next <bits/semaphore_base.h>

#undef __atomic_wait_address_bare
#undef __atomic_wait_address_until_bare
#undef __atomic_wait_address_for_bare
