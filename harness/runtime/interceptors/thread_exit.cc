// What libstdc++ does for std::promise and std::packaged_task at a thread's end, out of its shared
// library, where the compiler has instrumented nothing.
//
// set_value_at_thread_exit hands a `_Make_ready` to the library, which at the thread's end stores
// `ready` with release order and wakes who waits. The store would not be seen, so that the value
// would seem to be read unordered. Here the library keeps the list of what is to be done at the
// end, and the call on it is ours: the same steps, as operations.
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <new>

#include "base/check.h"
#include "runtime/real.h"
#include "runtime/runtime.h"
#include "sync/atomic.h"

namespace heddle {
namespace {

// The layouts below are part of libstdc++'s ABI: inline code of <future> and <memory>, compiled
// into programs, works on them.

struct ControlBlock {  // std::_Sp_counted_base
  enum Slot { kDispose = 2, kDestroy = 3 };
  void (**table)(ControlBlock*);
  int32_t users;
  int32_t watchers;  // weak references, and one for all users
};

struct FutureState {  // std::__future_base::_State_baseV2
  static constexpr uint32_t kReady = 1;
  static constexpr uint32_t kWaiter = 0x80000000;
  void* table;
  void* result;
  uint32_t status;
};

struct MakeReady {  // std::__at_thread_exit_elt, then std::weak_ptr<_State_baseV2>
  MakeReady* next;
  void (*call)(void*);
  FutureState* state;
  ControlBlock* block;
};

template <typename T, typename Change>
T update(Runtime& runtime, T* where, Change change, MemoryOrder order, Site site) {
  HarnessScope scope(runtime);
  return scope->object<Atomic>(where, site).update(scope->engine, where, change, order, site);
}

// std::weak_ptr::lock: whether there is still a user, besides whom we are one now.
bool lock(Runtime& runtime, ControlBlock& block, Site site) {
  const auto join = [](int32_t users) { return users == 0 ? 0 : users + 1; };
  return update(runtime, &block.users, join, MemoryOrder::acq_rel, site) != 0;
}

bool drop(Runtime& runtime, int32_t& count, Site site) {
  const auto less = [](int32_t before) { return before - 1; };
  return update(runtime, &count, less, MemoryOrder::acq_rel, site) == 1;
}

void drop_watcher(Runtime& runtime, ControlBlock& block, Site site) {
  if (drop(runtime, block.watchers, site)) block.table[ControlBlock::kDestroy](&block);
}

void set_ready(Runtime& runtime, FutureState& state, Site site) {
  const auto ready = [](uint32_t) { return FutureState::kReady; };
  const uint32_t before = update(runtime, &state.status, ready, MemoryOrder::release, site);
  if ((before & FutureState::kWaiter) != 0) {
    syscall(SYS_futex, &state.status, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  }
}

// Called by libstdc++ at the thread's end, in the program's stead.
void make_ready(void* argument) {
  Runtime* runtime = controlled();
  HEDDLE_CHECK(runtime != nullptr);
  MakeReady* self = static_cast<MakeReady*>(argument);
  const Site site = runtime->engine.current().created_at;
  ControlBlock& block = *self->block;
  if (lock(*runtime, block, site)) {
    set_ready(*runtime, *self->state, site);
    if (drop(*runtime, block.users, site)) {
      block.table[ControlBlock::kDispose](&block);
      drop_watcher(*runtime, block, site);
    }
  }
  drop_watcher(*runtime, block, site);
  ::operator delete(self);
}

}  // namespace
}  // namespace heddle

// std::__future_base::_State_baseV2::_Make_ready::_M_set(). Weak: with -static-libstdc++ the
// archive may bring its own.
extern "C" HEDDLE_EXPORT __attribute__((weak)) void
_ZNSt13__future_base13_State_baseV211_Make_ready6_M_setEv(heddle::MakeReady* self) {
  HEDDLE_REAL_AS(void (*)(heddle::MakeReady*),
                 "_ZNSt13__future_base13_State_baseV211_Make_ready6_M_setEv")
  (self);
  if (heddle::controlled() != nullptr) self->call = heddle::make_ready;
}
