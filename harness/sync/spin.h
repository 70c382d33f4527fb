// pthread_spinlock_t: who finds it taken waits, and takes no processor's time for it.
#pragma once

#include "sync/mutex.h"

namespace heddle {

// A mutex of the normal type: its owner waits for itself, and nobody else may unlock it.
class SpinLock : public Mutex {
 public:
  static constexpr ObjectKind kKind = ObjectKind::spin_lock;
};

}  // namespace heddle
