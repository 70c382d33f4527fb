#include "sync/file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>

#include "base/raw_syscall.h"

namespace heddle {

void FileLock::record(Engine& engine, Op op, Effect effect, bool exclusive, Site site) const {
  Event event;
  event.op = op;
  event.effect = effect;
  event.task = engine.current().id;
  event.other = waiters_.owner;
  event.object = id;
  event.address = address;
  event.value = exclusive ? 1 : 0;
  event.site = site;
  engine.record(event);
}

// The kernel has freed what `holder` had: whoever waits tries again.
void FileLock::drop(Engine& engine, Holder& holder, Site site) {
  if (!holder.holds) return;
  holder.holds = false;
  --holders_;
  waiters_.owner = TaskId::none();
  record(engine, Op::file_unlock, Effect::done, false, site);
  if (holder.task == engine.current().id) engine.release_lock(id);
  engine.wake_all(waiters_);
}

// `attempt` asks the kernel without waiting: 0 or an errno.
template <typename Attempt>
int FileLock::take(Engine& engine, Holder& holder, Request request, Attempt attempt, Site site) {
  const Operation operation = this->operation(Op::file_lock, site);
  engine.scheduling_point(operation);
  for (;;) {
    const int error = attempt();
    if (error == 0) break;
    const bool busy = error == EWOULDBLOCK || error == EACCES;
    if (busy && request.converts) drop(engine, holder, site);
    if (!busy || !request.wait) {
      record(engine, Op::file_lock, Effect::failed, request.exclusive, site);
      return error;
    }
    if (holders_ == (holder.holds ? 1 : 0)) return kHeldElsewhere;
    engine.block(waiters_, operation, kNoDeadline, /*spurious=*/false);
  }
  if (!holder.holds) {
    holder.holds = true;
    holder.task = engine.current().id;
    ++holders_;
    engine.hold_lock(id, address, site);
  }
  waiters_.owner = request.exclusive && holders_ == 1 ? holder.task : TaskId::none();
  record(engine, Op::file_lock, Effect::done, request.exclusive, site);
  // From exclusive to shared: others may share it now.
  if (!request.exclusive) engine.wake_all(waiters_);
  return 0;
}

template <typename Attempt>
int FileLock::give_back(Engine& engine, Holder& holder, bool all, Attempt attempt, Site site) {
  engine.scheduling_point(operation(Op::file_unlock, site));
  const int error = attempt();
  if (error != 0) {
    record(engine, Op::file_unlock, Effect::failed, false, site);
  } else if (all) {
    drop(engine, holder, site);
  } else {
    record(engine, Op::file_unlock, Effect::done, false, site);
    engine.wake_all(waiters_);
  }
  return error;
}

int FileLock::flock(Engine& engine, Holder& holder, int descriptor, int operation, Site site) {
  const int wanted = operation & ~LOCK_NB;
  const auto attempt = [descriptor, wanted] {
    return static_cast<int>(-raw_syscall(SYS_flock, descriptor, wanted | LOCK_NB));
  };
  if (wanted == LOCK_UN) return give_back(engine, holder, /*all=*/true, attempt, site);
  const Request request{wanted == LOCK_EX, (operation & LOCK_NB) == 0, /*converts=*/true};
  return take(engine, holder, request, attempt, site);
}

int FileLock::lock_range(Engine& engine, Holder& holder, int descriptor, struct flock& range,
                         bool wait, Site site) {
  const auto attempt = [descriptor, &range] {
    return static_cast<int>(
        -raw_syscall(SYS_fcntl, descriptor, F_OFD_SETLK, reinterpret_cast<long>(&range)));
  };
  if (range.l_type == F_UNLCK) {
    const bool all = range.l_whence == SEEK_SET && range.l_start == 0 && range.l_len == 0;
    return give_back(engine, holder, all, attempt, site);
  }
  const Request request{range.l_type == F_WRLCK, wait, /*converts=*/false};
  return take(engine, holder, request, attempt, site);
}

void FileLock::closed(Engine& engine, Holder& holder, Site site) {
  drop(engine, holder, site);
}

}  // namespace heddle
