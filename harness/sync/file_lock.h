// flock(2) and open file description locks (fcntl(2), F_OFD_SETLK).
//
// The kernel decides who gets a lock, so that those of other processes count as well; but it is
// only ever asked without waiting, and who waits does so here. Both kinds belong to an open file
// description, not to a task: one task may give back what another took, and the last close does.
#pragma once

#include "sync/objects.h"

struct flock;

namespace heddle {

// One for each file (device and inode) and kind: the two kinds do not see each other.
class FileLock : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::file_lock;
  // Instead of an errno: only another process can end the wait.
  static constexpr int kHeldElsewhere = -1;

  // What an open file description holds.
  struct Holder {
    bool holds = false;
    TaskId task;  // who took it
  };

  // flock(descriptor, operation): 0, an errno or kHeldElsewhere.
  int flock(Engine& engine, Holder& holder, int descriptor, int operation, Site site);
  // fcntl(descriptor, F_OFD_SETLK or, when `wait`, F_OFD_SETLKW, range): the same.
  int lock_range(Engine& engine, Holder& holder, int descriptor, struct flock& range, bool wait,
                 Site site);
  // The last descriptor of the description has been closed; the kernel has freed its locks.
  void closed(Engine& engine, Holder& holder, Site site);

 private:
  struct Request {
    bool exclusive = false;
    bool wait = false;
    bool converts = false;  // a refusal costs the lock that the holder had
  };
  template <typename Attempt>
  int take(Engine& engine, Holder& holder, Request request, Attempt attempt, Site site);
  template <typename Attempt>
  int give_back(Engine& engine, Holder& holder, bool all, Attempt attempt, Site site);
  void drop(Engine& engine, Holder& holder, Site site);
  void record(Engine& engine, Op op, Effect effect, bool exclusive, Site site) const;
  Operation operation(Op op, Site site) const { return Operation{op, 0, false, id, address, site}; }

  WaitQueue waiters_;     // its owner: who took the only lock, if that is exclusive
  uint32_t holders_ = 0;  // descriptions of this process with a lock
};

}  // namespace heddle
