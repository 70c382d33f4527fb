// Found before libstdc++'s header of this name, in instrumented units alone (heddle_instrument).
//
// libstdc++ spins before it waits in the kernel: 16 looks at the value, 4 of them after a yield.
// That saves time where threads really run side by side. Under control it hides the wait, because a
// task that looks again and again is held back until something changes, and it costs scheduling
// points. The constrained overload looks once; a libstdc++ without such a function never calls it.
#pragma once
#pragma GCC system_header

#include <bits/c++config.h>

#if defined(__cpp_concepts) && __cpp_concepts >= 201907L
// clang-format off
namespace std {
_GLIBCXX_BEGIN_NAMESPACE_VERSION
namespace __detail {
// clang-format on
template <typename Predicate, typename Spin>
requires true inline bool __atomic_spin(Predicate& predicate, Spin) noexcept {
  return predicate();
}
}  // namespace __detail
_GLIBCXX_END_NAMESPACE_VERSION
}  // namespace std
#endif

#include_next <bits/atomic_wait.h>
