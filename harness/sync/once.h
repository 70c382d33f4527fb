// pthread_once_t and the guards of static locals: one runs, the others wait for it.
#pragma once

#include "sync/objects.h"

namespace heddle {

class Once : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::once;

  // True: the caller must run the function and then call finish. False: it has been run, and
  // everything it did happens before this return.
  bool begin(Engine& engine, bool already_done, Site site);
  // `completed` is false when the function threw: the next caller tries again.
  void finish(Engine& engine, bool completed, Site site);

 private:
  Event event(const Engine& engine, Effect effect, uint64_t value, Site site) const;
  WaitQueue waiters_;  // its owner runs the function
  bool done_ = false;
};

}  // namespace heddle
